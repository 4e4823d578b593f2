"""Alarms of a task processor, beside those of its triggers; one alarm for each, more with `detail`.

    FailedWork          executions of the workflow that failed, were aborted or timed out, and those of the lease reaper
    detail=True         AttemptsTimedOut, AttemptsOutOfMemory, FailureQueueNotEmpty, RunsThrottled

The lease reaper counts as failed work although it is none: while it fails, runs wait for leases that nobody has, and no
other alarm would fire.
"""

from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from naws.core.authoring import (
    AlarmText,
    Metric,
    TriggerAlarms,
    asked,
    machine_metric,
    messages_in,
    queue_url,
    single,
    sum_of,
)
from naws.ecs_task_processor.workflow.expressions import METRIC_NAMESPACE

_ENDS = ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")
_REAPER_ENDS = ("ExecutionsFailed", "ExecutionsTimedOut")


def build_run_alarms(
    factory: TriggerAlarms, processor: str, reaper: sfn.IStateMachine | None, failures: sqs.IQueue
) -> None:
    """The alarms on runs; `reaper` is the state machine of leases, with `concurrency`."""
    machine, start, page = factory.target.arn, factory.target.start_command, factory.page
    counts = [machine_metric(machine, name) for name in _ENDS]
    why = f"A run of {factory.name} failed with no attempt left, was aborted or timed out; it is in the failure queue."
    why += " Is nothing there, it was a step of another workflow (`as_step`), with which it is redriven"
    if reaper is not None:
        counts += [machine_metric(asked(reaper, "state_machine_arn"), name) for name in _REAPER_ENDS]
        why += ", or the lease reaper failed and other runs wait: see its failed execution"
    text = AlarmText(
        why=f"{why}.",
        do=f"`aws sqs receive-message --queue-url {queue_url(failures)}` shows error, exit code and execution. "
        f"Mend the cause, put the run back with `{start} '<envelope>'`, "
        "which is the message's `envelope` or `input`, and delete the message.",
        page=f"{page}#failed-work",
    )
    factory.alarm("FailedWork", sum_of(counts), text)
    if factory.detail:
        _build_details(factory, processor, failures)


def _build_details(factory: TriggerAlarms, processor: str, failures: sqs.IQueue) -> None:
    """An alarm on each cause, for those who look at alarms and are not woken by them."""
    machine, start, page = factory.target.arn, factory.target.start_command, factory.page
    timed_out = AlarmText(
        why=f"An attempt of {factory.name} took longer than its attempt_timeout and was stopped.",
        do="look at the task's last log lines; raise attempt_timeout or give it less to do.",
        page=f"{page}#attempts-timed-out",
    )
    out_of_memory = AlarmText(
        why=f"An attempt of {factory.name} was killed because its memory was full.",
        do="raise memory_limit_mib to the next size, or make the program stream its data.",
        page=f"{page}#attempts-out-of-memory",
    )
    kept = AlarmText(
        why=f"Runs of {factory.name} that failed wait in its failure queue; they are kept for 14 days.",
        do=f"`aws sqs receive-message --queue-url {queue_url(failures)}` shows one; put it back with "
        f"`{start} '<envelope>'` and delete the message.",
        page=f"{page}#failure-queue-not-empty",
    )
    throttled = AlarmText(
        why=f"Step Functions slowed down the workflow of {factory.name}: the account's state transitions are used up.",
        do="nothing is lost; ask for a higher quota of state transitions, or start fewer runs at once.",
        page=f"{page}#runs-throttled",
    )
    factory.alarm("AttemptsTimedOut", single(outcome_metric(processor, "TimedOut")), timed_out)
    factory.alarm("AttemptsOutOfMemory", single(outcome_metric(processor, "OutOfMemory")), out_of_memory)
    factory.alarm("FailureQueueNotEmpty", single(messages_in(failures)), kept)
    factory.alarm("RunsThrottled", single(machine_metric(machine, "ExecutionThrottled")), throttled)


OUTCOMES = ("Failed", "OutOfMemory", "TimedOut", "Stopped", "NotStarted", "Denied")
"""Of attempts."""


def outcome_metric(processor: str, outcome: str) -> Metric:
    """Attempts that did not succeed, by outcome."""
    return Metric(
        namespace=METRIC_NAMESPACE, name="AttemptsNotSucceeded", dimensions={"Processor": processor, "Outcome": outcome}
    )


def succeeded_metric(processor: str, trigger: str) -> Metric:
    """Runs that succeeded, by what started them."""
    return Metric(
        namespace=METRIC_NAMESPACE, name="RunsSucceeded", dimensions={"Processor": processor, "Trigger": trigger}
    )


def skipped_metric(processor: str, trigger: str) -> Metric:
    """Runs that were skipped because enough others worked, by what started them."""
    return Metric(
        namespace=METRIC_NAMESPACE, name="RunsSkipped", dimensions={"Processor": processor, "Trigger": trigger}
    )
