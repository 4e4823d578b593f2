"""Settings of topics and queues that decide who may deliver to them."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.senders import account_of


@departure(
    source="CloudFormation User Guide, AWS::SNS::Topic (KmsMasterKeyId); Amazon SNS Developer Guide, 'aws:"
    "SourceAccount versus aws:SourceOwner' (the default policy's condition)",
    replaces=("cloudformation.provisioners._RESOURCE_HANDLERS", "sns._topics"),
)
def template_topic() -> None:
    """A topic of a template has its key, and SNS's default policy: its own account's, no other's."""
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::SNS::Topic"]
    create, update = handlers["create"], handlers["update"]

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        arn, attributes = create(logical_id, properties, stack)
        topic = service("sns")._topics[arn]["attributes"]
        policy = json.loads(topic["Policy"])
        for statement in policy["Statement"]:
            statement["Condition"] = {"StringEquals": {"AWS:SourceOwner": account_of(arn)}}
        topic["Policy"] = json.dumps(policy)
        _encrypt(arn, properties)
        return arn, attributes

    def updated(physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any) -> Any:
        arn, attributes = update(physical_id, old, new, *rest, **named)
        _encrypt(arn, new)
        return arn, attributes

    handlers.update(create=created, update=updated)


def _encrypt(topic_arn: str, properties: dict[str, Any]) -> None:
    attributes = service("sns")._topics[topic_arn]["attributes"]
    attributes.pop("KmsMasterKeyId", None)
    if properties.get("KmsMasterKeyId"):
        attributes["KmsMasterKeyId"] = properties["KmsMasterKeyId"]


@departure(
    source="Amazon SQS API Reference, 'SetQueueAttributes' (RedriveAllowPolicy: which queues may use this one as their "
    "dead-letter queue)",
    replaces=("sqs._dlq_sweep", "sqs._queue_by_arn"),
)
def redrive_permission() -> None:
    """A message stays where it is when the dead-letter queue does not let its queue use it."""
    replace(service("sqs"), "_dlq_sweep", _if_permitted)


def _if_permitted(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def sweep(queue: dict[str, Any]) -> None:
        source, target = queue["attributes"].get("QueueArn", ""), queue_policy(queue, "RedrivePolicy")
        dead = service("sqs")._queue_by_arn(target.get("deadLetterTargetArn", "")) if target else None
        if dead is None or permits_redrive(queue_policy(dead, "RedriveAllowPolicy"), source):
            original(queue)

    return sweep


def permits_redrive(policy: dict[str, Any], source: str) -> bool:
    """Whether a ``RedriveAllowPolicy`` lets the queue of this ARN use its queue as a dead-letter queue."""
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source in policy.get("sourceQueueArns", ()))


def queue_policy(queue: dict[str, Any], name: str) -> dict[str, Any]:
    """The policy that an attribute of a queue holds; an empty one when there is none."""
    value = members(queue["attributes"]).get(name) or "{}"
    try:
        parsed = value if is_object(value) else json.loads(value)
    except ValueError:
        return {}  # it is refused for what it is
    return parsed if is_object(parsed) else {}
