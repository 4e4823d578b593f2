"""What every construct of data is: a pattern without triggers, alarms and roles.

    props ──data_plan──> DataPlan ──DATA_CHECKS, its own checks──> a construct of CDK's, retained

The walk is `Pattern`'s. It reads of the props what is acknowledged and what bounds roles, and of the plan how it is
operated, so that the rules on removal, keys, names and tags are those of every pattern.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from naws.core.checks.network import VPC_CHECKS
from naws.core.checks.operations import CONTEXT_CHECKS, OPERATIONS_CHECKS
from naws.core.context import PatternContext
from naws.core.network import NewVpc, VpcLookup
from naws.core.plans.given import key_given, of_network
from naws.core.plans.network import NetworkPlan, plan_network
from naws.core.plans.operations import plan_operations
from naws.core.plans.pattern import PatternPlan
from naws.core.props import Networked, Operated
from naws.core.rule import Check
from naws.core.rules import data_network, removal, types
from naws.core.rules.owners import GIVEN_RULES, Given, key_of_ones_own
from naws.core.subnets import chosen, stands_in, subnets_of
from naws.core.tokens import has_token
from naws.core.type_checks import TypeMismatch, check_types
from naws.core.validation import bind, of

PropsT = TypeVar("PropsT", bound="DataProps")


@dataclass(frozen=True, kw_only=True)
class DataProps:
    """What holds data."""

    encryption_key: kms.IKey | None = None
    """Encrypts the data at rest; another one later is another resource, without the data, where AWS cannot change it.
    Omitted: the convention's, else a key that AWS manages."""
    removal_policy: cdk.RemovalPolicy | None = None
    """What happens to the data when the construct or its stack goes. DESTROY deletes them, and takes away what protects
    them from deletion. Omitted: the convention's, else they are retained, except when the stack's first deployment
    fails."""
    permissions_boundary: iam.IManagedPolicy | None = None
    """Bounds roles that are made below it later, such as that of a rotation's function; it makes none itself.
    Omitted: the convention's, else none."""
    acknowledge: Mapping[str, str] = field(default_factory=dict[str, str])
    """`{code: reason}` for practices that are broken on purpose. Omitted: none."""


@dataclass(frozen=True, kw_only=True)
class NetworkedDataProps(DataProps):
    """What holds data in a VPC."""

    vpc: ec2.IVpc | VpcLookup | NewVpc | None = None
    """The network. Omitted: the convention's, else the one that the stack's patterns share, which is created."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """Omitted: the private subnets."""


@dataclass(frozen=True, kw_only=True)
class DataPlan(PatternPlan):
    """Data, decided; its `removal_policy` is that of `operations` but for what can be kept as a snapshot."""

    props: Any
    removal_policy: cdk.RemovalPolicy

    @property
    def protected(self) -> bool:
        """Whether the data are kept from deletion by whatever AWS has for it."""
        return self.removal_policy != cdk.RemovalPolicy.DESTROY


@dataclass(frozen=True, kw_only=True)
class NetworkedDataPlan(DataPlan):
    """Data in a VPC, decided."""

    network: NetworkPlan


def mended(props: PropsT, context: PatternContext) -> tuple[PropsT, PatternContext, tuple[TypeMismatch, ...]]:
    """Props and conventions without what has the wrong type, and that."""
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    return props, replace(context, conventions=conventions), (*mismatches, *more)


def decided(
    props: DataProps, context: PatternContext, *, snapshot: bool = False, log_retention: Any = None
) -> dict[str, Any]:
    """The fields of a `DataPlan` that follow from those that all props have.

    Args:
        props: mended.
        context: mended.
        snapshot: whether the data can be kept as a snapshot, and are unless another policy is given.
        log_retention: as it was given.
    """
    snapshots = snapshot and props.removal_policy in (None, cdk.RemovalPolicy.SNAPSHOT)
    operated = Operated(
        encryption_key=props.encryption_key,
        removal_policy=None if snapshots else props.removal_policy,
        log_retention=log_retention,
    )
    operations, key = plan_operations(operated, context, 0), key_given(operated, context)
    own = context.conventions.removal_policy if props.removal_policy is None else None
    if props.removal_policy is not None:
        operations = replace(operations, removal_path="removal_policy")
    policy = cdk.RemovalPolicy.SNAPSHOT if snapshots and own is None else operations.removal_policy
    given = () if key is None else (Given(path=key.path, kind="key", home=key.home, here=context.home),)
    return {
        "props": props, "context": context, "operations": operations, "key": key, "given": given,
        "removal_policy": policy,
    }  # fmt: skip


def decided_in_vpc(props: NetworkedDataProps, context: PatternContext, **options: Any) -> dict[str, Any]:
    """The same of a `NetworkedDataPlan`."""
    network = plan_network(Networked(vpc=props.vpc, vpc_subnets=props.vpc_subnets), context)
    fields = decided(props, context, **options)
    return {**fields, "network": network, "given": (*fields["given"], *of_network(network, context.home))}


def placement(plan: NetworkPlan) -> Iterator[data_network.Placement]:
    """The subnets that were chosen for data."""
    kind = chosen(plan.vpc_subnets).get("subnet_type")
    yield data_network.Placement(
        path="vpc_subnets", subnet_type=getattr(kind, "value", None), zones=_zones(plan), vpc=plan.path
    )


def _zones(plan: NetworkPlan) -> int | None:
    """In how many zones the data will be; None when that is not known."""
    if plan.creates is not None:
        return None if has_token(plan.creates.max_azs) else plan.creates.max_azs
    vpc = plan.vpc
    if vpc is None or isinstance(vpc, VpcLookup | NewVpc) or plan.no_subnets or stands_in(vpc):
        return None
    zones = {*subnets_of(vpc, plan.vpc_subnets).zones}
    # A list that only CloudFormation counts has no length here.
    return None if any(each.startswith("#{") for each in zones) else len(zones)


def _removal(plan: DataPlan) -> Iterator[removal.Removal]:
    """Of what is in a `ServiceStage`, with what can be kept as a snapshot."""
    if plan.operations.disposable is not None:
        yield removal.Removal(
            path=plan.operations.removal_path, value=plan.removal_policy, disposable=plan.operations.disposable
        )


_OTHERWISE = (removal.emptied, *removal.TWO_KEYS_RULES)
DATA_CHECKS: tuple[Check[DataPlan], ...] = (
    types.declared_type.on(lambda plan: plan.mismatches),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    key_of_ones_own.on(lambda plan: () if plan.key is None else (plan.key,)),
    # What is emptied before it goes differs: a bucket has a rule of its own.
    *of(lambda plan: plan.operations, [each for each in OPERATIONS_CHECKS if each.rule not in _OTHERWISE]),
    *bind(_removal, removal.TWO_KEYS_RULES),
    *of(lambda plan: plan.context, CONTEXT_CHECKS),
)
"""Those of whatever holds data."""
NETWORKED_DATA_CHECKS: tuple[Check[NetworkedDataPlan], ...] = (
    *of(lambda plan: plan, DATA_CHECKS),
    *of(lambda plan: plan.network, VPC_CHECKS),
    *of(lambda plan: plan.network, bind(placement, data_network.PLACEMENT_RULES)),
)
"""Those of whatever holds data in a VPC."""
