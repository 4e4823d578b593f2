"""What EventBridge Scheduler and Pipes refuse of schedules and pipes."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from naws.cli.embedded.departures.json_values import document, is_object, members
from naws.cli.embedded.departures.patching import departure, replace, service, unless
from naws.cli.embedded.departures.request_shapes import violations
from naws.cli.embedded.departures.schedule_times import moment

_RATE = re.compile(r"rate\([1-9]\d* (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_JSON_ONLY = frozenset({"lambda", "states", "events"})


# Of the fields of a cron expression: minutes, hours, days, months, days of the week, years.
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))


@departure(
    source="recorded answers of AWS: LocalStack's test_scheduler.snapshot.json and test_events_schedule.snapshot.json; "
    "EventBridge Scheduler User Guide, 'Schedule types' (the values of the fields); that one of the two days is '?', "
    "and not both, was measured on AWS: badmintoncryer/cdk-preflight, rule "
    "pf-scheduler-schedule-expression (2026-09-07)",
    replaces=("eventbridge._parse_cron_fields",),
)
def cron_ranges() -> None:
    """A cron expression with a number outside of its field's range, or no day, is refused, of schedule and rule."""
    replace(service("eventbridge"), "_parse_cron_fields", _in_range)


def _in_range(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse(expression: str) -> Any:
        fields = expression.removeprefix("cron(").removesuffix(")").split()
        for field, (least, most) in zip(fields, _RANGES, strict=False):
            for number in re.findall(r"(?<![/#\w])\d+", field):
                if not least <= int(number) <= most:
                    return None
        return None if fields[2:5:2] == ["?", "?"] else original(expression)

    return parse


@departure(
    source="recorded answers of AWS: LocalStack's test_scheduler.snapshot.json; botocore scheduler CreateSchedule "
    "(Target, Input; RetryPolicy; DeadLetterConfig); Scheduler User Guide, 'Schedule types' (time zones: IANA's; "
    "the sentence is not AWS's); windows and dates were measured on AWS: badmintoncryer/cdk-preflight, "
    "rules pf-scheduler-flexible-window, -flexible-time-window and -start-end-order (2026-09-07)",
    replaces=(
        "scheduler._create_schedule",
        "scheduler._update_schedule",
        "scheduler._error",
        "eventbridge._parse_cron_fields",
    ),
)
def schedule_requests() -> None:
    """A schedule is refused for an expression that never fires, and for what its target's model does not allow.

    So it is for an unknown time zone, a window without its length or a length without it, and an end before the start.
    The input for a state machine, a function or a bus is JSON. So it is for what a template asks for.
    """
    for name in ("_create_schedule", "_update_schedule"):
        replace(service("scheduler"), name, unless(_refused_schedule))


def _refused_schedule(name: str, body: dict[str, Any]) -> Any:
    expression = body.get("ScheduleExpression") or ""
    target = members(body.get("Target"))
    kind = ":".join(str(target.get("Arn")).split(":")[2:3])
    wrong = violations("scheduler", "CreateSchedule", {**body, "Name": name})
    if not wrong and expression and not _fires(expression):
        wrong = f"Invalid Schedule Expression {expression}."
    wrong = wrong or next((text for refused, text in _wrong_times(body) if refused), "")
    if not wrong and kind in _JSON_ONLY and target.get("Input") and not _is_json(target["Input"]):
        wrong = "The provided Input is not a valid JSON."
    return service("scheduler")._error(400, "ValidationException", wrong) if wrong else None


def _wrong_times(body: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    zone, window = body.get("ScheduleExpressionTimezone"), members(body.get("FlexibleTimeWindow"))
    longest, mode = window.get("MaximumWindowInMinutes"), window.get("Mode")
    yield zone not in {None, *available_timezones()}, f"Invalid ScheduleExpressionTimezone {zone}."
    given = "be provided when FlexibleTimeWindowMode is set to"
    yield mode == "FLEXIBLE" and longest is None, f"MaximumWindowInMinutes must {given} FLEXIBLE."
    yield mode == "OFF" and longest is not None, f"MaximumWindowInMinutes must not {given} OFF."
    start, end = moment(body.get("StartDate")), moment(body.get("EndDate"))
    late = start is not None and end is not None and start >= end
    yield late, "The StartDate you specify must come before the EndDate."


def _fires(expression: str) -> bool:
    at = _AT.fullmatch(expression)
    if at:
        try:
            return bool(datetime.fromisoformat(at.group(1)))
        except ValueError:
            return False
    if expression.startswith("cron("):
        return service("eventbridge")._parse_cron_fields(expression) is not None
    return _RATE.fullmatch(expression) is not None


def _is_json(text: str) -> bool:
    try:
        document(text)
    except ValueError:
        return False
    return True


@departure(
    source="botocore pipes CreatePipe (BatchSize; InvocationType: REQUEST_RESPONSE is not supported for STANDARD)",
    replaces=("pipes._create_pipe", "pipes._update_pipe", "pipes._error", "stepfunctions._state_machines"),
)
def pipe_requests() -> None:
    """A pipe is refused for what its model does not allow, and for waiting for a standard state machine."""
    pipes = service("pipes")
    replace(pipes, "_create_pipe", unless(_refused_pipe))
    replace(pipes, "_update_pipe", unless(_refused_pipe))


def _refused_pipe(name: str, body: dict[str, Any]) -> Any:
    wrong = wrong_pipe(name, body)
    return service("pipes")._error(400, "ValidationException", wrong) if wrong else None


def wrong_pipe(name: str, body: dict[str, Any]) -> str:
    """Why AWS refuses a pipe of these properties; empty when it does not. An update says only what it changes."""
    wrong = violations("pipes", "CreatePipe", {**body, "Name": name})
    machine = service("stepfunctions")._state_machines.get(body.get("Target") or "")
    updated = "Source" not in body and "TargetParameters" not in body
    if wrong or updated or not is_object(machine) or machine.get("type", "STANDARD") != "STANDARD":
        return wrong
    parameters = members(members(body.get("TargetParameters")).get("StepFunctionStateMachineParameters"))
    if parameters.get("InvocationType", "REQUEST_RESPONSE") == "FIRE_AND_FORGET":
        return ""
    return "Invocation type REQUEST_RESPONSE is not supported for STANDARD state machine workflows"
