"""Data sources. One verb for "this task uses that": permission, network path, and how the program finds it.

Binding (protocol)
├── BucketBinding   <NAME>_BUCKET, <NAME>_PREFIX
└── SecretBinding   <NAME>, injected by ECS when the task starts
"""

import re
from dataclasses import KW_ONLY, dataclass
from typing import Literal, Protocol

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.key_access import use_of_key
from naws.core.nag import acknowledge_nag_wildcard
from naws.core.secret_access import secret_value
from naws.core.spelling import suggesting

_READ = ("s3:GetObject", "s3:GetObjectVersion")
_WRITE = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")

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


@suggesting
@dataclass(frozen=True)
class BucketBinding:
    """Objects of a bucket. The program finds `<NAME>_BUCKET`, and `<NAME>_PREFIX` when there is a prefix.

    Attributes:
        bucket: whose objects; the key that encrypts it is granted too.
        access: read, write or read-write; write includes delete.
        prefix: only keys that begin so. Omitted: all keys.
        name: first part of the variables' names. Omitted: the bucket's construct id.
    """

    bucket: s3.IBucket
    _: KW_ONLY
    access: Access = "read"
    prefix: str | None = None
    name: str | None = None

    def environment_names(self) -> tuple[str, ...]:
        """The variables that it sets."""
        name = variable_name(self.name or self.bucket.node.id)
        return (f"{name}_BUCKET", f"{name}_PREFIX") if self.prefix else (f"{name}_BUCKET",)

    def bind(self, target: BindingTarget) -> None:
        """Grant the objects under the prefix and name the bucket."""
        role = target.task_role
        keys = self.bucket.arn_for_objects(f"{self.prefix or ''}*")
        role.add_to_principal_policy(iam.PolicyStatement(actions=self._on_objects(), resources=[keys]))
        acknowledge_nag_wildcard(
            role, keys, "The program works with the objects under this prefix, whatever their names."
        )
        if self.access != "write":
            role.add_to_principal_policy(self._listing())
        if self.bucket.encryption_key is not None:
            through = ("s3", self.bucket.env.region)
            role.add_to_principal_policy(
                use_of_key(role, self.bucket.encryption_key, *self.key_actions(), through=through)
            )
        values = (self.bucket.bucket_name, self.prefix or "")
        for variable, value in zip(self.environment_names(), values, strict=False):
            target.add_environment(variable, value)

    def actions(self) -> tuple[str, ...]:
        """What the program does with the bucket and its objects."""
        return (*self._on_objects(), *(("s3:ListBucket",) if self.access != "write" else ()))

    def key_actions(self) -> tuple[str, ...]:
        """What the program does with the key that encrypts the bucket."""
        return ("kms:Decrypt", *(("kms:GenerateDataKey",) if self.access != "read" else ()))

    def _on_objects(self) -> list[str]:
        return [*(_READ if self.access != "write" else ()), *(_WRITE if self.access != "read" else ())]

    def _listing(self) -> iam.PolicyStatement:
        under_prefix = {"StringLike": {"s3:prefix": [self.prefix, f"{self.prefix}*"]}} if self.prefix else None
        return iam.PolicyStatement(
            actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn], conditions=under_prefix
        )


@suggesting
@dataclass(frozen=True)
class SecretBinding:
    """A secret of Secrets Manager. The program finds its value in `<NAME>`.

    Attributes:
        secret: which; the key that encrypts it is granted too.
        field: the JSON field to take. Omitted: the whole secret string.
        name: the variable's name. Omitted: the secret's construct id, with the field when there is one.
    """

    secret: secretsmanager.ISecret
    _: KW_ONLY
    field: str | None = None
    name: str | None = None

    def environment_names(self) -> tuple[str, ...]:
        """The variable that it sets."""
        return (variable_name(self.name or "-".join(filter(None, (self.secret.node.id, self.field)))),)

    def bind(self, target: BindingTarget) -> None:
        """Let ECS read the secret and hand it to the program."""
        target.add_secret(self.environment_names()[0], secret_value(self.secret, self.field))


def variable_name(name: str) -> str:
    """`ReportData` or `report-data` as an environment variable: `REPORT_DATA`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()
