"""A processor that could not be built, or was removed, leaves its stack as if it had never been tried."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ssm as ssm

from naws.ecs_task_processor import (
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    NewVpc,
    PatternValidationError,
    ScheduleTrigger,
    VpcLookup,
)
from naws.testing import cdk_app, synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
PARTS_MOVE = "put some of its patterns into another stack"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Reports")


@pytest.fixture
def fails(stack: cdk.Stack, tmp_path: Path) -> Any:
    """Makes a processor whose image is missing, which is found out after its network is made."""

    def fails(**more: Any) -> None:
        missing = ecs.ContainerImage.from_asset(str(tmp_path / "nowhere"))
        with pytest.raises(PatternValidationError, match="NAWS-TASK-015"):
            EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=missing, **more))

    return fails


def by_parameter(name: str) -> VpcLookup:
    return VpcLookup.by_parameter(vpc_id=f"/{name}/vpc", private_subnet_ids=f"/{name}/subnets")


def parameters(stack: cdk.Stack) -> set[str]:
    found = synth_template(stack)["Parameters"].items()
    return {each["Default"] for name, each in found if name != "BootstrapVersion"}


def test_the_vpc_of_the_next_try_may_be_another(stack: cdk.Stack, fails: Any) -> None:
    fails(vpc=NewVpc(max_azs=3))

    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc(cidr="10.1.0.0/16")))

    (vpc,) = (each for each in synth_template(stack)["Resources"].values() if each["Type"] == "AWS::EC2::VPC")
    assert vpc["Properties"]["CidrBlock"] == "10.1.0.0/16"


def test_the_vpc_of_an_earlier_processor_stays_and_is_remembered(stack: cdk.Stack, fails: Any) -> None:
    EcsTaskProcessor(stack, "First", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc(max_azs=3)))
    fails(vpc=NewVpc(max_azs=3))

    with pytest.raises(PatternValidationError, match="NAWS-NET-0"):
        EcsTaskProcessor(stack, "Second", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc(max_azs=1)))


def test_parameters_that_nobody_reads_are_not_deployed(stack: cdk.Stack, fails: Any) -> None:
    fails(vpc=by_parameter("wrong"))

    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=by_parameter("network")))

    assert parameters(stack) == {"/network/vpc", "/network/subnets"}


def test_parameters_that_somebody_reads_stay(stack: cdk.Stack, fails: Any) -> None:
    vpc_id = ssm.StringParameter.value_for_string_parameter(stack, "/network/vpc")
    cdk.CfnOutput(stack, "Network", value=vpc_id)
    fails(vpc=by_parameter("network"))

    assert parameters(stack) == {"/network/vpc"}


def _large(stack: cdk.Stack, **first: Any) -> list[str]:
    """What the synthesis of a large stack warns of, when the first of its two processors was removed."""
    EcsTaskProcessor(stack, "First", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc(), **first))
    second = EcsTaskProcessor(stack, "Second", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc()))
    for number in range(380):
        cdk.CfnResource(stack, f"Topic{number}", type="AWS::SNS::Topic")
    stack.node.try_remove_child("First")
    cdk.App.of(stack).synth()  # type: ignore[union-attr]
    return [str(each.data) for each in second.node.metadata if each.type == "aws:cdk:warning"]


def test_a_processor_that_was_removed_is_not_counted(stack: cdk.Stack) -> None:
    (warned,) = (each for each in _large(stack) if "NAWS-BUILT-009" in each)

    assert PARTS_MOVE not in warned


def test_nor_does_it_accept_anything_for_its_stack(stack: cdk.Stack) -> None:
    accepts = {"NAWS-BUILT-009": "it will not grow", "NAWS-SCHED-006": "short runs"}

    warned = _large(stack, triggers=[ScheduleTrigger("rate(5 minutes)")], acknowledge=accepts)

    assert [each for each in warned if "NAWS-BUILT-009" in each] != []
