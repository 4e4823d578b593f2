"""A bucket's EventBridge notifications and those of other kinds do not undo each other, whoever comes first."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as destinations
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, EventTrigger, NewVpc
from naws.testing import synth_template

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
Step = Callable[[s3.IBucket], object]
ON = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def run(bucket: s3.IBucket) -> None:
    trigger = EventTrigger.object_created(bucket)
    EcsTaskProcessor(
        cdk.Stack.of(bucket), "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=NewVpc(), triggers=[trigger])
    )


def queue(bucket: s3.IBucket) -> None:
    destination: Any = destinations.SqsDestination(sqs.Queue(cdk.Stack.of(bucket), "Verbatim"))
    bucket.add_event_notification(s3.EventType.OBJECT_CREATED, destination)


@jsii.implements(cdk.IAspect)
class Late:
    """What a platform team's aspect does to every bucket."""

    def visit(self, node: Any) -> None:
        if isinstance(node, s3.Bucket) and node.node.id == "Inbox":
            queue(node)


def by_aspect(bucket: s3.IBucket) -> None:
    cdk.Aspects.of(cdk.Stack.of(bucket)).add(Late())


def synthesised(make: Callable[[cdk.Stack], s3.IBucket], *steps: Step) -> tuple[list[Any], list[Any], list[str]]:
    """What the bucket says of notifications, what CDK's function writes, and the types of all resources."""

    def build(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Reports")
        bucket = make(stack)
        for step in steps:
            step(bucket)
        return stack

    resources = synth_template(build)["Resources"].values()
    own = [
        each["Properties"]["NotificationConfiguration"]
        for each in resources
        if each["Type"] == "AWS::S3::Bucket" and "NotificationConfiguration" in each.get("Properties", {})
    ]
    written = [
        each["Properties"]["NotificationConfiguration"]
        for each in resources
        if each["Type"] == "Custom::S3BucketNotifications"
    ]
    return own, written, [each["Type"] for each in resources]


def made(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket(stack, "Inbox")


def imported(stack: cdk.Stack) -> s3.IBucket:
    cdk.Annotations.of(stack).acknowledge_warning("NAWS-DATA-014", "its owner has switched it on")
    return s3.Bucket.from_bucket_name(stack, "Inbox", "inbox-of-a-company")


def of_cfn(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_cfn_bucket(s3.CfnBucket(stack, "Raw"))


@pytest.mark.parametrize("make", [made, of_cfn])
def test_alone_it_is_a_property_of_the_bucket_and_costs_no_function(make: Callable[[cdk.Stack], s3.IBucket]) -> None:
    own, written, types = synthesised(make, run)
    assert (own, written) == ([ON], [])
    assert "AWS::Lambda::Function" not in types


@pytest.mark.parametrize("steps", [(queue, run), (run, queue), (run, by_aspect), (by_aspect, run)])
def test_beside_others_one_writes_all_of_them(steps: tuple[Step, ...]) -> None:
    own, written, _ = synthesised(made, *steps)
    assert own == []
    (configuration,) = written
    assert configuration["EventBridgeConfiguration"] == {}
    assert len(configuration["QueueConfigurations"]) == 1


def test_an_imported_bucket_is_switched_on_where_cdk_writes_its_notifications() -> None:
    _, written, _ = synthesised(imported, run, queue)
    assert written[0]["EventBridgeConfiguration"] == {}
    assert synthesised(imported, run)[1] == []
