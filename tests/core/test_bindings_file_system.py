"""A file system is mounted through an access point, whose right is the program's alone, and is reached by NFS."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs

from naws.core.bindings import EcsTask, FileSystemBinding, Mount, Needs, RawBinding
from naws.core.build.access_points import volume_name
from naws.core.build.task_host import TaskHost
from naws.core.checks.program import PROGRAM_CHECKS
from naws.core.context import PatternContext
from naws.core.plans.program import plan_program
from naws.testing import synth_template

DATA = {
    "Path": "/data",
    "CreationInfo": {"OwnerUid": "1000", "OwnerGid": "1000", "Permissions": "0775"},
}


def network(stack: cdk.Stack) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", max_azs=2, restrict_default_security_group=False)


def imported(stack: cdk.Stack, name: str = "Files") -> efs.IFileSystem:
    group = ec2.SecurityGroup.from_security_group_id(stack, f"{name}Group", "sg-0a1b2c3d")
    return efs.FileSystem.from_file_system_attributes(stack, name, file_system_id="fs-0a1b2c3d", security_group=group)


def host(stack: cdk.Stack, vpc: ec2.IVpc, user: str | None = "1000:1000") -> TaskHost:
    definition = ecs.FargateTaskDefinition(stack, "Task")
    return TaskHost(
        task=definition,
        container=definition.add_container("main", image=ecs.ContainerImage.from_registry("busybox:1.36")),
        task_role=definition.task_role,
        connectable=ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False),
        user=user,
    )


def needs(binding: FileSystemBinding) -> Needs:
    return binding.needs(PatternContext.of(cdk.Stack(), "It"))


def of_type(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in synth_template(stack)["Resources"].values() if each["Type"] == kind]


def codes(*bindings: FileSystemBinding | RawBinding) -> list[tuple[str, str]]:
    plan = plan_program({}, {}, bindings, PatternContext.of(cdk.Stack(), "It"), EcsTask())
    return [(issue.code, issue.path) for check in PROGRAM_CHECKS for issue in check.run(plan)]


def test_the_needs_are_a_mount_a_way_and_a_path() -> None:
    files = imported(cdk.Stack())
    asked = needs(FileSystemBinding(files))
    assert asked.variables == {"FILES_PATH": "/mnt/data"}
    assert asked.mounts == (Mount(file_system=files, path="/mnt/data"),)
    assert [(way.to, way.port.to_rule_json()["fromPort"]) for way in asked.reach] == [(files, 2049)]
    assert asked.kinds == {"variables", "mounts", "reach"}
    assert codes(FileSystemBinding(files)) == []
    assert needs(FileSystemBinding(files, variables={"path": "MODELS"})).variables == {"MODELS": "/mnt/data"}


@pytest.mark.parametrize(("user", "posix"), [
    ("1000:1000", {"Uid": "1000", "Gid": "1000"}),
    ("1200", {"Uid": "1200", "Gid": "1200", "SecondaryGids": ["1000"]}),
    ("1200:1000", {"Uid": "1200", "Gid": "1000"}),
    ("app", {"Uid": "1000", "Gid": "1000"}),
    (None, {"Uid": "1000", "Gid": "1000"}),
])  # fmt: skip
def test_whoever_has_no_access_point_gets_one_to_the_same_folder(user: str | None, posix: dict[str, Any]) -> None:
    app = cdk.App()
    data, compute = cdk.Stack(app, "Data"), cdk.Stack(app, "Compute")
    vpc = network(data)
    files = efs.FileSystem(data, "Files", vpc=vpc)
    host(compute, vpc, user).take(needs(FileSystemBinding(files)))
    (door,) = of_type(compute, "AWS::EFS::AccessPoint")
    assert (door["RootDirectory"], door["PosixUser"]) == (DATA, posix)
    (policy,) = of_type(compute, "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert "Fn::ImportValue" in str(statement["Resource"])
    assert "AccessPoint" in str(statement["Condition"]["StringEquals"]["elasticfilesystem:AccessPointArn"])
    (task,) = of_type(compute, "AWS::ECS::TaskDefinition")
    (volume,) = task["Volumes"]
    assert volume["EFSVolumeConfiguration"]["TransitEncryption"] == "ENABLED"
    assert volume["EFSVolumeConfiguration"]["AuthorizationConfig"]["IAM"] == "ENABLED"
    assert "RootDirectory" not in volume["EFSVolumeConfiguration"]
    assert len(of_type(compute, "AWS::EC2::SecurityGroupIngress")) == 1
    assert of_type(data, "AWS::EC2::SecurityGroupIngress") == []


def test_a_reader_mounts_it_read_only_and_may_not_write() -> None:
    stack = cdk.Stack()
    files = imported(stack)
    door = efs.AccessPoint.from_access_point_id(stack, "Door", "fsap-1")
    host(stack, network(stack)).take(needs(FileSystemBinding(files, access="read", access_point=door)))
    (policy,) = of_type(stack, "AWS::IAM::Policy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "elasticfilesystem:ClientMount"
    (task,) = of_type(stack, "AWS::ECS::TaskDefinition")
    assert task["ContainerDefinitions"][0]["MountPoints"][0]["ReadOnly"] is True
    assert task["Volumes"][0]["EFSVolumeConfiguration"]["AuthorizationConfig"]["AccessPointId"] == "fsap-1"
    assert of_type(stack, "AWS::EFS::AccessPoint") == []


@pytest.mark.parametrize("path", ["data", "/", "", "/tmp", "/tmp/x", "/proc/1", "/usr", "/mnt/a b", "/a/..", "/a//b",
                                  "/mnt/data/", "/" + "a" * 255])  # fmt: skip
def test_a_path_that_is_taken_or_is_none_is_refused(path: str) -> None:
    assert codes(FileSystemBinding(imported(cdk.Stack()), path=path)) == [("NAWS-DATA-040", "bindings[0].path")]


@pytest.mark.parametrize("path", ["/mnt/data", "/data", "/var/lib/app.d", "/usr/share/models", "/opt/m-1", "/..a"])
def test_a_path_of_ones_own_is_taken(path: str) -> None:
    assert codes(FileSystemBinding(imported(cdk.Stack()), path=path)) == []


def test_two_mounts_have_two_paths() -> None:
    stack = cdk.Stack()
    one, other = imported(stack, "One"), imported(stack, "Other")
    assert codes(FileSystemBinding(one), FileSystemBinding(other)) == [("NAWS-DATA-041", "bindings[1].path")]
    raw = RawBinding(Needs(mounts=[Mount(file_system=other, path="/mnt/data")]))
    assert codes(FileSystemBinding(one), raw) == [("NAWS-DATA-041", "bindings[1]")]
    assert codes(FileSystemBinding(one), FileSystemBinding(other, path="/mnt/other")) == []


def test_each_path_has_a_volume_of_its_own() -> None:
    paths = ["/mnt/data", "/mnt-data", "/mnt/da-ta", "/mnt/da.ta", "/mnt_data"]
    assert volume_name("/mnt/data") == "mnt-data"
    assert len({volume_name(path) for path in paths}) == len(paths)
