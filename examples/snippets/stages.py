from dataclasses import replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from naws.core import ServiceStage
from naws.ecs_task_processor import BucketBinding, Conventions, EcsTaskProcessor, EcsTaskProcessorProps


def sales(app: cdk.App, stage_id: str, **options: Any) -> ServiceStage:
    """The service, once per stage."""
    stage = ServiceStage(app, stage_id, references="weak", **options)
    inbox = s3.Bucket(stage.data, "Inbox", enforce_ssl=True)
    nightly = EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_asset("job"),
        bindings=[BucketBinding(inbox, access="read", name="INBOX")],
    )
    EcsTaskProcessor(stage.stack("Reports"), "Nightly", nightly)
    return stage


app = cdk.App()
prod = Conventions(service="sales", stage="prod", owner="team-sales")
sales(app, "Prod", env=cdk.Environment(account="222222222222", region="eu-west-1"), conventions=prod)
if app.node.try_get_context("stage") == "personal":
    sales(
        app,
        "Personal",
        env=cdk.Environment(account="111111111111", region="eu-west-1"),
        conventions=replace(prod, stage="personal", removal_policy=cdk.RemovalPolicy.DESTROY),
        disposable=True,
        personal_accounts=["111111111111"],
    )
app.synth()
