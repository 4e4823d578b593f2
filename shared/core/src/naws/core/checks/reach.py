"""Checks of a program's bindings in its network: whether the ways that they open lead anywhere."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from naws.core.bindings.needs import Needs
from naws.core.endpoints import ServiceBinding
from naws.core.homes import Home
from naws.core.network import SHARED_VPC_ID
from naws.core.plans.network import NetworkPlan
from naws.core.plans.program import ProgramPlan
from naws.core.rule import Check
from naws.core.rules.reach import Way, one_app, same_network
from naws.core.vpcs import vpc_behind, vpc_given
from naws.core.ways import of_another_app, waits_for

Reaching = tuple[NetworkPlan, ProgramPlan]


def _ways(plans: Reaching) -> Iterator[Way]:
    network, program = plans
    above = network.context.above
    here = network.vpc if above is None and isinstance(network.vpc, ec2.Vpc) else above
    for (path, binding), needs in zip(program.bindings, program.needs, strict=True):
        for way in needs.reach:
            theirs = vpc_behind(way.to)
            yield Way(
                path=path,
                ours=_ours(network, theirs),
                theirs=theirs,
                new=network.creates is not None,
                elsewhere=None if here is None else of_another_app(way.to, here),
                refused=_refused(binding, needs, network.context.home),
                waits=isinstance(above, cdk.Stack) and waits_for(way.to, above),
                answers=isinstance(binding, ServiceBinding),
            )


def _refused(binding: object, needs: Needs, here: Home) -> bool:
    """Whether a rule on owners refuses it already: no way leads into another region, whatever the VPC."""
    answers = isinstance(binding, ServiceBinding)
    for home in (source.home for source in needs.sources):
        if None not in (home.region, here.region) and home.region != here.region:
            return True
        if answers and None not in (home.account, here.account) and home.account != here.account:
            return True
    return False


def _ours(network: NetworkPlan, theirs: str | None) -> str | None:
    """The program's VPC; of the one that patterns share it may be known only that it is called so."""
    if network.creates is None:
        return vpc_given(network.vpc or network.of_cluster)
    own = network.context.network_path
    return own or (theirs if theirs is not None and theirs.endswith(f"/{SHARED_VPC_ID}") else SHARED_VPC_ID)


REACH_CHECKS: tuple[Check[Reaching], ...] = (same_network.on(_ways), one_app.on(_ways))
