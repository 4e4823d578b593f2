"""What SQS refuses of queues and messages."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import re
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.patching import before, departure, judge_template, replace, service
from naws.cli.embedded.departures.topics_and_queues import permits_redrive, queue_policy

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ID = re.compile(r"[!-~]{1,128}")
_FIFO_ONLY = ("FifoQueue", "ContentBasedDeduplication")
_ENCRYPTED = {"SqsManagedSseEnabled": "true"}
_INVALID_VALUE = "InvalidParameterValue"


@departure(
    source="recorded answers of AWS: LocalStack's test_sqs.snapshot.json; botocore sqs CreateQueue (QueueName; "
    "RedrivePolicy: a dead-letter queue is of its queue's kind) and SetQueueAttributes (RedriveAllowPolicy: which "
    "queues can specify the queue as their dead-letter queue; the sentence of its refusal is not AWS's)",
    replaces=(
        "sqs._Err",
        "sqs._queue_by_arn",
        "sqs._act_create_queue",
        "sqs._act_set_queue_attributes",
        "sqs._queues",
        "sqs._get_q",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def queue_requests() -> None:
    """A queue is refused for its name, for attributes of the other kind, and for a dead-letter queue of it.

    So it is for a dead-letter queue that does not let this queue use it.
    A queue that says nothing about its encryption is encrypted by SQS, as every new one.
    """
    sqs = service("sqs")
    replace(sqs, "_act_create_queue", _creating)
    replace(sqs, "_act_set_queue_attributes", before(_judge_attributes))
    judge_template("SQS::Queue", _judge_properties)
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::SQS::Queue"]
    # A new queue without a name has one that no policy can list; of a change the physical id, a URL, ends in it.
    handlers["create"] = before(lambda *given: _judge_redrive(given[1], ""))(handlers["create"])
    handlers["update"] = before(lambda *given: _judge_redrive(given[2], given[0].rpartition("/")[2]))(
        handlers["update"]
    )


def _refuse(message: str, code: str = _INVALID_VALUE) -> None:
    raise service("sqs")._Err(code, message)


def _creating(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(request: dict[str, Any], url: str) -> Any:
        name, attributes = str(request.get("QueueName") or ""), members(request.get("Attributes"))
        _judge(name, attributes, fifo=name.endswith(".fifo"))
        if service("sqs")._queue_url(name) in service("sqs")._queues:
            return original(request, url)
        encrypted = {} if attributes.get("KmsMasterKeyId") else _ENCRYPTED
        return original({**request, "Attributes": {**encrypted, **attributes}}, url)

    return create


def _judge_attributes(request: dict[str, Any], url: str) -> None:
    queue = service("sqs")._get_q(request.get("QueueUrl", url))
    attributes = members(request.get("Attributes"))
    _judge_dead_letters(attributes, fifo=queue["is_fifo"])
    _judge_permission(attributes, queue["name"])


def _judge_properties(properties: dict[str, Any]) -> None:
    fifo = str(properties.get("FifoQueue", "")).lower() == "true"
    try:
        if properties.get("QueueName"):
            _judge_name(str(properties["QueueName"]), fifo=fifo)
        _judge_dead_letters(properties, fifo=fifo)
    except service("sqs")._Err as error:
        raise ValueError(error.message) from error


def _judge(name: str, attributes: dict[str, Any], *, fifo: bool) -> None:
    if name:
        _judge_name(name, fifo=fifo or attributes.get("FifoQueue") == "true")
    for attribute in _FIFO_ONLY:
        if attribute in attributes and not fifo:
            _refuse(f"Unknown Attribute {attribute}.", "InvalidAttributeName")
    _judge_dead_letters(attributes, fifo=fifo)
    _judge_permission(attributes, name)


def _judge_redrive(properties: dict[str, Any], name: str) -> None:
    """Judge the dead-letter queue of a template's queue of this name, if the template gives it none."""
    try:
        _judge_permission(properties, properties.get("QueueName") or name)
    except service("sqs")._Err as error:
        raise ValueError(error.message) from error


def _judge_permission(attributes: dict[str, Any], name: str) -> None:
    policy = queue_policy({"attributes": attributes}, "RedrivePolicy")
    dead = service("sqs")._queue_by_arn(str(policy.get("deadLetterTargetArn")))
    if dead is None:
        return
    place, _, _ = dead["attributes"]["QueueArn"].rpartition(":")  # a queue and its dead-letter queue have one account
    if not permits_redrive(queue_policy(dead, "RedriveAllowPolicy"), f"{place}:{name}"):
        reason = "The redrive allow policy of the dead-letter queue does not let this queue use it."
        _refuse(f"Value {json.dumps(policy)} for parameter RedrivePolicy is invalid. Reason: {reason}")


def _judge_name(name: str, *, fifo: bool) -> None:
    length = len(name) <= 80  # noqa: PLR2004  # with the suffix
    if fifo and not (name.endswith(".fifo") and length and _NAME.fullmatch(name.removesuffix(".fifo"))):
        _refuse(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
            ".fifo suffix and be 1 to 80 in length."
        )
    if not fifo and not _NAME.fullmatch(name):
        _refuse("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")


def _judge_dead_letters(attributes: dict[str, Any], *, fifo: bool) -> None:
    given = attributes.get("RedrivePolicy") or "{}"
    try:
        policy = given if is_object(given) else json.loads(given)
    except ValueError:
        return  # it is refused for what it is
    arn = policy.get("deadLetterTargetArn") if is_object(policy) else None
    if isinstance(arn, str) and arn.endswith(".fifo") is not fifo:
        kind = "FIFO" if fifo else "standard"
        reason = f"Dead-letter queue of a {kind} queue must also be a {kind} queue."
        _refuse(f"Value {json.dumps(policy)} for parameter RedrivePolicy is invalid. Reason: {reason}")


@departure(
    source="recorded answers of AWS: LocalStack's test_sqs.snapshot.json (sizes, attributes, groups, batches)",
    replaces=("sqs._Err", "sqs._act_send_message", "sqs._validate_batch_entries", "sqs._get_q"),
)
def message_requests() -> None:
    """A message is as large as its body and attributes together; an attribute has a value, a group a name.

    The sentences of two refusals are AWS's own.
    """
    sqs = service("sqs")
    replace(sqs, "_act_send_message", before(_judge_message))
    replace(sqs, "_validate_batch_entries", before(_judge_batch))


def _judge_message(request: dict[str, Any], url: str) -> None:
    queue = service("sqs")._get_q(request.get("QueueUrl", url))
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
    by_content = queue["attributes"].get("ContentBasedDeduplication") == "true"
    if (
        queue["is_fifo"]
        and request.get("MessageGroupId")
        and not request.get("MessageDeduplicationId")
        and not by_content
    ):
        _refuse(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )


def _judge_batch(entries: list[Any], _name: str) -> None:
    if len(entries) > 10:  # noqa: PLR2004  # SQS's limit
        text = f"Maximum number of entries per request are 10. You have sent {len(entries)}."
        _refuse(text, "TooManyEntriesInBatchRequest")
