"""Fields that several patterns have, each with one name, one default and one sentence.

A pattern's props are a dataclass of its own fields that inherits from those of these that it needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from naws.core.alarms import Alarms, NoAlarms
from naws.core.network import Egress, NewVpc, VpcLookup
from naws.core.triggers import Trigger


@dataclass(frozen=True, kw_only=True)
class Triggered:
    """What is started by times, events and messages."""

    triggers: Sequence[Trigger] = ()
    """What starts runs, each with its own payload. Omitted: only a person or another program does.
    Append new ones at the end: their order is part of the logical ids."""


@dataclass(frozen=True, kw_only=True)
class Networked:
    """What works in a VPC."""

    vpc: ec2.IVpc | VpcLookup | NewVpc | None = None
    """The network. Omitted: the convention's, else that of a given cluster, else one that is created per stack."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """Omitted: the private subnets with a way out."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """Up to five. Omitted: one of its own, without ingress and with the named egress."""
    egress: Sequence[Egress] | None = None
    """What the created security group lets out; bindings add what they need. Omitted: HTTPS to anywhere."""


@dataclass(frozen=True, kw_only=True)
class Operated:
    """What is watched, logged, encrypted and removed."""

    permissions_boundary: iam.IManagedPolicy | None = None
    """Bounds every role of the pattern; that of a created VPC, which is the stack's, the convention bounds alone.
    Omitted: the convention's, else none."""
    log_retention: logs.RetentionDays | None = None
    """Omitted: the convention's, else 30 days."""
    encryption_key: kms.IKey | None = None
    """Encrypts queues, logs and large payloads. The owner of one that is imported lets the services use it. Omitted:
    the convention's, else the keys that AWS manages for each service."""
    removal_policy: cdk.RemovalPolicy | None = None
    """What happens to queues, logs and large payloads when the stack goes.
    Omitted: the convention's, else they are retained, except when the stack's first deployment fails. With DESTROY the
    bucket of large payloads has to be empty when the stack is deleted: CloudFormation deletes no other."""
    alarms: Alarms | NoAlarms = field(default_factory=Alarms)
    """Omitted: those without `detail`, to the convention's topic or one that is created per stack."""
    acknowledge: Mapping[str, str] = field(default_factory=dict[str, str])
    """`{code: reason}` for practices that are broken on purpose. Omitted: none."""
