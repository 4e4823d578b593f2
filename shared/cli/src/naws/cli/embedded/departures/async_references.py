"""Functions as they are invoked: by an alias or a version, with the concurrency of the whole function."""

from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import lambda_svc

LATEST = "$LATEST"


@dataclass
class Invocation:
    """One event on its way to a function.

    Attributes:
        arn: the function as it was invoked.
        event: what the function is given.
        age: the seconds that the event would have by now on AWS.
        failures: attempts that the function failed.
        throttles: attempts that were throttled.
        request_id: that of every attempt.
    """

    arn: str
    event: Any
    age: float = 0
    failures: int = 0
    throttles: int = 0
    request_id: str = field(default_factory=lambda: str(lambda_svc.new_uuid()))


def qualified(config: dict[str, Any]) -> tuple[str, str]:
    """The name of a function and the qualifier it is invoked by; `$LATEST` when it is invoked without one."""
    name, qualifier = lambda_svc._resolve_name_and_qualifier(config["FunctionArn"])
    return name, qualifier or LATEST


@departure("Lambda Developer Guide, 'Using the Lambda context object to retrieve Python function information'")
@patch(wrap, lambda_svc, "_get_func_record_for_ref")
def invoked_arns(original: Original, reference: str) -> tuple[Any, Any, str]:
    """A function that is invoked by an alias has the alias in its ``invoked_function_arn``, not the version."""
    record, config, name = original(reference)
    _, qualifier = lambda_svc._resolve_name_and_qualifier(reference)
    if not record or not config or not qualifier:
        return record, config, name
    arn = reference if reference.startswith("arn:") else f"{lambda_svc._func_arn(name)}:{qualifier}"
    config = {**config, "FunctionArn": arn}
    return {**record, "config": config}, config, name


@departure("Lambda Developer Guide, 'Configuring reserved concurrency for a function' (of all versions and aliases)")
@patch(wrap, lambda_svc, "_reserved_concurrency")
def reserved_concurrency(original: Original, record: dict[str, Any], config: dict[str, Any]) -> int | None:
    """A version and an alias are throttled by the reserved concurrency of their function."""
    return original(lambda_svc._functions.get(config.get("FunctionName", "")) or record, config)
