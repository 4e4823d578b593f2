"""Batches of an SQS queue's messages, as pipes and event source mappings receive them."""

import time
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.arns import region_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.pipe_templates import parsed_body
from naws.cli.embedded.departures.services import events, sqs

RECEIVE_AT_MOST = 10


@dataclass
class _Batch:
    """Records received and not yet handed over; they wait for more until the window closes."""

    closes: float
    records: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


_open: dict[str, _Batch] = {}


def is_open(reader: str) -> bool:
    """Whether a batch of this reader waits for more messages."""
    return reader in _open


def drop(reader: str) -> None:
    """Forget the batch that waits: its messages are visible again when their time is over."""
    _open.pop(reader, None)


def receive(reader: str, queue: dict[str, Any], size: int, window: int, criteria: dict[str, Any]) -> list[Any]:
    """Receive what is there, and delete what matches no filter.

    Args:
        reader: who receives; it has one open batch.
        queue: MiniStack's.
        size: messages of a full batch.
        window: seconds that a batch which is not full waits for more.
        criteria: ``FilterCriteria``.

    Returns:
        The records of a batch that is full or has waited long enough; empty otherwise.
    """
    source = queue["attributes"]["QueueArn"]
    batch = _open.pop(reader, None) or _Batch(time.monotonic() + window)
    while len(batch.records) < size:
        wanted = min(RECEIVE_AT_MOST, size - len(batch.records))
        received = [event(message, source) for message in sqs._receive_messages_for_esm(queue["url"], wanted)]
        kept = [record for record in received if _matches(record, criteria)]
        delete(queue["url"], [record for record in received if record not in kept])
        batch.records += kept
        if len(received) < wanted:
            break
    if batch.records and len(batch.records) < size and time.monotonic() < batch.closes:
        _open[reader] = batch
        return []
    return batch.records


def delete(url: str, records: list[Any]) -> None:
    """Delete messages by the receipt handles of their records."""
    sqs._delete_messages_for_esm(url, {record["receiptHandle"] for record in records})


def _matches(record: dict[str, Any], criteria: dict[str, Any]) -> bool:
    patterns: list[str] = [item["Pattern"] for item in criteria.get("Filters", [])]
    alternatives = [item for pattern in patterns for item in events._compiled_pattern(pattern) or ()]
    seen = parsed_body(record)
    return not patterns or any(events._matches_detail(seen, alternative) for alternative in alternatives)


def event(message: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the event that a pipe and Lambda make of an SQS message."""
    attributes = sqs._build_sys_attrs(message, ["All"])
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": attributes,
        "messageAttributes": {
            name: _attribute(value) for name, value in members(message.get("message_attributes")).items()
        },
        "md5OfBody": message["md5_body"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": region_of(source),
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    lower = {f"{name[:1].lower()}{name[1:]}": item for name, item in value.items()}
    return {**lower, "stringListValues": [], "binaryListValues": []}
