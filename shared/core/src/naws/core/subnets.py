"""Subnets and zones of a network: asked of CDK once for a VPC and a selection, however many patterns want them."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import IDependable

from naws.core.network import PRIVATE_SUBNETS, PUBLIC_SUBNETS, NewVpc, VpcFromParameters, VpcLookup, VpcSource
from naws.core.stacks import kept
from naws.core.tokens import has_token, is_lookup_dummy


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """Subnets of a VPC.

    Attributes:
        ids: theirs.
        zones: their availability zones.
        way_out: what has to be there before anything in them reaches the internet; nothing of subnets that were
            imported.
    """

    ids: tuple[str, ...]
    zones: tuple[str, ...]
    way_out: IDependable


def chosen(selection: object) -> dict[str, Any]:
    """The fields of a selection, or of another struct of CDK's, that are given; it cannot be spread otherwise."""
    values: dict[str, Any] = getattr(selection, "_values", {})
    return {name: value for name, value in values.items() if value is not None}


def subnets_of(vpc: ec2.IVpc, wanted: ec2.SubnetSelection | None) -> Subnets:
    """The subnets of a VPC that are wanted; the private ones when none are.

    Raises:
        RuntimeError: CDK's, when the VPC has none of a group or a type that is wanted.
    """
    selection = chosen(wanted)

    def ask() -> Subnets:
        found = vpc.select_subnets(**selection_in(vpc, wanted))
        return Subnets(
            ids=tuple(found.subnet_ids),
            zones=tuple(found.availability_zones),
            way_out=found.internet_connectivity_established,
        )

    if "subnets" in selection or "subnet_filters" in selection:
        return ask()  # objects, which nothing tells apart
    return kept(vpc, f"subnets {sorted(selection.items(), key=str)}", ask)


def fewest_addresses(vpc: ec2.IVpc, wanted: ec2.SubnetSelection | None) -> int | None:
    """How many addresses the smallest of the wanted subnets has, those of AWS among them; None when nobody knows.

    Raises:
        RuntimeError: as `subnets_of`.
    """
    selection = selection_in(vpc, wanted)

    def ask() -> int | None:
        try:
            ranges = [each.ipv4_cidr_block for each in vpc.select_subnets(**selection).subnets]
        except RuntimeError:  # CDK's, of a subnet that was imported without its range
            return None
        if not ranges or has_token(ranges):
            return None
        return min(ipaddress.ip_network(each, strict=False).num_addresses for each in ranges)

    if "subnets" in selection or "subnet_filters" in selection:
        return ask()
    return kept(vpc, f"addresses {sorted(selection.items(), key=str)}", ask)


def selection_in(vpc: ec2.IVpc, wanted: ec2.SubnetSelection | None) -> dict[str, Any]:
    """The fields of a selection of a VPC's subnets: those that are wanted, else the private ones.

    Private are those with a way out; in a VPC without any, the isolated ones.
    """
    if chosen(wanted):
        return chosen(wanted)
    private = vpc.private_subnets or not vpc.isolated_subnets
    return {"subnet_type": ec2.SubnetType.PRIVATE_WITH_EGRESS if private else ec2.SubnetType.PRIVATE_ISOLATED}


def no_subnets(vpc: VpcSource | None, wanted: ec2.SubnetSelection | None) -> str:
    """The reason why a VPC has none of the subnets that are wanted; empty when it has some, or nobody knows yet.

    A VPC that is there is asked; of one that will be made it is known what it will have.
    """
    if chosen(wanted).get("subnets") == []:
        return "one or more of them, not an empty list"
    if isinstance(vpc, VpcLookup | NewVpc) or vpc is None:
        return _will_not_have(vpc or NewVpc(), chosen(wanted))
    try:
        found = subnets_of(vpc, wanted).ids
    except RuntimeError as refused:  # of CDK's
        return re.sub(r"^\w+: ", "", str(refused).strip().splitlines()[0])
    return "" if found or stands_in(vpc) else f"it has others, in {_zones(vpc)}"


def zones_of(vpc: ec2.IVpc) -> list[str]:
    """The availability zones of a VPC."""
    return kept(vpc, "zones", lambda: vpc.availability_zones)


def stands_in(vpc: ec2.IVpc) -> bool:
    """Whether CDK has yet to look up what the VPC, or its availability zones, really are."""
    return any(map(is_lookup_dummy, [kept(vpc, "vpc_id", lambda: vpc.vpc_id), *zones_of(vpc)]))


def vpc_of(cluster: ecs.ICluster) -> ec2.IVpc | None:
    """The cluster's VPC; None when it was imported by its ARN and knows none."""

    def ask() -> ec2.IVpc | None:
        try:
            return cluster.vpc
        except RuntimeError:  # CDK's
            return None

    return kept(cluster, "vpc", ask)


def _will_not_have(vpc: VpcLookup | NewVpc, wanted: dict[str, Any]) -> str:
    private = {PRIVATE_SUBNETS: ec2.SubnetType.PRIVATE_WITH_EGRESS}
    if isinstance(vpc, NewVpc):
        groups = {PUBLIC_SUBNETS: ec2.SubnetType.PUBLIC, **private}
    else:
        groups = private if isinstance(vpc, VpcFromParameters) else None
    name, kind = wanted.get("subnet_group_name"), wanted.get("subnet_type")
    if name is not None and kind is not None:
        return "by their group's name or by their type, not by both"
    if groups is None or (name in {None, *groups} and kind in {None, *groups.values()}):
        return ""
    return f"it has {' and '.join(f'{group} ({each.value})' for group, each in groups.items())}"


def _zones(vpc: ec2.IVpc) -> str:
    return "zones that only the deployment knows" if has_token(zones_of(vpc)) else " ".join(zones_of(vpc))
