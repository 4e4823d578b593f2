"""Requests about functions that Lambda refuses."""

import re
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.arns import region_of
from naws.cli.embedded.departures.json_values import compact, members, size
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, refuse_first
from naws.cli.embedded.departures.services import functions, here
from naws.cli.embedded.departures.templates import BOTH, check_template, complete_template

_INVALID = "InvalidParameterValueException"
_RANGES = {
    "Timeout": ("timeout", 1, 900),
    "MemorySize": ("memorySize", 128, 10240),
    "EphemeralStorage.Size": ("ephemeralStorage.size", 512, 10240),
}
_ENVIRONMENT_LIMIT_BYTES = 4096
_LAYERS = 5
_ACCOUNT_CONCURRENCY, _UNRESERVED_AT_LEAST = 1000, 100
_HANDLER = re.compile(r"\S{1,128}")
_HANDLER_PATTERN = r"[^\s]+"
_ROLE_PATTERN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
_RUNTIMES = (
    "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, "
    "python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, "
    "java11, dotnet6, nodejs18.x, provided.al2, java8.al2"
)
"""In the order in which AWS's sentence has them."""
_ENDED = frozenset(
    {
        *("dotnetcore3.1", "go1.x", "java8", "nodejs12.x", "nodejs14.x", "provided"),
        *("python2.7", "python3.6", "python3.7", "ruby2.7"),
    }
)
_RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
_CONFIGURE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
)


@departure(
    "AWS Lambda API Reference, 'CreateFunction'; Developer Guide, 'Lambda quotas', 'Defined runtime environment "
    "variables'; answers of AWS recorded (2025-11-25) in localstack/localstack, "
    "tests/aws/services/lambda_/test_lambda_api.snapshot.json (test_create_lambda_exceptions, "
    "test_large_environment_variables_fails, test_layer_function_quota_exception, "
    "test_layer_function_exceptions); the same layer twice: localstack-core, services/lambda_/provider.py"
)
def function_requests() -> None:
    """A function is refused for numbers, names and sizes that Lambda does not take, and for its role.

    Lambda must be able to assume the role when the function is created, or given another.
    """
    check_requests(functions, "_create_function", _check_new)
    check_requests(functions, "_update_config", _check_changed)
    check_template("Lambda::Function", ("create",), _check_new)
    check_template("Lambda::Function", ("update",), _check)


def _check_new(request: dict[str, Any]) -> None:
    code = members(request.get("Code"))
    packed = request.get("PackageType", "Zip") == "Zip" and not code.get("ImageUri")
    if packed and not (request.get("Runtime") and request.get("Handler")):
        text = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        raise RefusedError(text, _INVALID)
    _check(request)


def _check_changed(_name: str, request: dict[str, Any]) -> None:
    _check(request)


def _check(request: dict[str, Any]) -> None:
    found = list(_violations(request))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise RefusedError(f"{len(found)} validation {errors} detected: {'; '.join(found)}")
    variables: dict[str, str] = members(members(request.get("Environment")).get("Variables"))
    reserved = [name for name in variables if name in _RESERVED]
    used = f"Reserved keys used in this request: {', '.join(reserved)}"
    runtime = request.get("Runtime") or "python3.13"
    ended = f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
    unknown = f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
    measured = f"exceeded the 4KB limit. String measured: {compact(variables)}"
    not_modified = f"contains reserved keys that are currently not supported for modification. {used}"
    supported = "We recommend you use a supported runtime while creating or updating functions."
    refuse_first(
        [
            *_wrong_layers([str(each) for each in request.get("Layers") or ()]),
            (bool(reserved), f"{_CONFIGURE}{not_modified}"),
            (size(variables) > _ENVIRONMENT_LIMIT_BYTES, f"{_CONFIGURE}{measured}"),
            (runtime in _ENDED, f"{ended}{supported}"),
            (runtime not in _RUNTIMES.split(", "), f"{unknown}[{_RUNTIMES}] or be a valid ARN"),
        ],
        _INVALID,
    )
    if role := request.get("Role"):
        arn = f"arn:aws:lambda:{here()}:function:{request.get('FunctionName', '')}"
        if judge.denied(judge.ask_trust, role, "lambda.amazonaws.com", source_arn=arn):
            raise RefusedError("The role defined for the function cannot be assumed by Lambda.", _INVALID)


def _wrong_layers(arns: list[str]) -> Iterator[tuple[bool, str]]:
    yield len(arns) > _LAYERS, f"Cannot reference more than {_LAYERS} layers."
    region, seen = here().partition(":")[0], dict[str, str]()
    for arn in arns:
        layer = arn.rpartition(":")[0]
        where = f"Layers are not in the same region as the function. Layers are expected to be in region {region}."
        yield region_of(arn) != region, where
        alike = "Two different versions of the same layer are not allowed to be referenced in the same function. "
        yield layer in seen, f"{alike}{seen.get(layer)} and {arn} are versions of the same layer."
        seen[layer] = arn


def _violations(request: dict[str, Any]) -> Iterator[str]:
    """What does not satisfy the API's own model, each as AWS's sentence has it."""
    for path, (name, least, most) in _RANGES.items():
        outer, _, field = path.rpartition(".")
        value = (members(request.get(outer)) if outer else request).get(field)
        if value is None:
            continue
        failed = f"Value '{value}' at '{name}' failed to satisfy constraint: Member must have value"
        if int(value) < least:
            yield f"{failed} greater than or equal to {least}"
        if int(value) > most:
            yield f"{failed} less than or equal to {most}"
    handler, role = request.get("Handler"), request.get("Role")
    if handler and not _HANDLER.fullmatch(handler):
        yield f"Value '{handler}' at 'handler' {_constraint(_HANDLER_PATTERN)}"
    if role and not re.fullmatch(_ROLE_PATTERN, role):
        yield f"Value '{role}' at 'role' {_constraint(_ROLE_PATTERN)}"


def _constraint(pattern: str) -> str:
    return f"failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"


@departure(
    "AWS Lambda Developer Guide, 'Configuring reserved concurrency for a function'; the sentence as recorded on AWS "
    "(2025-11-25) in localstack/localstack, test_lambda_api.snapshot.json, test_function_concurrency_limits"
)
def reserved_concurrency() -> None:
    """Reserving concurrency leaves at least 100 of the account's 1000 to functions that reserve none.

    A template reserves it, too.
    """
    check_requests(functions, "_put_function_concurrency", _check_reserved)
    check_template("Lambda::Function", BOTH, _check_template)
    complete_template("Lambda::Function", BOTH, _reserve)


def _check_reserved(name: str, request: dict[str, Any]) -> None:
    others = [func.get("concurrency") or 0 for key, func in functions._functions.items() if key != name]
    left = _ACCOUNT_CONCURRENCY - sum(map(int, others)) - int(request.get("ReservedConcurrentExecutions") or 0)
    if left < _UNRESERVED_AT_LEAST:
        text = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        raise RefusedError(f"{text}below its minimum value of [{_UNRESERVED_AT_LEAST}].", _INVALID)


def _check_template(properties: dict[str, Any]) -> None:
    _check_reserved(str(properties.get("FunctionName", "")), properties)


def _reserve(name: str, properties: dict[str, Any]) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    functions._functions[name]["concurrency"] = None if reserved is None else int(reserved)
