"""What the page of the workflow lists the resources, alarms and permissions of."""

from collections.abc import Callable
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core import Binding
from naws.step_function_executor import (
    Alarms,
    BucketBinding,
    EventBusBinding,
    EventTrigger,
    FunctionBinding,
    QueueBinding,
    QueueTrigger,
    ScheduleTrigger,
    TableBinding,
    TopicBinding,
    WorkflowBinding,
)
from naws.testing.options import Option


def steps(scope: Construct) -> sfn.IChainable:
    return sfn.Pass(scope, "Close").next(sfn.Succeed(scope, "Done"))


def orders(scope: Construct) -> sfn.IChainable:
    each = sfn.DistributedMap.jsonata(scope, "Each", items=sfn.ProvideItems.jsonata("{% $states.input %}"))
    return each.item_processor(sfn.Pass(scope, "Order"))


def required(_: Construct) -> dict[str, Any]:
    return {"definition": steps}


def _inbox(scope: Construct) -> s3.Bucket:
    return s3.Bucket(scope, "Inbox")


def _table(scope: Construct) -> dynamodb.Table:
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    return dynamodb.Table(scope, "Orders", partition_key=key)


def _function(scope: Construct) -> lambda_.IFunction:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:check"
    return lambda_.Function.from_function_attributes(scope, "Check", function_arn=arn, same_environment=True)


def _machine(scope: Construct) -> sfn.IStateMachine:
    return sfn.StateMachine.from_state_machine_name(scope, "Load", "load")


def _bound(binding: Callable[[Construct], Binding]) -> Callable[[Construct], dict[str, Any]]:
    return lambda scope: {"bindings": [binding(scope)]}


def _all_encrypted(scope: Construct) -> dict[str, Any]:
    triggers = [ScheduleTrigger("@daily"), EventTrigger.object_created(_inbox(scope)), QueueTrigger()]
    return {"encryption_key": kms.Key(scope, "Key"), "triggers": triggers}


SCHEDULE, EVENT, QUEUE, KEY = "`ScheduleTrigger`", "`EventTrigger`", "`QueueTrigger`", "`encryption_key`"
OPTIONS: dict[str, Option] = {
    "only `definition`": Option(lambda _: {}),
    SCHEDULE: Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    EVENT: Option(lambda scope: {"triggers": [EventTrigger.object_created(_inbox(scope))]}),
    QUEUE: Option(lambda _: {"triggers": [QueueTrigger()]}),
    "a distributed map": Option(lambda _: {"definition": orders}),
    "`state_machine_type=EXPRESS`": Option(lambda _: {"state_machine_type": sfn.StateMachineType.EXPRESS}),
    "`BucketBinding`": Option(_bound(lambda scope: BucketBinding(_inbox(scope)))),
    "`TableBinding`": Option(_bound(lambda scope: TableBinding(_table(scope)))),
    "`QueueBinding`": Option(_bound(lambda scope: QueueBinding(sqs.Queue(scope, "Mails")))),
    "`TopicBinding`": Option(_bound(lambda scope: TopicBinding(sns.Topic(scope, "News")))),
    "`EventBusBinding`": Option(_bound(lambda scope: EventBusBinding(events.EventBus(scope, "Bus"), source="shop"))),
    "`FunctionBinding`": Option(_bound(lambda scope: FunctionBinding(_function(scope)))),
    "`WorkflowBinding`": Option(_bound(lambda scope: WorkflowBinding(_machine(scope)))),
    "`detail=True`": Option(lambda _: {"alarms": Alarms(detail=True)}),
    KEY: Option(lambda scope: {"encryption_key": kms.Key(scope, "Key")}),
    "`encryption_key` and triggers": Option(_all_encrypted, [KEY, SCHEDULE, EVENT, QUEUE]),
}
