"""What a dashboard shows of a service."""

from collections.abc import Iterator

from naws.core.authoring import Graph, HorizontalLine, Metric, Widget, titled, without_insights
from naws.ecs_service._alarms import balancer_metric, insights_metric, service_metric, target_metrics
from naws.ecs_service._service import Targets
from naws.ecs_service.plan import Plan

_ANSWERS = {
    "requests": "RequestCount",
    "4xx": "HTTPCode_Target_4XX_Count",
    "5xx": "HTTPCode_Target_5XX_Count",
    "no connection": "TargetConnectionErrorCount",
}


def service_widgets(
    plan: Plan, targets: Targets | None, *, cluster: str, service: str, insights: bool | None
) -> Iterator[Widget]:
    """Requests and how long they took, how many tasks there are, and what they use.

    Args:
        plan: what was decided.
        targets: what leads requests to the tasks. None: nothing does.
        cluster: its name.
        service: the service's.
        insights: whether the cluster has Container Insights. None: nobody knows.
    """
    scaling = plan.scaling
    if targets is not None:
        yield from _request_graphs(plan, targets)
    yield _used("CPU of tasks", service_metric(cluster, service, "CPUUtilization"), scaling.cpu)
    yield _used("Memory of tasks", service_metric(cluster, service, "MemoryUtilization"), scaling.memory)
    if insights is False:
        yield without_insights("Running tasks")
        return
    running = {
        "running": insights_metric(cluster, service, "RunningTaskCount", "Maximum"),
        "wanted": insights_metric(cluster, service, "DesiredTaskCount", "Maximum"),
    }
    lines = [HorizontalLine("max_capacity", scaling.most), HorizontalLine("min_capacity", scaling.fewest)]
    yield Graph(
        title=titled("Running tasks", insights=insights),
        metrics=running,
        lines=lines[:1] if scaling.fixed is not None else lines,
    )


def _request_graphs(plan: Plan, targets: Targets) -> Iterator[Graph]:
    answers = {label: [*target_metrics(targets, name).values()] for label, name in _ANSWERS.items()}
    own = {"5xx of the load balancer, for any service": balancer_metric(targets.balancer)}
    yield Graph(title="Requests", metrics={**answers, **own})
    timeout, took = plan.service.request_timeout, dict[str, Metric]()
    for statistic in ("p50", "p99"):
        first, *other = target_metrics(targets, "TargetResponseTime", statistic).values()
        took[statistic] = first
        took |= {f"{statistic} of the other version": each for each in other}
    quiet = plan.operations.alarms is None
    lines = [HorizontalLine("request_timeout", timeout), HorizontalLine("alarm", None if quiet else timeout / 2)]
    yield Graph(title="Duration of requests, s", metrics=took, lines=lines)
    healthy = {
        "healthy": [*target_metrics(targets, "HealthyHostCount", "Minimum").values()],
        "unhealthy": [*target_metrics(targets, "UnHealthyHostCount", "Maximum").values()],
    }
    lines = [
        HorizontalLine("max_capacity", plan.scaling.most),
        HorizontalLine("min_capacity" if quiet else "alarm below", plan.scaling.fewest),
    ]
    yield Graph(title="Tasks that answer", metrics=healthy, lines=lines)


def _used(title: str, metric: Metric, wanted: float | None) -> Graph:
    return Graph(title=f"{title}, %", metrics={"average": metric}, lines=[HorizontalLine("target of scaling", wanted)])
