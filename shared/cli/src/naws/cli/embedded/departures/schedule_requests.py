"""Schedules and pipes that EventBridge Scheduler and Pipes refuse."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.json_values import document, is_object, members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, refuse_first
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.schedule_times import moment
from naws.cli.embedded.departures.services import events, pipes, scheduler, states

_RATE = re.compile(r"rate\([1-9]\d* (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_JSON_ONLY = frozenset({"lambda", "states", "events"})


# Of the fields of a cron expression: minutes, hours, days, months, days of the week, years.
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))


@departure(
    "recorded answers of AWS: LocalStack's test_scheduler.snapshot.json and test_events_schedule.snapshot.json; "
    "EventBridge Scheduler User Guide, 'Schedule types' (the values of the fields); that one of the two days is '?', "
    "and not both, was measured on AWS: badmintoncryer/cdk-preflight, rule "
    "pf-scheduler-schedule-expression (2026-09-07)"
)
@patch(wrap, events, "_parse_cron_fields")
def cron_ranges(original: Original, expression: str) -> Any:
    """A cron expression with a number outside of its field's range, or no day, is refused, of schedule and rule."""
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    for field, (least, most) in zip(fields, _RANGES, strict=False):
        for number in re.findall(r"(?<![/#\w])\d+", field):
            if not least <= int(number) <= most:
                return None
    return None if fields[2:5:2] == ["?", "?"] else original(expression)


@departure(
    "recorded answers of AWS: LocalStack's test_scheduler.snapshot.json; botocore scheduler CreateSchedule "
    "(Target, Input; RetryPolicy; DeadLetterConfig); Scheduler User Guide, 'Schedule types' (time zones: IANA's; "
    "the sentence is not AWS's); windows and dates were measured on AWS: badmintoncryer/cdk-preflight, "
    "rules pf-scheduler-flexible-window, -flexible-time-window and -start-end-order (2026-09-07)"
)
@patch(check_requests, scheduler, ("_create_schedule", "_update_schedule"))
def schedule_requests(name: str, body: dict[str, Any]) -> None:
    """A schedule is refused for an expression that never fires, and for what its target's model does not allow.

    So it is for an unknown time zone, a window without its length or a length without it, and an end before the start.
    The input for a state machine, a function or a bus is JSON. So it is for what a template asks for.
    """
    expression, target = body.get("ScheduleExpression") or "", members(body.get("Target"))
    check_model("scheduler", "CreateSchedule", {**body, "Name": name})
    if expression and not fires(expression):
        raise RefusedError(f"Invalid Schedule Expression {expression}.")
    refuse_first(_wrong_times(body))
    if service_of(str(target.get("Arn"))) in _JSON_ONLY and target.get("Input"):
        try:
            document(target["Input"])
        except ValueError:
            raise RefusedError("The provided Input is not a valid JSON.") from None


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


def fires(expression: str) -> bool:
    """Whether a schedule expression is one, of the three kinds that there are."""
    at = _AT.fullmatch(expression)
    if at:
        try:
            return bool(datetime.fromisoformat(at.group(1)))
        except ValueError:
            return False
    if expression.startswith("cron("):
        return events._parse_cron_fields(expression) is not None
    return _RATE.fullmatch(expression) is not None


@departure("botocore pipes CreatePipe (BatchSize; InvocationType: REQUEST_RESPONSE is not supported for STANDARD)")
def pipe_requests() -> None:
    """A pipe is refused for what its model does not allow, and for waiting for a standard state machine."""
    check_requests(pipes, ("_create_pipe", "_update_pipe"), check_pipe)


def check_pipe(name: str, body: dict[str, Any]) -> None:
    """Refuse what AWS refuses of a pipe; an update has only what it changes.

    Raises:
        RefusedError: AWS refuses a pipe of these properties.
    """
    check_model("pipes", "CreatePipe", {**body, "Name": name})
    machine = states._state_machines.get(body.get("Target") or "")
    updated = "Source" not in body and "TargetParameters" not in body
    if updated or not is_object(machine) or machine.get("type", "STANDARD") != "STANDARD":
        return
    parameters = members(members(body.get("TargetParameters")).get("StepFunctionStateMachineParameters"))
    if parameters.get("InvocationType", "REQUEST_RESPONSE") != "FIRE_AND_FORGET":
        text = "Invocation type REQUEST_RESPONSE is not supported for STANDARD state machine workflows"
        raise RefusedError(text)
