"""Checks of a pattern's network: its VPC, its subnets, and what its security groups let out."""

from collections.abc import Iterator
from typing import Any

from naws.core.network import NewVpc, VpcLookup
from naws.core.plans.network import NetworkPlan
from naws.core.rule import Check
from naws.core.rules import network_access
from naws.core.rules.network import LOOKUP_RULES, Vpc
from naws.core.rules.new_vpc import NEW_VPC_RULES, Created, chosen_network, two_zones
from naws.core.rules.values import Field
from naws.core.subnets import chosen
from naws.core.validation import bind


def _lookup(plan: NetworkPlan) -> Iterator[Vpc]:
    if isinstance(plan.vpc, VpcLookup):
        yield Vpc(path=plan.path, lookup=plan.vpc, has_environment=plan.context.has_environment)


def _created(plan: NetworkPlan) -> Iterator[Created]:
    if isinstance(plan.vpc, NewVpc):
        yield Created(path=plan.path, new=plan.vpc, created=plan.context.network)


def _zones(plan: NetworkPlan) -> Iterator[Field]:
    if isinstance(plan.vpc, NewVpc):
        yield Field(f"{plan.path}.max_azs", plan.vpc.max_azs)


def _unchosen(plan: NetworkPlan) -> Iterator[Field]:
    """Reported once a stack, by the pattern that creates it."""
    if plan.vpc is None and plan.cluster is None and plan.context.network is None:
        yield Field("vpc")


def _access(plan: NetworkPlan) -> tuple[network_access.NetworkAccess]:
    kind = chosen(plan.vpc_subnets).get("subnet_type")
    return (
        network_access.NetworkAccess(
            security_groups=plan.security_groups, egress=plan.egress, subnet_type=getattr(kind, "value", None)
        ),
    )


def _subnets(plan: NetworkPlan) -> tuple[network_access.Subnets]:
    selection = ", ".join(f"{name}={_short(name, value)}" for name, value in chosen(plan.vpc_subnets).items())
    return (network_access.Subnets(asked=selection, problem=plan.no_subnets),)


def _short(name: str, value: Any) -> str:
    """A part of a selection in a few words; subnets and filters are objects."""
    if name in ("subnets", "subnet_filters"):
        return "[…]" if value else "[]"
    return str(getattr(value, "name", value))


VPC_CHECKS: tuple[Check[NetworkPlan], ...] = (
    *bind(_lookup, LOOKUP_RULES),
    *bind(_created, NEW_VPC_RULES),
    two_zones.on(_zones),
    chosen_network.on(_unchosen),
    network_access.subnets_exist.on(_subnets),
)
"""Those of the VPC and its subnets, whatever is in them."""
NETWORK_CHECKS: tuple[Check[NetworkPlan], ...] = (
    *VPC_CHECKS,
    *bind(_access, network_access.ACCESS_RULES),
    network_access.vpc_of_cluster.on(lambda plan: (plan.known,)),
    network_access.ports.on(lambda plan: plan.egress_rules),
)
