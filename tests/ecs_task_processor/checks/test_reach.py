"""A program and what it connects to are in one network, as far as both are known."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_rds as rds

from naws.core.issues import Issue
from naws.ecs_task_processor import (
    DatabaseBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    FileSystemBinding,
    NewVpc,
    VpcLookup,
)

CODE = "NAWS-DATA-035"
Judge = Callable[..., list[Issue]]
POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


def made(stack: cdk.Stack, name: str = "Vpc") -> ec2.Vpc:
    return ec2.Vpc(stack, name, max_azs=2, restrict_default_security_group=False)


def imported(stack: cdk.Stack, name: str = "vpc-0a1b2c3d") -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack, name, vpc_id=name, availability_zones=["a", "b"], private_subnet_ids=["subnet-1a", "subnet-2b"]
    )


def database(stack: cdk.Stack, vpc: ec2.IVpc) -> DatabaseBinding:
    subnets = ec2.SubnetSelection(subnets=vpc.private_subnets)
    return DatabaseBinding(rds.DatabaseInstance(stack, "Orders", engine=POSTGRES, vpc=vpc, vpc_subnets=subnets))


def codes(issues: list[Issue]) -> list[str]:
    return [issue.code for issue in issues if issue.code == CODE]


@pytest.mark.parametrize("given", [{}, {"vpc": NewVpc()}])
def test_a_network_that_is_made_for_the_program_is_another_one(
    stack: cdk.Stack, given: dict[str, Any], issues: Judge
) -> None:
    (issue,) = issues(bindings=[database(stack, made(stack))], **given)
    assert (issue.code, issue.level, issue.path) == (CODE, "practice", "bindings[0]")
    assert issue.expected == "a source in the program's own VPC, which is made for the stack"
    assert issue.remedy == "vpc=…  # S/Vpc, of the pattern or by Conventions"


def test_networks_are_compared_by_construct_and_by_id(stack: cdk.Stack, issues: Judge) -> None:
    one, other, by_id = made(stack), made(stack, "Other"), imported(stack)
    binding = database(stack, one)
    assert codes(issues(bindings=[binding], vpc=one)) == []
    assert codes(issues(bindings=[binding], vpc=other)) == [CODE]
    assert codes(issues(bindings=[binding], vpc=by_id)) == [CODE]
    elsewhere = database(cdk.Stack(stack, "Nested"), by_id)
    assert codes(issues(bindings=[elsewhere], vpc=by_id)) == []
    assert codes(issues(bindings=[elsewhere], vpc=VpcLookup.by_id("vpc-0a1b2c3d"), env="given")) == []
    assert codes(issues(bindings=[elsewhere], vpc=VpcLookup.by_id("vpc-00000001"), env="given")) == [CODE]


def test_a_file_system_is_found_by_its_security_group(stack: cdk.Stack, issues: Judge) -> None:
    vpc = made(stack)
    binding = FileSystemBinding(efs.FileSystem(stack, "Files", vpc=vpc))
    assert codes(issues(bindings=[binding], vpc=vpc)) == []
    assert codes(issues(bindings=[binding])) == [CODE]


def test_what_is_not_known_passes(stack: cdk.Stack, issues: Judge) -> None:
    binding = database(stack, made(stack))
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")
    files = efs.FileSystem.from_file_system_attributes(stack, "Files", file_system_id="fs-1", security_group=group)
    lookup = VpcLookup.by_parameter(vpc_id="/vpc", private_subnet_ids="/subnets")
    assert codes(issues(bindings=[binding], vpc=lookup)) == []
    assert codes(issues(bindings=[FileSystemBinding(files)])) == []
    token = imported(cdk.Stack(stack, "N"), cdk.Fn.import_value("Vpc"))
    assert codes(issues(bindings=[binding], vpc=token)) == []


def test_the_network_that_patterns_share_is_one(stack: cdk.Stack, image: ecs.ContainerImage) -> None:
    first = EcsTaskProcessor(stack, "First", EcsTaskProcessorProps(image=image))
    binding = database(stack, first.vpc)
    second = EcsTaskProcessor(stack, "Second", EcsTaskProcessorProps(image=image, bindings=[binding]))
    assert second.vpc is first.vpc
