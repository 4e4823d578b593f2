"""What EventBridge refuses of events, targets and templates."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import re
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.json_values import document, is_array, is_object, members
from naws.cli.embedded.departures.patching import departure, judge_template, replace, service, unless
from naws.cli.embedded.departures.request_shapes import violations

_MOST_TARGETS = 5
_LARGEST_REQUEST = 1024 * 1024
_REQUIRED = ("Source", "DetailType", "Detail")
_INPUTS = ("Input", "InputPath", "InputTransformer")
_NAME = re.compile(r"<([A-Za-z0-9_-]+)>")
_BUILT_IN = "aws.events.event"
_ROLED = frozenset(
    {
        *("batch", "codebuild", "codepipeline", "ecs", "events", "firehose", "glue", "inspector", "kinesis"),
        *("redshift", "sagemaker", "ssm", "ssm-incidents", "states"),
    }
)
"""The services whose resources EventBridge calls as a role only."""
_NO_TRIGGER = "Parameter(s) EventPattern or ScheduleExpression must be specified."


class NoJsonError(Exception):
    """A template of a JSON object did not become one: nothing is delivered, and nobody is notified.

    No answer of AWS is recorded for that, only that LocalStack's tests of it passed there.
    """


@departure(
    source="recorded answers of AWS: LocalStack's test_events.snapshot.json and test_events_inputs.snapshot.json; "
    "botocore events PutTargets, PutEvents, PutRule (a rule contains a pattern or a schedule; the sentence is that of "
    "getmoto/moto); which targets need a role was measured on AWS: badmintoncryer/cdk-preflight, rule "
    "pf-events-target-role-required (2026-09-07)",
    replaces=(
        "eventbridge._put_rule",
        "eventbridge._put_targets",
        "eventbridge._delete_rule",
        "eventbridge._targets",
        "eventbridge._rule_key",
        "eventbridge._put_events",
        "eventbridge.error_response_json",
        "eventbridge.json_response",
        "eventbridge._event_pattern_error",
        "eventbridge._validate_schedule_expression",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def event_requests() -> None:
    """Targets are judged when they are put: their number, one input, role, and the names in their templates.

    A rule has a pattern or a schedule. One with targets is not deleted. An event says its source, its detail type and
    its detail, which is a JSON object; all events of a call have 1 MB together at most. A rule of a template is judged
    like one of the API.
    """
    events = service("eventbridge")
    replace(events, "_put_rule", unless(_refused_rule))
    replace(events, "_put_targets", unless(_refused_targets))
    replace(events, "_delete_rule", unless(_refused_deletion))
    replace(events, "_put_events", _judging_events)
    judge_template("Events::Rule", _judge_rule)


def _judge_rule(properties: dict[str, Any]) -> None:
    events = service("eventbridge")
    pattern, schedule = properties.get("EventPattern") or "", properties.get("ScheduleExpression") or ""
    wrong = events._event_pattern_error(json.dumps(pattern) if is_object(pattern) else pattern)
    if wrong:
        raise ValueError(f"Event pattern is not valid. Reason: {wrong}")
    if not pattern and not schedule:
        raise ValueError(_NO_TRIGGER)
    if schedule and not events._validate_schedule_expression(schedule):
        raise ValueError("Parameter ScheduleExpression is not valid.")
    targets: list[dict[str, Any]] = properties.get("Targets") or []
    if len(targets) > _MOST_TARGETS:
        raise ValueError("The requested resource exceeds the maximum number allowed.")
    wrong = next((text for text in map(_wrong_target, targets) if text), "")
    if wrong:
        raise ValueError(wrong)


def _refusal(code: str, message: str) -> Any:
    return service("eventbridge").error_response_json(code, message, 400)


def _refused_rule(request: dict[str, Any]) -> Any:
    if request.get("EventPattern") or request.get("ScheduleExpression"):
        return None
    return _refusal("ValidationException", _NO_TRIGGER)


def _refused_targets(request: dict[str, Any]) -> Any:
    events = service("eventbridge")
    targets: list[dict[str, Any]] = request.get("Targets") or []
    key = events._rule_key(request.get("Rule"), request.get("EventBusName", "default"))
    ids = {target["Id"] for target in (*(events._targets.get(key) or ()), *targets)}
    wrong = next((text for text in map(_wrong_target, targets) if text), violations("events", "PutTargets", request))
    if wrong:
        return _refusal("ValidationException", wrong)
    if len(ids) > _MOST_TARGETS:
        return _refusal("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return None


def _wrong_target(target: dict[str, Any]) -> str:
    arn = str(target.get("Arn"))
    if not target.get("RoleArn") and "".join(arn.split(":")[2:3]) in _ROLED:
        return f"RoleArn is required for target {arn}."
    return _wrong_input(target)


def _wrong_input(target: dict[str, Any]) -> str:
    if sum(bool(target.get(name)) for name in _INPUTS) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
    transformer = members(target.get("InputTransformer"))
    known = members(transformer.get("InputPathsMap"))
    for found in _NAME.finditer(str(transformer.get("InputTemplate", ""))):
        name = found.group(1)
        if name not in known:
            return f"InputTemplate for target {target['Id']} contains invalid placeholder {name}."
    return ""


def _refused_deletion(request: dict[str, Any]) -> Any:
    events = service("eventbridge")
    key = events._rule_key(request.get("Name"), request.get("EventBusName", "default"))
    if events._targets.get(key):
        return _refusal("ValidationException", "Rule can't be deleted since it has targets.")
    return None


def _judging_events(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(request: dict[str, Any], **named: Any) -> Any:
        entries: list[dict[str, Any]] = request.get("Entries") or []
        if sum(map(_size, entries)) > _LARGEST_REQUEST:
            return _refusal("ValidationException", "Total size of the entries in the request is over the limit.")
        wrong = [_wrong_event(entry) for entry in entries]
        if not any(wrong):
            return original(request, **named)
        good = [entry for entry, error in zip(entries, wrong, strict=True) if error is None]
        taken: list[dict[str, Any]] = []
        if good:
            taken = json.loads(original({**request, "Entries": good}, **named)[2])["Entries"]
        rest = iter(taken)
        answered = [next(rest) if error is None else error for error in wrong]
        failed = sum("ErrorCode" in entry for entry in answered)
        return service("eventbridge").json_response({"FailedEntryCount": failed, "Entries": answered})

    return put


def _size(entry: dict[str, Any]) -> int:
    texts = (*(entry.get(name) or "" for name in _REQUIRED), *(entry.get("Resources") or ()))
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") else 0)


def _wrong_event(entry: dict[str, Any]) -> dict[str, str] | None:
    for name in _REQUIRED:
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    try:
        detail = document(entry["Detail"])
    except ValueError:
        detail = None
    return None if is_object(detail) else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


@departure(
    source="recorded answers of AWS: LocalStack's test_events_inputs.snapshot.json, TestInputTransformer; that what "
    "is no JSON is not delivered: test_events_inputs.validation.json, which holds only that a test passed (2025-10-08)",
    replaces=(
        "eventbridge._render_input_template",
        "eventbridge._STRING_OR_PLACEHOLDER_RE",
        "eventbridge._PLACEHOLDER_RE",
    ),
)
def event_templates() -> None:
    """Objects and lists inside a text lose quotes and spaces, but in a template of a JSON object they keep them.

    There the result is no JSON then, and nothing is delivered. ``<aws.events.event>`` spells ``detailType``.
    """
    replace(service("eventbridge"), "_render_input_template", lambda _: _render)


def _render(template: str, values: dict[str, Any]) -> str:
    events = service("eventbridge")
    of_object = template.lstrip().startswith("{")
    whole = values.get(_BUILT_IN)
    if is_object(whole) and "detail-type" in whole:
        values = {**values, _BUILT_IN: {("detailType" if n == "detail-type" else n): v for n, v in whole.items()}}

    def inside(match: re.Match[str]) -> str:
        value = values.get(match.group(1), match.group(0))
        if isinstance(value, str):
            return value
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text if of_object and (is_object(value) or is_array(value)) else text.replace('"', "")

    def token(match: re.Match[str]) -> str:
        text = match.group(0)
        if text.startswith('"'):
            return events._PLACEHOLDER_RE.sub(inside, text)
        name = text[1:-1]
        return json.dumps(values[name], ensure_ascii=False) if name in values else text

    if '"' not in template:
        return events._PLACEHOLDER_RE.sub(inside, template)
    rendered = events._STRING_OR_PLACEHOLDER_RE.sub(token, template)
    if of_object:
        try:
            document(rendered)
        except ValueError as error:
            raise NoJsonError(rendered) from error
    return rendered


@departure(
    source="recorded answers of AWS: LocalStack's stepfunctions/v2/base/test_base.snapshot.json, "
    "test_event_bridge_events_base (error and cause are null where there is none)",
    replaces=("stepfunctions._emit_execution_status_event",),
)
def status_events() -> None:
    """The status event of an execution has null for an error or a cause that there is not."""
    replace(service("stepfunctions"), "_emit_execution_status_event", _with_nulls)


def _with_nulls(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def emit(execution: dict[str, Any]) -> None:
        original({**execution, **{name: execution.get(name) or None for name in ("error", "cause")}})

    return emit
