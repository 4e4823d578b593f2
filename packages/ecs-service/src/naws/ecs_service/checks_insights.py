"""Rules at synthesis on alarms whose metrics a cluster has only with Container Insights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.authoring import Field, Finding, advice, practice

_INSIGHTS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html"
_MISSING = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html, and "
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
)
_ON = "container_insights_v2=ecs.ContainerInsights.ENABLED"
_OWN = 'cluster=ecs.Cluster(stack, "Own", vpc=ec2.Vpc(stack, "Net"){})'
_THEIRS = 'cluster=ecs.Cluster.from_cluster_attributes(stack, "Theirs", cluster_name="shop", vpc=ec2.Vpc(stack, "Net"))'


@dataclass(frozen=True, kw_only=True)
class InsightsView:
    """A cluster, and the alarms on metrics that it has only with Container Insights.

    Attributes:
        alarms: their names.
        on: whether it has them. None: it is imported.
    """

    alarms: Sequence[str]
    on: bool | None


@practice(
    code="NAWS-SVC-022",
    title="A cluster has Container Insights when alarms are on their metrics",
    source=f"{_INSIGHTS}, {_MISSING}",
    example=f"{_OWN.format('')}, alarms=Alarms(detail=True)",
    fix=f"{_OWN.format(', ' + _ON)}, alarms=Alarms(detail=True)",
)
def has_insights(view: InsightsView) -> Iterator[Finding]:
    """Without them no task is counted: TooFewTasks is in alarm for ever, and CpuAtMaximum never is.

    Accept it where they are the account's default for new clusters.
    """
    if view.alarms and view.on is False:
        yield Field("cluster").finding(
            f"one with Container Insights, for {' and '.join(view.alarms)}",
            f"{_ON}  # of the cluster\nomit cluster",
            shown="a cluster without Container Insights",
        )


@advice(
    code="NAWS-SVC-023",
    title="An imported cluster has Container Insights when alarms are on their metrics",
    source=f"{_INSIGHTS}, {_MISSING}",
    example=f"{_THEIRS}, alarms=Alarms(detail=True)",
    fix=f"{_THEIRS}, alarms=Alarms()",
)
def may_have_insights(view: InsightsView) -> Iterator[Finding]:
    """Whether it has them is not known here. Accept it when its owner has switched them on."""
    if view.alarms and view.on is None:
        yield Field("cluster").finding(
            f"one with Container Insights, for {' and '.join(view.alarms)}",
            "aws ecs update-cluster-settings --cluster … --settings name=containerInsights,value=enabled\nomit cluster",
            shown="a cluster that was imported",
        )


INSIGHTS_RULES = (has_insights, may_have_insights)
