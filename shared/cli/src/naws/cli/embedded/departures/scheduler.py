"""EventBridge Scheduler: when schedules fire, what they send, and what happens when the target refuses."""

import json
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.arns import account_of, region_of, service_of
from naws.cli.embedded.departures.delivery import DeliveryError, deliver, send_dead_letter, supported
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.patching import departure, patch, replace
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.schedule_times import next_due
from naws.cli.embedded.departures.senders import SCHEDULER, RoleNotAssumedError, Sender
from naws.cli.embedded.departures.services import ecs, events, scheduler

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 1
_NAMESPACE = "AWS/Scheduler"


@departure(
    "EventBridge Scheduler API Reference, 'CreateSchedule'; User Guide, 'Confused deputy prevention' (the "
    "source is the schedule's group, not the schedule)"
)
@patch(check_requests, scheduler, ("_create_schedule", "_update_schedule"))
def schedule_roles(_: str, body: dict[str, Any]) -> None:
    """A schedule whose execution role EventBridge Scheduler cannot assume is refused, by the API and by a template."""
    target = members(body.get("Target"))
    group = body.get("GroupName", "default")
    if target.get("RoleArn") and group in {"default", *scheduler._schedule_groups}:
        try:
            _sender({"GroupName": group, "Target": target}).assume()
        except RoleNotAssumedError:
            text = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            raise RefusedError(text) from None


class CannotFireError(Exception):
    """The schedule does not exist or is disabled."""


@dataclass(frozen=True)
class _Plan:
    """The time at which a schedule is due next, and the version of the schedule it was computed for."""

    version: float
    due: datetime | None


_plans: dict[tuple[str, str, str], _Plan] = {}


@departure("EventBridge Scheduler User Guide, 'Schedule types', 'Context attributes', 'Configuring a DLQ', 'Metrics'")
def schedules() -> None:
    """A schedule fires in its time zone, between start and end, a rate at once.

    It sends its input with the context attributes replaced, and to its dead-letter queue what the target refuses;
    both as its execution role, which needs ``sqs:SendMessage`` for that queue, and its key.
    ``AWS/Scheduler`` counts attempts, errors, drops and dead letters by ``ScheduleGroup``. Of a flexible window the
    first second is used.
    """
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
    replace(scheduler, "_tick_schedules", _tick)


def fire_now(group: str, name: str) -> None:
    """Fire a schedule as if it were due at this second.

    Raises:
        CannotFireError: it does not exist, or it is disabled and therefore never due.
    """
    schedule = scheduler._schedules.get(f"{group}/{name}")
    if schedule is None:
        raise CannotFireError(f"There is no schedule {name} in group {group}.")
    if schedule["State"] != "ENABLED":
        raise CannotFireError(f"The schedule {name} in group {group} is disabled.")
    _fire(schedule, datetime.now(UTC).replace(microsecond=0))


def _tick() -> None:
    now = datetime.now(UTC)
    for key, schedule in list(scheduler._schedules.all_items()):
        account, region, _ = key
        with ecs.request_scope(account, region):
            try:
                _consider(key, schedule, now)
            except Exception:  # noqa: BLE001  # of whatever kind: the other schedules must still fire
                _LOG.exception("schedule %s", schedule.get("Arn"))


def _consider(key: tuple[str, str, str], schedule: dict[str, Any], now: datetime) -> None:
    plan = _plans.get(key)
    if plan is None or plan.version != schedule["LastModificationDate"]:
        changed = datetime.fromtimestamp(schedule["LastModificationDate"], UTC)
        created = datetime.fromtimestamp(schedule["CreationDate"] - 1, UTC)
        first = schedule["LastModificationDate"] == schedule["CreationDate"]
        plan = _Plan(schedule["LastModificationDate"], next_due(schedule, created if first else changed))
        _plans[key] = plan
    if plan.due is not None and plan.due <= now:
        if schedule["State"] == "ENABLED":
            _fire(schedule, plan.due)
        plan = _Plan(plan.version, next_due(schedule, now))
        _plans[key] = plan
    if plan.due is None and schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules.pop(key[2], None)
        _plans.pop(key, None)


def _fire(schedule: dict[str, Any], scheduled: datetime) -> None:
    target = schedule["Target"]
    dimensions = {"ScheduleGroup": schedule["GroupName"]}
    publish(_NAMESPACE, "InvocationAttemptCount", 1, dimensions)
    payload = _payload(schedule, scheduled)
    if not supported(target["Arn"]):
        notification = _notification(schedule, scheduled)
        events._invoke_target({**target, "Input": payload}, notification, schedule)
        return

    def refused(error: DeliveryError) -> None:
        _LOG.warning("schedule %s: %s refused: %s: %s", schedule["Name"], target["Arn"], error.code, error)
        publish(_NAMESPACE, "TargetErrorCount", 1, dimensions)
        publish(_NAMESPACE, "InvocationDroppedCount", 1, dimensions)
        _dead_letter(schedule, payload, scheduled, error, dimensions)

    deliver(target, payload, _sender(schedule), f"chronos-schedule/{schedule['Name']}"[:36], refused)


def _sender(schedule: dict[str, Any]) -> Sender:
    group = scheduler._group_arn(schedule["GroupName"])
    return Sender(SCHEDULER, group, role_arn=schedule["Target"].get("RoleArn") or "")


def _payload(schedule: dict[str, Any], scheduled: datetime) -> str:
    text = schedule["Target"].get("Input")
    if not text:
        event = events._pattern_event_view(_notification(schedule, scheduled)).event_with_detail()
        return json.dumps({**event, "detail": "{}"})
    attributes = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": _stamp(scheduled),
        "execution-id": secrets.token_hex(8),
        "attempt-number": "1",
    }
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _notification(schedule: dict[str, Any], scheduled: datetime) -> dict[str, Any]:
    return {
        "EventId": scheduler.new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": int(scheduled.timestamp()),
        "Resources": [schedule["Arn"]],
        "Account": account_of(schedule["Arn"]),
        "Region": region_of(schedule["Arn"]),
    }


def _dead_letter(
    schedule: dict[str, Any], payload: str, scheduled: datetime, error: DeliveryError, dimensions: dict[str, str]
) -> None:
    target = schedule["Target"]
    attributes = {
        "IS_PAYLOAD_TRUNCATED": "false",
        "SCHEDULED_TIME": _stamp(scheduled),
        "SCHEDULE_ARN": schedule["Arn"],
        "TARGET_ARN": target["Arn"],
    }
    machine = {"StateMachineArn": target["Arn"], "Input": payload}
    body = json.dumps(machine) if service_of(target["Arn"]) == "states" else payload
    sent = send_dead_letter(target, body, attributes, _sender(schedule), error)
    if sent is not None:
        metric = "InvocationsSentToDeadLetterCount" if sent else "InvocationsFailedToBeSentToDeadLetterCount"
        publish(_NAMESPACE, metric, 1, dimensions)
