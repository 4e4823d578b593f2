"""Queues that are encrypted, TLS only, and have somewhere for what fails to go."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.naming import LIMITS, of_this_stack

LONGEST_RETENTION = 1_209_600
"""Seconds a message is kept at most: 14 days. Source: SQS API, SetQueueAttributes, MessageRetentionPeriod."""

SENDING = ("kms:Decrypt", "kms:GenerateDataKey")
"""What a sender needs of the key of an encrypted queue. Source: SQS Developer Guide, key management, producers."""

RECEIVING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What a pipe does with the queue that it reads.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
"""

_NOBODY = sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.DENY_ALL)


def dead_letter_queue(  # noqa: PLR0913  # the settings of a queue
    scope: Construct,
    construct_id: str,
    *,
    key: kms.IKey | None,
    removal_policy: cdk.RemovalPolicy,
    queue_name: str | None = None,
    of_queue: bool = False,
    source_name: str | None = None,
) -> sqs.Queue:
    """A queue for what failed: kept as long as SQS can, encrypted, TLS only.

    Other queues may not name it as their dead-letter queue.
    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

    Args:
        scope: parent.
        construct_id: id.
        key: encrypts it. None: SQS-managed encryption.
        removal_policy: what happens to its messages when the stack goes.
        queue_name: first part of its physical name; a part of the stack's id follows. None: CloudFormation names it.
        of_queue: whether it is the dead-letter queue of another queue, and not of schedules, rules or runs.
        source_name: first part of that queue's name. None: any queue may name this one, because of two queues without
            names, each of which names the other, neither can be made first.
    """
    queue = sqs.Queue(
        scope,
        construct_id,
        queue_name=_name(scope, queue_name),
        retention_period=cdk.Duration.seconds(LONGEST_RETENTION),
        removal_policy=removal_policy,
        enforce_ssl=True,
        encryption=_encryption(key),
        encryption_master_key=key,
        redrive_allow_policy=None if of_queue else _NOBODY,
    )
    source, resource = _name(scope, source_name), queue.node.default_child
    if source is not None and isinstance(resource, sqs.CfnQueue):
        arn = cdk.Stack.of(scope).format_arn(service="sqs", resource=source)
        resource.redrive_allow_policy = {"redrivePermission": "byQueue", "sourceQueueArns": [arn]}
    return queue


def work_queue(  # noqa: PLR0913  # the settings of a queue
    scope: Construct,
    construct_id: str,
    *,
    dead_letters: sqs.IQueue,
    visibility_timeout: cdk.Duration,
    retention_period: cdk.Duration,
    max_receive_count: int,
    max_message_size: int,
    key: kms.IKey | None,
    removal_policy: cdk.RemovalPolicy,
    queue_name: str | None = None,
) -> sqs.Queue:
    """A queue of work whose messages move to `dead_letters` after `max_receive_count` tries."""
    return sqs.Queue(
        scope,
        construct_id,
        queue_name=_name(scope, queue_name),
        visibility_timeout=visibility_timeout,
        retention_period=retention_period,
        max_message_size_bytes=max_message_size,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=max_receive_count),
        removal_policy=removal_policy,
        enforce_ssl=True,
        encryption=_encryption(key),
        encryption_master_key=key,
    )


def _name(scope: Construct, name: str | None) -> str | None:
    return None if name is None else of_this_stack(scope, name, LIMITS["queue"])


def _encryption(key: kms.IKey | None) -> sqs.QueueEncryption:
    return sqs.QueueEncryption.SQS_MANAGED if key is None else sqs.QueueEncryption.KMS
