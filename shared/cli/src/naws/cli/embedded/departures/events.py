"""EventBridge rules: their targets, and what happens to events that cannot be delivered."""

import json
import logging
from typing import Any

from naws.cli.embedded.departures import pipe_templates
from naws.cli.embedded.departures.delivery import DeliveryError, deliver, send_dead_letter, supported
from naws.cli.embedded.departures.event_requests import NoJsonError
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.senders import EVENTS, ROLE_NOT_ASSUMED, Sender
from naws.cli.embedded.departures.services import events

_LOG = logging.getLogger(__name__)
_NAMESPACE = "AWS/Events"
# ERROR_CODE of a dead letter, by the error of the target's service; whatever else it answers is ERROR_FROM_TARGET.
_ERROR_CODES = {
    ROLE_NOT_ASSUMED: "FAILED_TO_ASSUME_ROLE",
    "AccessDenied": "NO_PERMISSIONS",
    "AccessDeniedException": "NO_PERMISSIONS",
    "AuthorizationError": "NO_PERMISSIONS",
    "AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
    "ClusterNotFoundException": "NO_RESOURCE",
    "NotFound": "NO_RESOURCE",
    "ResourceNotFoundException": "NO_RESOURCE",
    "StateMachineDoesNotExist": "NO_RESOURCE",
    "InternalException": "INTERNAL_ERROR",
    "ServiceUnavailable": "INTERNAL_ERROR",
    "ThrottlingException": "THROTTLING",
    "TooManyRequestsException": "THROTTLING",
    "InvalidExecutionInput": "INVALID_PARAMETER",
    "InvalidParameter": "INVALID_PARAMETER",
    "InvalidParameterException": "INVALID_PARAMETER",
}


@departure("EventBridge User Guide, 'Amazon EventBridge targets', 'Using dead-letter queues' and 'Monitoring'")
def rule_targets() -> None:
    """A rule may run an ECS task, and what its target refuses goes to the target's dead-letter queue.

    A queue, a topic and a function (an alias, a version) are asked for ``events.amazonaws.com`` by their own policies
    and their keys', with the rule as the source; executions and tasks are started by the target's role, which
    EventBridge must be able to assume. A function is invoked asynchronously. The dead-letter queue is asked for the
    service, too. The error is in the message's attributes; ``AWS/Events`` counts invocations, failures and dead letters
    by ``RuleName``. A throttled delivery is tried again as the target's retry policy says.
    """
    events._SUPPORTED_TARGET_SERVICES = frozenset(events._SUPPORTED_TARGET_SERVICES) | {"ecs"}
    wrap(events, "_invoke_target", _invoking)


def _invoking(
    original: Original, target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
) -> None:
    dimensions = {"RuleName": str(rule.get("Name", ""))}
    publish(_NAMESPACE, "Invocations", 1, dimensions)
    view = view or events._pattern_event_view(event)
    try:
        payload = _payload(target, rule, view)
    except NoJsonError as error:
        _LOG.warning("rule %s: the input for %s is no JSON, and is dropped: %s", rule.get("Name"), target["Arn"], error)
        return
    if not supported(target.get("Arn", "")):
        original(target, event, rule, view)
        return

    def refused(error: DeliveryError) -> None:
        _LOG.warning("rule %s: %s refused: %s: %s", rule.get("Name"), target["Arn"], error.code, error)
        publish(_NAMESPACE, "FailedInvocations", 1, dimensions)
        _dead_letter(target, rule, view, error, dimensions)

    started_by = f"events-rule/{rule.get('Name', '')}"[:36]
    deliver(target, payload, _sender(target, rule), started_by, refused)


def _sender(target: dict[str, Any], rule: dict[str, Any]) -> Sender:
    return Sender(EVENTS, str(rule.get("Arn", "")), role_arn=target.get("RoleArn") or "", by_policy=True)


def _payload(target: dict[str, Any], rule: dict[str, Any], view: Any) -> str:
    event = view.event_with_detail()
    if target.get("InputTransformer"):
        return events._apply_input_transformer(target["InputTransformer"], rule, view)
    if target.get("Input"):
        return target["Input"]
    if target.get("InputPath"):
        # Where the path leads to nothing, AWS says nowhere what is delivered: the event, which nobody asked for.
        found = pipe_templates.find(event, target["InputPath"])
        return json.dumps(event if found is pipe_templates.MISSING else found, ensure_ascii=False)
    return json.dumps(event, ensure_ascii=False)


def _dead_letter(
    target: dict[str, Any], rule: dict[str, Any], view: Any, error: DeliveryError, dimensions: dict[str, str]
) -> None:
    attributes = {
        "ERROR_CODE": _ERROR_CODES.get(error.code, "ERROR_FROM_TARGET"),
        "RULE_ARN": str(rule.get("Arn", "")),
        "TARGET_ARN": target["Arn"],
    }
    sent = send_dead_letter(target, json.dumps(view.event_with_detail()), attributes, _sender(target, rule), error)
    if sent is not None:
        publish(_NAMESPACE, "InvocationsSentToDlq" if sent else "InvocationsFailedToBeSentToDlq", 1, dimensions)
