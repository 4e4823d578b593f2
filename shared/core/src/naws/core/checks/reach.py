"""Checks of a program's bindings in its network: whether the ways that they open lead anywhere."""

from collections.abc import Iterator

from naws.core.network import SHARED_VPC_ID
from naws.core.plans.network import NetworkPlan
from naws.core.plans.program import ProgramPlan
from naws.core.rule import Check
from naws.core.rules.reach import Way, same_network
from naws.core.vpcs import vpc_behind, vpc_given

Reaching = tuple[NetworkPlan, ProgramPlan]


def _ways(plans: Reaching) -> Iterator[Way]:
    network, program = plans
    for (path, _), needs in zip(program.bindings, program.needs, strict=True):
        for way in needs.reach:
            theirs = vpc_behind(way.to)
            yield Way(path=path, ours=_ours(network, theirs), theirs=theirs, new=network.creates is not None)


def _ours(network: NetworkPlan, theirs: str | None) -> str | None:
    """The program's VPC; of the one that patterns share it is known only that it is called so."""
    if network.creates is not None:
        return theirs if theirs is not None and theirs.endswith(f"/{SHARED_VPC_ID}") else SHARED_VPC_ID
    return vpc_given(network.vpc or network.of_cluster)


REACH_CHECKS: tuple[Check[Reaching], ...] = (same_network.on(_ways),)
