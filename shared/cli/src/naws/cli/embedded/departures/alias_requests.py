"""What Lambda refuses of aliases, of a request and of a template."""

from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, refuse_first
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import functions, provisioners
from naws.cli.embedded.departures.templates import BOTH, check_template

_LATEST = "$LATEST"
_PARAMETER = "InvalidParameterValueException"
_SAME = {"Role": "execution role", "DeadLetterConfig": "dead-letter queue"}
_KEYS = (
    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length "
    "greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
)
_RANGE = (
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value "
    "greater than or equal to 0.0, Member must not be null]"
)


@departure(
    "AWS Lambda API Reference, 'CreateAlias', 'UpdateAlias', 'AliasRoutingConfiguration'; Developer Guide, "
    "'Implement Lambda canary deployments using a weighted alias' (published versions of one role and one dead-letter "
    "queue); answers of AWS recorded in localstack/localstack, tests/aws/services/lambda_/test_lambda_api.py, "
    "TestLambdaAlias"
)
def alias_limits() -> None:
    """An alias is no number, its versions exist, and at most one more has a weight; ``$LATEST`` shares with none.

    One that is not there is not found, and deleted without a word.

    AWS's sentence for versions of two roles or dead-letter queues is not known; the one here is ours.
    """
    check_requests(functions, "_create_alias", _check_request)
    check_requests(functions, "_get_alias", _check_known)
    wrap(functions, "_delete_alias", _deleted)
    check_requests(functions, "_update_alias", _check_change)
    check_template("Lambda::Alias", BOTH, _check_template)


def _check_request(function: str, request: dict[str, Any]) -> None:
    _check_new(function, request)
    name = request.get("Name", "")
    taken = name in functions._functions[function]["aliases"]
    if taken:
        raise RefusedError(f"Alias already exists: {_arn(function, name)}", "ResourceConflictException", 409)


def _check_known(function: str, alias: str) -> None:
    if alias not in _aliases(function):
        raise RefusedError(f"Cannot find alias arn: {_arn(function, alias)}", "ResourceNotFoundException", 404)


def _deleted(original: Original, function: str, alias: str) -> Any:
    known = function not in functions._functions or alias in _aliases(function)
    return original(function, alias) if known else (204, {}, b"")


def _aliases(function: str) -> dict[str, Any]:
    return members(members(functions._functions.get(function)).get("aliases"))


def _arn(function: str, qualifier: str) -> str:
    return f"{functions._func_arn(function)}:{qualifier}"


def _check_new(function: str, request: dict[str, Any]) -> None:
    check_model("lambda", "CreateAlias", {"FunctionName": function, **request})
    _check(function, request.get("FunctionVersion", _LATEST), _weights(request))


def _check_change(function: str, alias: str, request: dict[str, Any]) -> None:
    record = _aliases(function).get(alias)
    if record is None:
        return
    after = {**record, **request}
    check_model("lambda", "CreateAlias", {"FunctionName": function, "FunctionVersion": after["FunctionVersion"]})
    _check(function, after["FunctionVersion"], _weights(after))


def _check_template(properties: dict[str, Any]) -> None:
    _, function, _, _ = provisioners._lambda_function_for_cfn_ref(properties.get("FunctionName", ""))
    routing = provisioners._lambda_alias_routing_config(properties)
    _check_new(function, {**properties, "RoutingConfig": routing or {}})


def _weights(request: dict[str, Any]) -> dict[str, float]:
    return members(members(request.get("RoutingConfig")).get("AdditionalVersionWeights"))


def _check(function: str, version: str, weights: dict[str, float]) -> None:
    record = members(functions._functions.get(function))
    refuse_first(_out_of_range(weights))
    refuse_first(_wrong(version, weights), _PARAMETER)
    found = [_config(function, record, name) for name in (version, *weights)]
    refuse_first(_unlike(found), _PARAMETER)


def _wrong(version: str, weights: dict[str, float]) -> Iterator[tuple[bool, str]]:
    yield len(weights) > 1, "Number of items in AdditionalVersionWeights cannot be greater than 1"
    included = f"Function version {version} is already included in routing configuration."
    yield version in weights, f"Invalid function version {version}. {included}"
    yield bool(weights) and version == _LATEST, "$LATEST is not supported for an alias pointing to more than 1 version"


def _out_of_range(weights: dict[str, float]) -> Iterator[tuple[bool, str]]:
    for version, weight in weights.items():
        value = f"Value '{{{version}={float(weight)}}}' at 'routingConfig.additionalVersionWeights'"
        failed = f"1 validation error detected: {value} failed to satisfy constraint:"
        yield not version.isdecimal(), f"{failed} {_KEYS}"
        yield not 0 <= weight <= 1, f"{failed} {_RANGE}"


def _config(function: str, record: dict[str, Any], version: str) -> dict[str, Any]:
    found = record if version == _LATEST else members(record.get("versions")).get(version)
    if not found:
        text = f"Function not found: {_arn(function, version)}"
        raise RefusedError(text, "ResourceNotFoundException", 404)
    return found["config"]


def _unlike(found: list[dict[str, Any]]) -> Iterator[tuple[bool, str]]:
    for field, name in _SAME.items():
        unlike = any((config.get(field) or {}) != (found[0].get(field) or {}) for config in found)
        yield unlike, f"The versions of an alias must have the same {name}."
