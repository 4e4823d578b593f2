"""Event source mappings of SQS queues: how messages reach functions, and what becomes of them."""

import logging
import time
from typing import Any

from naws.cli.embedded.departures import queue_batches
from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.async_destinations import payload_of
from naws.cli.embedded.departures.function_runs import Request, requested
from naws.cli.embedded.departures.json_values import json_object, members
from naws.cli.embedded.departures.judge import DeniedError, denied
from naws.cli.embedded.departures.mapping_answers import failed_items
from naws.cli.embedded.departures.mapping_requests import cannot_read, reader, state_of
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.services import ecs, functions, sqs

_LOG = logging.getLogger(__name__)
# Where a mapping begins on AWS, which adds pollers while messages are waiting.
_CONCURRENCY = 5
_BACK_OFF_SECONDS = 5.0
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0
_refused_until: dict[str, float] = {}


@departure(
    "Lambda Developer Guide, 'Using Lambda with Amazon SQS', 'Handling errors for an SQS event source' (back-off, "
    "partial batch responses), 'Using event filtering with an Amazon SQS event source' and 'Configuring scaling "
    "behavior for SQS event source mappings'"
)
def queue_mappings() -> None:
    """Messages are received as the function's role, which is asked each time, and deleted when the function is done.

    A batch is handed over when it is full or its window is over. A message that passes no filter is deleted. After an
    exception, a time-out or an answer that is none all messages of a batch come back when their visibility timeout is
    over; with ``ReportBatchItemFailures`` those that the answer names. A throttled batch is tried again until then.
    """
    replace(functions, "_poll_sqs", _poll_all)


def _poll_all() -> bool:
    """Whether a mapping took messages."""
    taken = False
    for account, region, mapping in functions._iter_all_esms():
        with ecs.request_scope(account, region):
            try:
                taken = _poll(mapping) or taken
            except Exception:  # noqa: BLE001  # of whatever kind: the other mappings must still be fed
                _LOG.exception("event source mapping %s", mapping["UUID"])
    return taken


def _poll(mapping: dict[str, Any]) -> bool:
    uuid, source = mapping["UUID"], mapping["EventSourceArn"]
    if service_of(source) != "sqs":
        return False
    queue = sqs._queue_by_arn(source)
    _, config, _ = functions._get_func_record_for_ref(mapping["FunctionArn"])
    if queue is None or not config or state_of(mapping) != "Enabled":
        queue_batches.drop(uuid)
        return False
    most = members(mapping.get("ScalingConfig")).get("MaximumConcurrency") or _CONCURRENCY
    waiting = queue["messages"] or queue_batches.is_open(uuid)
    if not waiting or functions._esm_inflight.get(uuid, 0) >= int(most) or not _may_read(mapping, config):
        return False
    until = time.monotonic() + int(queue["attributes"].get("VisibilityTimeout", 30))
    window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    criteria = members(mapping.get("FilterCriteria"))
    records = queue_batches.receive(uuid, queue, int(mapping["BatchSize"]), window, criteria)
    if records:
        functions._dispatch_esm_batch(uuid, _run, mapping, queue["url"], records, until)
    return bool(records)


def _may_read(mapping: dict[str, Any], config: dict[str, Any]) -> bool:
    """Whether the function's role may still read the queue."""
    uuid = mapping["UUID"]
    if time.monotonic() < _refused_until.get(uuid, 0):
        return False
    reason = cannot_read(config, mapping["EventSourceArn"])
    if reason:
        _refused_until[uuid] = time.monotonic() + _BACK_OFF_SECONDS
        mapping["LastProcessingResult"] = f"PROBLEM: {reason}"
        _LOG.warning("event source mapping %s of %s: %s", uuid, mapping["FunctionArn"], reason)
    return not reason


def _run(mapping: dict[str, Any], url: str, records: list[dict[str, Any]], until: float) -> None:
    result = _invoke(mapping["FunctionArn"], {"Records": records}, until, _taker(mapping, records))
    ids = [record["messageId"] for record in records]
    if result.get("error"):
        mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        return
    mapping["LastProcessingResult"] = "OK"
    partial = "ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or ())
    failed = failed_items(payload_of(result), ids) if partial else set[str]()
    _delete(mapping, url, [record for record in records if record["messageId"] not in failed])


def _taker(mapping: dict[str, Any], records: list[dict[str, Any]]) -> str:
    """What takes all of these messages when they fail now; empty when some of them come back."""
    queue = sqs._queue_by_arn(mapping["EventSourceArn"])
    most = json_object(queue["attributes"].get("RedrivePolicy") if queue else None).get("maxReceiveCount")
    last = most and all(int(each["attributes"]["ApproximateReceiveCount"]) >= int(most) for each in records)
    return "dead-letter queue" if last else ""


def _invoke(arn: str, event: dict[str, Any], until: float, taken_by: str) -> dict[str, Any]:
    wait = _FIRST_WAIT
    while True:
        record, _, _ = functions._get_func_record_for_ref(arn)
        with requested(Request(functions.new_uuid(), "mapping", taken_by)):
            result: dict[str, Any] = functions._execute_function(record, event) if record else {"error": True}
        if not result.get("throttle") or time.monotonic() + wait >= until:
            return result
        time.sleep(wait)
        wait = min(_LONGEST_WAIT, 2 * wait)


def _delete(mapping: dict[str, Any], url: str, records: list[dict[str, Any]]) -> None:
    _, config, _ = functions._get_func_record_for_ref(mapping["FunctionArn"])
    refusal: DeniedError | None = None
    if config:
        refusal = denied(reader(config).ask, "sqs:DeleteMessage", mapping["EventSourceArn"])
    if refusal:
        _LOG.warning("event source mapping %s: messages come back: %s", mapping["UUID"], refusal)
        return
    queue_batches.delete(url, records)
