"""What starts runs, and what tells people: enabled, due, connected."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from naws.cli.checkers.facts import Fact, Resource, encrypted, status
from naws.cli.words import counted
from naws.core.schedules import ScheduleSyntaxError, parse_schedule

_MISSING = Fact("not there", good=False)


def schedule(resource: Resource) -> Iterator[Fact]:
    """EventBridge Scheduler: enabled, and when it fires next."""
    group = resource.given("GroupName") or "default"
    found = resource.client("scheduler").get_schedule(Name=resource.id, GroupName=group)
    yield _state(found["State"], resource)
    if found["State"] == "ENABLED":
        begins = max(datetime.now(UTC), found.get("StartDate") or datetime.now(UTC))
        zone = found.get("ScheduleExpressionTimezone", "UTC")
        yield _next(found["ScheduleExpression"], zone, begins, found.get("EndDate"))


def rule(resource: Resource) -> Iterator[Fact]:
    """EventBridge; a rule of another bus than the default has `bus|rule` as its id."""
    bus, _, name = resource.id.rpartition("|")
    found = resource.client("events").describe_rule(Name=name, EventBusName=bus or "default")
    yield _state(found["State"].split("_")[0], resource)
    if found.get("ScheduleExpression") and found["State"] == "ENABLED":
        yield _next(found["ScheduleExpression"], "UTC", datetime.now(UTC), None)


def _state(found: str, resource: Resource) -> Fact:
    wanted = str(resource.given("State") or "ENABLED").split("_")[0]
    return Fact(found.lower(), good=found == wanted)


def _next(expression: str, zone: str, begins: datetime, ends: datetime | None) -> Fact:
    try:
        due = parse_schedule(expression).next_times(begins, 1, zone)
    except ScheduleSyntaxError:
        return Fact(f"{expression}: its next time is not known here")
    if not due or (ends and due[0] > ends):
        return Fact("fires never again", good=False)
    return Fact(f"next {due[0]:%Y-%m-%d %H:%M} {zone}")


def pipe(resource: Resource) -> Iterator[Fact]:
    """EventBridge Pipes."""
    found = resource.client("pipes").describe_pipe(Name=resource.id)
    yield status(found["CurrentState"], resource.given("DesiredState") or "RUNNING")


def alarm(resource: Resource) -> Iterator[Fact]:
    """CloudWatch: there, and it tells somebody when the template says so."""
    yield from _alarm(resource, "MetricAlarm")


def composite_alarm(resource: Resource) -> Iterator[Fact]:
    """CloudWatch, an alarm on alarms."""
    yield from _alarm(resource, "CompositeAlarm")


def _alarm(resource: Resource, kind: str) -> Iterator[Fact]:
    name = resource.id.rsplit(":alarm:", 1)[-1]
    answer = resource.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=[kind])
    found: Sequence[dict[str, Any]] = answer[f"{kind}s"]
    if not found:
        yield _MISSING
        return
    yield Fact(found[0]["StateValue"].lower().replace("_", " "))
    actions = found[0].get("AlarmActions", ())
    if resource.gives("AlarmActions"):
        notifies = bool(actions) and found[0]["ActionsEnabled"]
        yield Fact(f"{len(actions)} action{'s' * (len(actions) != 1)}" if notifies else "tells nobody", good=notifies)
    else:
        yield Fact("no actions given")


def dashboard(resource: Resource) -> Iterator[Fact]:
    """CloudWatch: there, and with how many widgets."""
    found = resource.client("cloudwatch").get_dashboard(DashboardName=resource.id)
    yield Fact(counted(len(json.loads(found["DashboardBody"])["widgets"]), "widget"))


def topic(resource: Resource) -> Iterator[Fact]:
    """SNS."""
    found = resource.client("sns").get_topic_attributes(TopicArn=resource.id)["Attributes"]
    yield Fact("present")
    yield from encrypted(resource, with_key=found.get("KmsMasterKeyId"))
    yield Fact(f"{found.get('SubscriptionsConfirmed', 0)} confirmed subscriptions")


def log_group(resource: Resource) -> Iterator[Fact]:
    """CloudWatch Logs."""
    pages = resource.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=resource.id)
    found = next((one for page in pages for one in page["logGroups"] if one["logGroupName"] == resource.id), None)
    if found is None:
        yield _MISSING
        return
    wanted, kept = resource.given("RetentionInDays"), found.get("retentionInDays")
    words = f"kept {counted(kept, 'day')}" if kept else "kept for ever"
    yield Fact(words, good=wanted is None or str(kept) == str(wanted))
    yield from encrypted(resource, with_key=found.get("kmsKeyId"))
