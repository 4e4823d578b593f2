"""The options that the page's tables show."""

from typing import Any

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from naws.step_function_executor import EventTrigger, QueueTrigger, ScheduleTrigger
from naws.testing.options import Option


def required(_: Construct) -> dict[str, Any]:
    return {}


def _encrypted(scope: Construct) -> dict[str, Any]:
    triggers = [ScheduleTrigger("@daily"), QueueTrigger()]
    return {"encryption_key": kms.Key(scope, "Key"), "triggers": triggers}


SCHEDULE, QUEUE = "`ScheduleTrigger`", "`QueueTrigger`"
OPTIONS: dict[str, Option] = {
    "nothing": Option(lambda _: {}),
    SCHEDULE: Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    "`EventTrigger`": Option(lambda scope: {"triggers": [EventTrigger.object_created(s3.Bucket(scope, "Inbox"))]}),
    QUEUE: Option(lambda _: {"triggers": [QueueTrigger()]}),
    "`encryption_key` and triggers": Option(_encrypted, [SCHEDULE, QUEUE]),
}
