"""What a message of a failure queue or a dead-letter queue is about, by its form.

    {"envelope", "failure"}                    a workflow kept its run itself
    {"executionArn", "status"}                 detail of the status event of an execution; or the event with it
    {"requestContext", "requestPayload"}       Lambda's record of an asynchronous invocation
    anything else, in a dead-letter queue      a message, a time or an event that could not start a run

Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html (status event);
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (record of an invocation)
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeGuard

from naws.cli.causes import readable
from naws.cli.json_texts import members, parsed
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Cause, Failure, Way
from naws.cli.operate.queues import Message
from naws.core.parsed_json import is_object

STATUS_EVENT = "Step Functions Execution Status Change"
FAILED_STATES = ("FAILED", "TIMED_OUT", "ABORTED")
_DELIVERY = ("ERROR_CODE", "ERROR_MESSAGE")


@dataclass(frozen=True)
class Reader:
    """Reads the messages of one pattern.

    Attributes:
        pattern: Whose queues they are in.
        input_of: Gives the input that a rule makes of an event: of the text of the event and the attributes of the
            message.
    """

    pattern: Deployed
    input_of: Callable[[str, Mapping[str, str]], str]

    def kept(self, message: Message) -> Failure:
        """A message of the failure queue."""
        return self._known(message) or self._unreadable(message, "failure queue")

    def not_started(self, message: Message, source: str | None) -> Failure:
        """A message of a dead-letter queue.

        Args:
            message: It.
            source: The address of the queue that it came by; None for what a time or a rule could not deliver.
        """
        if source is not None:
            return self._message(message, source)
        body = parsed(message.body)
        target = message.attributes.get("TARGET_ARN", "")
        if (
            is_object(body)
            and body.get("detail-type") == STATUS_EVENT
            and target.startswith("arn:")
            and _is_queue(target)
        ):
            return self._known(message) or self._unreadable(message, "dead-letter queue")
        return self._undelivered(message, body, target)

    def _known(self, message: Message) -> Failure | None:
        body = parsed(message.body)
        if not is_object(body):
            return None
        if is_object(body.get("envelope")) and is_object(body.get("failure")):
            return self._own(message, body)
        detail = body.get("detail") if body.get("detail-type") == STATUS_EVENT else body
        if is_object(detail) and isinstance(detail.get("executionArn"), str) and detail.get("status") in FAILED_STATES:
            return of_execution(self.pattern, detail, message)
        if is_object(body.get("requestContext")) and "requestPayload" in body:
            return self._invocation(message, body)
        return None

    def _own(self, message: Message, body: Mapping[str, Any]) -> Failure:
        failure = body["failure"]
        cause = Cause(_text(failure.get("error")), _text(failure.get("reason")))
        execution = _text(failure.get("execution")) or None
        run = _text(body["envelope"].get("id")) or message.id
        given = members(message.body)["envelope"]
        way = self._start
        return Failure(run, cause, message.sent, "failure queue", way, given, execution, (message,))

    def _invocation(self, message: Message, body: Mapping[str, Any]) -> Failure:
        context, answer, payload = body["requestContext"], body.get("responsePayload"), body["requestPayload"]
        cause = Cause(_text(context.get("condition")))
        if is_object(answer):
            cause = Cause(_text(answer.get("errorType")), _text(answer.get("errorMessage")))
        envelope, request = run_of(payload), _text(context.get("requestId"))
        given = members(message.body)["requestPayload"]
        # The request's id is the one that the function's log has, and with it every other command.
        found = Failure(request or envelope, cause, message.sent, "failure queue", self._start, given, None, (message,))
        return replace(found, envelope=envelope if request else "")

    def _message(self, message: Message, source: str) -> Failure:
        cause = Cause("", "a message was received as often as its queue allows, and not done")
        received = message.sent
        if self.pattern.runs.kind == "workflow":
            given = handed_over(message)
            return Failure(
                message.id, cause, received, "dead-letter queue", "start", given, None, (message,), queue=source
            )
        return Failure(
            message.id, cause, received, "dead-letter queue", "send", message.body, None, (message,), queue=source
        )

    def _undelivered(self, message: Message, body: Any, target: str) -> Failure:
        cause = Cause(*(message.attributes.get(name, "") for name in _DELIVERY))
        run = run_of(body) or (_text(body.get("id")) if is_object(body) else "") or message.id
        source, note = "dead-letter queue", ""
        way: Way | None = self._start
        given = message.body
        if target and target != self.pattern.arn:
            way, note = None, f"it was for {target}"
        elif body is None:
            way, note = None, "its body is no JSON"
        elif is_object(body) and "detail-type" in body:
            given = self.input_of(message.body, message.attributes)
        elif (request := _request(body)) is not None:
            given = request
            run = run_of(parsed(request)) or run
        return Failure(run, cause, message.sent, source, way, given, None, (message,), note=note)

    def _unreadable(self, message: Message, source: Any) -> Failure:
        cause = Cause("unreadable", "the body of a message has none of the known forms")
        note = "look at it, and delete it by hand"
        return Failure(message.id, cause, message.sent, source, None, None, None, (message,), note=note)

    @property
    def _start(self) -> Way:
        return "start" if self.pattern.runs.kind == "workflow" else "invoke"


def of_execution(pattern: Deployed, detail: Mapping[str, Any], message: Message | None = None) -> Failure:
    """An execution that failed, by the detail of its status event or by its description.

    Args:
        pattern: Whose it is.
        detail: With `executionArn`, `status`, and what else is known.
        message: That has the detail. None: Step Functions was asked.
    """
    arn, status, given = str(detail["executionArn"]), str(detail["status"]), detail.get("input")
    name = arn.rpartition(":")[2]
    given = given if isinstance(given, str) else None
    value: Any = None if given is None else parsed(given)
    envelope = run_of(value)
    # What a person started without an envelope has its execution's name for an id, and keeps it in another execution.
    bare = not envelope and message_of(value) is None and not _is_batch(value)
    if given is not None and pattern.runs.redrive is None and bare:
        given = f'{{"trigger":"manual","id":{json.dumps(name)},"payload":{given}}}'
    cause = Cause(_text(detail.get("error")) or status, readable(_text(detail.get("cause"))))
    return Failure(
        run=envelope or (message_of(value) or name),
        cause=cause,
        at=_moment(detail.get("stopDate")) or (message.sent if message else datetime.now(UTC)),
        source="history" if message is None else "failure queue",
        way="redrive" if pattern.runs.redrive == "execution" else "start",
        given=given,
        execution=arn,
        messages=() if message is None else (message,),
        state="step" if is_step(value) else "failed",
        note=f"a step of {value.get('caller') or 'a workflow'}, with which it is redriven" if is_step(value) else "",
    )


def handed_over(message: Message) -> str:
    """The input that a pipe makes of a message: the run has the id of the message, as its first start would have had.

    It has no receipt handle: that of its own queue is over.
    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
    """
    own: dict[str, Any] = {"messageId": message.id, "body": message.body, "attributes": dict(message.system)}
    own["messageAttributes"] = {name: _attribute(value) for name, value in message.typed.items()}
    own |= {"md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest()}
    source = own["attributes"].pop("DeadLetterQueueSourceArn", "")
    home = {"eventSourceARN": source, "awsRegion": source.split(":")[3]} if source else {}
    record = {**own, "eventSource": "aws:sqs", **home}
    return json.dumps([record], ensure_ascii=False, separators=(",", ":"))


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    """A message attribute in the words of a pipe; bytes are Base64."""
    found = {f"{name[0].lower()}{name[1:]}": each for name, each in value.items()}
    if isinstance(binary := found.get("binaryValue"), bytes):
        found["binaryValue"] = base64.b64encode(binary).decode()
    return {**found, "stringListValues": [], "binaryListValues": []}


def run_of(value: Any) -> str:
    """The run's id in an envelope; empty when a value is none."""
    return _text(value.get("id")) if is_object(value) and "trigger" in value and "id" in value else ""


def message_of(value: Any) -> str | None:
    """The id of the message that a pipe handed over; None when a value is something else."""
    first = value[0] if isinstance(value, list) and value else value  # pyright: ignore[reportUnknownVariableType]
    if is_object(first) and first.get("eventSource") == "aws:sqs" and "messageId" in first:
        return _text(first["messageId"])
    return None


def is_step(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether an input is that of a step of another workflow, as `as_step` writes it."""
    return is_object(value) and value.get("trigger") == "step"


def _is_batch(value: Any) -> bool:
    """Whether an input is a batch of items, as a map makes it."""
    return is_object(value) and "BatchInput" in value


def _request(body: Any) -> str | None:
    """The input within a request for a start, which a service may keep instead of the input itself."""
    if not is_object(body) or not {"StateMachineArn", "FunctionName"}.intersection(body):
        return None
    found = body.get("Input", body.get("Payload"))
    return found if isinstance(found, str) else None


def _moment(value: Any) -> datetime | None:
    """A time, as the API gives it or as an event has it, in milliseconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int | float) else None


def _is_queue(arn: str) -> bool:
    return arn.split(":")[2] == "sqs"


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
