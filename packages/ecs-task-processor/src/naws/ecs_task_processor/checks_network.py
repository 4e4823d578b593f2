"""Which parts of a plan the rules for networks are asked of."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from naws.core.network import NewVpc, VpcLookup, chosen
from naws.core.rules import network, network_access
from naws.core.rules.new_vpc import NEW_VPC_RULES, Created, Unchosen, chosen_network
from naws.core.validation import Check, Rule
from naws.ecs_task_processor.plan import Plan

PartT = TypeVar("PartT")


def _each(select: Callable[[Plan], Iterable[PartT]], *rules: Rule[PartT]) -> tuple[Check[Plan], ...]:
    return tuple(rule.on(select) for rule in rules)


def _vpc(plan: Plan) -> Iterator[network.Vpc]:
    if isinstance(plan.network.vpc, VpcLookup):
        path = "vpc" if plan.props.vpc is not None else "Conventions.vpc"
        context = plan.context
        yield network.Vpc(
            path=path,
            lookup=plan.network.vpc,
            has_environment=context.has_environment,
            mistyped={re.split(r"[.\[]", each.path.removeprefix(f"{path}."))[0] for each in plan.mismatches},
        )


def _created(plan: Plan) -> Iterator[Created]:
    if isinstance(plan.network.vpc, NewVpc):
        path = "vpc" if plan.props.vpc is not None else "Conventions.vpc"
        yield Created(path=path, new=plan.network.vpc, created=plan.context.network)


def _unchosen(plan: Plan) -> Iterator[Unchosen]:
    """Reported once a stack, by the pattern that creates it."""
    if plan.network.vpc is None and plan.props.cluster is None and plan.context.network is None:
        yield Unchosen(path="vpc")


def _reach(plan: Plan) -> tuple[network_access.NetworkAccess]:
    props = plan.props
    kind = chosen(props.vpc_subnets).get("subnet_type")
    return (
        network_access.NetworkAccess(
            security_groups=props.security_groups, egress=props.egress, subnet_type=getattr(kind, "value", None)
        ),
    )


def _subnets(plan: Plan) -> tuple[network_access.Subnets]:
    said = chosen(plan.props.vpc_subnets)
    words = ", ".join(f"{name}={_short(name, value)}" for name, value in said.items())
    return (network_access.Subnets(asked=words, problem=plan.network.no_subnets),)


def _short(name: str, value: Any) -> str:
    """A part of a selection in a few words; subnets and filters are objects."""
    if name in ("subnets", "subnet_filters"):
        return "[…]" if value else "[]"
    return str(getattr(value, "name", value))


CHECKS: tuple[Check[Plan], ...] = (
    *_each(
        _vpc,
        network.lookup_environment,
        network.vpc_id,
        network.lookup_says,
        network.parameter_names,
        network.named_parameters,
        network.counts,
        network.known_at_synthesis,
    ),
    *_each(_created, *NEW_VPC_RULES),
    chosen_network.on(_unchosen),
    *_each(
        _reach,
        network_access.few_groups,
        network_access.egress_applies,
        network_access.some_egress,
        network_access.egress_description,
        network_access.private_subnets,
    ),
    network_access.subnets_exist.on(_subnets),
    network_access.vpc_of_cluster.on(lambda plan: (plan.network.known,)),
    network_access.ports.on(lambda plan: plan.network.egress_rules),
)
