"""The names of errors of service integrations in a workflow, and the answers that fail a task."""

import json
import re
from functools import partial
from typing import Any

from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.role_calls import error_classes
from naws.cli.embedded.departures.services import states

_OPTIMIZED = {
    "sqs:sendMessage": "sqs",
    "sns:publish": "sns",
    **{f"dynamodb:{name}Item": "dynamodb" for name in ("get", "put", "update", "delete")},
}
_GENERIC = {"SQS": "AmazonSQS", "SNS": "AmazonSNS", "DynamoDB": "AmazonDynamoDB", "StepFunctions": "AWSStepFunctions"}
_XML = re.compile(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", re.DOTALL)


@departure(
    "Executions of AWS recorded in localstack/localstack, tests/aws/services/stepfunctions/v2/services: "
    "test_dynamodb_task_service, test_sns_task_service, test_sqs_task_service, test_events_task_service "
    "(2025-11-06), test_sfn_task_service (2023-06-30)"
)
def integration_errors() -> None:
    """An optimized integration names the errors that its SDK has a class for, and has one name for any other.

    An entry that EventBridge refuses fails the task with ``EventBridge.FailedEntry``.
    """
    dispatch = states._SERVICE_DISPATCH
    for name, of in _OPTIMIZED.items():
        dispatch[f"arn:aws:states:::{name}"] = partial(_naming, of, dispatch[f"arn:aws:states:::{name}"])
    dispatch["arn:aws:states:::events:putEvents"] = partial(_all_entries, dispatch["arn:aws:states:::events:putEvents"])
    nested = ("_invoke_nested_start_execution", "_invoke_nested_start_execution_sync")
    wrap(states, nested, partial(_naming, "stepfunctions"))


def _naming(of: str, original: Original, resource: str, arguments: Any) -> Any:
    try:
        return original(resource, arguments)
    except states._ExecutionError as error:
        raise _named(of, error.error, error.cause) from error


def _named(of: str, name: str, cause: str) -> Exception:
    prefix = next(name for name in _GENERIC if name.lower() == of)
    if name.startswith("States."):
        return failed(name, cause)
    code = name.removeprefix(f"{prefix}.")
    if parts := _XML.search(cause):
        code, cause = parts.groups()
    own = error_classes(of).get(code.removesuffix("Exception"), _GENERIC[prefix])
    return failed(f"{prefix}.{own}Exception", cause)


def _all_entries(original: Original, resource: str, arguments: Any) -> Any:
    answer = original(resource, {**arguments, "Entries": [_as_sent(each) for each in arguments["Entries"]]})
    if answer.get("FailedEntryCount"):
        raise failed("EventBridge.FailedEntry", json.dumps(answer))
    return answer


def _as_sent(entry: dict[str, Any]) -> dict[str, Any]:
    """The detail as text, which EventBridge takes alone; the integration writes an object so."""
    detail = entry.get("Detail")
    return entry if isinstance(detail, str | None) else {**entry, "Detail": json.dumps(detail, separators=(",", ":"))}
