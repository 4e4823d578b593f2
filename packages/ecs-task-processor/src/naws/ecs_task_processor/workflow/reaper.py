"""The workflow that gives back leases which their runs could not give back themselves.

    Reconcile? ─┬─ Gave it back? ─ (Let the task stop) ─ Give back
                └─ Read holders ─ Any holders? ─┬─ List running ─ All of them? ─┬─ Give back
                                               └──── Wait to be sure <───────┘

Each call is repeated while that can help; one that was denied fails the reaper at once, which its alarm reports.

A run's end is an event, and events are delivered with best effort. So the holders are also compared with the runs that
are there, at times: who holds a lease, and was twice not among the running, has ended.
"""

from typing import Any

from naws.ecs_task_processor.plan_runs import ResourceNames
from naws.ecs_task_processor.workflow.expressions import (
    REMEMBERED,
    States,
    choice,
    counters,
    expression,
    number,
    repeated,
    way,
)
from naws.ecs_task_processor.workflow.lease import item_of, returned

RECONCILE = {"reconcile": True}
"""The input that asks for a comparison; every other input is the detail of an execution's status event."""

HANDLED_ERRORS = "Naws."
"""Errors that the workflow itself raises begin so: it has handled them, and kept the run."""

_LEAST_STOP = 30
"""Seconds for what was on its way when an execution was stopped, such as the taking of its lease."""
_SURE_AFTER = 300
"""Seconds between two comparisons; Step Functions lists executions with eventual consistency."""
_PAGE = 200
"""Executions a page, so that an answer stays far below 256 KiB."""


_CALLS = ("Read holders", "List running", "Give back")

# The integrations by aws-sdk answer with another casing than DynamoDB's own; of this one nothing is recorded.
_HOLDERS = "($holders := $states.result.Item.holders; [$holders.SS, $holders.Ss])"


def reaper(names: ResourceNames, state_machine_arn: str, stop_timeout: float) -> dict[str, Any]:
    """The definition of what gives back the leases of a state machine's runs; ARNs and names may be tokens.

    Args:
        names: with the table, and the key of the leases in it.
        state_machine_arn: whose runs hold them.
        stop_timeout: seconds that a stopped task may go on.
    """
    return {
        "Comment": "Gives back the leases of runs that have ended",
        "QueryLanguage": "JSONata",
        "StartAt": "Reconcile?",
        "TimeoutSeconds": 86_400,
        "States": {
            "Reconcile?": {
                "Type": "Choice",
                "Choices": [way("$exists($states.input.reconcile)", "Read holders", **counters(*_CALLS))],
                "Assign": counters(*_CALLS),
                "Default": "Gave it back?",
            },
            **_after_an_end(stop_timeout),
            **_reconcile(names, state_machine_arn),
            **_call(
                "Give back",
                {
                    "Resource": f"arn:{names.partition}:states:::dynamodb:updateItem",
                    "Arguments": returned(names, "[$gone]"),
                    "Next": "Done",
                },
                tries=21,
            ),
            "Done": {"Type": "Succeed", "Output": {}},
            "Given up": {"Type": "Fail", "Error": "Naws.LeasesNotGivenBack", "Cause": expression(REMEMBERED)},
        },
    }


def _call(name: str, call: States, *, tries: int = 9) -> States:
    task: States = {"Type": "Task", "Output": {}, **call}
    return repeated(name, task, tries=tries, given_up="Given up")


def _after_an_end(stop_timeout: float) -> States:
    handled = f"$substring($string($states.input.error), 0, {len(HANDLED_ERRORS)}) = '{HANDLED_ERRORS}'"
    gone = {"gone": expression("[$states.input.name]")}
    return {
        "Gave it back?": {
            "Type": "Choice",
            "Choices": [way(f"$states.input.status = 'SUCCEEDED' or {handled}", "Give back", **gone)],
            "Assign": gone,
            "Default": "Let the task stop",
        },
        # Step Functions stops the task of an execution that was aborted; until it is gone it works.
        "Let the task stop": {
            "Type": "Wait",
            "Seconds": expression(f"$max([{_LEAST_STOP}, {number(stop_timeout)}])"),
            "Next": "Give back",
        },
    }


def _reconcile(names: ResourceNames, state_machine_arn: str) -> States:
    sdk = f"arn:{names.partition}:states:::aws-sdk:sfn:listExecutions"
    listing = f"""$merge([
        {{'StateMachineArn': '{state_machine_arn}', 'StatusFilter': 'RUNNING', 'MaxResults': {_PAGE}}}, $page
    ])"""
    left_over = "[$gone[$not($ in $states.result.Executions.Name)]]"
    next_page = "$exists($states.result.NextToken) ? {'NextToken': $states.result.NextToken} : {}"
    return {
        **_call(
            "Read holders",
            {
                "Resource": f"arn:{names.partition}:states:::dynamodb:getItem",
                "Arguments": {**item_of(names), "ConsistentRead": True},
                "Assign": {"gone": expression(_HOLDERS), "page": {}, "sure": False},
                "Next": "Any holders?",
            },
        ),
        "Any holders?": choice(way("$count($gone) > 0", "List running"), otherwise="Nothing to give back"),
        **_call(
            "List running",
            {
                "Resource": sdk,
                "Arguments": expression(listing),
                "Assign": {"gone": expression(left_over), "page": expression(next_page)},
                "Next": "All of them?",
            },
        ),
        "All of them?": choice(
            way("$count($gone) = 0", "Nothing to give back"),
            way("$exists($page.NextToken)", "List running"),
            way("$sure", "Give back"),
            otherwise="Wait to be sure",
        ),
        "Wait to be sure": {
            "Type": "Wait",
            "Seconds": _SURE_AFTER,
            "Assign": {"page": {}, "sure": True},
            "Next": "List running",
        },
        "Nothing to give back": {"Type": "Succeed", "Output": {}},
    }
