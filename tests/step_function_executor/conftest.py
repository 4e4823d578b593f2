"""Scenarios: one stack each, as a user would write it."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.step_function_executor import (
    RETRY_AWS,
    Alarms,
    AslFile,
    Conventions,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
    TableBinding,
)
from naws.testing import scenario_fixtures

Scenario = Callable[[cdk.App], cdk.Stack]
FOLDER = Path(__file__).parent / "definitions"
UNSEEN = {"NAWS-ALARM-010": "somebody looks at the report every day"}
HOUR = cdk.Duration.hours(1)


def done(scope: Construct) -> sfn.IChainable:
    return sfn.Pass(scope, "Close").next(sfn.Succeed(scope, "Done"))


def minimal(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Month")
    StepFunctionExecutor(stack, "Close", StepFunctionExecutorProps(definition=done))
    return stack


def triggered(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Month")
    triggers = [ScheduleTrigger("@daily"), EventTrigger({"source": ["shop.orders"]}), QueueTrigger()]
    props = StepFunctionExecutorProps(definition=done, triggers=triggers, acknowledge=UNSEEN)
    StepFunctionExecutor(stack, "Close", props)
    return stack


def express(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Month")
    kind = sfn.StateMachineType.EXPRESS
    StepFunctionExecutor(stack, "Price", StepFunctionExecutorProps(definition=done, state_machine_type=kind))
    return stack


def regions(scope: Construct, queue: sqs.IQueue) -> sfn.IChainable:
    """Each region by itself, all that fails is told to somebody, and a distributed map of orders."""
    tell = tasks.SqsSendMessage.jsonata(
        scope,
        "Tell",
        queue=queue,
        message_body=sfn.TaskInput.from_object({"region": "{% $states.input %}"}),
        task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(1)),
    )
    tell.add_retry(**RETRY_AWS)
    each = sfn.Map.jsonata(scope, "Each region", items=sfn.ProvideItems.jsonata("{% $states.input.payload.regions %}"))
    each.item_processor(tell)
    orders = sfn.DistributedMap.jsonata(
        scope, "Each order", items=sfn.ProvideItems.jsonata("{% $states.input %}"), max_concurrency=5
    )
    orders.item_processor(sfn.Pass(scope, "Order"))
    return each.next(orders)


def production_props(scope: Construct) -> StepFunctionExecutorProps:
    queue = sqs.Queue.from_queue_arn(scope, "Regions", "arn:aws:sqs:us-east-1:123456789012:regions")
    table = dynamodb.Table.from_table_attributes(scope, "Sums", table_name="sums", grant_index_permissions=False)
    return StepFunctionExecutorProps(
        definition=regions(scope, queue),
        timeout=cdk.Duration.hours(6),
        triggers=[
            ScheduleTrigger("30 5 * * 1-5", timezone="Europe/Berlin", payload={"regions": ["north", "south"]}),
            QueueTrigger(filter={"body": {"kind": ["close"]}}),
        ],
        bindings=[TableBinding(table, access="read")],
        log_level=sfn.LogLevel.ALL,
        log_retention=logs.RetentionDays.ONE_YEAR,
        encryption_key=kms.Key.from_key_arn(
            scope, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
        dashboard=True,
        alarms=Alarms(
            topic=sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call"), detail=True
        ),
        acknowledge={
            "NAWS-OWNER-008": "the key's policy has the statements",
            "NAWS-DATA-018": "a key of DynamoDB encrypts it",
            **UNSEEN,
        },
    )


def production(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Month")
    Conventions(service="shop", stage="prod", owner="sales", name_prefix="shop-prod").apply(stack)
    StepFunctionExecutor(stack, "Close", production_props(stack))
    return stack


def from_file(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Month")
    table = dynamodb.Table.from_table_name(stack, "Orders", "orders")
    reading = iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=[table.table_arn])
    file = AslFile(FOLDER / "table.asl.json", substitutions={"table": table.table_name}, statements=[reading])
    role = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    StepFunctionExecutor(stack, "Look", StepFunctionExecutorProps(definition=file, role=role))
    return stack


SCENARIOS: dict[str, Scenario] = {
    "minimal": minimal,
    "triggered": triggered,
    "express": express,
    "production": production,
    "file": from_file,
}

scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)
