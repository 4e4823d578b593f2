"""Which parts of a plan the rules for networks are asked of."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from naws.core.checks import Check, Rule
from naws.core.network import NewVpc, VpcLookup, chosen
from naws.core.rules import network, reach
from naws.core.rules.new_vpc import NEW_VPC_RULES, Created, Unchosen, chosen_network
from naws.ecs_task_processor.plan import Plan

PartT = TypeVar("PartT")


def _each(select: Callable[[Plan], Iterable[PartT]], *rules: Rule[PartT]) -> tuple[Check[Plan], ...]:
    return tuple(rule.on(select) for rule in rules)


def _vpc(plan: Plan) -> Iterator[network.Vpc]:
    if isinstance(plan.vpc, VpcLookup):
        path = "vpc" if plan.props.vpc is not None else "Conventions.vpc"
        surroundings = plan.surroundings
        yield network.Vpc(
            path=path,
            lookup=plan.vpc,
            has_environment=surroundings.has_environment,
            unfit={re.split(r"[.\[]", each.path.removeprefix(f"{path}."))[0] for each in plan.misfits},
        )


def _created(plan: Plan) -> Iterator[Created]:
    if isinstance(plan.vpc, NewVpc):
        path = "vpc" if plan.props.vpc is not None else "Conventions.vpc"
        yield Created(path=path, new=plan.vpc, created=plan.surroundings.created_vpc)


def _unchosen(plan: Plan) -> Iterator[Unchosen]:
    """Told once a stack, by the pattern that creates it."""
    if plan.vpc is None and plan.props.cluster is None and plan.surroundings.created_vpc is None:
        yield Unchosen(path="vpc")


def _reach(plan: Plan) -> tuple[reach.Reach]:
    props = plan.props
    kind = chosen(props.vpc_subnets).get("subnet_type")
    return (
        reach.Reach(
            security_groups=props.security_groups, egress=props.egress, subnet_type=getattr(kind, "value", None)
        ),
    )


def _subnets(plan: Plan) -> tuple[reach.Subnets]:
    said = chosen(plan.props.vpc_subnets)
    words = ", ".join(f"{name}={_short(name, value)}" for name, value in said.items())
    return (reach.Subnets(asked=words, problem=plan.no_subnets),)


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
        reach.few_groups,
        reach.egress_applies,
        reach.some_egress,
        reach.egress_description,
        reach.private_subnets,
    ),
    reach.subnets_exist.on(_subnets),
    reach.vpc_of_cluster.on(lambda plan: (plan.cluster_knows_vpc,)),
    reach.ports.on(lambda plan: plan.ways_out),
)
