"""What a dashboard shows of a workflow, beside its runs and queues: its timeout, and what was redriven."""

from collections.abc import Iterator

from naws.core.authoring import Graph, HorizontalLine, format_duration, is_number, machine_metric
from naws.step_function_executor.plan import Plan

_REDRIVEN = {
    "redriven": "ExecutionsRedriven",
    "succeeded": "RedrivenExecutionsSucceeded",
    "failed": "RedrivenExecutionsFailed",
    "timed out": "RedrivenExecutionsTimedOut",
}


def time_lines(plan: Plan) -> list[HorizontalLine]:
    """The timeout of a run."""
    timeout = plan.workflow.timeout
    return [HorizontalLine(f"timeout, {format_duration(timeout)}", timeout * 1000)] if is_number(timeout) else []


def redrive_graphs(plan: Plan, arn: str) -> Iterator[Graph]:
    """Runs that went on from where they had failed; AWS redrives none of EXPRESS."""
    if not plan.workflow.express:
        redriven = {label: machine_metric(arn, name) for label, name in _REDRIVEN.items()}
        yield Graph(title="Runs that were redriven", metrics=redriven)
