"""One app for several accounts and regions: what one of them is made of means nothing in another."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events

from naws.ecs_task_processor import (
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    EventTrigger,
    MemoryGrowth,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import assert_no_resource_types, synth_template

PLACES = {"Dev": ("111111111111", "eu-central-1"), "Prod": ("222222222222", "us-east-1")}


def _props(**more: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1"),
        memory_growth=MemoryGrowth(max_memory_limit_mib=8192),
        concurrency=Concurrency(limit=2),
        triggers=[
            ScheduleTrigger("@daily"),
            EventTrigger(events.EventPattern(source=["shop"])),
            QueueTrigger(),
        ],
        **more,
    )


@pytest.mark.parametrize("capacity", ["spot", "spot-then-on-demand"])
@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
def test_dev_and_prod_with_spot_are_in_one_app(capacity: Any, *, own: bool) -> None:
    app = cdk.App()
    for name, (account, region) in PLACES.items():
        stage = cdk.Stage(app, name, env=cdk.Environment(account=account, region=region))
        Conventions(stage=name.lower(), name_prefix=f"reports-{name.lower()}").apply(stage)
        more: dict[str, Any] = {"capacity": capacity}
        if own:
            network = cdk.Stack(stage, "Network")
            vpc = ec2.Vpc(network, "Vpc", max_azs=2)
            more["cluster"] = ecs.Cluster(
                network, "Cluster", vpc=vpc, cluster_name="shared", enable_fargate_capacity_providers=True
            )
        EcsTaskProcessorStack(stage, "Reports", processors={"Nightly": _props(**more)})

    assembly = app.synth()

    for name in PLACES:
        template = assembly.get_nested_assembly(f"assembly-{name}").get_stack_by_name(f"{name}-Reports").template
        assert_no_resource_types(template, ["AWS::Scheduler::ScheduleGroup"])


def test_a_cluster_without_the_providers_is_still_found_beside_another_environments() -> None:
    app = cdk.App()
    other = cdk.Stack(app, "Other", env=cdk.Environment(account="111111111111", region="eu-central-1"))
    ecs.Cluster(other, "Cluster", vpc=ec2.Vpc(other, "Vpc"), enable_fargate_capacity_providers=True)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="222222222222", region="us-east-1"))
    cluster = ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc"))
    EcsTaskProcessor(stack, "Nightly", _props(capacity="spot", cluster=cluster))
    with pytest.raises(RuntimeError, match="NAWS-BUILT-026"):
        app.synth()


@pytest.mark.parametrize("own", [False, True], ids=["shared", "own"])
@pytest.mark.parametrize("capacity", ["on-demand", "spot", "spot-then-on-demand"])
def test_with_spot_the_cluster_has_its_providers_before_the_workflow_and_until_it_is_gone(
    capacity: Any,
    own: bool,  # noqa: FBT001
) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc")
    cluster = ecs.Cluster(stack, "Own", vpc=vpc, enable_fargate_capacity_providers=True) if own else None
    network: dict[str, Any] = {"cluster": cluster} if own else {"vpc": vpc}
    EcsTaskProcessor(stack, "Nightly", _props(capacity=capacity, **network))
    resources = synth_template(stack)["Resources"]
    (providers,) = (
        name for name, each in resources.items() if each["Type"] == "AWS::ECS::ClusterCapacityProviderAssociations"
    )
    machines = [each for each in resources.values() if each["Type"] == "AWS::StepFunctions::StateMachine"]
    assert [
        providers in each["DependsOn"] for each in machines if "RunTask" in str(each) or "runTask" in str(each)
    ] == [capacity != "on-demand"]
