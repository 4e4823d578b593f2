"""What the page of the task processor lists the permissions of."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.ecs_task_processor import (
    BucketBinding,
    Concurrency,
    EventTrigger,
    FanOut,
    MemoryGrowth,
    ObjectsUnder,
    QueueTrigger,
    RowsOf,
    ScheduleTrigger,
    SecretBinding,
)
from naws.testing.options import Given, Option


def required(_: cdk.Stack) -> dict[str, Any]:
    return {"image": ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")}


def _inbox(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Inbox")


def _secret(stack: cdk.Stack) -> secretsmanager.Secret:
    return secretsmanager.Secret(stack, "Warehouse")


def _over(items: Callable[[cdk.Stack], str | ObjectsUnder | RowsOf]) -> Given:
    return lambda stack: {"fan_out": FanOut(items(stack))}


def _bound(binding: Callable[[cdk.Stack], BucketBinding | SecretBinding]) -> Given:
    return lambda stack: {"bindings": [binding(stack)]}


PAYLOAD = "`fan_out` over the payload"
OPTIONS: dict[str, Option] = {
    "only `image`": Option(lambda _: {}),
    "`ScheduleTrigger`": Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    "`EventTrigger`": Option(lambda stack: {"triggers": [EventTrigger.object_created(_inbox(stack))]}),
    "`QueueTrigger`": Option(lambda _: {"triggers": [QueueTrigger()]}),
    "`memory_growth`": Option(lambda _: {"memory_growth": MemoryGrowth(max_memory_limit_mib=8192)}),
    "`capacity`": Option(lambda _: {"capacity": "spot-then-on-demand"}),
    "`exit_codes`": Option(lambda _: {"exit_codes": {75: "retry"}}),
    "`concurrency`": Option(lambda _: {"concurrency": Concurrency(limit=1)}),
    PAYLOAD: Option(_over(lambda _: "$.items")),
    "`fan_out` over `ObjectsUnder`": Option(_over(lambda stack: ObjectsUnder(_inbox(stack), "in/")), PAYLOAD),
    "`fan_out` over `RowsOf`": Option(_over(lambda stack: RowsOf(_inbox(stack), "rows.csv")), PAYLOAD),
    "`encryption_key`": Option(lambda stack: {"encryption_key": kms.Key(stack, "Key")}),
    "`secrets`": Option(lambda stack: {"secrets": {"PASSWORD": ecs.Secret.from_secrets_manager(_secret(stack))}}),
    "`SecretBinding`": Option(_bound(lambda stack: SecretBinding(_secret(stack)))),
    '`BucketBinding`, `access="read"`': Option(_bound(lambda stack: BucketBinding(_inbox(stack), prefix="in/"))),
    '`BucketBinding`, `access="write"`': Option(
        _bound(lambda stack: BucketBinding(_inbox(stack), prefix="out/", access="write"))
    ),
}
