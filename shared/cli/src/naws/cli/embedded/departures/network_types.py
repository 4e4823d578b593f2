"""CloudFormation types of Amazon EC2 networking that MiniStack refuses though it has their APIs."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import copy
import secrets
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.patching import departure, service
from naws.cli.embedded.departures.placeholders import forget, note

Handlers = dict[str, Any]


@departure(
    source="CloudFormation User Guide, AWS::EC2::EIP, AWS::EC2::NatGateway and AWS::EC2::FlowLog (return values)",
    replaces=(
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "cloudformation.provisioners._ec2_apply_tags",
        "ec2._addresses",
        "ec2._nat_gateways",
        "ec2._flow_logs",
        "ec2._subnets",
        "ec2._random_ip",
        "ec2._now_ts",
    ),
)
def gateway_types() -> None:
    """An elastic IP refers to its address, a NAT gateway and a flow log to their ids, and EC2 describes all three.

    No packet passes a gateway here and no flow is logged: ``not_emulated`` names those two.
    """
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS
    handlers["AWS::EC2::EIP"] = _stored("_addresses", _new_address)
    handlers["AWS::EC2::NatGateway"] = _stored("_nat_gateways", _new_nat_gateway, "AWS::EC2::NatGateway")
    handlers["AWS::EC2::FlowLog"] = _stored("_flow_logs", _new_flow_log, "AWS::EC2::FlowLog")


def _stored(
    store: str, build: Callable[[dict[str, Any]], tuple[str, str, dict[str, Any], dict[str, str]]], effectless: str = ""
) -> Handlers:
    """Handlers that keep a record in EC2's own store; ``build`` gives key, Ref, record and attributes."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        key, physical_id, record, attributes = build(properties)
        getattr(service("ec2"), store)[key] = record
        service("cloudformation.provisioners")._ec2_apply_tags(key, properties)
        if effectless:
            note(stack, logical_id, effectless, physical_id)
        return physical_id, attributes

    def delete(physical_id: str, _properties: Any) -> None:
        records = getattr(service("ec2"), store)
        for key, record in list(records.items()):
            if physical_id in (key, record.get("PublicIp")):
                del records[key]
        forget(physical_id)

    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str
    ) -> tuple[str, dict[str, str]]:
        if {**old, "Tags": None} == {**new, "Tags": None}:
            key, attributes = _find(store, physical_id)
            service("cloudformation.provisioners")._ec2_apply_tags(key, new, old)
            return physical_id, attributes
        created = create(logical_id, new, stack)
        delete(physical_id, old)
        return created

    return {"create": create, "update": update, "delete": delete, "update_with_logical_id": True}


def _find(store: str, physical_id: str) -> tuple[str, dict[str, str]]:
    for key, record in getattr(service("ec2"), store).items():
        if key == physical_id:
            return key, {"Id": key, "NatGatewayId": key}
        if record.get("PublicIp") == physical_id:
            return key, {"AllocationId": key, "PublicIp": physical_id}
    return physical_id, {}


def _id(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def _new_address(properties: dict[str, Any]) -> tuple[str, str, dict[str, Any], dict[str, str]]:
    allocation, address = _id("eipalloc"), service("ec2")._random_ip("52.")
    record: dict[str, Any] = {
        "AllocationId": allocation,
        "PublicIp": address,
        "Domain": properties.get("Domain", "vpc"),
        "AssociationId": None,
        "InstanceId": None,
        "NetworkInterfaceId": None,
        "PrivateIpAddress": None,
    }
    return allocation, address, record, {"AllocationId": allocation, "PublicIp": address}


def _new_nat_gateway(properties: dict[str, Any]) -> tuple[str, str, dict[str, Any], dict[str, str]]:
    ec2 = service("ec2")
    gateway, subnet = _id("nat"), properties["SubnetId"]
    record: dict[str, Any] = {
        "NatGatewayId": gateway,
        "SubnetId": subnet,
        "VpcId": ec2._subnets[subnet]["VpcId"],
        "AllocationId": properties.get("AllocationId", ""),
        "ConnectivityType": properties.get("ConnectivityType", "public"),
        "State": "available",
        "CreateTime": ec2._now_ts(),
        "Tags": [],
    }
    return gateway, gateway, record, {"NatGatewayId": gateway}


def _new_flow_log(properties: dict[str, Any]) -> tuple[str, str, dict[str, Any], dict[str, str]]:
    flow_log = _id("fl")
    record = {
        "FlowLogId": flow_log,
        "ResourceId": properties["ResourceId"],
        "ResourceType": properties["ResourceType"],
        "TrafficType": properties.get("TrafficType", "ALL"),
        "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
        "LogDestination": properties.get("LogDestination") or properties.get("LogGroupName", ""),
        "FlowLogStatus": "ACTIVE",
        "CreationTime": service("ec2")._now_ts(),
    }
    return flow_log, flow_log, record, {"Id": flow_log}


@departure(
    source="CloudFormation User Guide, AWS::EC2::SecurityGroupIngress and AWS::EC2::SecurityGroupEgress",
    replaces=(
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "cloudformation.provisioners._ec2_sg_permissions",
        "ec2._security_groups",
    ),
)
def security_group_rules() -> None:
    """A rule of its own is added to its group and taken out again; a group that does not exist fails the stack."""
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS
    handlers["AWS::EC2::SecurityGroupIngress"] = _rule("IpPermissions")
    handlers["AWS::EC2::SecurityGroupEgress"] = _rule("IpPermissionsEgress")


def _rule(direction: str) -> Handlers:
    def permissions(properties: dict[str, Any]) -> list[dict[str, Any]]:
        return copy.deepcopy(service("cloudformation.provisioners")._ec2_sg_permissions([properties]))

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        group = service("ec2")._security_groups.get(properties.get("GroupId"))
        if group is None:
            raise ValueError(f"The security group '{properties.get('GroupId')}' does not exist")
        group[direction].extend(permissions(properties))
        rule = _id("sgr")
        return rule, {"Id": rule}

    def delete(_physical_id: str, properties: dict[str, Any]) -> None:
        group = service("ec2")._security_groups.get(properties.get("GroupId"))
        for permission in permissions(properties) if group else ():
            if permission in group[direction]:
                group[direction].remove(permission)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> tuple[str, dict[str, str]]:
        delete(physical_id, old)
        create("", new, "")
        return physical_id, {"Id": physical_id}

    return {"create": create, "update": update, "delete": delete}
