"""The options that the page's tables show."""

from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.lambda_service import Canary, EventTrigger, FunctionUrl, HttpApi, QueueTrigger, ScheduleTrigger
from naws.testing.options import Option


def required(_: Construct) -> dict[str, Any]:
    return {"code": lambda_.Code.from_inline("def handler(event, context): ..."), "handler": "index.handler"}


def _encrypted(scope: Construct) -> dict[str, Any]:
    triggers = [ScheduleTrigger("@daily"), QueueTrigger()]
    return {"encryption_key": kms.Key(scope, "Key"), "triggers": triggers}


SCHEDULE, QUEUE = "`ScheduleTrigger`", "`QueueTrigger`"
OPTIONS: dict[str, Option] = {
    "nothing": Option(lambda _: {}),
    SCHEDULE: Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    "`EventTrigger`": Option(lambda scope: {"triggers": [EventTrigger.object_created(s3.Bucket(scope, "Inbox"))]}),
    QUEUE: Option(lambda _: {"triggers": [QueueTrigger()]}),
    "`HttpApi`": Option(lambda _: {"endpoint": HttpApi()}),
    "`FunctionUrl`": Option(lambda _: {"endpoint": FunctionUrl()}),
    "`rollout`": Option(lambda _: {"rollout": Canary()}),
    "`vpc`": Option(lambda scope: {"vpc": ec2.Vpc(scope, "Network")}),
    "`encryption_key` and triggers": Option(_encrypted, [SCHEDULE, QUEUE]),
}
