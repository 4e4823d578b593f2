"""Data sources. One verb for "this task uses that": permission, network path, and how the program finds it.

Binding (protocol)
├── BucketBinding   <NAME>_BUCKET, <NAME>_PREFIX
└── SecretBinding   <NAME>, injected by ECS when the task starts
"""

import re
from dataclasses import dataclass
from typing import Literal, Protocol

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

Access = Literal["read", "write", "read-write"]


class BindingTarget(Protocol):
    """What a binding needs of a pattern that has compute."""

    @property
    def task_role(self) -> iam.IRole:
        """The role that the program has."""
        ...

    @property
    def connections(self) -> ec2.Connections:
        """The program's place in the network."""
        ...

    def add_environment(self, name: str, value: str) -> None:
        """Give the program an environment variable."""
        ...

    def add_secret(self, name: str, secret: ecs.Secret) -> None:
        """Give the program an environment variable that ECS fills in when the task starts."""
        ...


class Binding(Protocol):
    """A data source that a pattern may use."""

    def environment_names(self) -> tuple[str, ...]:
        """The environment variables that it will set, for the checks."""
        ...

    def bind(self, target: BindingTarget) -> None:
        """Grant, connect and tell the program."""
        ...


@dataclass(frozen=True, kw_only=True)
class BucketBinding:
    """Objects of a bucket. The program finds `<NAME>_BUCKET`, and `<NAME>_PREFIX` when there is a prefix.

    Attributes:
        bucket: whose objects; the key that encrypts it is granted too.
        access: read, write or read-write; write includes delete.
        prefix: only keys that begin so. Omitted: all keys.
        name: first part of the variables' names. Omitted: the bucket's construct id.
    """

    bucket: s3.IBucket
    access: Access = "read"
    prefix: str | None = None
    name: str | None = None

    def environment_names(self) -> tuple[str, ...]:
        """The variables that it sets."""
        name = variable_name(self.name or self.bucket.node.id)
        return (f"{name}_BUCKET", f"{name}_PREFIX") if self.prefix else (f"{name}_BUCKET",)

    def bind(self, target: BindingTarget) -> None:
        """Grant the objects under the prefix and name the bucket."""
        keys = f"{self.prefix or ''}*"
        if self.access in ("read", "read-write"):
            self.bucket.grant_read(target.task_role, keys)
        if self.access in ("write", "read-write"):
            self.bucket.grant_write(target.task_role, keys)
        values = (self.bucket.bucket_name, self.prefix or "")
        for variable, value in zip(self.environment_names(), values, strict=False):
            target.add_environment(variable, value)


@dataclass(frozen=True, kw_only=True)
class SecretBinding:
    """A secret of Secrets Manager. The program finds its value in `<NAME>`.

    Attributes:
        secret: which; the key that encrypts it is granted too.
        field: the JSON field to take. Omitted: the whole secret string.
        name: the variable's name. Omitted: the secret's construct id, with the field when there is one.
    """

    secret: secretsmanager.ISecret
    field: str | None = None
    name: str | None = None

    def environment_names(self) -> tuple[str, ...]:
        """The variable that it sets."""
        return (variable_name(self.name or "-".join(filter(None, (self.secret.node.id, self.field)))),)

    def bind(self, target: BindingTarget) -> None:
        """Let ECS read the secret and hand it to the program."""
        target.add_secret(self.environment_names()[0], ecs.Secret.from_secrets_manager(self.secret, self.field))


def variable_name(name: str) -> str:
    """`ReportData` or `report-data` as an environment variable: `REPORT_DATA`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()
