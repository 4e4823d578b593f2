"""EventBridge Pipes with an SQS queue as the source."""

import json
import logging
import time
from functools import partial
from typing import Any

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.json_values import writing
from naws.cli.embedded.departures.judge import denied
from naws.cli.embedded.departures.metrics import forever
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.pipe_templates import UnrenderableError, render
from naws.cli.embedded.departures.queue_batches import delete, is_open, receive
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.schedule_requests import check_pipe
from naws.cli.embedded.departures.senders import PIPES, READING, RoleNotAssumedError, Sender
from naws.cli.embedded.departures.services import pipes, sqs, states
from naws.cli.embedded.departures.templates import BOTH, check_template, complete_template

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
# How long a pipe that may not receive waits before it asks again.
_BACK_OFF_SECONDS = 5.0
_DEFAULT_BATCH = 10
# Of CreatePipe and UpdatePipe, beside what MiniStack keeps itself.
_KEPT = ("SourceParameters", "TargetParameters", "Enrichment", "EnrichmentParameters", "LogConfiguration")


_refused_until: dict[str, float] = {}


@departure("EventBridge User Guide, 'Amazon SQS as a source', 'Event filtering in Pipes' and 'Input transformation'")
def queue_source() -> None:
    """A queue is polled, and its messages are deleted only when the target accepted them.

    Messages that match no filter are deleted; others are handed over as an array of rendered templates, as many as
    the batch size allows or arrive within the window. All of it is done as the pipe's role: what it may not start stays
    in the queue, and goes where the queue's redrive policy says.
    """
    wrap(pipes, "_poll_pipe", _poll_queue)
    replace(pipes, "_poll_loop", partial(forever, _POLL_SECONDS, pipes._poll_once, "polling pipes"))


@departure(
    "Step Functions API Reference, 'StartExecution', input (JSON text of at most 262,144 bytes in UTF-8); "
    "RFC 8259, section 7 (a letter need not be escaped)"
)
def letters() -> None:
    """Messages are handed over with their letters as they are, and take the bytes that they have in UTF-8."""
    replace(pipes, "json", writing(partial(json.dumps, ensure_ascii=False)))


@departure("EventBridge Pipes API Reference, 'CreatePipe', 'UpdatePipe', 'DescribePipe'")
def pipe_parameters() -> None:
    """Source and target parameters are kept, described and updated, by the API and by CloudFormation."""
    wrap(pipes, ("_create_pipe", "_update_pipe"), _keeping_parameters)
    wrap(pipes, "_describe_response", _describing_parameters)
    complete_template("Pipes::Pipe", ("create",), partial(_settle, "CREATE_FAILED"))
    complete_template("Pipes::Pipe", ("update",), partial(_settle, "UPDATE_FAILED"))
    check_template("Pipes::Pipe", BOTH, _check_properties)


def _check_properties(properties: dict[str, Any]) -> None:
    check_pipe("pipe", {name: value for name, value in properties.items() if name not in {"Name", "Tags"}})


def _keep(name: str, properties: dict[str, Any]) -> None:
    pipe = pipes._pipes[name]
    for key in _KEPT:
        if key in properties:
            pipe[key] = {**pipe.get(key, {}), **properties[key]} if key.endswith("Parameters") else properties[key]


def _keeping_parameters(original: Original, name: str, body: dict[str, Any]) -> Any:
    response = original(name, body)
    if not failed(response):
        _keep(name, body)
    return response


def _describing_parameters(original: Original, pipe: dict[str, Any]) -> dict[str, Any]:
    return {**original(pipe), **{key: pipe[key] for key in _KEPT if key in pipe}}


def _settle(state: str, name: str, properties: dict[str, Any]) -> None:
    """Keep the parameters of a template's pipe, and fail its stack if the pipe cannot run."""
    pipe = pipes._pipes[name]
    for key in _KEPT:
        pipe.pop(key, None)
    _keep(name, properties)
    _verify(pipe, state)
    if "StateReason" in pipe:
        if state == "CREATE_FAILED":
            pipes.delete_pipe(name)
        unstable = f"Resource of type 'AWS::Pipes::Pipe' with identifier '{name}' did not stabilize."
        raise ValueError(f"{unstable} Status Reason is {pipe['StateReason']}")


@departure(
    "EventBridge Pipes API Reference, 'CreatePipe' (CREATE_FAILED, StateReason); EventBridge User Guide, "
    "'Amazon SQS as a source', execution role permissions; terraform-aws-modules/terraform-aws-eventbridge, pull "
    "request 133 (the StateReason in words)"
)
def pipe_roles() -> None:
    """A pipe whose role may not read its queue is CREATE_FAILED, or START_FAILED, and fails its stack.

    So is one whose queue or state machine does not exist; how AWS words that, and whether it looks for the machine, is
    not known. The target is not tried before the first message. AWS is CREATING for some seconds first;
    here it is known at once.
    """
    for name, state in (
        ("_create_pipe", "CREATE_FAILED"),
        ("_update_pipe", "UPDATE_FAILED"),
        ("_set_state", "START_FAILED"),
    ):
        wrap(pipes, name, partial(_verifying, state))


def _verifying(state: str, original: Original, name: str, wanted: Any) -> Any:
    response = original(name, wanted)
    if not failed(response):
        _verify(pipes._pipes[name], state)
    return response


def _verify(pipe: dict[str, Any], state: str) -> None:
    """Let a pipe that is to run fail when its role may not do what reading its queue needs."""
    pipe.pop("StateReason", None)
    if pipe["CurrentState"] != "RUNNING" or pipes._arn_service(pipe["Source"]) != "sqs":
        return
    reason = _absent(pipe) or _cannot_read(pipe)
    if reason:
        pipe.update(CurrentState=state, StateReason=f"Input parameter is invalid from the request due to : {reason}")


def _absent(pipe: dict[str, Any]) -> str:
    if sqs._queue_by_arn(pipe["Source"]) is None:
        return "The specified queue does not exist."
    target = str(pipe.get("Target"))
    machine = ":states:" in target and ":stateMachine:" in target
    absent = machine and states._resolve_state_machine_arn(target) is None
    return f"State Machine Does Not Exist: '{target}'" if absent else ""


def _cannot_read(pipe: dict[str, Any]) -> str:
    sender = _sender(pipe)
    for action in READING:
        error = denied(sender.ask, action, pipe["Source"])
        if isinstance(error, RoleNotAssumedError):
            return "The provided customer role cannot be assumed by EventBridge Pipes"
        if error:
            return f"The provided customer role does not have permissions to call {action.partition(':')[2]} on SQS"
    return str(denied(sender.ask_key, pipe["Source"], "kms:Decrypt") or "")


def _sender(pipe: dict[str, Any]) -> Sender:
    return Sender(PIPES, pipe["Arn"], role_arn=pipe.get("RoleArn") or "")


def _poll_queue(original: Original, streams: Any, pipe: dict[str, Any], account: str) -> None:
    if pipes._arn_service(pipe.get("Source", "")) != "sqs":
        original(streams, pipe, account)
    elif pipe["CurrentState"] == "RUNNING":
        _poll(pipe)


def _poll(pipe: dict[str, Any]) -> None:
    queue = sqs._queue_by_arn(pipe["Source"])
    if queue is None or not _may_poll(pipe, queue):
        return
    parameters = pipe.get("SourceParameters", {})
    settings = parameters.get("SqsQueueParameters", {})
    size = int(settings.get("BatchSize", _DEFAULT_BATCH))
    window = int(settings.get("MaximumBatchingWindowInSeconds", 0))
    if records := receive(pipe["Arn"], queue, size, window, parameters.get("FilterCriteria", {})):
        _hand_over(pipe, queue["url"], records)


def _may_poll(pipe: dict[str, Any], queue: dict[str, Any]) -> bool:
    """Whether the role may still read; asked only when there is something to read."""
    if not queue["messages"]:
        return is_open(pipe["Arn"])
    if time.monotonic() < _refused_until.get(pipe["Arn"], 0):
        return False
    reason = _cannot_read(pipe)
    if reason:
        _refused_until[pipe["Arn"]] = time.monotonic() + _BACK_OFF_SECONDS
        _LOG.warning("pipe %s: %s", pipe["Name"], reason)
    return not reason


def _hand_over(pipe: dict[str, Any], url: str, received: list[dict[str, Any]]) -> None:
    template = pipe.get("TargetParameters", {}).get("InputTemplate")
    variables = {
        "aws.pipes.pipe-arn": pipe["Arn"],
        "aws.pipes.pipe-name": pipe["Name"],
        "aws.pipes.source-arn": pipe["Source"],
        "aws.pipes.enrichment-arn": pipe.get("Enrichment", ""),
        "aws.pipes.target-arn": pipe["Target"],
    }
    try:
        records = [render(template, record, variables) for record in received] if template else received
    except UnrenderableError as error:
        _LOG.warning("pipe %s: its input template does not become JSON: %s", pipe["Name"], error)
        return
    if _may_deliver(pipe) and pipes._deliver_batch(pipe, records):
        delete(url, received)


def _may_deliver(pipe: dict[str, Any]) -> bool:
    action = {"states": "states:StartExecution", "sns": "sns:Publish"}.get(service_of(pipe["Target"]))
    error = denied(_sender(pipe).ask, action, pipe["Target"]) if action else None
    if error:
        _LOG.warning("pipe %s: %s refused: %s", pipe["Name"], pipe["Target"], error)
    return error is None
