"""EventBridge Pipes with an SQS queue as the source."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from naws.cli.embedded.departures.json_values import members, writing
from naws.cli.embedded.departures.judge import DeniedError
from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.pipe_templates import UnrenderableError, parsed_body, render
from naws.cli.embedded.departures.schedule_requests import wrong_pipe
from naws.cli.embedded.departures.senders import PIPES, RoleNotAssumedError, Sender

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
_RECEIVE_AT_MOST = 10
# How long a pipe that may not receive waits before it asks again.
_BACK_OFF_SECONDS = 5.0
_DEFAULT_BATCH = 10
# Of CreatePipe and UpdatePipe, beside what MiniStack keeps itself.
_KEPT = ("SourceParameters", "TargetParameters", "Enrichment", "EnrichmentParameters", "LogConfiguration")


@dataclass
class _Batch:
    """Messages received and not yet handed over; they wait for more until the window closes."""

    closes: float
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


_open: dict[str, _Batch] = {}
_refused_until: dict[str, float] = {}


@departure(
    source="EventBridge User Guide, 'Amazon SQS as a source', 'Event filtering in Pipes' and 'Input transformation'",
    replaces=(
        "pipes._poll_pipe",
        "pipes._poll_loop",
        "pipes._poll_once",
        "pipes._deliver_batch",
        "sqs._receive_messages_for_esm",
        "sqs._delete_messages_for_esm",
        "eventbridge._compiled_pattern",
        "eventbridge._matches_detail",
        "sqs._build_sys_attrs",
        "sqs._queue_by_arn",
    ),
)
def queue_source() -> None:
    """A queue is polled, and its messages are deleted only when the target accepted them.

    Messages that match no filter are deleted; others are handed over as an array of rendered templates, as many as
    the batch size allows or arrive within the window. All of it is done as the pipe's role: what it may not start stays
    in the queue, and goes where the queue's redrive policy says.
    """
    pipes = service("pipes")
    replace(pipes, "_poll_pipe", _poll_queue)
    replace(pipes, "_poll_loop", lambda _: _poll_forever)


@departure(
    source="Step Functions API Reference, 'StartExecution', input (JSON text of at most 262,144 bytes in UTF-8); "
    "RFC 8259, section 7 (a letter need not be escaped)",
    replaces=("pipes.json",),
)
def letters() -> None:
    """Messages are handed over with their letters as they are, and take the bytes that they have in UTF-8."""
    replace(service("pipes"), "json", lambda _: writing(partial(json.dumps, ensure_ascii=False)))


@departure(
    source="EventBridge Pipes API Reference, 'CreatePipe' (CREATE_FAILED, StateReason); EventBridge User Guide, "
    "'Amazon SQS as a source', execution role permissions; terraform-aws-modules/terraform-aws-eventbridge, pull "
    "request 133 (the StateReason in words)",
    replaces=(
        *("pipes._create_pipe", "pipes._update_pipe", "pipes._set_state", "pipes._arn_service"),
        *("sqs._queue_by_arn", "stepfunctions._resolve_state_machine_arn"),
    ),
)
def pipe_roles() -> None:
    """A pipe whose role may not read its queue is CREATE_FAILED, or START_FAILED, and fails its stack.

    So is one whose queue or state machine does not exist; how AWS words that, and whether it looks for the machine, is
    not known. The target is not tried before the first message. AWS is CREATING for some seconds first;
    here it is known at once.
    """
    for name, failed in (
        ("_create_pipe", "CREATE_FAILED"),
        ("_update_pipe", "UPDATE_FAILED"),
        ("_set_state", "START_FAILED"),
    ):
        replace(service("pipes"), name, partial(_verifying, failed=failed))


def _verifying(original: Callable[[str, Any], Any], *, failed: str) -> Callable[[str, Any], Any]:
    def change(name: str, wanted: Any) -> Any:
        response = original(name, wanted)
        if response[0] < 400:  # noqa: PLR2004  # HTTP: the first error status
            _verify(service("pipes")._pipes[name], failed)
        return response

    return change


def _verify(pipe: dict[str, Any], failed: str) -> None:
    """Let a pipe that is to run fail when its role may not do what reading its queue needs."""
    pipe.pop("StateReason", None)
    if pipe["CurrentState"] != "RUNNING" or service("pipes")._arn_service(pipe["Source"]) != "sqs":
        return
    reason = _absent(pipe) or _cannot_read(pipe)
    if reason:
        pipe.update(CurrentState=failed, StateReason=f"Input parameter is invalid from the request due to : {reason}")


def _absent(pipe: dict[str, Any]) -> str:
    if service("sqs")._queue_by_arn(pipe["Source"]) is None:
        return "The specified queue does not exist."
    target = str(pipe.get("Target"))
    machine = ":states:" in target and ":stateMachine:" in target
    absent = machine and service("stepfunctions")._resolve_state_machine_arn(target) is None
    return f"State Machine Does Not Exist: '{target}'" if absent else ""


def _cannot_read(pipe: dict[str, Any]) -> str:
    sender = _sender(pipe)
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        try:
            sender.ask(action, pipe["Source"])
        except RoleNotAssumedError:
            return "The provided customer role cannot be assumed by EventBridge Pipes"
        except DeniedError:
            name = action.partition(":")[2]
            return f"The provided customer role does not have permissions to call {name} on SQS"
    try:
        sender.ask_key(pipe["Source"], "kms:Decrypt")
    except DeniedError as error:
        return str(error)
    return ""


def _sender(pipe: dict[str, Any]) -> Sender:
    return Sender(PIPES, pipe["Arn"], role_arn=pipe.get("RoleArn") or "")


@departure(
    source="EventBridge Pipes API Reference, 'CreatePipe', 'UpdatePipe', 'DescribePipe'",
    replaces=(
        "pipes._create_pipe",
        "pipes._update_pipe",
        "pipes._describe_response",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def pipe_parameters() -> None:
    """Source and target parameters are kept, described and updated, by the API and by CloudFormation."""
    pipes = service("pipes")
    for name in ("_create_pipe", "_update_pipe"):
        replace(pipes, name, _keeping_parameters)
    replace(pipes, "_describe_response", _describing_parameters)
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::Pipes::Pipe"]
    handlers["create"] = _provisioning(handlers["create"], properties_at=1)
    handlers["update"] = _provisioning(handlers["update"], properties_at=2)


def _keep(name: str, properties: dict[str, Any]) -> None:
    pipe = service("pipes")._pipes.get(name)
    if pipe is not None:
        for key in _KEPT:
            if key in properties:
                pipe[key] = {**pipe.get(key, {}), **properties[key]} if key.endswith("Parameters") else properties[key]


def _keeping_parameters(original: Callable[[str, dict[str, Any]], Any]) -> Callable[[str, dict[str, Any]], Any]:
    def write(name: str, body: dict[str, Any]) -> Any:
        response = original(name, body)
        if response[0] < 400:  # noqa: PLR2004  # HTTP: the first error status
            _keep(name, body)
        return response

    return write


def _describing_parameters(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def describe(pipe: dict[str, Any]) -> dict[str, Any]:
        return {**original(pipe), **{key: pipe[key] for key in _KEPT if key in pipe}}

    return describe


def _provisioning(original: Callable[..., Any], *, properties_at: int) -> Callable[..., Any]:
    def provision(*arguments: Any, **named: Any) -> Any:
        wrong = wrong_pipe("pipe", {n: v for n, v in arguments[properties_at].items() if n not in {"Name", "Tags"}})
        if wrong:
            raise ValueError(wrong)
        name, attributes = original(*arguments, **named)
        pipe = service("pipes")._pipes[name]
        for key in _KEPT:
            pipe.pop(key, None)
        _keep(name, arguments[properties_at])
        _verify(pipe, "CREATE_FAILED" if properties_at == 1 else "UPDATE_FAILED")
        if "StateReason" in pipe:
            if properties_at == 1:
                service("pipes").delete_pipe(name)
            raise ValueError(
                f"Resource of type 'AWS::Pipes::Pipe' with identifier '{name}' did not stabilize. "
                f"Status Reason is {pipe['StateReason']}"
            )
        return name, attributes

    return provision


def _poll_forever() -> None:
    pipes = service("pipes")
    while True:
        try:
            pipes._poll_once()
        except Exception:  # noqa: BLE001  # of whatever kind: the next poll must still come
            _LOG.exception("polling pipes")
        time.sleep(_POLL_SECONDS)


def _poll_queue(original: Callable[..., None]) -> Callable[..., None]:
    def poll(streams: Any, pipe: dict[str, Any], account: str) -> None:
        if service("pipes")._arn_service(pipe.get("Source", "")) != "sqs":
            original(streams, pipe, account)
        elif pipe["CurrentState"] == "RUNNING":
            _poll(pipe)

    return poll


def _poll(pipe: dict[str, Any]) -> None:
    sqs = service("sqs")
    queue = sqs._queue_by_arn(pipe["Source"])
    if queue is None:
        return
    if not _may_poll(pipe, queue):
        return
    url = queue["url"]
    parameters = pipe.get("SourceParameters", {})
    settings = parameters.get("SqsQueueParameters", {})
    size = int(settings.get("BatchSize", _DEFAULT_BATCH))
    batch = _open.get(pipe["Arn"]) or _Batch(time.monotonic() + int(settings.get("MaximumBatchingWindowInSeconds", 0)))
    while len(batch.messages) < size:
        wanted = min(_RECEIVE_AT_MOST, size - len(batch.messages))
        received = sqs._receive_messages_for_esm(url, wanted)
        batch.messages += _matching(received, url, pipe["Source"], parameters.get("FilterCriteria", {}))
        if len(received) < wanted:
            break
    if not batch.messages:
        return
    if len(batch.messages) < size and time.monotonic() < batch.closes:
        _open[pipe["Arn"]] = batch
        return
    _open.pop(pipe["Arn"], None)
    _hand_over(pipe, url, batch.messages)


def _may_poll(pipe: dict[str, Any], queue: dict[str, Any]) -> bool:
    """Whether the role may still read; asked only when there is something to read."""
    if not queue["messages"]:
        return pipe["Arn"] in _open
    if time.monotonic() < _refused_until.get(pipe["Arn"], 0):
        return False
    reason = _cannot_read(pipe)
    if reason:
        _refused_until[pipe["Arn"]] = time.monotonic() + _BACK_OFF_SECONDS
        _LOG.warning("pipe %s: %s", pipe["Name"], reason)
    return not reason


def _matching(messages: list[dict[str, Any]], url: str, source: str, criteria: dict[str, Any]) -> list[dict[str, Any]]:
    patterns: list[str] = [item["Pattern"] for item in criteria.get("Filters", [])]
    kept = [message for message in messages if not patterns or _matches(parsed_body(event(message, source)), patterns)]
    accepted = {message["receipt_handle"] for message in kept}
    rejected = {message["receipt_handle"] for message in messages} - accepted
    service("sqs")._delete_messages_for_esm(url, rejected)
    return kept


def _matches(seen: dict[str, Any], patterns: list[str]) -> bool:
    events = service("eventbridge")
    alternatives = [item for pattern in patterns for item in events._compiled_pattern(pattern) or ()]
    return any(events._matches_detail(seen, alternative) for alternative in alternatives)


def event(message: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the event that a pipe makes of an SQS message."""
    attributes = service("sqs")._build_sys_attrs(message, ["All"])
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
        "awsRegion": source.split(":")[3],
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    lower = {f"{name[:1].lower()}{name[1:]}": item for name, item in value.items()}
    return {**lower, "stringListValues": [], "binaryListValues": []}


def _hand_over(pipe: dict[str, Any], url: str, messages: list[dict[str, Any]]) -> None:
    template = pipe.get("TargetParameters", {}).get("InputTemplate")
    variables = {
        "aws.pipes.pipe-arn": pipe["Arn"],
        "aws.pipes.pipe-name": pipe["Name"],
        "aws.pipes.source-arn": pipe["Source"],
        "aws.pipes.enrichment-arn": pipe.get("Enrichment", ""),
        "aws.pipes.target-arn": pipe["Target"],
    }
    events = [event(message, pipe["Source"]) for message in messages]
    try:
        records = [render(template, item, variables) for item in events] if template else events
    except UnrenderableError as error:
        _LOG.warning("pipe %s: its input template does not become JSON: %s", pipe["Name"], error)
        return
    if _may_deliver(pipe) and service("pipes")._deliver_batch(pipe, records):
        service("sqs")._delete_messages_for_esm(url, {message["receipt_handle"] for message in messages})


def _may_deliver(pipe: dict[str, Any]) -> bool:
    action = {"states": "states:StartExecution", "sns": "sns:Publish"}.get(pipe["Target"].split(":")[2])
    try:
        if action:
            _sender(pipe).ask(action, pipe["Target"])
    except (DeniedError, RoleNotAssumedError) as error:
        _LOG.warning("pipe %s: %s refused: %s", pipe["Name"], pipe["Target"], error)
        return False
    return True
