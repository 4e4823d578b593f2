"""Event source mappings of SQS queues: what AWS refuses of a request, and the states that a mapping goes through."""

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.judge import denied
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, failed, refuse_first
from naws.cli.embedded.departures.senders import LAMBDA, READING, RoleNotAssumedError, Sender
from naws.cli.embedded.departures.services import events, functions, sqs
from naws.cli.embedded.departures.templates import BOTH, check_template, complete_template, is_true

_INVALID = "InvalidParameterValueException"
_LARGEST_PLAIN_BATCH = 10
_MOST_FILTERS = 5
_SETTLE_SECONDS = 1.0
_RANGES = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "ScalingConfig.MaximumConcurrency": (2, 1_000),
}
_DEFAULTS: dict[str, Any] = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "FilterCriteria": None,
    "ScalingConfig": None,
}
_settling: dict[str, tuple[float, str]] = {}


@departure(
    "recorded answers of AWS: LocalStack's test_lambda_integration_sqs.snapshot.json, test_lambda_api.snapshot.json; "
    "reports in issues: github-aws-runners/terraform-aws-github-runner #465 (visibility), anomalyco/sst #5737 (role); "
    "Lambda API Reference, 'CreateEventSourceMapping'; Lambda Developer Guide, 'Lambda parameters for Amazon SQS event "
    "source mappings'"
)
def mapping_refusals() -> None:
    """A mapping of a queue is refused when it could not work: by the API, and a template's fails its stack.

    The queue exists and hides messages for as long as the function may run; the role may read it; sizes, windows,
    concurrency and filters are within their limits; queue and function have no other mapping. The sentences about FIFO
    queues and the number of filters are not recorded anywhere.
    """
    check_requests(functions, "_create_esm", _check)
    check_requests(functions, "_update_esm", _check_update)
    check_requests(functions, ("_get_esm", "_update_esm", "_delete_esm"), _check_known)
    check_template("Lambda::EventSourceMapping", ("create",), _check)
    check_template("Lambda::EventSourceMapping", ("update",), partial(_check, new=False))


@departure("Lambda API Reference, 'EventSourceMappingConfiguration' (State); recorded: the same snapshots")
def mapping_states() -> None:
    """A mapping is Creating, Enabling, Updating or Disabling for a second, and reads its queue when it is Enabled.

    What a template no longer says has its default again.
    """
    wrap(functions, "_create_esm", _creating)
    wrap(functions, "_update_esm", _updating)
    wrap(functions, "_esm_response", _settled)
    complete_template("Lambda::EventSourceMapping", BOTH, _complete)


def reader(config: dict[str, Any]) -> Sender:
    """Who reads a queue for a function: Lambda, as the function's role."""
    arn = functions._func_arn(config["FunctionName"])
    return Sender(LAMBDA, arn, role_arn=config.get("Role") or "", session=config["FunctionName"])


def cannot_read(config: dict[str, Any], queue_arn: str) -> str:
    """Why a function's role may not read a queue; empty when it may."""
    sender = reader(config)
    for action in READING:
        error = denied(sender.ask, action, queue_arn)
        if isinstance(error, RoleNotAssumedError):
            return "The role defined for the function cannot be assumed by Lambda."
        if error:
            name = action.partition(":")[2]
            return f"The function execution role does not have permissions to call {name} on SQS"
    return str(denied(sender.ask_key, queue_arn, "kms:Decrypt") or "")


def state_of(mapping: dict[str, Any]) -> str:
    """The state by now: the passing ones end by themselves."""
    until, final = _settling.get(mapping["UUID"], (0.0, ""))
    if final and time.monotonic() >= until:
        mapping["State"] = final
        _settling.pop(mapping["UUID"], None)
    return str(mapping["State"])


def _check(given: dict[str, Any], *, new: bool = True) -> None:
    source = str(given.get("EventSourceArn") or "")
    if service_of(source) != "sqs":
        refuse_first([(not source, "Unrecognized event source.")], _INVALID)
        return
    _, config, _ = functions._get_func_record_for_ref(str(given.get("FunctionName")))
    if not config:
        raise RefusedError("Function does not exist", _INVALID)
    refuse_first(_out_of_range(given))
    refuse_first(_invalid(given, fifo=source.endswith(".fifo")), _INVALID)
    _check_queue(source, config)
    if new:
        _check_new(source, config)


def _out_of_range(given: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    for path, (least, most) in _RANGES.items():
        name, _, inner = path.partition(".")
        value = members(given.get(name)).get(inner) if inner else given.get(name)
        if value is None:
            continue
        member = ".".join(f"{part[:1].lower()}{part[1:]}" for part in path.split("."))
        text = f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must"
        yield int(value) < least, f"{text} have value greater than or equal to {least}"
        yield int(value) > most, f"{text} have value less than or equal to {most}"


def _invalid(given: dict[str, Any], *, fifo: bool) -> Iterator[tuple[bool, str]]:
    size, window = (int(given.get(name) or _DEFAULTS[name]) for name in ("BatchSize", "MaximumBatchingWindowInSeconds"))
    large = size > _LARGEST_PLAIN_BATCH
    yield fifo and window > 0, "Batching window is not supported for FIFO queues"
    yield fifo and large, f"Batch size must be at most {_LARGEST_PLAIN_BATCH} for FIFO queues"
    yield (
        large and not window,
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    )
    yield (
        bool(members(given.get("DestinationConfig"))),
        "Unsupported DestinationConfig parameter for given event source mapping type.",
    )
    filters: list[dict[str, Any]] = members(given.get("FilterCriteria")).get("Filters") or []
    yield len(filters) > _MOST_FILTERS, f"At most {_MOST_FILTERS} filters are allowed for an event source mapping."
    yield not all(_is_pattern(item.get("Pattern")) for item in filters), "Invalid filter pattern definition."


def _is_pattern(text: Any) -> bool:
    try:
        pattern = json.loads(text)
    except (TypeError, ValueError):
        return False
    return is_object(pattern) and not events._event_pattern_error(text)


def _check_queue(source: str, config: dict[str, Any]) -> None:
    queue = sqs._queue_by_arn(source)
    if queue is None:
        code = "SQS Error Code: AWS.SimpleQueueService.NonExistentQueue"
        text = f"Error occurred while ReceiveMessage. {code}. SQS Error Message: The specified queue does not exist."
        raise RefusedError(text, _INVALID)
    if reason := cannot_read(config, source):
        raise RefusedError(reason, _INVALID)
    hidden, longest = int(queue["attributes"].get("VisibilityTimeout", 30)), int(config.get("Timeout", 3))
    if hidden < longest:
        text = f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {longest} seconds"
        raise RefusedError(text, _INVALID)


def _check_new(source: str, config: dict[str, Any]) -> None:
    for other in list(functions._esms.values()):
        if (other["EventSourceArn"], other["FunctionArn"]) == (source, config["FunctionArn"]):
            pair = f'SQS arn (" {source} ") and function (" {config["FunctionName"]} ")'
            text = f"An event source mapping with {pair} already exists. Please update or delete the existing mapping"
            raise RefusedError(f"{text} with UUID {other['UUID']}", "ResourceConflictException", 409)


def _check_update(uuid: str, given: dict[str, Any]) -> None:
    mapping = functions._esms.get(uuid)
    if mapping:
        kept = {name: mapping.get(name) for name in (*_DEFAULTS, "EventSourceArn")}
        _check({**kept, "FunctionName": mapping["FunctionArn"], **given}, new=False)


def _check_known(uuid: str, *_: Any) -> None:
    if uuid not in functions._esms:
        raise RefusedError("The resource you requested does not exist.", "ResourceNotFoundException", 404)


def _answer(mapping: dict[str, Any], passing: str, final: str) -> Any:
    mapping["State"] = passing
    _settling[mapping["UUID"]] = (time.monotonic() + _SETTLE_SECONDS, final)
    return functions.json_response(functions._esm_response(mapping), 202)


def _creating(original: Original, given: dict[str, Any]) -> Any:
    answer = original(given)
    if failed(answer):
        return answer
    mapping = functions._esms[json.loads(answer[2])["UUID"]]
    return _answer(mapping, "Creating", mapping["State"])


def _updating(original: Original, uuid: str, given: dict[str, Any]) -> Any:
    mapping = members(functions._esms.get(uuid))
    was = mapping.get("Enabled")
    answer = original(uuid, given)
    if failed(answer):
        return answer
    passing = "Updating" if mapping["Enabled"] == was else "Enabling" if mapping["Enabled"] else "Disabling"
    return _answer(mapping, passing, "Enabled" if mapping["Enabled"] else "Disabled")


def _settled(original: Original, mapping: dict[str, Any]) -> dict[str, Any]:
    state_of(mapping)
    return original(mapping)


def _complete(uuid: str, properties: dict[str, Any]) -> None:
    mapping = functions._esms[uuid]
    for name, default in _DEFAULTS.items() if service_of(mapping["EventSourceArn"]) == "sqs" else ():
        mapping[name] = properties.get(name, default)
        if mapping[name] is None:
            del mapping[name]
    mapping["Enabled"] = is_true(properties.get("Enabled", True))
    mapping["State"] = "Enabled" if mapping["Enabled"] else "Disabled"
