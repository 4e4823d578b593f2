"""How a workflow names what a service refuses, and what it takes for a refusal."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.role_calls import error_classes

_Invoke = Callable[[str, Any], Any]
_OPTIMIZED = {
    "sqs:sendMessage": "sqs",
    "sns:publish": "sns",
    **{f"dynamodb:{name}Item": "dynamodb" for name in ("get", "put", "update", "delete")},
}
_GENERIC = {"sqs": "AmazonSQS", "sns": "AmazonSNS", "dynamodb": "AmazonDynamoDB", "stepfunctions": "AWSStepFunctions"}
_XML = re.compile(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@departure(
    source="Executions of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services: "
    "test_dynamodb_task_service, test_sns_task_service, test_sqs_task_service, test_events_task_service "
    "(2025-11-06), test_sfn_task_service (2023-06-30)",
    replaces=(
        "stepfunctions._SERVICE_DISPATCH",
        "stepfunctions._invoke_nested_start_execution",
        "stepfunctions._invoke_nested_start_execution_sync",
    ),
)
def integration_errors() -> None:
    """An optimized integration names the errors that its SDK has a class for, and has one name for any other.

    An entry that EventBridge refuses fails the task with ``EventBridge.FailedEntry``.
    """
    states = service("stepfunctions")
    dispatch = states._SERVICE_DISPATCH
    for name, of in _OPTIMIZED.items():
        dispatch[f"arn:aws:states:::{name}"] = _naming(of, dispatch[f"arn:aws:states:::{name}"])
    dispatch["arn:aws:states:::events:putEvents"] = _all_entries(dispatch["arn:aws:states:::events:putEvents"])
    for name in ("_invoke_nested_start_execution", "_invoke_nested_start_execution_sync"):
        replace(states, name, partial(_naming, "stepfunctions"))


@departure(
    source="AWS Step Functions API Reference, 'SendTaskSuccess' (InvalidToken, TaskTimedOut); executions of AWS "
    "recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services/"
    "test_sfn_task_service.snapshot.json (test_sfn_send_task_outcome_with_no_such_token, 2025-11-06)",
    replaces=tuple(f"stepfunctions._send_task_{what}" for what in ("success", "failure", "heartbeat")),
)
def task_tokens() -> None:
    """What is no token is ``InvalidToken``; the token of a task that has ended ``TaskTimedOut``."""
    for what in ("success", "failure", "heartbeat"):
        replace(service("stepfunctions"), f"_send_task_{what}", _of_known_token)


def _naming(of: str, original: _Invoke) -> _Invoke:
    def invoke(resource: str, arguments: Any) -> Any:
        try:
            return original(resource, arguments)
        except service("stepfunctions")._ExecutionError as error:
            raise _named(of, error.error, error.cause) from error

    return invoke


def _named(of: str, name: str, cause: str) -> Exception:
    prefix = {"sqs": "SQS", "sns": "SNS", "dynamodb": "DynamoDB", "stepfunctions": "StepFunctions"}[of]
    if name.startswith("States."):
        return failed(name, cause)
    code = name.removeprefix(f"{prefix}.")
    if parts := _XML.search(cause):
        code, cause = parts.groups()
    own = error_classes(of).get(code.removesuffix("Exception"), _GENERIC[of])
    return failed(f"{prefix}.{own}Exception", cause)


def _all_entries(original: _Invoke) -> _Invoke:
    def invoke(resource: str, arguments: Any) -> Any:
        answer = original(resource, {**arguments, "Entries": [_as_sent(each) for each in arguments["Entries"]]})
        if answer.get("FailedEntryCount"):
            raise failed("EventBridge.FailedEntry", json.dumps(answer))
        return answer

    return invoke


def _as_sent(entry: dict[str, Any]) -> dict[str, Any]:
    """The detail as text, which EventBridge takes alone; the integration writes an object so."""
    detail = entry.get("Detail")
    return entry if isinstance(detail, str | None) else {**entry, "Detail": json.dumps(detail, separators=(",", ":"))}


def _of_known_token(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def send(request: dict[str, Any]) -> Any:
        states, token = service("stepfunctions"), request.get("taskToken") or ""
        if token in states._task_tokens:
            return original(request)
        if _TOKEN.fullmatch(token):
            text = "Task Timed Out: 'Provided task does not exist anymore'"
            return states.error_response_json("TaskTimedOut", text, 400)
        return states.error_response_json("InvalidToken", "Invalid Token: 'Invalid token'", 400)

    return send
