"""Requests about queues and messages that SQS refuses."""

import json
import re
from typing import Any, NoReturn

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import sqs
from naws.cli.embedded.departures.templates import BOTH, check_template, is_true, wrap_template
from naws.cli.embedded.departures.topics_and_queues import permits_redrive, queue_policy

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ID = re.compile(r"[!-~]{1,128}")
_FIFO_ONLY = ("FifoQueue", "ContentBasedDeduplication")
_ENCRYPTED = {"SqsManagedSseEnabled": "true"}


@departure(
    "recorded answers of AWS: LocalStack's test_sqs.snapshot.json; botocore sqs CreateQueue (QueueName; "
    "RedrivePolicy: a dead-letter queue is of its queue's kind) and SetQueueAttributes (RedriveAllowPolicy: which "
    "queues can specify the queue as their dead-letter queue; the sentence of its refusal is not AWS's)"
)
def queue_requests() -> None:
    """A queue is refused for its name, for attributes of the other kind, and for a dead-letter queue of it.

    So it is for a dead-letter queue that does not let this queue use it.
    A queue whose encryption is not given is encrypted by SQS, as every new one.
    """
    wrap(sqs, "_act_create_queue", _encrypted)
    check_requests(sqs, "_act_create_queue", _check_creation)
    check_requests(sqs, "_act_set_queue_attributes", _check_attributes)
    check_template("SQS::Queue", BOTH, _check_properties)
    wrap_template("SQS::Queue", create=_created, update=_updated)


def _refuse(message: str, code: str = "InvalidParameterValue") -> NoReturn:
    raise RefusedError(message, code)


def _refuse_redrive(policy: dict[str, Any], reason: str) -> NoReturn:
    _refuse(f"Value {json.dumps(policy)} for parameter RedrivePolicy is invalid. Reason: {reason}")


def _encrypted(original: Original, request: dict[str, Any], url: str) -> Any:
    attributes = members(request.get("Attributes"))
    if attributes.get("KmsMasterKeyId") or sqs._queue_url(str(request.get("QueueName") or "")) in sqs._queues:
        return original(request, url)
    return original({**request, "Attributes": {"SqsManagedSseEnabled": "true", **attributes}}, url)


def _check_creation(request: dict[str, Any], _url: str) -> None:
    name, attributes = str(request.get("QueueName") or ""), members(request.get("Attributes"))
    fifo = name.endswith(".fifo")
    if name:
        _check_name(name, fifo=fifo or attributes.get("FifoQueue") == "true")
    for attribute in _FIFO_ONLY:
        if attribute in attributes and not fifo:
            _refuse(f"Unknown Attribute {attribute}.", "InvalidAttributeName")
    _check_dead_letters(attributes, fifo=fifo)
    _check_permission(attributes, name)


def _check_attributes(request: dict[str, Any], url: str) -> None:
    queue = sqs._get_q(request.get("QueueUrl", url))
    attributes = members(request.get("Attributes"))
    _check_dead_letters(attributes, fifo=queue["is_fifo"])
    _check_permission(attributes, queue["name"])


def _check_properties(properties: dict[str, Any]) -> None:
    fifo = is_true(properties.get("FifoQueue"))
    if properties.get("QueueName"):
        _check_name(str(properties["QueueName"]), fifo=fifo)
    _check_dead_letters(properties, fifo=fifo)


def _created(original: Original, logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
    # A new queue without a name has one that no policy can list.
    _check_permission(properties, properties.get("QueueName") or "")
    return original(logical_id, properties, *rest)


def _updated(original: Original, url: str, old: Any, new: dict[str, Any], *rest: Any, **named: Any) -> Any:
    _check_permission(new, new.get("QueueName") or name_of(url))
    return original(url, old, new, *rest, **named)


def _check_permission(attributes: dict[str, Any], name: str) -> None:
    policy = queue_policy({"attributes": attributes}, "RedrivePolicy")
    dead = sqs._queue_by_arn(str(policy.get("deadLetterTargetArn")))
    if dead is None:
        return
    home, _, _ = dead["attributes"]["QueueArn"].rpartition(":")  # a queue and its dead-letter queue have one account
    if not permits_redrive(queue_policy(dead, "RedriveAllowPolicy"), f"{home}:{name}"):
        _refuse_redrive(policy, "The redrive allow policy of the dead-letter queue does not let this queue use it.")


def _check_name(name: str, *, fifo: bool) -> None:
    length = len(name) <= 80  # noqa: PLR2004  # with the suffix
    if fifo and not (name.endswith(".fifo") and length and _NAME.fullmatch(name.removesuffix(".fifo"))):
        _refuse(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
            ".fifo suffix and be 1 to 80 in length."
        )
    if not fifo and not _NAME.fullmatch(name):
        _refuse("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def _check_dead_letters(attributes: dict[str, Any], *, fifo: bool) -> None:
    policy = queue_policy({"attributes": attributes}, "RedrivePolicy")
    arn = policy.get("deadLetterTargetArn")
    if isinstance(arn, str) and arn.endswith(".fifo") is not fifo:
        kind = "FIFO" if fifo else "standard"
        _refuse_redrive(policy, f"Dead-letter queue of a {kind} queue must also be a {kind} queue.")


@departure("recorded answers of AWS: LocalStack's test_sqs.snapshot.json (sizes, attributes, groups, batches)")
def message_requests() -> None:
    """A message is as large as its body and attributes together; an attribute has a value, a group a name.

    The sentences of two refusals are AWS's own.
    """
    check_requests(sqs, "_act_send_message", _check_message)
    check_requests(sqs, "_validate_batch_entries", _check_batch)


def _check_message(request: dict[str, Any], url: str) -> None:
    queue = sqs._get_q(request.get("QueueUrl", url))
    attributes: dict[str, dict[str, Any]] = request.get("MessageAttributes") or {}
    size = len((request.get("MessageBody") or "").encode())
    for name, attribute in attributes.items():
        kind, value = str(attribute.get("DataType")), attribute.get("StringValue")
        if value == "" and not kind.startswith("Binary"):
            _refuse(f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.")
        size += sum(len(str(item or "").encode()) for item in (name, kind, value, attribute.get("BinaryValue")))
    largest = int(queue["attributes"].get("MaximumMessageSize", 1024 * 1024))
    if size > largest:
        _refuse(f"One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes.")
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        value = request.get(name)
        if value is not None and not _ID.fullmatch(value):
            reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            _refuse(f"Value {value} for parameter {name} is invalid. Reason: {reason}")
    grouped = queue["is_fifo"] and request.get("MessageGroupId")
    by_content = queue["attributes"].get("ContentBasedDeduplication") == "true"
    if grouped and not request.get("MessageDeduplicationId") and not by_content:
        enabled = "The queue should either have ContentBasedDeduplication enabled"
        _refuse(f"{enabled} or MessageDeduplicationId provided explicitly")


def _check_batch(entries: list[Any], _name: str) -> None:
    if len(entries) > 10:  # noqa: PLR2004  # SQS's limit
        text = f"Maximum number of entries per request are 10. You have sent {len(entries)}."
        _refuse(text, "TooManyEntriesInBatchRequest")
