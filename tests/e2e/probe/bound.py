"""A processor with a binding of each kind: to what is in its stack, in another one under a key, and imported."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from naws.ecs_task_processor import (
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventBusBinding,
    FunctionBinding,
    ParameterBinding,
    QueueBinding,
    TableBinding,
    TopicBinding,
)

ID = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
DAY = dynamodb.Attribute(name="day", type=dynamodb.AttributeType.STRING)
GONE = cdk.RemovalPolicy.DESTROY


def function(scope: cdk.Stack, construct_id: str) -> lambda_.Function:
    code = lambda_.Code.from_inline("def handler(event, context):\n    return {'priced': event['item']}\n")
    return lambda_.Function(
        scope, construct_id, runtime=lambda_.Runtime.PYTHON_3_12, handler="index.handler", code=code
    )


class Data(cdk.Stack):
    """What another stack owns, with a neighbour for each: `probe-…` is imported by its name."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Data")
        self.key = kms.Key(self, "Key", removal_policy=GONE)
        self.orders = dynamodb.Table(self, "Orders", partition_key=ID, encryption_key=self.key, removal_policy=GONE)
        self.orders.add_global_secondary_index(index_name="by_day", partition_key=DAY)
        self.mails = sqs.Queue(self, "Mails", encryption_master_key=self.key)
        self.news = sns.Topic(self, "News", master_key=self.key)
        self.level = ssm.StringParameter(self, "LogLevel", string_value="DEBUG")
        dynamodb.Table(self, "Archive", table_name="probe-archive", partition_key=ID, removal_policy=GONE)
        sqs.Queue(self, "Imported", queue_name="probe-imported")
        heard = sqs.Queue(self, "Heard")
        self.news.add_subscription(subscriptions.SqsSubscription(heard, raw_message_delivery=True))
        self.sold = events.EventBus(self, "Sold")
        rule = events.Rule(self, "All", event_bus=self.sold, event_pattern=events.EventPattern(account=[self.account]))
        rule.add_target(targets.SqsQueue(heard))
        other = {
            "Table": dynamodb.Table(self, "OtherTable", partition_key=ID, removal_policy=GONE).table_name,
            "Queue": sqs.Queue(self, "OtherQueue").queue_url,
            "Topic": sns.Topic(self, "OtherTopic").topic_arn,
            "Function": function(self, "OtherFunction").function_name,
        }
        outputs = {"Key": self.key.key_arn, "Mails": self.mails.queue_url, "Heard": heard.queue_url}
        outputs |= {f"Other{kind}": name for kind, name in other.items()}
        for name, value in outputs.items():
            cdk.CfnOutput(self, f"{name}Is", value=value)


class Bound:
    """The processor `Bound`, and what of its data is in its own stack."""

    def __init__(self, stack: cdk.Stack, common: dict[str, Any], skipping: EcsTaskProcessor) -> None:
        data = Data(stack.node.scope)
        ledger = dynamodb.Table(stack, "Ledger", partition_key=ID, removal_policy=GONE)
        archive = dynamodb.Table.from_table_name(stack, "Archive", "probe-archive")
        work = sqs.Queue(stack, "Work")
        imported = sqs.Queue.from_queue_arn(
            stack, "Imported", stack.format_arn(service="sqs", resource="probe-imported")
        )
        secure = ssm.StringParameter.from_secure_string_parameter_attributes(
            stack, "Token", parameter_name="/probe/token"
        )
        self.processor = EcsTaskProcessor(
            stack,
            "Bound",
            EcsTaskProcessorProps(
                **common,
                bindings=[
                    TableBinding(data.orders),
                    TableBinding(ledger, access="write"),
                    TableBinding(archive, access="read-write"),
                    QueueBinding(data.mails),
                    QueueBinding(work, access="receive"),
                    QueueBinding(imported),
                    TopicBinding(data.news),
                    EventBusBinding(data.sold, source="probe.bound"),
                    FunctionBinding(function(stack, "Prices")),
                    ParameterBinding(data.level),
                    ParameterBinding(secure, key=data.key),
                    skipping,
                ],
                acknowledge={"NAWS-DATA-018": "keys of AWS encrypt what is imported"},
            ),
        )
        cdk.CfnOutput(stack, "WorkIs", value=work.queue_url)
