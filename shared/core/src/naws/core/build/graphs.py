"""Graphs that the dashboards of several patterns have."""

from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sqs as sqs

from naws.core.build.alarms import Metric, machine_metric, messages_in, oldest_in
from naws.core.build.dashboards import Graph, HorizontalLine, Note
from naws.core.containers import has_insights
from naws.core.stacks import asked, node_of, stack_of

INSIGHTS = "ECS/ContainerInsights"
"""The namespace of what a cluster has with Container Insights alone."""


def run_graphs(arn: str, lines: Sequence[HorizontalLine]) -> Iterator[Graph]:
    """How the executions of a state machine ended, and how long they took.

    Args:
        arn: the state machine's.
        lines: what their time stands against, in milliseconds.
    """
    ends = {
        "started": "ExecutionsStarted",
        "succeeded": "ExecutionsSucceeded",
        "failed": "ExecutionsFailed",
        "timed out": "ExecutionsTimedOut",
        "aborted": "ExecutionsAborted",
        "throttled": "ExecutionThrottled",
    }
    yield Graph(title="Runs", metrics={label: machine_metric(arn, name) for label, name in ends.items()})
    took = {"average": "Average", "p99": "p99", "longest": "Maximum"}
    times = {label: machine_metric(arn, "ExecutionTime", statistic) for label, statistic in took.items()}
    yield Graph(title="Duration of runs, ms", metrics=times, lines=lines)


def queue_graphs(
    queues: Sequence[sqs.IQueue],
    *,
    failures: sqs.IQueue | None,
    dead_letters: Sequence[sqs.IQueue],
    oldest: float | None,
) -> Iterator[Graph]:
    """What waits in the queues of triggers, and what is kept because it failed.

    Args:
        queues: of the triggers, in their order.
        failures: runs that failed. None: there is no such queue.
        dead_letters: what could not start a run.
        oldest: seconds that a message may wait before an alarm. None: there is none.
    """
    if queues:
        waiting = {f"queue {number}": messages_in(queue) for number, queue in enumerate(queues, 1)}
        ages = {f"queue {number}": oldest_in(queue) for number, queue in enumerate(queues, 1)}
        yield Graph(title="Messages that wait", metrics=waiting)
        lines = [HorizontalLine("alarm", oldest)]
        yield Graph(title="Age of the oldest message, s", metrics=ages, lines=lines)
    kept: dict[str, Metric | Sequence[Metric]] = {}
    if failures is not None:
        kept["failed"] = messages_in(failures)
    if dead_letters:
        kept["could not start"] = [messages_in(each) for each in dead_letters]
    if kept:
        yield Graph(title="Messages that are kept", metrics=kept)


def insights_on(cluster: ecs.ICluster | None) -> bool | None:
    """Whether a cluster has Container Insights.

    Args:
        cluster: the one that is given. None: the stack's own, which has them.

    Returns:
        None: it is imported.
    """
    if cluster is None:
        return True
    if not isinstance(cluster, ecs.Cluster):
        return None
    resource: ecs.CfnCluster = asked(node_of(cluster), "default_child")
    stack: cdk.Stack = stack_of(cluster)
    return has_insights({"clusterSettings": stack.resolve(resource.cluster_settings)})


def without_insights(what: str) -> Note:
    """What stands where a graph of `what` would be empty."""
    return Note(
        text=f"**{what}**: the cluster's template switches no Container Insights on, which alone count them. "
        "`container_insights_v2=ecs.ContainerInsights.ENABLED` does."
    )


def titled(title: str, *, insights: bool | None) -> str:
    """The title of a graph of Container Insights; with a reservation where nobody knows whether there are any."""
    return title if insights else f"{title} (if the cluster has Container Insights)"
