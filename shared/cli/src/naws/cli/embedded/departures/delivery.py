"""Handing an event to a target, as EventBridge rules and schedules do; a refusal is an error, never silence."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import contextvars
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.judge import DeniedError
from naws.cli.embedded.departures.patching import service
from naws.cli.embedded.departures.senders import KEY_ACTIONS, RoleNotAssumedError, Sender
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.task_permissions import ask_run_task

_LOG = logging.getLogger(__name__)
_FIRST_ERROR_STATUS = 400
_TRANSIENT = frozenset({"InternalException", "ServiceUnavailable", "ThrottlingException", "TooManyRequestsException"})
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
# Of a target's RetryPolicy, where it says nothing.
_MOST_RETRIES = 185
_OLDEST_SECONDS = 86_400
ROLE_NOT_ASSUMED = "RoleNotAssumed"
"""The code of a refusal that is none of the target's: the sender's role cannot be assumed."""


class DeliveryError(Exception):
    """The target refused; ``code`` is the error AWS reports, after so many ``retries``."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.retries = 0
        super().__init__(message)


def supported(arn: str) -> bool:
    """Whether targets of this kind are delivered here."""
    return _service(arn) in _DELIVERIES


def deliver(
    target: dict[str, Any],
    payload: str,
    sender: Sender,
    started_by: str,
    refused: Callable[[DeliveryError], None],
) -> None:
    """Hand ``payload`` to the target of a rule or a schedule; what passes by itself is tried again, as it says.

    A permission that is missing does not pass by itself.

    Source: EventBridge User Guide, 'How EventBridge retries delivering events'.

    Args:
        target: what takes it, and its ``RetryPolicy``.
        payload: what it takes.
        sender: who hands it over.
        started_by: who is named as the starter of a task.
        refused: is called with the last error; from another thread when it was tried again.
    """

    def attempt() -> None:
        with _refusals():
            _DELIVERIES[_service(target["Arn"])](target, payload, sender, started_by)

    try:
        attempt()
    except DeliveryError as error:
        if error.code not in _TRANSIENT:
            refused(error)
            return
        work = (_retry, attempt, members(target.get("RetryPolicy")), error, refused)
        threading.Thread(target=contextvars.copy_context().run, args=work, name="naws-delivery", daemon=True).start()


def _retry(
    attempt: Callable[[], None],
    policy: dict[str, Any],
    error: DeliveryError,
    refused: Callable[[DeliveryError], None],
) -> None:
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


@contextmanager
def _refusals() -> Generator[None]:
    try:
        yield
    except DeniedError as error:
        raise DeliveryError(error.code, str(error)) from error
    except RoleNotAssumedError as error:
        raise DeliveryError(ROLE_NOT_ASSUMED, str(error)) from error


def send_dead_letter(queue_arn: str, body: str, attributes: dict[str, str], sender: Sender) -> bool:
    """Put what could not be delivered into a dead-letter queue; false when it is not there or refuses."""
    queue = service("sqs")._queue_by_arn(queue_arn)
    if queue is None:
        return False
    try:
        _ask_to_send(queue_arn, sender)
    except (DeniedError, RoleNotAssumedError) as error:
        _LOG.warning("dead-letter queue %s refused: %s", queue_arn, error)
        return False
    described = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
    service("sqs")._act_send_message({"MessageBody": body, "MessageAttributes": described}, queue["url"])
    return True


def _service(arn: str) -> str:
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 else ""  # noqa: PLR2004  # an ARN has six parts


def _ask_to_send(queue_arn: str, sender: Sender) -> None:
    sender.ask("sqs:SendMessage", queue_arn)
    sender.ask_key(queue_arn, *KEY_ACTIONS)


def _start_execution(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    sender.ask("states:StartExecution", target["Arn"])
    request = {"stateMachineArn": target["Arn"], "input": payload}
    _checked(service("stepfunctions")._start_execution(request))


def _send_message(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    sqs = service("sqs")
    queue = sqs._queue_by_arn(target["Arn"])
    if queue is None:
        raise DeliveryError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist")
    _ask_to_send(target["Arn"], sender)
    request = {"MessageBody": payload}
    group = members(target.get("SqsParameters")).get("MessageGroupId")
    if group:
        request |= {"MessageGroupId": group, "MessageDeduplicationId": service("sqs").new_uuid()}
    try:
        sqs._act_send_message(request, queue["url"])
    except sqs._Err as error:
        raise DeliveryError(error.code, error.message) from error


def _publish(target: dict[str, Any], payload: str, sender: Sender, _started_by: str) -> None:
    sns = service("sns")
    sender.ask("sns:Publish", target["Arn"])
    sender.ask_key(target["Arn"], *KEY_ACTIONS)
    try:
        published = sns.publish_internal(target["Arn"], payload, "")
    except sns.SnsPublishError as error:
        raise DeliveryError("InvalidParameter", str(error)) from error
    if published is None:
        raise DeliveryError("NotFound", "Topic does not exist")


def _run_task(target: dict[str, Any], payload: str, sender: Sender, started_by: str) -> None:
    parameters = members(target.get("EcsParameters"))
    shape = operation("ecs", "RunTask").input_shape
    request = to_api({name: value for name, value in parameters.items() if name in _ECS_PARAMETERS}, shape)
    request["count"] = parameters.get("TaskCount", 1)
    request["cluster"] = target["Arn"]
    request["taskDefinition"] = parameters.get("TaskDefinitionArn", "")
    request["startedBy"] = started_by
    overrides = _json_object(payload)
    if "containerOverrides" in overrides or "ContainerOverrides" in overrides:
        request["overrides"] = to_api(overrides, shape.members["overrides"])
    with sender.acting():
        ask_run_task(request)
        answer = _checked(service("ecs")._run_task(request))
    if answer.get("failures"):
        raise DeliveryError("RunTaskFailed", json.dumps(answer["failures"]))


_ECS_PARAMETERS = frozenset(
    {
        "CapacityProviderStrategy",
        "EnableECSManagedTags",
        "EnableExecuteCommand",
        "Group",
        "LaunchType",
        "NetworkConfiguration",
        "PlatformVersion",
        "PropagateTags",
        "ReferenceId",
    }
)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if is_object(value) else {}


def _checked(response: Any) -> dict[str, Any]:
    status, _, body = response
    answer: dict[str, Any] = json.loads(body)
    if status >= _FIRST_ERROR_STATUS:
        raise DeliveryError(str(answer.get("__type", "InternalException")), str(answer.get("message", "")))
    return answer


_DELIVERIES: dict[str, Callable[[dict[str, Any], str, Sender, str], None]] = {
    "states": _start_execution,
    "sqs": _send_message,
    "sns": _publish,
    "ecs": _run_task,
}
