"""What AWS services may do by themselves, without a role: only for this account, so that nobody else can send them."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs


def let_service_use_key(key: kms.IKey, account: str, service: str, *actions: str) -> None:
    """Let a service use a key for what it does for one account; an imported key's policy is its owner's affair.

    The condition names the account and no resource: a resource of another stack would make the stacks wait for each
    other. Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html

    Args:
        key: encrypts what the service writes to.
        account: on whose behalf the service acts.
        service: its principal, such as `events.amazonaws.com`.
        actions: what it may do with the key.
    """
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            actions=list(actions),
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": account}},
        )
    )


def let_rule_send(queue: sqs.IQueue, rule_arn: str, sid: str) -> None:
    """Let a rule of EventBridge send to a queue.

    Args:
        queue: its target, or its target's dead-letter queue.
        rule_arn: the only rule that may.
        sid: tells the statement from those for other rules.
    """
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal("events.amazonaws.com")],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
        )
    )
