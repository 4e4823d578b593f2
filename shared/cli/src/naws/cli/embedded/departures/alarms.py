"""The evaluation of metric alarms, as CloudWatch does it, and their actions."""

import json
import time
from collections.abc import Mapping
from typing import Any

from naws.cli.embedded.alarm_states import COMPARISONS, state_at
from naws.cli.embedded.departures.alarm_settings import CHANGING, is_incomplete
from naws.cli.embedded.departures.judge import ask_service, ask_service_key, denied
from naws.cli.embedded.departures.metrics import every
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.senders import KEY_ACTIONS
from naws.cli.embedded.departures.services import cloudwatch

_EVALUATION_SECONDS = 1.0
_PRINCIPAL = "cloudwatch.amazonaws.com"
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@departure(
    "CloudWatch User Guide, 'Evaluating an alarm', 'Configuring how alarms treat missing data', 'Alarm "
    "evaluation window', 'Alarm warm-up periods' and 'Using math expressions with CloudWatch metrics'"
)
def alarm_evaluation() -> None:
    """An alarm reads exactly its dimensions, or its math, M out of N periods, and treats missing data as it says.

    It goes back when the data do, also because none come any more; it notifies nobody while it warms up, and a window
    of the wall clock holds complete periods only. AWS looks every minute; here a window that slides ends now and is
    looked at every second, so that a person sees it happen.
    """
    replace(cloudwatch, "_evaluate_alarm", _evaluate)
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
        old = alarm["StateValue"]
        now = int(time.time())
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
        cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)


def read(metric: Mapping[str, Any], begin: float, end: float) -> float | None:
    """The statistic of a metric with exactly its dimensions, of the points after `begin` and until `end`."""
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
    "CloudWatch API Reference, 'DescribeAlarmHistory'; AWS re:Post, 'Why didn't I receive an SNS notification "
    "for my CloudWatch alarm trigger?' (topic's and key's policy); Amazon SNS Developer Guide, 'aws:SourceAccount "
    "versus aws:SourceOwner' (CloudWatch names the owner, so the default policy of a topic lets it publish); the "
    "sentences: landing-zone-accelerator-on-aws, issue 31; automated-security-response-on-aws, issue 43"
)
@patch(wrap, cloudwatch, "_dispatch_alarm_actions")
def alarm_actions(original: Original, alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    """An alarm publishes when topic **and** key let ``cloudwatch.amazonaws.com``; its history says how it went.

    The key of AWS (``alias/aws/sns``) lets no service, so an alarm never reaches a topic that it encrypts.
    """
    name = _ACTIONS.get(new, "")
    if not alarm.get("ActionsEnabled", True):
        return
    done: list[str] = []
    actions: list[str] = alarm.get(name) or []
    for action in actions:
        if not cloudwatch._is_sns_action_arn(action):
            continue  # not emulated, so nothing is recorded of it
        error = _refusal(alarm, action)
        _record_action(alarm, action, error)
        if not error:
            done.append(action)
    original({**alarm, name: done}, old, new, reason)


def _refusal(alarm: dict[str, Any], topic: str) -> str:
    """The reason why an SNS topic refuses an alarm's notification; empty when it takes it."""
    source = alarm["AlarmArn"]
    if error := denied(ask_service, _PRINCIPAL, "sns:Publish", topic, source_arn=source):
        return f"CloudWatch Alarms is not{str(error).partition(' is not')[2]}"
    if denied(ask_service_key, _PRINCIPAL, topic, *KEY_ACTIONS, source_arn=source):
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    return ""


def _record_action(alarm: dict[str, Any], action: str, error: str) -> None:
    data = {"actionState": "Failed" if error else "Succeeded", "notificationResource": action}
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
