"""Alarms of a workflow, beside those of its triggers; more with `detail`.

FailedWork    executions that failed, were aborted or timed out
detail=True   RunsThrottled, NearTimeout
"""

from aws_cdk import aws_sqs as sqs

from naws.core.authoring import AlarmText, Successes, TriggerAlarms, machine_metric, queue_url, single, sum_of
from naws.step_function_executor.plan import Plan

_ENDS = ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")
_NEAR = 0.8


def successes_of(plan: Plan, arn: str) -> Successes | None:
    """The successes of a schedule: those of the machine, where nothing else starts it as far as is known."""
    return Successes.of(machine_metric(arn, "ExecutionsSucceeded")) if plan.triggers.schedule_alone else None


def build_run_alarms(factory: TriggerAlarms, plan: Plan, failures: sqs.IQueue | None) -> None:
    """The alarms on runs; `failures` is the queue in which those are kept that failed, None for EXPRESS."""
    arn, name, page = factory.target.arn, factory.name, factory.page
    if failures is None:
        why = f"A run of {name} failed or timed out. Whoever waits for it has the error; it is kept nowhere."
        do = f"`{factory.target.list_command}` shows its events."
    else:
        why = (
            f"A run of {name} failed, was aborted or timed out; the failure queue has its execution, the error and the "
            "input. Is nothing there, it was a step of another workflow (`as_step`), with which it is redriven."
        )
        do = (
            f"`{factory.target.list_command} --status-filter FAILED` lists them (TIMED_OUT and ABORTED, too), and "
            f"`aws sqs receive-message --queue-url {queue_url(failures)}` shows one. Mend the cause, and go on from "
            "the state that failed with `aws stepfunctions redrive-execution --execution-arn <executionArn>` within "
            f"14 days, or start anew with `{factory.target.start_command} '<input>'`."
        )
    factory.alarm(
        "FailedWork",
        sum_of([machine_metric(arn, each) for each in _ENDS]),
        AlarmText(why=why, do=do, page=f"{page}#failed-work"),
    )
    if factory.detail:
        _build_details(factory, plan)


def _build_details(factory: TriggerAlarms, plan: Plan) -> None:
    arn, name, page = factory.target.arn, factory.name, factory.page
    throttled = AlarmText(
        why=f"Step Functions slowed down the workflow of {name}: the account's transitions or starts are used up.",
        do="nothing is lost; ask for a higher quota, or start fewer runs at once.",
        page=f"{page}#runs-throttled",
    )
    near = AlarmText(
        why=f"A run of {name} took longer than 80 % of its timeout.",
        do="see in its history which state took so long; raise timeout, or give it less to do.",
        page=f"{page}#near-timeout",
    )
    factory.alarm("RunsThrottled", single(machine_metric(arn, "ExecutionThrottled")), throttled)
    slowest = single(machine_metric(arn, "ExecutionTime", "Maximum"))
    factory.alarm("NearTimeout", slowest, near, threshold=plan.workflow.longest * 1000 * _NEAR)
