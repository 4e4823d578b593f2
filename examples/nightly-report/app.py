"""A nightly sales report: every day, whenever sales arrive, and on request; in production and for one person."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs

from naws.core import Conventions, NewVpc, ServiceStage
from naws.core.data import Database, DatabaseProps, DataBucket, DataTable, DataTableProps, PostgresInstance
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, EventTrigger, QueueTrigger, ScheduleTrigger

PERSONAL_ACCOUNTS = ["111111111111"]  # yours, to try `make deploy … STAGE=personal`


def sales(scope: cdk.App, stage_id: str, **options: Any) -> ServiceStage:
    """The service, once per stage."""
    stage = ServiceStage(scope, stage_id, references="weak", **options)
    sales = DataBucket(stage.data, "Sales")
    rates = Database(stage.data, "Rates", DatabaseProps(engine=PostgresInstance()))
    run = dynamodb.Attribute(name="run", type=dynamodb.AttributeType.STRING)
    summaries = DataTable(stage.data, "Summaries", DataTableProps(partition_key=run))
    reports = stage.stack("Reports")
    report = EcsTaskProcessor(
        reports,
        "Report",
        EcsTaskProcessorProps(
            image=ecs.ContainerImage.from_asset(str(Path(__file__).parent)),
            triggers=[
                ScheduleTrigger("@daily", payload={"kind": "daily"}),
                EventTrigger.object_created(sales.bucket, prefix="sales/"),
                EventTrigger.object_created(sales.bucket, prefix="rates/"),
                QueueTrigger(),
            ],
            bindings=[sales.binding(access="read-write"), rates, summaries.binding(access="write")],
            dev_command=["python", "-m", "job"],
        ),
    )
    cdk.CfnOutput(stage.data, "SalesBucket", value=sales.bucket.bucket_name)
    cdk.CfnOutput(stage.data, "SummariesTable", value=summaries.table.table_name)
    cdk.CfnOutput(reports, "QueueUrl", value=report.queues[0].queue_url)
    cdk.CfnOutput(reports, "StateMachineArn", value=report.state_machine.state_machine_arn)
    return stage


app = cdk.App()
prod = Conventions(service="sales", stage="prod", owner="team-sales", vpc=NewVpc())
sales(app, "Prod", conventions=prod)
if app.node.try_get_context("stage") == "personal":
    sales(
        app,
        "Personal",
        env=cdk.Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")),
        conventions=replace(prod, stage="personal", removal_policy=cdk.RemovalPolicy.DESTROY),
        disposable=True,
        personal_accounts=PERSONAL_ACCOUNTS,
    )
app.synth()
