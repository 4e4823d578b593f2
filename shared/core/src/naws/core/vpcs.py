"""Which VPC something is in, as far as that is known before anything is deployed."""

from typing import Any

from aws_cdk import aws_ec2 as ec2

from naws.core.network import NewVpc, VpcById, VpcLookup, VpcSource
from naws.core.references import targets_of
from naws.core.stacks import kept, path_of
from naws.core.tokens import known


def vpc_given(vpc: VpcSource | None) -> str | None:
    """The id of a VPC that is given, or the path of its construct; None when neither is known."""
    if isinstance(vpc, VpcById):
        return vpc.vpc_id
    if vpc is None or isinstance(vpc, VpcLookup | NewVpc):
        return None
    return kept(vpc, "identity", lambda: _identity(kept(vpc, "vpc_id", lambda: vpc.vpc_id)))


def vpc_behind(source: Any) -> str | None:
    """The same of what is connected to, by the first of its security groups; None of an imported one."""

    def ask() -> str | None:
        groups: list[Any] = source.connections.security_groups if hasattr(source, "connections") else []
        made: Any = groups[0].node.default_child if groups else None
        return _identity(made.vpc_id) if isinstance(made, ec2.CfnSecurityGroup) else None

    return kept(source, "network", ask)


def vpc_of_source(source: Any) -> ec2.IVpc | None:
    """The VPC of what is connected to, as CDK has it: its own, or that of its security group; None when not known."""

    def ask() -> ec2.IVpc | None:
        own = getattr(source, "vpc", None)
        if own is not None:
            return own
        groups: list[Any] = source.connections.security_groups if hasattr(source, "connections") else []
        made: Any = groups[0].node.default_child if groups else None
        target = _target(made.vpc_id) if isinstance(made, ec2.CfnSecurityGroup) else None
        above = None if target is None else target.node.scope
        return above if isinstance(above, ec2.Vpc) else None

    return kept(source, "vpc of source", ask)


def _identity(vpc_id: str | None) -> str | None:
    if known(vpc_id):
        return vpc_id
    target = _target(vpc_id)
    return None if target is None else path_of(target).rpartition("/")[0]


def _target(vpc_id: str | None) -> ec2.CfnVPC | None:
    return next((each for each in targets_of(vpc_id or "") if isinstance(each, ec2.CfnVPC)), None)
