"""EventBridge Scheduler: when schedules fire, what they send, and what happens when the target refuses."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.delivery import DeliveryError, deliver, send_dead_letter, supported
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.metrics import publish
from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.schedule_times import next_due
from naws.cli.embedded.departures.senders import SCHEDULER, RoleNotAssumedError, Sender

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 1
_NAMESPACE = "AWS/Scheduler"
_NOT_ASSUMED = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


@departure(
    source="EventBridge Scheduler API Reference, 'CreateSchedule'; User Guide, 'Confused deputy prevention' (the "
    "source is the schedule's group, not the schedule)",
    replaces=("scheduler._create_schedule", "scheduler._update_schedule", "scheduler._group_arn"),
)
def schedule_roles() -> None:
    """A schedule whose execution role EventBridge Scheduler cannot assume is refused, by the API and by a template."""
    for name in ("_create_schedule", "_update_schedule"):
        replace(service("scheduler"), name, _with_role)


def _with_role(original: Callable[[str, dict[str, Any]], Any]) -> Callable[[str, dict[str, Any]], Any]:
    def write(name: str, body: dict[str, Any]) -> Any:
        scheduler, target = service("scheduler"), members(body.get("Target"))
        group = body.get("GroupName", "default")
        if target.get("RoleArn") and group in {"default", *scheduler._schedule_groups}:
            try:
                _sender({"GroupName": group, "Target": target}).assume()
            except RoleNotAssumedError:
                return scheduler._error(400, "ValidationException", _NOT_ASSUMED)
        return original(name, body)

    return write


class CannotFireError(Exception):
    """The schedule does not exist or is disabled."""


@dataclass(frozen=True)
class _Plan:
    """When a schedule is due next, and the version of the schedule this was computed for."""

    version: float
    due: datetime | None


_plans: dict[tuple[str, str, str], _Plan] = {}


@departure(
    source="EventBridge Scheduler User Guide, 'Schedule types', 'Context attributes', 'Configuring a DLQ', 'Metrics'",
    replaces=(
        "scheduler._tick_schedules",
        "scheduler._SCHEDULE_TICK_INTERVAL",
        "scheduler._schedules",
        "scheduler.new_uuid",
        "ecs.request_scope",
        "eventbridge._invoke_target",
        "eventbridge._parse_cron_fields",
        "eventbridge._cron_next_fire",
    ),
)
def schedules() -> None:
    """A schedule fires in its time zone, between start and end, a rate at once.

    It sends its input with the context attributes replaced, and to its dead-letter queue what the target refuses;
    both as its execution role, which needs ``sqs:SendMessage`` for that queue, and its key.
    ``AWS/Scheduler`` counts attempts, errors, drops and dead letters by ``ScheduleGroup``. Of a flexible window the
    first second is used.
    """
    scheduler = service("scheduler")
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
    replace(scheduler, "_tick_schedules", lambda _: _tick)


def fire_now(group: str, name: str) -> None:
    """Fire a schedule as if it were due at this second.

    Raises:
        CannotFireError: it does not exist, or it is disabled and therefore never due.
    """
    schedule = service("scheduler")._schedules.get(f"{group}/{name}")
    if schedule is None:
        raise CannotFireError(f"There is no schedule {name} in group {group}.")
    if schedule["State"] != "ENABLED":
        raise CannotFireError(f"The schedule {name} in group {group} is disabled.")
    _fire(schedule, datetime.now(UTC).replace(microsecond=0))


def _tick() -> None:
    scheduler = service("scheduler")
    now = datetime.now(UTC)
    for key, schedule in list(scheduler._schedules.all_items()):
        account, region, _ = key
        with service("ecs").request_scope(account, region):
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
        service("scheduler")._schedules.pop(key[2], None)
        _plans.pop(key, None)


def _fire(schedule: dict[str, Any], scheduled: datetime) -> None:
    target = schedule["Target"]
    dimensions = {"ScheduleGroup": schedule["GroupName"]}
    publish(_NAMESPACE, "InvocationAttemptCount", 1, dimensions)
    payload = _payload(schedule, scheduled)
    if not supported(target["Arn"]):
        notification = _notification(schedule, scheduled)
        service("eventbridge")._invoke_target({**target, "Input": payload}, notification, schedule)
        return

    def refused(error: DeliveryError) -> None:
        _LOG.warning("schedule %s: %s refused: %s: %s", schedule["Name"], target["Arn"], error.code, error)
        publish(_NAMESPACE, "TargetErrorCount", 1, dimensions)
        publish(_NAMESPACE, "InvocationDroppedCount", 1, dimensions)
        _dead_letter(schedule, payload, scheduled, error, dimensions)

    deliver(target, payload, _sender(schedule), f"chronos-schedule/{schedule['Name']}"[:36], refused)


def _sender(schedule: dict[str, Any]) -> Sender:
    group = service("scheduler")._group_arn(schedule["GroupName"])
    return Sender(SCHEDULER, group, role_arn=schedule["Target"].get("RoleArn") or "")


def _payload(schedule: dict[str, Any], scheduled: datetime) -> str:
    text = schedule["Target"].get("Input")
    if not text:
        event = service("eventbridge")._pattern_event_view(_notification(schedule, scheduled)).event_with_detail()
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
    account, region = schedule["Arn"].split(":")[4], schedule["Arn"].split(":")[3]
    return {
        "EventId": service("scheduler").new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": int(scheduled.timestamp()),
        "Resources": [schedule["Arn"]],
        "Account": account,
        "Region": region,
    }


def _dead_letter(
    schedule: dict[str, Any], payload: str, scheduled: datetime, error: DeliveryError, dimensions: dict[str, str]
) -> None:
    target = schedule["Target"]
    queue = members(target.get("DeadLetterConfig")).get("Arn")
    if not queue:
        return
    attributes = {
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error),
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(error.retries),
        "SCHEDULED_TIME": _stamp(scheduled),
        "SCHEDULE_ARN": schedule["Arn"],
        "TARGET_ARN": target["Arn"],
    }
    is_machine = ":states:" in target["Arn"]
    body = json.dumps({"StateMachineArn": target["Arn"], "Input": payload}) if is_machine else payload
    sent = send_dead_letter(queue, body, attributes, _sender(schedule))
    metric = "InvocationsSentToDeadLetterCount" if sent else "InvocationsFailedToBeSentToDeadLetterCount"
    publish(_NAMESPACE, metric, 1, dimensions)
