"""CloudFront Functions: their runs, what they read of a key value store, and what they may return."""

import asyncio
import re
from importlib import import_module
from typing import Any

from naws.cli.embedded.departures import distribution_metrics as metrics
from naws.cli.embedded.departures.json_values import is_array, is_object, json_object, members
from naws.cli.embedded.departures.patching import Original, PatchingError, departure
from naws.cli.embedded.departures.services import cloudfront, s3
from naws.cli.embedded.departures.templates import Made, wrap_template

_js: Any = import_module("ministack.core.cloudfront_js")
_values: Any = import_module("ministack.services.cloudfront_keyvaluestore")
_MODULES = "const _ALLOWED_MODULES = { crypto, querystring, buffer: bufferModule };"
_STORE = """
let _store = null;
const _cloudfront = {
  kvs(id) {
    const store = _store;
    if (!store || (id && !store.ids.includes(id))) throw new Error("no such key value store is associated");
    const has = (key) => Object.prototype.hasOwnProperty.call(store.items, key);
    return {
      async get(key, options) {
        if (!has(key)) throw new Error("KeyNotFound: " + key);
        const value = store.items[key], format = (options && options.format) || "string";
        if (format === "json") return JSON.parse(value);
        return format === "bytes" ? bufferModule.Buffer.from(value) : value;
      },
      async exists(key) { return has(key); },
      async count() { return Object.keys(store.items).length; },
      async meta() { return { keyCount: Object.keys(store.items).length, ...store.meta }; },
    };
  },
};
const _ALLOWED_MODULES = { crypto, querystring, buffer: bufferModule, cloudfront: _cloudfront };
"""
_REQUEST = "const { code, event } = req;"
_FAILED = "The CloudFront function associated with the CloudFront distribution is invalid or could not run."
_BAD_GATEWAY, _UNAVAILABLE = 502, 503
_STATUSES = range(100, 600)
_DISALLOWED = ("proxy-", "x-accel-", "x-amz-cf-", "x-edge-")
_DISALLOWED_NAMES = frozenset(
    {"connection", "expect", "keep-alive", "trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip"}
)
_CONTROL = re.compile(r"[\x00\r\n]")
_READ_ONLY = frozenset({"content-length", "host", "transfer-encoding"})
_READ_ONLY_OF_ANSWERS = frozenset({"warning", "via"})


class FunctionFailedError(Exception):
    """A function did not run, or returned what it may not.

    Attributes:
        status: What CloudFront answers.
    """

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status, self.text = status, _FAILED


@departure(
    "Amazon CloudFront Developer Guide, 'Helper methods for key value stores': kvs(), get, exists, count, meta; "
    "'JavaScript runtime 2.0 features for CloudFront Functions'"
)
def key_value_stores() -> None:
    """A function of runtime 2.0 reads the key value store that it is associated with.

    What chooses or changes origins, the other helper methods, is not emulated: such a function fails.
    """
    script: str = _js._WORKER_SCRIPT
    for text in (_MODULES, _REQUEST):
        if text not in script:
            raise PatchingError(f"the worker of CloudFront Functions has no {text}")
    _js._pool.script = script.replace(_MODULES, _STORE).replace(_REQUEST, f"{_REQUEST} _store = req.kvs || null;")


@departure("Amazon CloudFront Developer Guide, 'Create a key value store': file format of the key-value pairs")
def imported_values() -> None:
    """A key value store of a template begins with the pairs of its source, an object of S3 with ``data``."""

    def filled(original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        arn = members(properties.get("ImportSource")).get("SourceArn", "")
        pairs = _pairs(arn.removeprefix("arn:aws:s3:::")) if arn else {}
        name, attributes = original(logical_id, properties, stack)
        if pairs:
            _values._stores[cloudfront._kvs_arn(name)] = {"etag": cloudfront.new_uuid(), "items": pairs}
        return name, attributes

    wrap_template("CloudFront::KeyValueStore", create=filled)


def _pairs(source: str) -> dict[str, str]:
    bucket, _, key = source.partition("/")
    given = json_object(s3._get_object_data(bucket, key) or b"").get("data")
    if not is_array(given) or not all(is_object(each) and "key" in each and "value" in each for each in given):
        raise ValueError(f"The file {source} does not have key-value pairs under 'data'.")
    return {str(each["key"]): str(each["value"]) for each in given}


async def run_function(arn: str, event: dict[str, Any]) -> dict[str, Any]:
    """Run the published function of an association; returns the request or the response that it returned.

    Source: Amazon CloudFront Developer Guide, 'Restrictions on all edge functions' (headers; 502 for what CloudFront
    does not take), 'HTTP 503 status code (Service Unavailable)' (an execution that failed), 'CloudFront Functions
    metrics'.

    Raises:
        FunctionFailedError: It failed, is not published, or returned what it may not.
    """
    name = arn.rpartition("/")[2]
    metrics.count_function(name, "FunctionInvocations")
    try:
        result = await asyncio.to_thread(_evaluate, cloudfront.live_function_code(arn), event, _store_of(name))
    except _js.CloudFrontFunctionError as error:
        metrics.count_function(name, "FunctionExecutionErrors")
        raise FunctionFailedError(str(error), _UNAVAILABLE) from error
    if wrong := _wrong(result, event):
        metrics.count_function(name, "FunctionValidationErrors")
        raise FunctionFailedError(f"{name} returned {wrong}", _BAD_GATEWAY)
    return result


def _evaluate(code: bytes | None, event: dict[str, Any], store: dict[str, Any] | None) -> Any:
    if code is None:
        raise _js.CloudFrontFunctionError("it is not published")
    try:
        answer = _js._pool.call({"code": code.decode(), "event": event, "kvs": store}, timeout=_js._EVAL_TIMEOUT)
    except (_js.node_pool.NodeWorkerTimeout, _js.node_pool.NodeWorkerError) as error:
        raise _js.CloudFrontFunctionError(str(error)) from error
    if answer["status"] == "error":
        raise _js.CloudFrontFunctionError(answer.get("message", ""))
    return answer.get("value")


def _store_of(name: str) -> dict[str, Any] | None:
    function: dict[str, Any] = members(cloudfront._functions.get(name))
    view: dict[str, Any] = cloudfront._function_view(function, "LIVE")
    arns: list[str] = view.get("kvs_arns") or []
    if not arns:
        return None
    records: list[dict[str, Any]] = list(cloudfront._kvstores.values())
    record = next((each for each in records if each["ARN"] == arns[0]), dict[str, Any]())
    items: dict[str, str] = members(_values._stores.get(arns[0])).get("items") or {}
    meta = {"lastUpdatedDateTime": record.get("LastModifiedTime", "")}
    return {"ids": [record.get("Id", ""), arns[0].rpartition("/")[2]], "items": items, "meta": meta}


def _wrong(result: Any, event: dict[str, Any]) -> str:
    """What is wrong with what a function returned; empty when CloudFront takes it."""
    if not is_object(result):
        return "no object"
    if "statusCode" in result:
        status: Any = result["statusCode"]
        if not isinstance(status, int) or isinstance(status, bool) or status not in _STATUSES:
            return f"the status {status!r}"
        before: Any = members(event.get("response")).get("headers") or {}
        return _wrong_headers(result, before, _READ_ONLY_OF_ANSWERS)
    return "no response" if "response" in event else _wrong_request(result, event)


def _wrong_request(result: dict[str, Any], event: dict[str, Any]) -> str:
    if not isinstance(result.get("uri"), str) or not result["uri"].startswith("/"):
        return "a uri that does not begin with a slash"
    if result.get("method") != event["request"]["method"]:
        return "another method"
    return _wrong_headers(result, event["request"]["headers"], _READ_ONLY)


def _wrong_headers(result: dict[str, Any], before: dict[str, Any], read_only: frozenset[str]) -> str:
    given: Any = result.get("headers") or {}
    if not is_object(given):
        return "headers that are no object"
    for name, value in given.items():
        lower = name.lower()
        if name != lower:
            return f"the header {name}, which is not in lower case"
        if not is_object(value) or not isinstance(value.get("value"), str):
            return f"the header {name} without a value of text"
        if _CONTROL.search(value["value"]):
            return f"the header {name} with a line end"
        added = lower not in before
        if added and (lower in _DISALLOWED_NAMES or lower.startswith(_DISALLOWED)):
            return f"the header {name}, which it may not add"
    changed = (
        name for name in read_only if members(given.get(name)).get("value") != members(before.get(name)).get("value")
    )
    return next((f"another header {name}" for name in changed), "")
