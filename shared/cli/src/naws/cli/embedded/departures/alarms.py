"""How CloudWatch evaluates a metric alarm."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from naws.cli.embedded.alarm_states import COMPARISONS, state_at
from naws.cli.embedded.departures.alarm_settings import CHANGING, is_incomplete
from naws.cli.embedded.departures.judge import DeniedError, ask_service, ask_service_key
from naws.cli.embedded.departures.metrics import every
from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.senders import KEY_ACTIONS, account_of

_EVALUATION_SECONDS = 1.0
_PRINCIPAL = "cloudwatch.amazonaws.com"
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@departure(
    source="CloudWatch User Guide, 'Evaluating an alarm', 'Configuring how alarms treat missing data', 'Alarm "
    "evaluation window', 'Alarm warm-up periods' and 'Using math expressions with CloudWatch metrics'",
    replaces=(
        "cloudwatch._evaluate_alarm",
        "cloudwatch._evaluate_all_alarms",
        "cloudwatch._metrics",
        "cloudwatch._calc_stats",
        "cloudwatch._stat_value",
        "cloudwatch._dims_from_list",
        "cloudwatch._dims_key",
        "cloudwatch._record_history",
        "cloudwatch._dispatch_alarm_actions",
        "cloudwatch._evaluate_parent_alarms",
    ),
)
def alarm_evaluation() -> None:
    """An alarm reads exactly its dimensions, or its math, M out of N periods, and treats missing data as it says.

    It goes back when the data do, also because none come any more; it tells nothing while it warms up, and a window of
    the wall clock holds complete periods only. AWS looks every minute; here a window that slides ends now and is looked
    at every second, so that a person sees it happen.
    """
    cloudwatch = service("cloudwatch")
    replace(cloudwatch, "_evaluate_alarm", lambda _: _evaluate)
    every(_EVALUATION_SECONDS, cloudwatch._evaluate_all_alarms, "naws-alarms")


def _evaluate(alarm: dict[str, Any]) -> None:
    with CHANGING:
        if is_incomplete(alarm) or alarm.get("ComparisonOperator") not in COMPARISONS:
            return
        # The reason of an alarm that was never evaluated is as old as the alarm, also when it is changed meanwhile.
        created = alarm["StateUpdatedTimestamp"] if alarm["StateReason"].startswith("Unchecked") else 0
        state, reason = state_at(alarm, read, time.time(), created=created)
        if state == alarm["StateValue"]:
            return
        cloudwatch, old = service("cloudwatch"), alarm["StateValue"]
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)


def read(metric: Mapping[str, Any], begin: float, end: float) -> float | None:
    """The statistic of a metric with exactly its dimensions, of the points after `begin` and until `end`."""
    cloudwatch = service("cloudwatch")
    dimensions = cloudwatch._dims_key(cloudwatch._dims_from_list(metric.get("Dimensions") or []))
    stored: list[dict[str, Any]] = (
        cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions)) or []
    )
    points = [point for point in stored if begin < point["Timestamp"] <= end]
    if not points:
        return None
    name = metric.get("ExtendedStatistic") or metric.get("Statistic", "Average")
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)


@departure(
    source="CloudWatch API Reference, 'DescribeAlarmHistory'; AWS re:Post, 'Why didn't I receive an SNS notification "
    "for my CloudWatch alarm trigger?' (topic's and key's policy); Amazon SNS Developer Guide, 'aws:SourceAccount "
    "versus aws:SourceOwner' (CloudWatch names the owner, so the default policy of a topic lets it publish); the "
    "sentences: landing-zone-accelerator-on-aws, issue 31; automated-security-response-on-aws, issue 43",
    replaces=("cloudwatch._dispatch_alarm_actions", "cloudwatch._history_entries", "cloudwatch._is_sns_action_arn"),
)
def alarm_actions() -> None:
    """An alarm publishes when topic **and** key let ``cloudwatch.amazonaws.com``; its history says how it went.

    The key of AWS (``alias/aws/sns``) lets no service, so an alarm never reaches a topic that it encrypts.
    """
    replace(service("cloudwatch"), "_dispatch_alarm_actions", _acting)


def _acting(original: Callable[..., None]) -> Callable[..., None]:
    def act(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        name = _ACTIONS.get(new, "")
        if not alarm.get("ActionsEnabled", True):
            return
        done: list[str] = []
        actions: list[str] = alarm.get(name) or []
        for action in actions:
            if not service("cloudwatch")._is_sns_action_arn(action):
                continue  # not emulated, so nothing is recorded of it
            error = _refusal(alarm, action)
            _record_action(alarm, action, error)
            if not error:
                done.append(action)
        original({**alarm, name: done}, old, new, reason)

    return act


def _refusal(alarm: dict[str, Any], topic: str) -> str:
    """Why the topic does not take the notification; empty when it does."""
    source = {"source_arn": alarm["AlarmArn"], "source_account": account_of(alarm["AlarmArn"])}
    try:
        ask_service(_PRINCIPAL, "sns:Publish", topic, **source)
    except DeniedError as error:
        return f"CloudWatch Alarms is not{str(error).partition(' is not')[2]}"
    try:
        ask_service_key(_PRINCIPAL, topic, *KEY_ACTIONS, **source)
    except DeniedError:
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    return ""


def _record_action(alarm: dict[str, Any], action: str, error: str) -> None:
    data = {"actionState": "Failed" if error else "Succeeded", "notificationResource": action}
    cloudwatch = service("cloudwatch")
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if alarm.get("AlarmRule") else "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(time.time()),
            "HistoryItemType": "Action",
            "HistorySummary": f"{'Failed to execute' if error else 'Successfully executed'} action {action}",
            "HistoryData": json.dumps({**data, "error": error} if error else data),
        }
    )
