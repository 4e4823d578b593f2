"""The workflow of one run, as data: a pure function from a policy and names to Amazon States Language (JSONata).

    Receive ─ Fits? ─┬─────────────────┬─ (Take lease) ─┐
                     └─ Store payload ─┘                │
      ┌─────────────────────────────────────────────────┴─> Run task ─ Judge ─ Succeeded? ─ Note success ─ Succeeded
      │                                          │ timeout                │
      │                  Find task ─ Task submitted? ─ Stop task ─ Count failure ─ Note failure ─ Again?
      └───────────────────────────── Wait <──────────────────────────────────────────────────────┤
                                                           Failed ── Keep failure ── Whose failure? ┘

A message of a queue is read in between, `Fits? ─ Read body ─ Fits?`. A failure is kept unless the run is a step of
somebody else's workflow, whose failure it is then. A call that was denied is not repeated: the run fails at
once, with its cause.

With `fan_out`, all of this is done for each item in an execution of its own. The run that has the items does not run a
task, unless it is one item, put back from the failure queue:

    … ─ (Take lease) ─ One item? ─ Run task ─ …
                          └ Fan out ─ Count items ─ Enough succeeded? ─ Note success ─ Succeeded
                                                                     └ Failed

Every outcome is judged here, because a trigger that starts a task directly never learns of it.
"""

from dataclasses import replace
from typing import Any

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow.attempt import run
from naws.ecs_task_processor.workflow.end import end
from naws.ecs_task_processor.workflow.expressions import States, in_jsonata
from naws.ecs_task_processor.workflow.fan_out import fan_out
from naws.ecs_task_processor.workflow.judge import judge
from naws.ecs_task_processor.workflow.lease import take
from naws.ecs_task_processor.workflow.limits import History, history
from naws.ecs_task_processor.workflow.payload import receive
from naws.ecs_task_processor.workflow.repeat import repeat
from naws.ecs_task_processor.workflow.stop import stop


def workflow(policy: RunPolicy, names: ResourceNames) -> dict[str, Any]:
    """The state machine's definition, as JSON: a null in it has a meaning."""
    return {
        "Comment": "One run of a task processor: attempts, their outcomes, and where a failed run is kept",
        "StartAt": "Receive",
        "TimeoutSeconds": policy.execution_timeout,
        "States": in_jsonata(_states(policy, names)),
    }


def _states(policy: RunPolicy, names: ResourceNames) -> States:
    work = "Run task" if policy.fan_out is None else "One item?"
    return {
        **receive(policy, names, after=work if policy.lease is None else "Take lease"),
        **take(policy, names, after=work),
        **fan_out(policy, names, _item(policy, names)),
        **_work(policy, names),
        **end(policy, names),
    }


def _work(policy: RunPolicy, names: ResourceNames) -> States:
    return {**run(policy, names), **judge(policy, names), **stop(names), **repeat(policy, names)}


def _item(policy: RunPolicy, names: ResourceNames) -> States:
    """A run without a lease of its own, which counts as an item."""
    alone = replace(policy, lease=None)
    received = receive(alone, names, after="Run task", whole=False)
    return {**received, **_work(alone, names), **end(alone, names, counted="ItemsSucceeded")}


def longest_history(policy: RunPolicy) -> History:
    """The events that a run can have at the most; an item has fewer, because it takes no lease.

    Times and sizes make no event: they may be anything, also what no workflow can be made of.
    """
    lease, items = policy.lease, policy.fan_out
    timeless = replace(
        policy,
        attempt_timeout=1,
        stop_timeout=1,
        interval=1,
        backoff_rate=1,
        max_interval=1,
        lease=None if lease is None else replace(lease, limit=1),
        fan_out=None if items is None else replace(items, tolerated_failure_percentage=0),
    )
    return history(_states(timeless, ResourceNames()), policy)
