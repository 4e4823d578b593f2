"""A service with two stages: a personal one, which is made only when it is asked for, and one that people work with."""

import os
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from naws.core import Conventions, ServiceStage, VpcLookup
from naws.ecs_task_processor import BucketBinding, EcsTaskProcessor, EcsTaskProcessorProps, QueueTrigger

ACCOUNT, REGION = os.environ["ACCOUNT"], os.environ["AWS_REGION"]
VPC = VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/private-subnet-ids")


def service(app: cdk.App, stage_id: str, removal: cdk.RemovalPolicy | None, **options: Any) -> None:
    """The service, once per stage."""
    env = cdk.Environment(account=ACCOUNT, region=REGION)
    conventions = Conventions(vpc=VPC, removal_policy=removal)
    stage = ServiceStage(app, stage_id, env=env, conventions=conventions, references="weak", **options)
    inbox = s3.Bucket(stage.data, "Inbox", removal_policy=removal or cdk.RemovalPolicy.RETAIN)
    bindings = [BucketBinding(inbox, access="read", name="INBOX")]
    image = ecs.ContainerImage.from_registry("unused:1")
    given = EcsTaskProcessorProps(image=image, bindings=bindings, triggers=[QueueTrigger()])
    EcsTaskProcessor(stage.stack("Reports"), "Nightly", given)


app = cdk.App()
service(app, "Prod", None)
if app.node.try_get_context("stage") == "personal":
    listed = os.environ.get("LISTED", ACCOUNT)
    service(app, "Personal", cdk.RemovalPolicy.DESTROY, disposable=True, personal_accounts=[listed])
app.synth()
