"""Where asynchronous invocations end: destinations take a record of them, a dead-letter queue the event itself."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.async_references import Invocation, qualified
from naws.cli.embedded.departures.delivery import DeliveryError, hand_over
from naws.cli.embedded.departures.function_metrics import measure
from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.judge import DeniedError
from naws.cli.embedded.departures.senders import LAMBDA, Sender
from naws.cli.embedded.departures.services import events, functions

_LOG = logging.getLogger(__name__)
_LONGEST_MESSAGE = 1024
_TARGETS = ("sqs", "sns", "lambda")


def report(
    condition: str, invocation: Invocation, config: dict[str, Any], settings: dict[str, Any], result: dict[str, Any]
) -> None:
    """Send the record of an invocation to the destination that its condition has, as the function's role."""
    which = "OnSuccess" if condition == "Success" else "OnFailure"
    arn = members(members(settings.get("DestinationConfig")).get(which)).get("Destination")
    if not arn:
        return
    record = _record(condition, invocation, config, result)
    send = _put_event if service_of(arn) == "events" else _hand_over
    try:
        send(arn, record, config)
    except (DeliveryError, DeniedError) as error:
        _lost(arn, "DestinationDeliveryFailures", config, error)


def bury(invocation: Invocation, config: dict[str, Any], result: dict[str, Any]) -> None:
    """Send the event to the function's dead-letter queue or topic, as its role."""
    arn = members(config.get("DeadLetterConfig")).get("TargetArn")
    if not arn:
        return
    answer = payload_of(result)
    text = answer.get("errorMessage") or answer.get("message") if is_object(answer) else answer
    given = {
        "RequestID": ("String", invocation.request_id),
        "ErrorCode": ("Number", "429" if result.get("throttle") else "200"),
        "ErrorMessage": ("String", str(text or "")[:_LONGEST_MESSAGE]),
    }
    attributes = {name: {"DataType": kind, "StringValue": value} for name, (kind, value) in given.items() if value}
    target = {"Arn": arn, "MessageAttributes": attributes}
    try:
        hand_over(target, json.dumps(invocation.event, ensure_ascii=False), _sender(config))
    except DeliveryError as error:
        _lost(arn, "DeadLetterErrors", config, error)


def taker(config: dict[str, Any], settings: dict[str, Any]) -> str:
    """What takes an event that failed in all attempts, if it is a queue."""
    failure = members(members(settings.get("DestinationConfig")).get("OnFailure")).get("Destination")
    takers = {"failure queue": failure, "dead-letter queue": members(config.get("DeadLetterConfig")).get("TargetArn")}
    return next((name for name, arn in takers.items() if arn and service_of(arn) == "sqs"), "")


def payload_of(result: dict[str, Any]) -> Any:
    """What a function answered, as a JSON value; text that is no JSON as it is."""
    body = result.get("body")
    if not isinstance(body, str | bytes) or not (isinstance(body, bytes) or result.get("raw_payload")):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return body if isinstance(body, str) else body.decode(errors="replace")


def _record(condition: str, invocation: Invocation, config: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    name, qualifier = qualified(config)
    succeeded = condition == "Success"
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{functions._func_arn(name)}:{qualifier}",
            "condition": condition,
            "approximateInvokeCount": invocation.failures + succeeded,
        },
        "requestPayload": invocation.event,
    }
    if result.get("throttle"):
        return record
    context = {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST")}
    if not succeeded:
        context["functionError"] = result.get("function_error") or "Unhandled"
    return {**record, "responseContext": context, "responsePayload": payload_of(result)}


def _sender(config: dict[str, Any]) -> Sender:
    arn = functions._func_arn(config["FunctionName"])
    return Sender(LAMBDA, arn, role_arn=config.get("Role") or "", session=config["FunctionName"])


def _hand_over(arn: str, record: dict[str, Any], config: dict[str, Any]) -> None:
    if service_of(arn) not in _TARGETS:
        raise DeliveryError("NotEmulated", "the embedded AWS has no destination of this kind")
    hand_over({"Arn": arn}, json.dumps(record, ensure_ascii=False), _sender(config))


def _put_event(arn: str, record: dict[str, Any], config: dict[str, Any]) -> None:
    outcome = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
    _sender(config).ask("events:PutEvents", arn)
    entry = {
        "EventBusName": arn,
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {outcome}",
        "Detail": json.dumps(record),
        "Resources": [arn, record["requestContext"]["functionArn"]],
    }
    answer = json.loads(events._put_events({"Entries": [entry]})[2])
    for entry in answer.get("Entries", ()):
        if entry.get("ErrorCode"):
            raise DeliveryError(entry["ErrorCode"], entry.get("ErrorMessage", ""))


def _lost(arn: str, metric: str, config: dict[str, Any], error: Exception) -> None:
    measure(config, metric, 1)
    _LOG.warning("function %s: an event is lost, for %s refused it: %s", config["FunctionName"], arn, error)
