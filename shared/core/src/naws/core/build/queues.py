"""Queues that are encrypted, TLS only, and have somewhere for what fails to go."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any, cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.batching import batched
from naws.core.naming import LIMITS, of_this_stack
from naws.core.planned_triggers import QueuePlan
from naws.core.plans.operations import OperationsPlan
from naws.core.queues import LONGEST_RETENTION
from naws.core.stacks import arn_of, asked, kept, made_in
from naws.core.units import duration

_NOBODY = sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.DENY_ALL)


def dead_letter_queue(scope: Construct, construct_id: str, plan: OperationsPlan, name: str | None = None) -> sqs.Queue:
    """A queue for what failed: kept as long as SQS can, encrypted, TLS only.

    Other queues may not name it as their dead-letter queue.
    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

    Args:
        scope: parent.
        construct_id: id.
        plan: what encrypts its messages, and what happens to them when the stack goes.
        name: first part of its physical name; a part of the stack's id follows. None: CloudFormation names it.
    """
    kept_for = duration(LONGEST_RETENTION)
    return _queue(scope, construct_id, plan, name, retention_period=kept_for, redrive_allow_policy=_NOBODY)


def work_queue(scope: Construct, plan: QueuePlan, operations: OperationsPlan) -> tuple[sqs.Queue, sqs.Queue]:
    """A queue of work, and the one that messages move to after as many tries as `plan` has.

    Of two queues without names, each of which names the other, neither can be made first: with one, the queue is the
    only one that may have that dead-letter queue.
    """
    construct_id, longest = f"Queue{plan.number}", duration(LONGEST_RETENTION)
    name = plan.dead_letter_queue_name
    dead_letters = _queue(scope, f"{construct_id}DeadLetters", operations, name, retention_period=longest)
    source = _name(scope, plan.queue_name)
    if source is not None and isinstance(resource := dead_letters.node.default_child, sqs.CfnQueue):
        sources = [arn_of(scope, "sqs", source)]
        resource.redrive_allow_policy = {"redrivePermission": "byQueue", "sourceQueueArns": sources}
    queue = _queue(
        scope,
        construct_id,
        operations,
        plan.queue_name,
        retention_period=duration(plan.retention_period),
        visibility_timeout=duration(plan.visibility_timeout),
        max_message_size_bytes=plan.max_message_size,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=plan.max_receive_count),
    )
    return queue, dead_letters


def _queue(scope: Construct, construct_id: str, plan: OperationsPlan, name: str | None, **settings: Any) -> sqs.Queue:
    key = plan.encryption_key
    queue = sqs.Queue(
        scope,
        construct_id,
        queue_name=_name(scope, name),
        removal_policy=plan.removal_policy,
        enforce_ssl=True,
        encryption=sqs.QueueEncryption.SQS_MANAGED if key is None else sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        **settings,
    )
    return made_in(queue, scope)


def queue_arn(queue: sqs.IQueue) -> str:
    """The queue's ARN, asked of Node once."""
    return asked(queue, "queue_arn")


def queue_name(queue: sqs.IQueue) -> str:
    """The queue's name, asked of Node once."""
    return asked(queue, "queue_name")


def queue_url(queue: sqs.IQueue) -> str:
    """The queue's URL, asked of Node once."""
    return asked(queue, "queue_url")


def let_rule_send(queue: sqs.IQueue, rule_arn: str) -> None:
    """Let a rule of EventBridge send to a queue: its target, or its target's dead-letter queue.

    One statement of the queue's policy names all its rules: a policy has room for 20 statements.
    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
    """
    batched((let_rule_send, queue), partial(_let_rules_send, queue), rule_arn)


def _let_rules_send(queue: sqs.IQueue, more: Sequence[str]) -> None:
    rules = kept(queue, "rules", list[str])
    new = [each for each in dict.fromkeys(more) if each not in rules]
    first = not rules
    rules += new
    statement = kept(queue, "statement for rules", lambda: _statement_for_rules(queue, rules))
    if new and not first:
        statement.add_condition("ArnEquals", {"aws:SourceArn": rules})


def _statement_for_rules(queue: sqs.IQueue, rules: list[str]) -> iam.PolicyStatement:
    """Added as a grant, which Node hands back as it is: the other way's answer is read field by field."""
    allowed: dict[str, Any] = {
        "Sid": "TakeFromRules",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
    }
    statement = iam.PolicyStatement.from_json(allowed)
    iam.Grant.add_statement_to_resource_policy(
        statement=statement,
        actions=[allowed["Action"]],
        resource_arns=[allowed["Resource"]],
        resource=cast("iam.IResourceWithPolicy", queue),
        grantee=_event_bridge(),
    )
    return statement


@cache
def _event_bridge() -> iam.IGrantable:
    return cast("iam.IGrantable", iam.ServicePrincipal("events.amazonaws.com"))


def _name(scope: Construct, name: str | None) -> str | None:
    return None if name is None else of_this_stack(scope, name, LIMITS["queue"])
