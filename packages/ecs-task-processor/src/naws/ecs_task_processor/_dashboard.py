"""What a dashboard shows of a task processor, beside its runs and queues: attempts, and what its tasks used."""

from collections.abc import Iterator, Mapping

from naws.core.authoring import (
    INSIGHTS,
    Graph,
    HorizontalLine,
    Metric,
    Widget,
    format_duration,
    is_number,
    titled,
    without_insights,
)
from naws.ecs_task_processor._alarms import OUTCOMES, outcome_metric, skipped_metric
from naws.ecs_task_processor.plan import Plan


def time_lines(plan: Plan) -> list[HorizontalLine]:
    """The timeout of an attempt; a run may make several, and wait in between."""
    timeout = plan.runs.attempt_timeout
    if not is_number(timeout):
        return []
    return [HorizontalLine(f"attempt_timeout, {format_duration(timeout)}", timeout * 1000)]


def attempt_graphs(plan: Plan, processor: str) -> Iterator[Graph]:
    """Attempts that did not succeed, by why; and runs that were skipped, where some are.

    Args:
        plan: what was decided.
        processor: the dimension under which the workflow counts.
    """
    outcomes = {outcome: outcome_metric(processor, outcome) for outcome in OUTCOMES}
    yield Graph(title="Attempts that did not succeed", metrics=outcomes)
    lease = plan.runs.lease
    if lease is not None and lease.when_full == "skip":
        started = [f"schedule-{each.number}" for each in plan.triggers.schedules]
        started += ["event"] * bool(plan.triggers.events) + ["queue"] * bool(plan.triggers.queues)
        skipped = {trigger: skipped_metric(processor, trigger) for trigger in (*started, "manual")}
        yield Graph(title="Runs that were skipped", metrics=skipped)


def size_widgets(plan: Plan, cluster: str, family: str, *, insights: bool | None) -> Iterator[Widget]:
    """What the tasks used, against their size.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html

    Args:
        plan: what was decided.
        cluster: its name.
        family: of the task definition.
        insights: whether the cluster has Container Insights. None: nobody knows.
    """
    if insights is False:
        yield without_insights("Memory and CPU of tasks")
        return
    dimensions = {"ClusterName": cluster, "TaskDefinitionFamily": family}
    first, last = plan.size, plan.runs.sizes[-1]
    memory = [HorizontalLine("memory_limit_mib", first.memory_limit_mib)]
    cpu = [HorizontalLine("cpu", first.cpu)]
    if last != first:
        memory.append(HorizontalLine("max_memory_limit_mib", last.memory_limit_mib))
    if last.cpu != first.cpu:
        cpu.append(HorizontalLine("cpu at max_memory_limit_mib", last.cpu))
    yield Graph(
        title=titled("Memory of tasks, MiB", insights=insights),
        metrics=_used("MemoryUtilized", dimensions),
        lines=memory,
    )
    yield Graph(
        title=titled("CPU of tasks, units", insights=insights), metrics=_used("CpuUtilized", dimensions), lines=cpu
    )


def _used(name: str, dimensions: Mapping[str, str]) -> Mapping[str, Metric]:
    """The most, and the average."""
    statistics = {"most": "Maximum", "average": "Average"}
    return {
        label: Metric(namespace=INSIGHTS, name=name, dimensions=dimensions, statistic=statistic)
        for label, statistic in statistics.items()
    }
