"""CloudFormation types of Amazon EC2 networking that MiniStack refuses though it has their APIs."""

import copy
import secrets
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure
from naws.cli.embedded.departures.placeholders import forget, note
from naws.cli.embedded.departures.services import ec2, provisioners
from naws.cli.embedded.departures.templates import Made, provide, wrap_template

_IDS = {"NatGatewayId": "NatGatewayId", "Id": "FlowLogId"}
"""Attributes of what has no address, and the member of its record."""


@departure("CloudFormation User Guide, AWS::EC2::EIP, AWS::EC2::NatGateway and AWS::EC2::FlowLog (return values)")
def gateway_types() -> None:
    """An elastic IP refers to its address, a NAT gateway and a flow log to their ids, and EC2 describes all three.

    No packet passes a gateway here and no flow is logged: ``not_emulated`` names those two.
    """
    _provide("EC2::EIP", "_addresses", _new_address, flows=True)
    _provide("EC2::NatGateway", "_nat_gateways", _new_nat_gateway, flows=False)
    _provide("EC2::FlowLog", "_flow_logs", _new_flow_log, flows=False)


@departure("CloudFormation User Guide, AWS::EC2::VPC (return values)")
def vpc_attributes() -> None:
    """A VPC has its range of addresses among its attributes."""

    def made(original: Original, *arguments: Any, **named: Any) -> Made:
        physical_id, attributes = original(*arguments, **named)
        return physical_id, {**attributes, "CidrBlock": ec2._vpcs[physical_id]["CidrBlock"]}

    wrap_template("EC2::VPC", create=made, update=made)


def _provide(kind: str, store: str, build: Callable[[dict[str, Any]], dict[str, Any]], *, flows: bool) -> None:
    """Keep a resource in EC2's own store; ``build`` gives the record, whose first value is its id."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        record = build(properties)
        key = next(iter(record.values()))
        getattr(ec2, store)[key] = record
        provisioners._ec2_apply_tags(key, properties)
        physical_id = record.get("PublicIp", key)
        if not flows:
            note(stack, logical_id, kind, physical_id)
        return physical_id, _attributes(record)

    def delete(physical_id: str, _properties: Any) -> None:
        records = getattr(ec2, store)
        for key, record in list(records.items()):
            if physical_id in (key, record.get("PublicIp")):
                del records[key]
        forget(physical_id)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Made:
        if {**old, "Tags": None} == {**new, "Tags": None}:
            found = getattr(ec2, store).items()
            known = [item for item in found if physical_id in (item[0], item[1].get("PublicIp"))]
            key, record = known[0] if known else (physical_id, dict[str, Any]())
            provisioners._ec2_apply_tags(key, new, old)
            return physical_id, _attributes(record)
        created = create(logical_id, new, stack)
        delete(physical_id, old)
        return created

    provide(kind, create, update, delete, update_with_logical_id=True)


def _attributes(record: dict[str, Any]) -> dict[str, str]:
    names = {"AllocationId": "AllocationId", "PublicIp": "PublicIp"} if "PublicIp" in record else _IDS
    return {name: record[field] for name, field in names.items() if field in record}


def _id(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def _new_address(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "AllocationId": _id("eipalloc"),
        "PublicIp": ec2._random_ip("52."),
        "Domain": properties.get("Domain", "vpc"),
        **dict.fromkeys(("AssociationId", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress")),
    }


def _new_nat_gateway(properties: dict[str, Any]) -> dict[str, Any]:
    subnet = properties["SubnetId"]
    return {
        "NatGatewayId": _id("nat"),
        "SubnetId": subnet,
        "VpcId": ec2._subnets[subnet]["VpcId"],
        "AllocationId": properties.get("AllocationId", ""),
        "ConnectivityType": properties.get("ConnectivityType", "public"),
        "State": "available",
        "CreateTime": ec2._now_ts(),
        "Tags": [],
    }


def _new_flow_log(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "FlowLogId": _id("fl"),
        "ResourceId": properties["ResourceId"],
        "ResourceType": properties["ResourceType"],
        "TrafficType": properties.get("TrafficType", "ALL"),
        "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
        "LogDestination": properties.get("LogDestination") or properties.get("LogGroupName", ""),
        "FlowLogStatus": "ACTIVE",
        "CreationTime": ec2._now_ts(),
    }


@departure("CloudFormation User Guide, AWS::EC2::SecurityGroupIngress and AWS::EC2::SecurityGroupEgress")
def security_group_rules() -> None:
    """A rule of its own is added to its group and taken out again; a group that does not exist fails the stack."""
    _provide_rule("EC2::SecurityGroupIngress", "IpPermissions")
    _provide_rule("EC2::SecurityGroupEgress", "IpPermissionsEgress")


def _provide_rule(kind: str, direction: str) -> None:
    def permissions(properties: dict[str, Any]) -> list[dict[str, Any]]:
        return copy.deepcopy(provisioners._ec2_sg_permissions([properties]))

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
        group = ec2._security_groups.get(properties.get("GroupId"))
        if group is None:
            raise ValueError(f"The security group '{properties.get('GroupId')}' does not exist")
        group[direction].extend(permissions(properties))
        rule = _id("sgr")
        return rule, {"Id": rule}

    def delete(_physical_id: str, properties: dict[str, Any]) -> None:
        group = ec2._security_groups.get(properties.get("GroupId"))
        for permission in permissions(properties) if group else ():
            if permission in group[direction]:
                group[direction].remove(permission)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> Made:
        delete(physical_id, old)
        create("", new, "")
        return physical_id, {"Id": physical_id}

    provide(kind, create, update, delete)
