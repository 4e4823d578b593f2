"""VPC look-ups, answered in the form that the CDK expects (`VpcContextResponse`)."""

from collections.abc import Mapping
from typing import Any

_STAND_IN_CIDR = "10.200.0.0/16"
_ZONES = 2
_GROUP_TAG = "aws-cdk:subnet-name"
_TYPE_TAG = "aws-cdk:subnet-type"


def find_vpc(ec2: Any, wanted: Mapping[str, str]) -> str | None:
    """The one VPC that matches the look-up's filter; None when none does."""
    filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
    found = ec2.describe_vpcs(Filters=filters)["Vpcs"]
    return found[0]["VpcId"] if len(found) == 1 else None


def zones_of(ec2: Any) -> list[str]:
    """The names of the availability zones, sorted."""
    return sorted(zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])


def make_vpc(ec2: Any, wanted: Mapping[str, str]) -> str:
    """A VPC that matches the filter's tags, with a public and a private subnet in each of two zones."""
    tags = [
        {"Key": name.removeprefix("tag:"), "Value": value} for name, value in wanted.items() if name.startswith("tag:")
    ]
    vpc: str = ec2.create_vpc(CidrBlock=_STAND_IN_CIDR)["Vpc"]["VpcId"]
    if tags:
        ec2.create_tags(Resources=[vpc], Tags=tags)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=public, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for number, zone in enumerate(zones_of(ec2)[:_ZONES]):
        _add_subnet(ec2, vpc, zone, (number, "Public", public))
        private = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        _add_subnet(ec2, vpc, zone, (number + _ZONES, "Private", private))
    return vpc


def _add_subnet(ec2: Any, vpc: str, zone: str, kind: tuple[int, str, str]) -> None:
    number, subnet_type, route_table = kind
    cidr = f"10.200.{number}.0/24"
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
    tags = [{"Key": _TYPE_TAG, "Value": subnet_type}, {"Key": _GROUP_TAG, "Value": subnet_type}]
    ec2.create_tags(Resources=[subnet], Tags=tags)
    ec2.associate_route_table(SubnetId=subnet, RouteTableId=route_table)


def subnets_of(ec2: Any, vpc: str) -> list[str]:
    """The ids of a VPC's private subnets, by zone; of all of them when none is private."""
    groups = describe_vpc(ec2, vpc, None)["subnetGroups"]
    chosen = [each for each in groups if each["type"] == "Private"] or groups
    return [str(subnet["subnetId"]) for each in chosen for subnet in each["subnets"]]


def describe_vpc(ec2: Any, vpc: str, group_tag: str | None) -> dict[str, Any]:
    """The look-up's answer, with subnets grouped by their name tag."""
    described = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]
    where = [{"Name": "vpc-id", "Values": [vpc]}]
    tables = ec2.describe_route_tables(Filters=where)["RouteTables"]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for subnet in ec2.describe_subnets(Filters=where)["Subnets"]:
        table = _table_of(subnet["SubnetId"], tables)
        tags = {tag["Key"]: tag["Value"] for tag in subnet.get("Tags", [])}
        public = any(str(route.get("GatewayId", "")).startswith("igw-") for route in table.get("Routes", []))
        subnet_type = tags.get(_TYPE_TAG) or ("Public" if public else "Private")
        name = tags.get(group_tag or _GROUP_TAG) or subnet_type
        groups.setdefault((name, subnet_type), []).append(
            {
                "subnetId": subnet["SubnetId"],
                "cidr": subnet["CidrBlock"],
                "availabilityZone": subnet["AvailabilityZone"],
                "routeTableId": table.get("RouteTableId", ""),
            }
        )
    return {
        "vpcId": vpc,
        "vpcCidrBlock": described["CidrBlock"],
        "ownerAccountId": described.get("OwnerId"),
        "availabilityZones": [],
        "subnetGroups": [
            {"name": name, "type": kind, "subnets": sorted(subnets, key=lambda subnet: subnet["availabilityZone"])}
            for (name, kind), subnets in sorted(groups.items())
        ],
    }


def _table_of(subnet: str, tables: list[dict[str, Any]]) -> dict[str, Any]:
    associations = ((table, one) for table in tables for one in table.get("Associations", []))
    main: dict[str, Any] = {}
    for table, association in associations:
        if association.get("SubnetId") == subnet:
            return table
        if association.get("Main"):
            main = table
    return main
