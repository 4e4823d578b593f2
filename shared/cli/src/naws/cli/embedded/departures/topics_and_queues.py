"""Settings of topics and queues that decide who may deliver to them."""

import json
from typing import Any

from naws.cli.embedded.departures.arns import account_of
from naws.cli.embedded.departures.json_values import json_object, members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import sns, sqs
from naws.cli.embedded.departures.templates import BOTH, complete_template


@departure(
    "CloudFormation User Guide, AWS::SNS::Topic (KmsMasterKeyId); Amazon SNS Developer Guide, 'aws:"
    "SourceAccount versus aws:SourceOwner' (the default policy's condition)"
)
def template_topic() -> None:
    """A topic of a template has its key, and SNS's default policy: its own account's, no other's."""
    complete_template("SNS::Topic", ("create",), lambda arn, _: _protect(arn))
    complete_template("SNS::Topic", BOTH, _encrypt)


def _protect(arn: str) -> None:
    topic = sns._topics[arn]["attributes"]
    policy = json.loads(topic["Policy"])
    for statement in policy["Statement"]:
        statement["Condition"] = {"StringEquals": {"AWS:SourceOwner": account_of(arn)}}
    topic["Policy"] = json.dumps(policy)


def _encrypt(arn: str, properties: dict[str, Any]) -> None:
    attributes = sns._topics[arn]["attributes"]
    attributes.pop("KmsMasterKeyId", None)
    if properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = properties["KmsMasterKeyId"]


@departure(
    "Amazon SQS API Reference, 'SetQueueAttributes' (RedriveAllowPolicy: which queues may use this one as their "
    "dead-letter queue)"
)
@patch(wrap, sqs, "_dlq_sweep")
def redrive_permission(original: Original, queue: dict[str, Any]) -> None:
    """A message stays where it is when the dead-letter queue does not let its queue use it."""
    source, target = queue["attributes"].get("QueueArn", ""), queue_policy(queue, "RedrivePolicy")
    dead = sqs._queue_by_arn(target.get("deadLetterTargetArn", "")) if target else None
    if dead is None or permits_redrive(queue_policy(dead, "RedriveAllowPolicy"), source):
        original(queue)


def permits_redrive(policy: dict[str, Any], source: str) -> bool:
    """Whether a ``RedriveAllowPolicy`` lets the queue of this ARN use its queue as a dead-letter queue."""
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source in policy.get("sourceQueueArns", ()))


def queue_policy(queue: dict[str, Any], name: str) -> dict[str, Any]:
    """The policy that an attribute of a queue holds; empty when there is none, or what is refused for what it is."""
    return json_object(members(queue["attributes"]).get(name))
