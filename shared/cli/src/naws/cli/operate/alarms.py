"""Alarms that are on: since when, and which of them end by themselves, since nothing of what they count is left.

An alarm on failures counts those of a period, so it stays on for minutes after all of them were put back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from naws.cli.operate import executions
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.seen import reported
from naws.cli.operate.times import clock, utc

_OF_RUNS = ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")
_OF_INVOCATIONS = ("Errors", "Invocations")
_IN_QUEUES = "ApproximateNumberOfMessagesVisible"
_MORE_PERIODS = 2
"""Data of so many earlier periods stand in for missing ones. How many is documented by its example only.

Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
"""
_LATEST_LOOK = timedelta(minutes=1)
_EXECUTIONS = 100


@dataclass(frozen=True)
class Alarm:
    """An alarm that is on.

    Attributes:
        name: Its name.
        since: When it went off.
        until: When it ends by itself; None while anything of what it counts is left, or where nobody can know.
    """

    name: str
    since: datetime
    until: datetime | None = None

    @property
    def text(self) -> str:
        """The same in words."""
        on = f"alarm {self.name} since {clock(self.since)}"
        if self.until is None:
            return on
        return f"{on}: nothing of what it counts is left, it ends by itself by {clock(self.until)}"

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {"alarm": self.name, "since": utc(self.since), "until": utc(self.until)}


def alarm_of(described: Mapping[str, Any], pattern: Deployed, queues: Mapping[str, int]) -> Alarm:
    """An alarm that is on.

    Args:
        described: As CloudWatch has it.
        pattern: Whose it is.
        queues: How many messages the pattern's queues have, by their names.
    """
    since = described.get("StateTransitionedTimestamp") or described["StateUpdatedTimestamp"]
    metrics = [*_metrics(described)]
    period = timedelta(seconds=max((seconds for _, seconds in metrics), default=0))
    length = period * described.get("EvaluationPeriods", 1)
    last = [_last_failure(metric, pattern, queues, since - length) for metric, _ in metrics]
    if not last or None in last:
        return Alarm(described["AlarmName"], since)
    filled = any("FILL(" in each.get("Expression", "") for each in described.get("Metrics", ()))
    more = timedelta() if filled else _MORE_PERIODS * period
    newest = max(since, *filter(None, last))
    return Alarm(described["AlarmName"], since, newest + length + more + _LATEST_LOOK)


def _metrics(described: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The metrics that an alarm is on, each with its period."""
    if "MetricName" in described:
        yield described, described["Period"]
    for each in described.get("Metrics", ()):
        if "MetricStat" in each:
            yield each["MetricStat"]["Metric"], each["MetricStat"]["Period"]


def _last_failure(
    metric: Mapping[str, Any], pattern: Deployed, queues: Mapping[str, int], since: datetime
) -> datetime | None:
    """The latest time that a metric may have counted a failure at; None while one is left, or nobody can know."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
    match metric["MetricName"], dimensions:
        case name, {"StateMachineArn": arn} if name in _OF_RUNS:
            return _of_machine(pattern, arn, since)
        case name, {"QueueName": queue} if name == _IN_QUEUES and queues.get(queue) == 0:
            return datetime.now(UTC)
        case name, {"FunctionName": _} if name in _OF_INVOCATIONS and pattern.log_group:
            found = reported(pattern, since)
            failed = [run.started for run in found if run.status != "SUCCEEDED"]
            return max(failed, default=since) if found and found[0].status == "SUCCEEDED" else None
        case _:
            return None


def _of_machine(pattern: Deployed, arn: str, since: datetime) -> datetime | None:
    states: Any = pattern.place.client("stepfunctions")
    ended = executions.ended(states, arn, _EXECUTIONS)
    if not ended or ended[0]["status"] != "SUCCEEDED":
        return None
    return max((each["stopDate"] for each in ended if each["status"] != "SUCCEEDED"), default=since)
