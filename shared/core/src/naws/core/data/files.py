"""Files: an EFS file system, encrypted, backed up and retained; access points belong to who uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from constructs import Construct

from naws.core.bindings import FileSystemBinding
from naws.core.context import PatternContext
from naws.core.data._files import build_file_system
from naws.core.data.base import (
    NETWORKED_DATA_CHECKS,
    NetworkedDataPlan,
    NetworkedDataProps,
    decided_in_vpc,
    mended,
)
from naws.core.pattern.base import Pattern
from naws.core.spelling import suggesting, suggesting_arguments


@suggesting
@dataclass(frozen=True, kw_only=True)
class FileStoreProps(NetworkedDataProps):
    """What a `FileStore` is."""

    lifecycle_policy: efs.LifecyclePolicy | None = None
    """When a file that nobody reads moves to Infrequent Access; the first read brings it back. Omitted: after
    30 days."""


@dataclass(frozen=True, kw_only=True)
class FilesPlan(NetworkedDataPlan):
    """A file system, decided."""

    props: FileStoreProps


class FileStore(Pattern):
    """An EFS file system: encrypted, TLS only, backed up daily, in every zone of the network, retained.

    Who mounts it is asked who he is: a program needs a binding, whose access point and rights are its own.

    Args:
        scope: a stack, best the stage's data stack, or any construct in one.
        construct_id: unique in `scope`; programs find the mounted path in `<ID>_PATH`.
        props: what it is. Omitted: the defaults.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "file-store"
    checks = NETWORKED_DATA_CHECKS
    _plan: FilesPlan

    def __init__(self, scope: Construct, construct_id: str, props: FileStoreProps = FileStoreProps()) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: FileStoreProps, context: PatternContext) -> FilesPlan:
        """Decide everything that `props` leave open."""
        props, context, mismatches = mended(props, context)
        return FilesPlan(**decided_in_vpc(props, context), mismatches=mismatches)

    def _build(self, plan: FilesPlan) -> cdk.CfnResource:
        self._file_system, resource = build_file_system(self, plan, plan.props.lifecycle_policy)
        return resource

    @property
    def file_system(self) -> efs.FileSystem:
        """The file system, for everything that has no field here."""
        return self._file_system

    @property
    def connections(self) -> ec2.Connections:
        """Its security group, which lets nobody in: whoever connects opens it, as bindings do."""
        return self._file_system.connections

    @suggesting_arguments("FileStore.binding")
    def binding(
        self,
        *,
        path: str = "/mnt/data",
        access: Literal["read", "read-write"] = "read-write",
        access_point: efs.IAccessPoint | None = None,
        name: str | None = None,
        variables: Mapping[str, str | None] | None = None,
    ) -> FileSystemBinding:
        """What lets a program use its files, as `FileSystemBinding`; `name` is the construct's id when omitted."""
        return FileSystemBinding(
            self._file_system,
            path=path,
            access=access,
            access_point=access_point,
            name=name or self._plan.context.construct_id,
            variables=variables or {},
        )
