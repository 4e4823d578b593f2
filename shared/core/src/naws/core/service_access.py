"""What AWS services may do by themselves, without a role: only for this account, so that nobody else can send them."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_EVENTS = "events.amazonaws.com"


def let_rules_use_key(scope: Construct, key: kms.IKey) -> None:
    """Let EventBridge use a queue's key for the rules of this account and region.

    No rule is named: one of another stack would make the stacks wait for each other, and the queue's policy names it.
    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html (which
    services support aws:SourceArn)
    """
    rules = cdk.Stack.of(scope).format_arn(service="events", resource="rule", resource_name="*")
    _let_use(key, _EVENTS, ("kms:Decrypt", "kms:GenerateDataKey"), {"ArnLike": {"aws:SourceArn": rules}})


def _let_use(key: kms.IKey, service: str, actions: tuple[str, ...], conditions: Mapping[str, object]) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            actions=list(actions),
            resources=["*"],
            conditions=conditions,
        )
    )
