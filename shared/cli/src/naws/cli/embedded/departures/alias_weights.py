"""Which version of a function an invocation of a weighted alias runs."""

import random
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, bound, departure, wrap
from naws.cli.embedded.departures.services import functions

_describing: ContextVar[bool] = ContextVar("naws_describing_function", default=False)
_alias: ContextVar[str] = ContextVar("naws_invoked_alias", default="")
"""The ARN by which the function at hand is invoked, when its version was drawn."""


@departure(
    "AWS Lambda Developer Guide, 'Implement Lambda canary deployments using a weighted alias' (each invocation is "
    "routed by probability; x-amz-executed-version names the version); seen on AWS in a canary of one tenth: "
    'alias ["1",{"2":0.1}], results v1v1v2v1v1v1v1v1v1v1'
)
def weighted_aliases() -> None:
    """Each invocation of a weighted alias draws its version: by API, asynchronous, of a mapping, of HTTP.

    ``GetFunction`` of the alias describes the version that it names. The function is invoked by the alias's ARN.
    """
    wrap(functions, "_effective_func_record_for_qualifier", _record)
    wrap(functions, ("_get_function", "_get_function_config"), _described)
    wrap(functions, "_invoke", _invoked)
    wrap(functions, ("_execute_function_with_config_scope", "invoke_async_with_retry"), _by_alias)


def _drawn(function: dict[str, Any] | None, qualifier: str | None) -> str | None:
    """The version to run for a qualifier, or the qualifier itself."""
    alias = members(members(members(function).get("aliases")).get(qualifier or ""))
    weights: dict[str, float] = members(members(alias.get("RoutingConfig")).get("AdditionalVersionWeights"))
    for version, weight in weights.items():
        return version if random.random() < weight else alias["FunctionVersion"]  # noqa: S311  # no secret
    return qualifier


def _record(original: Original, function: dict[str, Any] | None, qualifier: str | None) -> Any:
    return original(function, qualifier if _describing.get() else _drawn(function, qualifier))


def _described(original: Original, *arguments: Any, **named: Any) -> Any:
    with bound(_describing, value=True):
        return original(*arguments, **named)


async def _invoked(
    original: Original,
    name: str,
    event: Any,
    headers: Mapping[str, str],
    path_qualifier: str | None = None,
    query_params: Mapping[str, Any] | None = None,
) -> Any:
    query, header = query_params or {}, "x-amz-qualifier"
    given = path_qualifier or functions._qp_first(query, "Qualifier") or functions._qp_first(headers, header) or None
    version = _drawn(functions._functions.get(name), given)
    if version == given:
        return await original(name, event, headers, path_qualifier, query_params)
    with bound(_alias, f"{functions._func_arn(name)}:{given}"):
        return await original(name, event, headers, version, query_params)


def _by_alias(original: Original, record: dict[str, Any], event: Any) -> Any:
    arn = _alias.get()
    config = record.get("config") or record
    if arn and config["FunctionArn"].rpartition(":")[0] == arn.rpartition(":")[0]:
        record = {**record, "config": {**config, "FunctionArn": arn}}
    return original(record, event)
