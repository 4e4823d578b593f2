"""Fields that several patterns have, each with one name, one default and one sentence.

A pattern's props are a dataclass of its own fields that inherits from those of these that it needs. A field that it
has not is answered with the one that comes closest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from naws.core.alarms import Alarms, NoAlarms
from naws.core.bindings import Bindable, Binding
from naws.core.containers import Sidecar
from naws.core.hints import MAY_BE_ZERO, MIB, VCPU, Hint, Hints
from naws.core.network import Egress, NewVpc, VpcLookup
from naws.core.spelling import Suggesting
from naws.core.triggers import Trigger

MEMORY = replace(MIB, least=512)
"""Fargate has no size of less than 512 MiB: a smaller number counts GiB."""


@dataclass(frozen=True, kw_only=True)
class Triggered(Suggesting):
    """Props of what is started by times, events and messages."""

    _elsewhere: ClassVar[dict[str, str]] = dict.fromkeys(
        ("schedule", "cron", "rate"), "give triggers=[ScheduleTrigger(…)]"
    )
    triggers: Sequence[Trigger] = ()
    """The triggers, which start runs, each with its own payload. Omitted: requests, a person or another program do.
    Append new ones at the end: their order is part of the logical ids."""


@dataclass(frozen=True, kw_only=True)
class Networked(Suggesting):
    """Props of what works in a VPC."""

    vpc: ec2.IVpc | VpcLookup | NewVpc | None = None
    """The network. Omitted: the convention's, else that of a given cluster, else one that is created per stack, or
    per `ServiceStage`."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """Omitted: the private subnets with a way out."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """Up to five. Omitted: one of its own, without ingress and with the named egress."""
    egress: Sequence[Egress] | None = None
    """The egress of the created security group; bindings add what they need. Omitted: HTTPS to anywhere."""


@dataclass(frozen=True, kw_only=True)
class Operated(Suggesting):
    """Props of what has alarms and logs, is encrypted and removed."""

    _elsewhere: ClassVar[dict[str, str]] = {"tags": "give Conventions(tags={…}).apply(stack)"}
    permissions_boundary: iam.IManagedPolicy | None = None
    """Bounds every role of the pattern; that of a created VPC, which is the stack's, the convention bounds alone.
    Omitted: the convention's, else none."""
    log_retention: logs.RetentionDays | None = None
    """Omitted: the convention's, else a week in a disposable `ServiceStage`, else 30 days."""
    encryption_key: kms.IKey | None = None
    """Encrypts queues and logs, and large payloads where such are kept. The owner of one that is imported lets the
    services use it. Omitted: the convention's, else the keys that AWS manages for each service."""
    removal_policy: cdk.RemovalPolicy | None = None
    """What happens to queues and logs when the stack goes, and to large payloads where such are kept.
    Omitted: the convention's, else they are retained, except when the stack's first deployment fails. With DESTROY a
    bucket of large payloads has to be empty when the stack is deleted: CloudFormation deletes no other."""
    alarms: Alarms | NoAlarms = field(default_factory=Alarms)
    """Omitted: those without `detail`, to the convention's topic or one that is created per stack."""
    dashboard: bool = False
    """True adds a section to the CloudWatch dashboard of the stack, which the first one makes: alarms, outcomes,
    durations against their timeout, sizes, queues. A dashboard costs by the month."""
    acknowledge: Mapping[str, str] = field(default_factory=dict[str, str])
    """`{code: reason}` for practices that are broken on purpose. Omitted: none."""


@dataclass(frozen=True, kw_only=True)
class Containerized(Suggesting):
    """Props of what runs as an ECS task on Fargate."""

    _hints: ClassVar[Hints] = {
        "cpu": VCPU,
        "memory_limit_mib": MEMORY,
        "stop_timeout": MAY_BE_ZERO,
        "user": Hint(example='"1000:1000"', number=True),
    }
    image: ecs.ContainerImage
    """The container's image: of a registry, a repository or a local Dockerfile."""
    command: Sequence[str] | None = None
    """Omitted: the image's command."""
    entry_point: Sequence[str] | None = None
    """Omitted: the image's entry point."""
    working_directory: str | None = None
    """Omitted: the image's."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Plain environment variables. Omitted: none but those that the pattern (`NAWS_…`) and its bindings set."""
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])
    """Environment variables that ECS fills from Secrets Manager or Parameter Store. Omitted: none."""
    cpu: int = 1024
    """CPU units; 1024 are one vCPU. Source: Fargate task size."""
    memory_limit_mib: int = 2048
    """MiB; each cpu has its own sizes. Source: Fargate task size."""
    ephemeral_storage_gib: int | None = None
    """Disk in GiB, 21 to 200. Omitted: the 20 GiB that Fargate gives free of charge."""
    cpu_architecture: ecs.CpuArchitecture | None = None
    """Omitted: X86_64. ARM64 is cheaper; the image must be built for it."""
    user: str = "1000:1000"
    """uid:gid of the program."""
    readonly_root_filesystem: bool = True
    """False lets the program write wherever its user may; with True only `/tmp` is writable."""
    scratch_mib: int = 256
    """Size of `/tmp` in MiB, in memory (tmpfs); it counts towards `memory_limit_mib`. Any user can write there, and it
    is the program's `HOME` unless `environment` has one. 0: neither the mount nor `HOME`."""
    stop_timeout: cdk.Duration | None = None
    """From SIGTERM to SIGKILL, up to 120 seconds. Omitted: 120 seconds."""
    cluster: ecs.ICluster | None = None
    """Omitted: one that is created per stack and shared by its patterns, with Container Insights."""
    bindings: Sequence[Binding | Bindable] = ()
    """Data sources that the program uses. Omitted: none."""
    task_role: iam.IRole | None = None
    """The program's role, of this account; the rights that it needs are added to it. Omitted: one is created that may
    do what the bindings need."""
    execution_role: iam.IRole | None = None
    """The role with which ECS pulls the image, reads the secrets and writes the logs; the rights for it are added.
    Omitted: created."""
    sidecars: Sequence[Sidecar] = ()
    """Non-essential containers, up to nine. Omitted: none."""
    enable_execute_command: bool = False
    """True opens ECS Exec, `naws shell` or `aws ecs execute-command`, into the containers of a running task. Sessions
    work as root with the rights of the task, and their output goes to the containers' log group. Needs a root
    filesystem that can be written. Source: ECS guide, ECS Exec, considerations."""
    dev_command: Sequence[str] | None = None
    """The command that `naws local` runs in the app's folder without a container engine; never in the template.
    Omitted: it cannot run locally without an engine."""
