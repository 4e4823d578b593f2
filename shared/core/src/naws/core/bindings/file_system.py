"""A file system of EFS."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs

from naws.core.bindings.needs import Mount, Needs, Reach, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting

_NFS = 2049
_MOUNTING = ("elasticfilesystem:ClientMount",)
_WRITING = ("elasticfilesystem:ClientWrite",)


@suggesting
@dataclass(frozen=True)
class FileSystemBinding:
    """A file system of EFS, mounted at a path. The program finds the path in `<NAME>_PATH`.

    Attributes:
        file_system: which.
        path: where it is mounted in the container, beside what the image has.
        access: read-write; read mounts it read-only.
        access_point: the door to a folder of it. Omitted: one is made with the program, for its user, to the folder
            `/data`, which all programs without an access point share.
        name: first part of the variable's name. Omitted: the file system's construct id.
        variables: other names by part, of which there is one: `{"path": "MODELS"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("path",)

    file_system: efs.IFileSystem
    _: KW_ONLY
    path: str = "/mnt/data"
    access: Literal["read", "read-write"] = "read-write"
    access_point: efs.IAccessPoint | None = None
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The mount with its rights, the way to it, and the path."""
        files: Any = self.file_system
        name, reads = files.node.id, self.access == "read"
        mount = Mount(file_system=files, access_point=self.access_point, path=self.path, read_only=reads)
        source = Source(
            field="file_system",
            kind="file system" if self.access_point is not None else "file system without an access point",
            home=home_of(files),
            actions=_MOUNTING if reads else (*_MOUNTING, *_WRITING),
        )
        return Needs(
            variables=named({"path": (f"{variable_name(self.name or name)}_PATH", self.path)}, self.variables),
            reach=(Reach(to=files, port=ec2.Port.tcp(_NFS), why=f"NFS to {name}"),),
            mounts=(mount,),
            sources=(source,),
        )
