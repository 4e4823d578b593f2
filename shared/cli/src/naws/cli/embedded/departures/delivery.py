"""Handing an event to a target, as EventBridge rules and schedules do; a refusal is an error, never silence."""

import contextvars
import json
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.json_values import document, json_object, members
from naws.cli.embedded.departures.judge import DeniedError, denied
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.senders import KEY_ACTIONS, Sender
from naws.cli.embedded.departures.services import ecs, functions, sns, sqs, states
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.task_permissions import ask_run_task

_LOG = logging.getLogger(__name__)
_TRANSIENT = frozenset({"InternalException", "ServiceUnavailable", "ThrottlingException", "TooManyRequestsException"})
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
# Of a target's RetryPolicy, where they are not given.
_MOST_RETRIES = 185
_OLDEST_SECONDS = 86_400


class DeliveryError(Exception):
    """The target refused; ``code`` is the error AWS reports, after so many ``retries``."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.retries = 0
        super().__init__(message)


_Refused = Callable[[DeliveryError], None]


def supported(arn: str) -> bool:
    """Whether targets of this kind are delivered here."""
    return service_of(arn) in _DELIVERIES


def deliver(target: dict[str, Any], payload: str, sender: Sender, started_by: str, refused: _Refused) -> None:
    """Hand ``payload`` to the target of a rule or a schedule; what passes by itself is tried again, as it says.

    A permission that is missing does not pass by itself.

    Source: EventBridge User Guide, 'How EventBridge retries delivering events'.

    Args:
        target: with its ``RetryPolicy``.
        payload: what the target takes.
        sender: who hands it over.
        started_by: the starter of a task.
        refused: is called with the last error; from another thread when it was tried again.
    """

    def attempt() -> None:
        hand_over(target, payload, sender, started_by)

    try:
        attempt()
    except DeliveryError as error:
        if error.code not in _TRANSIENT:
            refused(error)
            return
        work = (_retry, attempt, members(target.get("RetryPolicy")), error, refused)
        threading.Thread(target=contextvars.copy_context().run, args=work, name="naws-delivery", daemon=True).start()


def hand_over(target: dict[str, Any], payload: str, sender: Sender, started_by: str = "") -> None:
    """Hand ``payload`` to a target, once.

    Raises:
        DeliveryError: it refused, or the sender may not.
    """
    try:
        _DELIVERIES[service_of(target["Arn"])](target, payload, sender, started_by)
    except DeniedError as error:
        raise DeliveryError(error.code, str(error)) from error


def _retry(attempt: Callable[[], None], policy: dict[str, Any], error: DeliveryError, refused: _Refused) -> None:
    most = int(policy.get("MaximumRetryAttempts", _MOST_RETRIES))
    until = time.monotonic() + float(policy.get("MaximumEventAgeInSeconds", _OLDEST_SECONDS))
    while error.code in _TRANSIENT and error.retries < most and time.monotonic() < until:
        retries = error.retries + 1
        time.sleep(random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2**retries)))  # noqa: S311  # spreads load
        try:
            attempt()
        except DeliveryError as again:
            error = again
            error.retries = retries
        else:
            return
    refused(error)


def send_dead_letter(
    target: dict[str, Any], body: str, attributes: dict[str, str], sender: Sender, error: DeliveryError
) -> bool | None:
    """Put what a target refused into its dead-letter queue.

    Returns:
        Whether it is in the queue: false when that is not there or refuses, None when the target has none.
    """
    queue_arn = members(target.get("DeadLetterConfig")).get("Arn")
    if not queue_arn:
        return None
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return False
    if refusal := denied(_ask_to_send, queue_arn, sender):
        _LOG.warning("dead-letter queue %s refused: %s", queue_arn, refusal)
        return False
    given = {"ERROR_CODE": error.code, "ERROR_MESSAGE": str(error), "RETRY_ATTEMPTS": str(error.retries), **attributes}
    described = {name: {"DataType": "String", "StringValue": value} for name, value in given.items() if value}
    sqs._act_send_message({"MessageBody": body, "MessageAttributes": described}, queue["url"])
    return True


def _ask_to_send(queue_arn: str, sender: Sender) -> None:
    sender.ask("sqs:SendMessage", queue_arn)
    sender.ask_key(queue_arn, *KEY_ACTIONS)


def _start_execution(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    sender.ask("states:StartExecution", target["Arn"])
    request = {"stateMachineArn": target["Arn"], "input": payload}
    _checked(states._start_execution(request))


def _send_message(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    queue = sqs._queue_by_arn(target["Arn"])
    if queue is None:
        raise DeliveryError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist")
    _ask_to_send(target["Arn"], sender)
    request: dict[str, Any] = {"MessageBody": payload, "MessageAttributes": target.get("MessageAttributes") or {}}
    group = members(target.get("SqsParameters")).get("MessageGroupId")
    if group:
        request |= {"MessageGroupId": group, "MessageDeduplicationId": sqs.new_uuid()}
    try:
        sqs._act_send_message(request, queue["url"])
    except sqs._Err as error:
        raise DeliveryError(error.code, error.message) from error


def _publish(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    sender.ask("sns:Publish", target["Arn"])
    sender.ask_key(target["Arn"], *KEY_ACTIONS)
    try:
        published = sns.publish_internal(target["Arn"], payload, message_attributes=target.get("MessageAttributes"))
    except sns.SnsPublishError as error:
        raise DeliveryError("InvalidParameter", str(error)) from error
    if published is None:
        raise DeliveryError("NotFound", "Topic does not exist")


def _invoke(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    arn = target["Arn"]
    sender.ask("lambda:InvokeFunction", arn)
    record, _, _ = functions._get_func_record_for_ref(arn)
    if record is None:
        raise DeliveryError("ResourceNotFoundException", f"Function not found: {arn}")
    try:
        event = document(payload)
    except ValueError as error:
        raise DeliveryError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error
    functions.invoke_async_with_retry(record, event)


def _run_task(target: dict[str, Any], payload: str, sender: Sender, started_by: str) -> None:
    parameters = members(target.get("EcsParameters"))
    shape = operation("ecs", "RunTask").input_shape
    request = {name: value for name, value in to_api(parameters, shape).items() if name in shape.members}
    request |= {"cluster": target["Arn"], "startedBy": started_by, "count": parameters.get("TaskCount", 1)}
    request["taskDefinition"] = parameters.get("TaskDefinitionArn", "")
    overrides = json_object(payload)
    if "containerOverrides" in overrides or "ContainerOverrides" in overrides:
        request["overrides"] = to_api(overrides, shape.members["overrides"])
    with sender.acting():
        ask_run_task(request)
        answer = _checked(ecs._run_task(request))
    if answer.get("failures"):
        raise DeliveryError("RunTaskFailed", json.dumps(answer["failures"]))


def _checked(response: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(response[2])
    if failed(response):
        raise DeliveryError(str(answer.get("__type", "InternalException")), str(answer.get("message", "")))
    return answer


_DELIVERIES: dict[str, Callable[[dict[str, Any], str, Sender, str], None]] = {
    "states": _start_execution,
    "sqs": _send_message,
    "sns": _publish,
    "ecs": _run_task,
    "lambda": _invoke,
}
