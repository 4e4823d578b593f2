"""How asynchronous invocations are configured: by qualifier, within AWS's limits."""

import json
from typing import Any

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.async_references import LATEST
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, failed
from naws.cli.embedded.departures.services import functions, sqs

_LIMITS = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21_600)}
_INVALID = "InvalidParameterValueException"


def configuration(name: str, qualifier: str) -> dict[str, Any]:
    """What is configured for one qualifier of a function; no other's holds for it."""
    return members(functions._event_invoke_config(functions._functions.get(name) or {}, qualifier))


@departure(
    "Lambda API Reference, 'PutFunctionEventInvokeConfig'; recorded answers of AWS: LocalStack's "
    "test_lambda_api.snapshot.json, test_lambda_eventinvokeconfig_exceptions and _lifecycle"
)
def invoke_configurations() -> None:
    """A configuration without a qualifier is that of ``$LATEST``; what is not given is not in the answer.

    One that says nothing, is out of its limits, has the function itself, a function that does not exist or a FIFO
    queue for a destination is refused.
    """
    others = ("_get_event_invoke_config", "_delete_event_invoke_config")
    check_requests(functions, "_put_event_invoke_config", _check)
    check_requests(functions, others, _check_there)
    wrap(functions, "_put_event_invoke_config", _only_given)
    wrap(functions, ("_put_event_invoke_config", *others), _of_latest)


def _of_latest(original: Original, name: str, qualifier: str | None = None, *rest: Any) -> Any:
    return original(name, qualifier or LATEST, *rest)


def _only_given(original: Original, name: str, qualifier: str, data: dict[str, Any]) -> Any:
    numbers = {field: int(data[field]) for field in _LIMITS if data.get(field) is not None}
    answer = original(name, qualifier, {**data, **numbers})
    if failed(answer):
        return answer
    stored = configuration(name, qualifier)
    for field in _LIMITS:
        if field not in numbers:
            stored.pop(field, None)
    stored["DestinationConfig"] = {"OnSuccess": {}, "OnFailure": {}, **members(data.get("DestinationConfig"))}
    return answer[0], answer[1], json.dumps(stored).encode()


def _check(name: str, qualifier: str, data: dict[str, Any]) -> None:
    if not functions._function_qualifier_exists(functions._functions.get(name), qualifier):
        raise RefusedError("The function doesn't exist.", "ResourceNotFoundException", 404)
    if not any(data.get(field) is not None for field in (*_LIMITS, "DestinationConfig")):
        raise RefusedError("You must specify at least one of error handling or destination setting.", _INVALID)
    for field, (least, most) in _LIMITS.items():
        value = data.get(field)
        if value is not None and not least <= int(value) <= most:
            bound = f"less than or equal to {most}" if int(value) > most else f"greater than or equal to {least}"
            member = f"{field[:1].lower()}{field[1:]}"
            text = f"Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {bound}"
            raise RefusedError(f"1 validation error detected: {text}")
    for destination in members(data.get("DestinationConfig")).values():
        _check_destination(name, str(members(destination).get("Destination") or ""))


def _check_there(name: str, qualifier: str) -> None:
    if not configuration(name, qualifier):
        text = f"The function {functions._func_arn(name)}:{qualifier} doesn't have an EventInvokeConfig"
        raise RefusedError(text, "ResourceNotFoundException", 404)


def _check_destination(name: str, arn: str) -> None:
    if service_of(arn) == "lambda":
        if functions._resolve_name(arn) == name:
            raise RefusedError("You can't specify the function as a destination for itself.", _INVALID)
        if functions._get_func_record_for_ref(arn)[0] is None:
            raise RefusedError(f"The destination ARN {arn} is invalid.", _INVALID)
    queue = sqs._queue_by_arn(arn) if service_of(arn) == "sqs" else None
    if service_of(arn) == "sqs" and (queue is None or queue["is_fifo"]):
        raise RefusedError(f"The destination ARN {arn} is invalid.", _INVALID)
