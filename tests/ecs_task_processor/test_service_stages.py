"""Processors in a service's stage: one network, two keys for removal, data before what uses it."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.core import ServiceStage
from naws.ecs_task_processor import (
    BucketBinding,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    NewVpc,
    PatternValidationError,
    ScheduleTrigger,
    VpcLookup,
)
from naws.testing.calls import calls_of
from naws.testing.synth import recommended_context

IMAGE = "public.ecr.aws/docker/library/busybox:1.36.1"
DESTROY = cdk.RemovalPolicy.DESTROY
PERSONAL = "111111111111"
HERE = cdk.Environment(account="222222222222", region="eu-west-1")
MINE = {
    "env": cdk.Environment(account=PERSONAL, region="eu-central-1"),
    "disposable": True,
    "personal_accounts": [PERSONAL],
}


def props(**more: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry(IMAGE), **more)


def templates(app: cdk.App) -> dict[str, dict[str, Any]]:
    """The templates by the names of their stacks."""
    found: dict[str, dict[str, Any]] = {}
    for manifest in Path(app.synth().directory).rglob("manifest.json"):
        for artifact in json.loads(manifest.read_text())["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                template = json.loads((manifest.parent / artifact["properties"]["templateFile"]).read_text())
                found[artifact["properties"]["stackName"]] = template
    return found


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in template["Resources"].values() if part["Type"] == kind]


def vpcs(app: cdk.App) -> dict[str, int]:
    found = {name: len(of_type(template, "AWS::EC2::VPC")) for name, template in templates(app).items()}
    return {name: count for name, count in found.items() if count}


# network -----------------------------------------------------------------------------------------


def test_one_network_is_made_in_the_data_stack_for_every_stack() -> None:
    app = cdk.App()
    stage = ServiceStage(app, "Prod", env=HERE)
    vpc = EcsTaskProcessor(stage.stack("Reports"), "Nightly", props()).vpc
    assert EcsTaskProcessor(stage.stack("Imports"), "Hourly", props(vpc=NewVpc())).vpc is vpc
    assert EcsTaskProcessor(stage.data, "Within", props()).vpc is vpc
    ready = EcsTaskProcessorStack(stage, "Ready", processors={"Daily": props()})
    assert ready.processors["Daily"].vpc is vpc
    assert vpcs(app) == {"Prod-Data": 1}


def test_its_conventions_are_those_of_the_data_stack_so_that_it_needs_nothing_of_those_that_use_it() -> None:
    app = cdk.App()
    retention = logs.RetentionDays
    stage = ServiceStage(app, "Prod", env=HERE, conventions=Conventions(log_retention=retention.ONE_YEAR))
    reports = stage.stack("Reports")
    Conventions(encryption_key=kms.Key(reports, "Key"), log_retention=retention.ONE_DAY).apply(reports)
    EcsTaskProcessor(reports, "Nightly", props())
    made = templates(app)
    (flow,) = of_type(made["Prod-Data"], "AWS::Logs::LogGroup")
    assert flow["Properties"]["RetentionInDays"] == 365
    assert "KmsKeyId" not in flow["Properties"]


def test_another_network_than_that_of_the_stage_is_refused() -> None:
    stage = ServiceStage(cdk.App(), "Prod", env=HERE)
    EcsTaskProcessor(stage.stack("Reports"), "Nightly", props())
    other = props(vpc=NewVpc(cidr="10.1.0.0/16"))
    with pytest.raises(PatternValidationError, match="NAWS-NET-019"):
        EcsTaskProcessor(stage.stack("Imports"), "Hourly", other)
    with pytest.raises(PatternValidationError, match="NAWS-NET-019"):
        EcsTaskProcessorStack(stage, "Ready", processors={"Hourly": other})


def test_the_network_of_the_conventions_is_used_and_none_is_made() -> None:
    app = cdk.App()
    stage = ServiceStage(app, "Prod", env=HERE)
    reports = stage.stack("Reports")
    own = ec2.Vpc.from_vpc_attributes(
        reports, "Vpc", vpc_id="vpc-0123456789abcdef0", availability_zones=["a", "b"], private_subnet_ids=["s-1", "s-2"]
    )
    Conventions(vpc=own).apply(stage)
    assert EcsTaskProcessor(reports, "Nightly", props()).vpc is own
    assert vpcs(app) == {}
    assert set(templates(app)) == {"Prod-Reports"}


@pytest.mark.parametrize(
    "vpc",
    [
        VpcLookup.by_name("main"),
        VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets"),
    ],
    ids=["name", "parameter"],
)
def test_a_look_up_works_in_any_stack_of_the_stage(vpc: VpcLookup) -> None:
    app = cdk.App()
    stage = ServiceStage(app, "Prod", env=HERE, conventions=Conventions(vpc=vpc))
    for stack in (stage.data, stage.stack("Reports"), stage.stack("Imports")):
        EcsTaskProcessor(stack, "Nightly", props())
    made = templates(app)
    assert set(made) == {"Prod-Data", "Prod-Reports", "Prod-Imports"}
    assert vpcs(app) == {}
    assert not any("Fn::ImportValue" in json.dumps(template) for template in made.values())


def test_a_stack_elsewhere_has_its_own_network() -> None:
    app = cdk.App()
    stage = ServiceStage(app, "Prod", env=HERE)
    far = stage.stack("Far", env=cdk.Environment(account="222222222222", region="us-west-2"))
    EcsTaskProcessor(far, "Nightly", props())
    EcsTaskProcessor(stage.stack("Near"), "Nightly", props())
    assert vpcs(app) == {"Prod-Far": 1, "Prod-Data": 1}


def test_a_network_that_was_made_for_what_could_not_be_built_is_taken_away(tmp_path: Path) -> None:
    stage = ServiceStage(cdk.App(), "Prod", env=HERE)
    missing = EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset(str(tmp_path / "nowhere")))
    reports = stage.stack("Reports")
    with pytest.raises(PatternValidationError, match="NAWS-TASK-015"):
        EcsTaskProcessor(reports, "Nightly", missing)
    assert stage.data.node.children == []
    EcsTaskProcessor(reports, "Nightly", props(vpc=NewVpc(cidr="10.1.0.0/16")))


def test_a_further_processor_makes_no_more_calls_in_a_stage_than_outside() -> None:
    def made(stack: cdk.Stack) -> int:
        first, *others = [calls_of(EcsTaskProcessor, stack, f"Job{number}", props()) for number in range(4)]
        assert first > others[0]
        assert len(set(others)) == 1
        return others[0]

    app = cdk.App()
    stage = ServiceStage(app, "Prod", env=HERE)
    assert made(stage.stack("Reports")) == made(cdk.Stack(app, "Plain", env=HERE))


# references --------------------------------------------------------------------------------------


def service(scope: Construct, name: str, **options: Any) -> ServiceStage:
    """A whole service: data, and a program in another stack that uses them."""
    stage = ServiceStage(scope, name, **options)
    removal = DESTROY if stage.disposable else cdk.RemovalPolicy.RETAIN
    inbox = s3.Bucket(stage.data, "Inbox", encryption_key=kms.Key(stage.data, "Key", removal_policy=removal))
    bindings = [BucketBinding(inbox, access="read-write", name="INBOX")]
    given = props(bindings=bindings, triggers=[ScheduleTrigger("@daily")])
    EcsTaskProcessor(stage.stack("Reports"), "Nightly", given)
    return stage


FLAGS: list[Any] = ["none", "recommended"]
FLAGS += [pytest.param(each, marks=pytest.mark.exhaustive) for each in recommended_context()]


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("references", ["weak", "strong"])
def test_a_service_is_in_two_accounts_and_regions_of_one_app(flags: str, references: Any) -> None:
    every = recommended_context()
    app = cdk.App(context={"none": {}, "recommended": every}.get(flags, {flags: every.get(flags)}))
    conventions = Conventions(removal_policy=DESTROY)
    service(app, "Mine", references=references, conventions=conventions, **MINE)
    service(app, "Prod", references=references, env=HERE)
    made = templates(app)
    assert set(made) == {f"{stage}-{stack}" for stage in ("Mine", "Prod") for stack in ("Data", "Reports")}
    function = {"weak": "Fn::GetStackOutput", "strong": "Fn::ImportValue"}[references]
    for name, template in made.items():
        assert (function in json.dumps(template)) == name.endswith("Reports"), name
    assert vpcs(app) == {"Mine-Data": 1, "Prod-Data": 1}
    of_mine, of_prod = ({*made[f"{stage}-Reports"]["Resources"]} for stage in ("Mine", "Prod"))
    assert of_mine == of_prod


# removal -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["props", "conventions"])
def test_one_key_alone_destroys_nothing(by: str) -> None:
    stage = ServiceStage(cdk.App(), "Prod", env=HERE)
    stack = stage.stack("Reports")
    given = props(removal_policy=DESTROY) if by == "props" else props()
    if by == "conventions":
        Conventions(removal_policy=DESTROY).apply(stack)
    with pytest.raises(PatternValidationError, match="NAWS-STAGE-001"):
        EcsTaskProcessor(stack, "Nightly", given)
    conventions = Conventions(removal_policy=DESTROY)
    with pytest.raises(PatternValidationError, match="NAWS-STAGE-001"):
        EcsTaskProcessorStack(stage, "Ready", processors={"Nightly": props()}, conventions=conventions)


def test_nor_is_the_other_key_alone_passed_over() -> None:
    stage = ServiceStage(cdk.App(), "Mine", **MINE)
    with pytest.raises(PatternValidationError, match="NAWS-STAGE-002"):
        EcsTaskProcessor(stage.stack("Reports"), "Nightly", props())
    kept = props(acknowledge={"NAWS-STAGE-002": "its history is worth keeping"})
    assert EcsTaskProcessor(stage.stack("Kept"), "Nightly", kept).acknowledged


def test_both_keys_destroy_and_logs_are_short_unless_somebody_says_how_long() -> None:
    app = cdk.App()
    stage = ServiceStage(app, "Mine", conventions=Conventions(removal_policy=DESTROY), **MINE)
    EcsTaskProcessor(stage.stack("Reports"), "Nightly", props())
    EcsTaskProcessor(stage.stack("Long"), "Nightly", props(log_retention=logs.RetentionDays.ONE_YEAR))
    made = templates(app)
    days = {
        name: {each["Properties"]["RetentionInDays"] for each in of_type(made[name], "AWS::Logs::LogGroup")}
        for name in made
    }
    assert days == {"Mine-Data": {7}, "Mine-Reports": {7}, "Mine-Long": {365}}
    kinds = ("AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Logs::LogGroup")
    kept = [
        each for kind in kinds for each in of_type(made["Mine-Reports"], kind) if each["DeletionPolicy"] != "Delete"
    ]
    assert kept == []


def test_outside_of_a_stage_one_key_is_all_there_is() -> None:
    stack = cdk.Stack(cdk.Stage(cdk.App(), "Plain"), "Reports")
    EcsTaskProcessor(stack, "Nightly", props(removal_policy=DESTROY))
    EcsTaskProcessor(stack, "Hourly", props())
