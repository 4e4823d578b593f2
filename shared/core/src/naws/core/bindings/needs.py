"""Needs: what a binding asks of the host that computes, as data, and the protocols of both.

Binding ──needs(context)──> Needs ──accepts, variables_of──> HostKind   before anything is built
                                  ──take──> Host
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.context import PatternContext
from naws.core.homes import Home
from naws.core.text import snake

Statement = iam.PolicyStatement | Mapping[str, Any]
"""CDK's, or as CloudFormation has it, which costs no call into Node: `{"Effect": "Allow", "Action": …}`."""


@dataclass(frozen=True, kw_only=True)
class SecretValue:
    """A secret or a parameter that fills a variable.

    Attributes:
        arn: its ARN.
        field: the JSON field to take. None: the whole text.
        key_arn: the customer's key that encrypts it. None: not known, or AWS's own.
        key: the same as CDK has it, which may be an alias.
        kind: of Secrets Manager or of Parameter Store.
        source: the secret as CDK has it, which knows its key and its whole ARN. None: the ARN is all there is.
        read_by_program: whether the program knows the secret otherwise, and may read it: a host that fills in no
            variables leaves this one out.
    """

    arn: str
    field: str | None = None
    key_arn: str | None = None
    key: kms.IKey | None = None
    kind: Literal["secret", "parameter"] = "secret"
    source: secretsmanager.ISecret | None = None
    read_by_program: bool = False


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A way to a source; the rules land in the stack of whatever computes.

    Attributes:
        to: the source.
        port: where it listens.
        why: in a few words, for the rule's description.
    """

    to: ec2.IConnectable | ec2.IPeer
    port: ec2.Port
    why: str


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A file system that is mounted, through an access point and encrypted on the way, with the right to do so.

    Attributes:
        file_system: which.
        access_point: its door. None: the host makes one of its own to the folder `/data`.
        path: where the program finds it.
        read_only: whether it is mounted so, and the program may not write.
    """

    file_system: efs.IFileSystem
    access_point: efs.IAccessPoint | None = None
    path: str
    read_only: bool = False

    def statement(self, access_point_arn: str) -> Statement:
        """The right to mount it through that access point, and to write unless it is read-only.

        Source: https://docs.aws.amazon.com/efs/latest/ug/access-points-iam-policy.html
        """
        writes = () if self.read_only else ("elasticfilesystem:ClientWrite",)
        return {
            "Effect": "Allow",
            "Action": ["elasticfilesystem:ClientMount", *writes],
            "Resource": self.file_system.file_system_arn,
            "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": access_point_arn}},
        }


@dataclass(frozen=True, kw_only=True)
class Source:
    """A resource that a binding uses: where it lives, and what its owner has to allow when that is somebody else.

    Attributes:
        field: the binding's field that has it, such as "bucket".
        kind: what it is, one of `naws.core.rules.owners_kinds.KINDS`.
        home: the account and region that it lives in.
        actions: what the resource's own policy has to allow a program of another account. Omitted: AWS has no such
            policy for it, or asks none.
        arns: of what. Omitted: whatever the policy belongs to.
        arn: its own, when `arns` are omitted. Omitted: it is found from any account and region.
        key_actions: what the policy of its key has to allow then. Omitted: it has no key of a customer.
        key_used_by: the service through which the key is used, such as "s3".
        key_unknown: how to import it with its key, when it is imported and whether it has one is not known: without it
            a program is denied what a customer's key encrypts.
    """

    field: str
    kind: str
    home: Home
    actions: Sequence[str] = ()
    arns: Sequence[str] = ()
    arn: str = ""
    key_actions: Sequence[str] = ()
    key_used_by: str = ""
    key_unknown: str = ""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """All that any source can ask of whatever computes.

    Attributes:
        statements: for the program's role.
        wildcards: resources with a `*` in them that are wanted, each with the reason that cdk-nag gets.
        variables: plain ones; tokens are fine.
        secrets: variables that are filled in when the program starts.
        reach: where it has to connect to.
        mounts: the file systems that it works on.
        owner_must: what only the owner of an imported resource can add, which becomes advice: the policy and the
            statement, such as `to the key's policy {"Effect": "Allow", …}`.
        sources: the resources that it uses, of which is asked whose they are.
    """

    statements: Sequence[Statement] = ()
    wildcards: Mapping[str, str] = field(default_factory=dict[str, str])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, SecretValue] = field(default_factory=dict[str, SecretValue])
    reach: Sequence[Reach] = ()
    mounts: Sequence[Mount] = ()
    owner_must: Sequence[str] = ()
    sources: Sequence[Source] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of need that it has, as a host accepts them."""
        found = {kind for kind in KINDS if getattr(self, kind)}
        if all(each.read_by_program for each in self.secrets.values()):
            found.discard("secrets")
        if any(each.kind == "parameter" and each.field is not None for each in self.secrets.values()):
            found.add(PARTS_OF_PARAMETERS)
        return frozenset(found)


KINDS = ("statements", "variables", "secrets", "reach", "mounts")
PARTS_OF_PARAMETERS = "fields of parameters"
"""A kind of its own: who fills in variables from Parameter Store takes each parameter whole."""


class Binding(Protocol):
    """A data source that a pattern may use; a class of one's own has this method and nothing else."""

    def needs(self, context: PatternContext) -> Needs:
        """Return what the binding needs of its host; pure, and the same whenever it is called."""
        ...


class Bindable(Protocol):
    """What knows its own binding, such as a `DataBucket` or another pattern; it stands in `bindings` itself."""

    def binding(self) -> Binding:
        """The binding that most programs want of it."""
        ...


class HostKind(Protocol):
    """A kind of host, as far as it is known before there is one: what the plan of a pattern asks. Pure."""

    @property
    def host(self) -> str:
        """Its name with an article, such as "an ECS task"."""
        ...

    @property
    def accepts(self) -> frozenset[str]:
        """The kinds of need that the host can meet; any other one is an issue before anything is built."""
        ...

    def variables_of(self, needs: Needs) -> tuple[str, ...]:
        """The environment variables that it will set, for the checks."""
        ...


class EcsTask:
    """A container of an ECS task, in which ECS fills in what is secret."""

    host = "an ECS task"
    accepts = frozenset(KINDS)

    def variables_of(self, needs: Needs) -> tuple[str, ...]:
        """Plain ones, and those that ECS fills in."""
        return (*needs.variables, *needs.secrets)


class Host(HostKind, Protocol):
    """Whatever computes, as a binding is applied to it."""

    def take(self, needs: Needs) -> None:
        """Grant, connect and set the variables."""
        ...


@dataclass(frozen=True)
class RawBinding:
    """Needs as they are: the door for every source that has no binding of its own.

    Attributes:
        asks: what the program needs.
    """

    asks: Needs

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """Return the needs that were given."""
        return self.asks


def variable_name(name: str) -> str:
    """`ReportData` or `report-data` as an environment variable: `REPORT_DATA`."""
    return re.sub(r"[^a-z0-9]+", "_", snake(name)).strip("_").upper()


def named(values: Mapping[str, tuple[str, Any]], names: Mapping[str, str | None]) -> dict[str, Any]:
    """Variables by their names.

    Args:
        values: by part, such as "bucket": the usual name, and the value.
        names: other names by part; None leaves it out.
    """
    found = ((names.get(part, usual), value) for part, (usual, value) in values.items())
    return {name: value for name, value in found if name is not None}
