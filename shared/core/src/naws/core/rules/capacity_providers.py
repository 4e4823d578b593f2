"""Rules at synthesis on the cluster that a task will run in, as far as it is built in this app."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, practice
from naws.core.rules.values import Field

_OWN = 'capacity="spot", cluster=ecs.Cluster(stack, "Own", vpc=ec2.Vpc(stack, "Net")'


@dataclass(frozen=True, kw_only=True)
class ClusterView:
    """A cluster and what is asked of it.

    Attributes:
        wanted: the capacity providers by which tasks are started; none when they are started by launch type.
        has: those that it is associated with; None when that is not known.
    """

    wanted: Sequence[str]
    has: Collection[str] | None


@practice(
    code="NAWS-BUILT-026",
    title="A cluster has the capacity providers that its tasks are started by",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
    example=f"{_OWN})",
    fix=f"{_OWN}, enable_fargate_capacity_providers=True)",
)
def has_providers(cluster: ClusterView) -> Iterator[Finding]:
    """ECS refuses to start a task by a provider that is not associated with the cluster: every attempt would fail.

    A cluster that is imported is not checked, nor is one that the library makes, which has them.
    """
    missing = [] if cluster.has is None else [each for each in cluster.wanted if each not in cluster.has]
    if missing:
        yield Field("cluster").finding(
            f"a cluster that is associated with {' and '.join(cluster.wanted)}",
            'enable_fargate_capacity_providers=True  # of the cluster\ncapacity="on-demand"',
            shown=f"a cluster without {' and '.join(missing)}",
        )


CLUSTER_RULES = (has_providers,)
