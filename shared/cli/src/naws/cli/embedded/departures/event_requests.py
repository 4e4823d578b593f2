"""Events, targets and event patterns that EventBridge refuses."""

import json
import re
from typing import Any

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.json_values import compact, document, is_array, is_object, members
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import events, states
from naws.cli.embedded.departures.templates import BOTH, check_template

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


class NoJsonError(Exception):
    """A template of a JSON object did not become one: nothing is delivered, and nobody is notified.

    No answer of AWS is recorded for that, only that LocalStack's tests of it passed there.
    """


@departure(
    "recorded answers of AWS: LocalStack's test_events.snapshot.json and test_events_inputs.snapshot.json; "
    "botocore events PutTargets, PutEvents, PutRule (a rule contains a pattern or a schedule; the sentence is that of "
    "getmoto/moto); which targets need a role was measured on AWS: badmintoncryer/cdk-preflight, rule "
    "pf-events-target-role-required (2026-09-07)"
)
def event_requests() -> None:
    """Targets are judged when they are put: their number, one input, role, and the names in their templates.

    A rule has a pattern or a schedule. One with targets is not deleted. An event has a source, a detail type and
    a detail, which is a JSON object; all events of a call have 1 MB together at most. A rule of a template is judged
    like one of the API.
    """
    check_requests(events, "_put_rule", _check_trigger)
    check_requests(events, "_put_targets", _check_targets)
    check_requests(events, "_delete_rule", _check_deletion)
    check_requests(events, "_put_events", _check_size)
    wrap(events, "_put_events", _judging_events)
    check_template("Events::Rule", BOTH, _check_rule)


def _check_trigger(rule: dict[str, Any]) -> None:
    if not rule.get("EventPattern") and not rule.get("ScheduleExpression"):
        raise RefusedError("Parameter(s) EventPattern or ScheduleExpression must be specified.")


def _check_rule(properties: dict[str, Any]) -> None:
    pattern, schedule = properties.get("EventPattern") or "", properties.get("ScheduleExpression") or ""
    wrong = events._event_pattern_error(json.dumps(pattern) if is_object(pattern) else pattern)
    if wrong:
        raise RefusedError(f"Event pattern is not valid. Reason: {wrong}")
    _check_trigger(properties)
    if schedule and not events._validate_schedule_expression(schedule):
        raise RefusedError("Parameter ScheduleExpression is not valid.")
    targets: list[dict[str, Any]] = properties.get("Targets") or []
    _check_number(len(targets))
    for target in targets:
        _check_target(target)


def _check_targets(request: dict[str, Any]) -> None:
    targets: list[dict[str, Any]] = request.get("Targets") or []
    for target in targets:
        _check_target(target)
    check_model("events", "PutTargets", request)
    _check_number(len({target["Id"] for target in (*_targets_of(request, "Rule"), *targets)}))


def _check_number(targets: int) -> None:
    if targets > _MOST_TARGETS:
        raise RefusedError("The requested resource exceeds the maximum number allowed.", "LimitExceededException")


def _targets_of(request: dict[str, Any], field: str) -> list[dict[str, Any]]:
    key = events._rule_key(request.get(field), request.get("EventBusName", "default"))
    return events._targets.get(key) or []


def _check_target(target: dict[str, Any]) -> None:
    arn = str(target.get("Arn"))
    if not target.get("RoleArn") and service_of(arn) in _ROLED:
        raise RefusedError(f"RoleArn is required for target {arn}.")
    if sum(bool(target.get(name)) for name in _INPUTS) > 1:
        text = f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        raise RefusedError(text)
    transformer = members(target.get("InputTransformer"))
    for name in _NAME.findall(str(transformer.get("InputTemplate", ""))):
        if name not in members(transformer.get("InputPathsMap")):
            raise RefusedError(f"InputTemplate for target {target['Id']} contains invalid placeholder {name}.")


def _check_deletion(request: dict[str, Any]) -> None:
    if _targets_of(request, "Name"):
        raise RefusedError("Rule can't be deleted since it has targets.")


def _check_size(request: dict[str, Any]) -> None:
    if sum(map(_size, request.get("Entries") or ())) > _LARGEST_REQUEST:
        raise RefusedError("Total size of the entries in the request is over the limit.")


def _judging_events(original: Original, request: dict[str, Any], **named: Any) -> Any:
    entries: list[dict[str, Any]] = request.get("Entries") or []
    wrong = [_wrong_event(entry) for entry in entries]
    if not any(wrong):
        return original(request, **named)
    good = [entry for entry, error in zip(entries, wrong, strict=True) if error is None]
    answer: dict[str, Any] = json.loads(original({**request, "Entries": good}, **named)[2]) if good else {}
    rest = iter(answer.get("Entries", ()))
    answered = [next(rest) if error is None else error for error in wrong]
    failed = sum("ErrorCode" in entry for entry in answered)
    return events.json_response({"FailedEntryCount": failed, "Entries": answered})


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
    "recorded answers of AWS: LocalStack's test_events_inputs.snapshot.json, TestInputTransformer; that what "
    "is no JSON is not delivered: test_events_inputs.validation.json, which holds only that a test passed (2025-10-08)"
)
@patch(replace, events, "_render_input_template")
def event_templates(template: str, values: dict[str, Any]) -> str:
    """Objects and lists inside a text lose quotes and spaces, but in a template of a JSON object they keep them.

    There the result is no JSON then, and nothing is delivered. ``<aws.events.event>`` spells ``detailType``.
    """
    of_object = template.lstrip().startswith("{")
    whole = values.get(_BUILT_IN)
    if is_object(whole) and "detail-type" in whole:
        values = {**values, _BUILT_IN: {("detailType" if n == "detail-type" else n): v for n, v in whole.items()}}

    def inside(match: re.Match[str]) -> str:
        value = values.get(match.group(1), match.group(0))
        if isinstance(value, str):
            return value
        text = compact(value)
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
    "recorded answers of AWS: LocalStack's stepfunctions/v2/base/test_base.snapshot.json, "
    "test_event_bridge_events_base (error and cause are null where there is none)"
)
@patch(wrap, states, "_emit_execution_status_event")
def status_events(original: Original, execution: dict[str, Any]) -> None:
    """The status event of an execution has null for an error or a cause that there is not."""
    original({**execution, **{name: execution.get(name) or None for name in ("error", "cause")}})
