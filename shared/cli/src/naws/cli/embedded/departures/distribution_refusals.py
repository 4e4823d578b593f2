"""Requests about distributions and functions of CloudFront that it refuses."""

import re
import uuid
from typing import Any
from urllib.parse import unquote_plus

from naws.cli.embedded.departures.distribution_config import behaviors, distributions, items, parsed
from naws.cli.embedded.departures.distribution_rules import wrong_things
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.placeholders import forget, note
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import cloudfront, provisioners
from naws.cli.embedded.departures.templates import BOTH, check_template, wrap_template

_LONGEST_FUNCTION = 10_240
_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_DISTRIBUTION, _FUNCTION = "CloudFront::Distribution", "CloudFront::Function"
_TOO_LARGE = "The function is too large. For more information, see Quotas in the Amazon CloudFront Developer Guide."
_IN_USE = "Cannot delete the function because it's attached to one or more cache behaviors."


@departure("Amazon CloudFront API Reference, CreateDistribution and UpdateDistribution: Errors")
def distribution_checks() -> None:
    """A distribution with a configuration that CloudFront does not take is refused, in requests and in templates.

    The first thing that is wrong is named, and in an order of its own: AWS's is not documented. The name of another
    distribution is found wherever it is, on AWS also that of one in another account.
    """
    check_requests(cloudfront, "_create_distribution", _check_created)
    check_requests(cloudfront, "_update_distribution", _check_updated)
    wrap_template(_DISTRIBUTION, create=_created, update=_updated, delete=_dropped)


def _check_created(_headers: Any, body: bytes) -> None:
    root = cloudfront._parse_body(body)
    config = cloudfront._unwrap_distribution_create_xml(root)[0] if root is not None else None
    _check(config, "")


def _check_updated(distribution: str, _headers: Any, body: bytes) -> None:
    _check(cloudfront._parse_body(body), distribution)


def _check(config: Any, own_id: str) -> None:
    """Refuse a configuration that is complete enough to be judged; the rest is MiniStack's to refuse."""
    needed = ("Origins", "DefaultCacheBehavior")
    if config is None or any(cloudfront._find(config, name) is None for name in needed):
        return
    found = parsed(cloudfront.tostring(config, encoding="unicode"))
    for wrong in wrong_things(found, own_id):
        raise RefusedError(wrong.text, wrong.code, wrong.status)


def _created(original: Any, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    _check_properties(properties, "")
    made = original(logical_id, properties, stack)
    _say_what_is_not_emulated(properties, stack, logical_id, made[0])
    return made


def _updated(original: Any, physical_id: str, old: Any, new: dict[str, Any], stack: str, logical_id: str) -> Any:
    _check_properties(new, physical_id)
    _say_what_is_not_emulated(new, stack, logical_id, physical_id)
    return original(physical_id, old, new, stack, logical_id)


def _dropped(original: Any, physical_id: str, *rest: Any) -> None:
    forget(physical_id)
    original(physical_id, *rest)


def _say_what_is_not_emulated(properties: dict[str, Any], stack: str, logical_id: str, distribution: str) -> None:
    config = parsed(cloudfront.tostring(provisioners._cf_distribution_config(properties, "-"), encoding="unicode"))
    geographic = members(members(config.get("Restrictions")).get("GeoRestriction")).get("RestrictionType", "none")
    found = {
        "its web ACL, which filters nothing here": bool(config.get("WebACLId")),
        "its geographic restriction, which nobody is refused by here": geographic != "none",
        "its Lambda@Edge, of which requests are answered 501 here": any(
            items(each.get("LambdaFunctionAssociations")) for each in behaviors(config)
        ),
    }
    forget(distribution)
    if reasons := [text for text, holds in found.items() if holds]:
        note(stack, logical_id, _DISTRIBUTION, distribution, "; ".join(reasons))


def _check_properties(properties: dict[str, Any], own_id: str) -> None:
    try:
        _check(provisioners._cf_distribution_config(properties, "-"), own_id)
    except RefusedError as error:
        raise _failed(error, _DISTRIBUTION) from error


def _failed(error: RefusedError, kind: str) -> ValueError:
    codes = {404: "NotFound", 409: "AlreadyExists"}
    return ValueError(
        f'Resource handler returned message: "Invalid request provided: AWS::{kind}: {error} (Service: CloudFront, '
        f'Status Code: {error.status}, Request ID: {uuid.uuid4()})" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: '
        f"{codes.get(error.status, 'InvalidRequest')})"
    )


@departure(
    "Amazon CloudFront API Reference, CreateFunction, DeleteFunction; Developer Guide, 'Quotas': CloudFront Functions"
)
def function_checks() -> None:
    """A function has up to 10 KB and a runtime of CloudFront's; one that a distribution uses is not deleted."""
    check_requests(cloudfront, "_cf_create_function", _check_new)
    check_requests(cloudfront, "_cf_update_function", _check_changed)
    check_requests(cloudfront, "_cf_delete_function", _check_unused)
    check_template(_FUNCTION, BOTH, _check_function)
    wrap_template(_FUNCTION, delete=_deleted)


def _check_changed(_name: str, headers: Any, body: bytes) -> None:
    _check_new(headers, body)


def _check_new(_headers: Any, body: bytes) -> None:
    root = cloudfront._parse_body(body)
    text = cloudfront._text(root, "FunctionCode") if root is not None else ""
    code, error = cloudfront._cf_decode_function_code(text) if text else (b"", None)
    if error is None and len(code) > _LONGEST_FUNCTION:
        raise RefusedError(_TOO_LARGE, "FunctionSizeLimitExceeded", 413)


def _check_function(properties: dict[str, Any]) -> None:
    code, config = str(properties.get("FunctionCode", "")).encode(), members(properties.get("FunctionConfig"))
    if len(code) > _LONGEST_FUNCTION:
        raise _failed(RefusedError(_TOO_LARGE, "FunctionSizeLimitExceeded", 413), _FUNCTION)
    if config.get("Runtime") not in cloudfront._FUNCTION_RUNTIMES:
        known = ", ".join(cloudfront._FUNCTION_RUNTIMES)
        text = f"1 validation error detected: Value at 'functionConfig.runtime' must satisfy enum value set: [{known}]"
        raise _failed(RefusedError(text), _FUNCTION)
    if properties.get("Name") and not _FUNCTION_NAME.fullmatch(properties["Name"]):
        raise _failed(RefusedError("1 validation error detected: Value at 'name' is not valid"), _FUNCTION)


def _check_unused(name: str, *_: Any) -> None:
    function: dict[str, Any] | None = cloudfront._functions.get(name)
    if function and any(function["arn"] in cloudfront._function_arns_in(each) for _, each in distributions()):
        raise RefusedError(_IN_USE, "FunctionInUse", 409)


def _deleted(original: Any, name: str, properties: Any, *rest: Any) -> None:
    try:
        _check_unused(name)
    except RefusedError as error:
        raise _failed(error, _FUNCTION) from error
    original(name, properties, *rest)


@departure(
    "Amazon S3 User Guide, 'Naming Amazon S3 objects': a slash is a character like any other; sveltejs/kit, "
    "issue 6451: `+`"
)
@patch(replace, cloudfront, "_s3_object_key")
def keys_of_paths(origin: dict[str, Any], uri: str) -> str:
    """The key of an object is the path behind its first slash: what begins with two is another object.

    A `+` is a blank: the key `a+b` is asked for as `a%2Bb`.
    """
    path = f"{origin.get('origin_path') or ''}{uri}"
    return unquote_plus(path).removeprefix("/")
