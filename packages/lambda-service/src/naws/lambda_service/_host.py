"""The host of a program in a function: bindings get permissions, variables, network paths and a mount."""

from dataclasses import dataclass
from typing import Any, cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from naws.core import Mount, Needs
from naws.core.authoring import Home, acknowledge_nag_wildcards, build_access_point, let, note_way, reading_by_program
from naws.lambda_service.plan_host import FunctionKind, variables_of

_MOUNTED_AS = "1000:1000"
"""The owner of files that functions write, unless an access point says otherwise: Lambda has no user to ask."""


@dataclass(frozen=True, kw_only=True)
class FunctionHost(FunctionKind):
    """A function, as bindings are applied to it.

    Attributes:
        function: as CDK has it.
        resource: the same as CloudFormation has it.
        role: the function's.
        rights: what the policies of that role are below.
        home: where the function is.
        connectable: has the function's security groups; None: it is attached to no network.
        named: whether it has the variables of what it takes already.
    """

    function: lambda_.Function
    resource: lambda_.CfnFunction
    role: iam.IRole
    rights: Construct
    home: Home
    connectable: ec2.IConnectable | None
    named: bool = False

    def take(self, needs: Needs) -> None:
        """Grant, connect, mount and set the variables."""
        for each in needs.statements:
            let(self.role, each, below=self.rights)
        acknowledge_nag_wildcards(self.rights, needs.wildcards)
        for value in needs.secrets.values():
            if not value.read_by_program:
                statements, wildcards = reading_by_program(value, self.home)
                for each in statements:
                    let(self.role, each, below=self.rights)
                acknowledge_nag_wildcards(self.rights, wildcards)
        for name, value in () if self.named else variables_of(needs).items():
            self.function.add_environment(name, value)
        if self.connectable is not None:
            for way in needs.reach:
                note_way(self.function, way.to)
                self.connectable.connections.allow_to(cast("ec2.IConnectable", way.to), way.port, way.why)
        for mount in needs.mounts:
            self._mount(mount)

    def _mount(self, mount: Mount) -> None:
        """The one file system that a function can have; it is made when the mount targets are there.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem-efs.html
        """
        door = mount.access_point or build_access_point(self.function, "Files", mount.file_system, _MOUNTED_AS)
        let(self.role, mount.statement(door.access_point_arn), below=self.rights)
        mounted = lambda_.CfnFunction.FileSystemConfigProperty(arn=door.access_point_arn, local_mount_path=mount.path)
        self.resource.file_system_configs = [mounted]
        available: Any = mount.file_system.mount_targets_available
        self.resource.node.add_dependency(available)
