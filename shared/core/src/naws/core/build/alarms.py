"""The alarms of a pattern, each from data with one call, and those that every pattern with triggers has.

AlarmFactory        any alarm of a pattern
TriggerAlarms       beside them
    CouldNotStart       messages in the dead-letter queues of all triggers
    DidNotRun<n>        no success of schedule n, see naws.core.plans.missed_runs
    OldestMessage<n>    a message of queue trigger n that waits

What else it has alarms on, a pattern adds by `AlarmFactory.alarm`. With `NoAlarms` nothing is made.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.alarms import Alarms, AlarmText
from naws.core.build.alarm_topics import alarm_topic, subscribe
from naws.core.build.queues import queue_arn, queue_name, queue_url
from naws.core.build.starting_roles import TriggerTarget
from naws.core.context import PatternContext
from naws.core.planned_triggers import SchedulePlan
from naws.core.plans.missed_runs import MissedRunsAlarm, missed_runs_alarm, waiting_for_start
from naws.core.plans.operations import AlarmsPlan, OperationsPlan
from naws.core.stacks import asked, kept
from naws.core.text import format_duration
from naws.core.tokens import has_token

_MOST_METRICS = 10
"""Of one alarm. Source: CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions"."""
_LONGEST_NAME = 64
_FIVE_MINUTES = 300


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric; its period is in seconds."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"
    period: int = _FIVE_MINUTES

    def of_cdk(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """The same as CDK's, for dashboards and alarms of one's own."""
        return cloudwatch.Metric(
            namespace=self.namespace,
            metric_name=self.name,
            dimensions_map=self.dimensions,
            statistic=self.statistic,
            period=period or cdk.Duration.seconds(self.period),
        )


Measure = Mapping[str, Any]
"""The properties of `cloudwatch.CfnAlarm` that say what an alarm measures: a metric, or metric math."""
_NEVER: Mapping[str, Any] = {
    "comparison_operator": "GreaterThanOrEqualToThreshold",
    "evaluation_periods": 1,
    "threshold": 1,
    "treat_missing_data": "notBreaching",
}
"""Properties of an alarm on something that should never happen."""


@dataclass(frozen=True, kw_only=True)
class Successes:
    """How the successes of runs are counted.

    Attributes:
        metrics: by the names that the calculation has for them, of which one is `s`, which is asked for the day.
        count: metric math; a metric without data counts as 0 in it.
    """

    metrics: Mapping[str, Metric]
    count: str

    @classmethod
    def of(cls, given: "Metric | Successes | None") -> "Successes | None":
        """The same of a metric that counts successes itself."""
        return cls(metrics={"s": given}, count="FILL(s, 0)") if isinstance(given, Metric) else given


def single(metric: Metric) -> Measure:
    """The properties of an alarm on one metric."""
    of_metric = {"namespace": metric.namespace, "metric_name": metric.name, "dimensions": _dimensions(metric)}
    kind = "extended_statistic" if metric.statistic.startswith("p") else "statistic"
    return {**of_metric, kind: metric.statistic, "period": metric.period}


def expression(text: str, metrics: Mapping[str, Metric], label: str) -> Measure:
    """A calculation with metrics by the names that it has for them."""
    stats = [
        {
            "id": name,
            "metricStat": {
                "metric": {"namespace": metric.namespace, "metricName": metric.name, "dimensions": _dimensions(metric)},
                "period": metric.period,
                "stat": metric.statistic,
            },
            "returnData": False,
        }
        for name, metric in metrics.items()
    ]
    return {"metrics": [{"id": "expr_1", "expression": text, "label": label, "returnData": True}, *stats]}


def sum_of(metrics: Sequence[Metric]) -> Measure:
    """The sum of metrics of five minutes each, of which any may have no data.

    A period of five minutes has data, also when those of the last minute have not come yet: with a shorter one FILL
    would make them 0, and the alarm would go back each time.
    """
    by_name = {f"m{number}": metric for number, metric in enumerate(metrics, 1)}
    return expression(" + ".join(f"FILL({name}, 0)" for name in by_name), by_name, "sum")


def messages_in(queue: sqs.IQueue) -> Metric:
    """The metric of how many messages wait in a queue."""
    return _of_queue(queue, "ApproximateNumberOfMessagesVisible")


def oldest_in(queue: sqs.IQueue) -> Metric:
    """The metric of how many seconds the oldest message of a queue has waited."""
    return _of_queue(queue, "ApproximateAgeOfOldestMessage", period=60)


def machine_metric(arn: str, name: str, statistic: str = "Sum") -> Metric:
    """A metric of a state machine.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    """
    return Metric(namespace="AWS/States", name=name, dimensions={"StateMachineArn": arn}, statistic=statistic)


class AlarmFactory:
    """The alarms of one pattern; with `NoAlarms` every method makes nothing.

    Args:
        scope: the pattern, their parent.
        context: its id and the conventions in force.
        plan: which alarms there are, and how long they wait.
        page: the page of the pattern's alarms.
    """

    def __init__(self, scope: Construct, context: PatternContext, plan: OperationsPlan, *, page: str) -> None:
        self._scope = scope
        self._context = context
        self._plan: AlarmsPlan | None = plan.alarms
        self.page = page
        self._made: list[cloudwatch.CfnAlarm] = []
        self.topic: sns.ITopic | None = None
        self._actions: list[str] = []
        self._notify_ok = self.detail = False
        if isinstance(plan.given, Alarms):
            self._notify_ok, self.detail = plan.given.notify_ok, plan.given.detail
            topic = self.topic = alarm_topic(scope, plan.topic[1] if plan.topic else None)
            subscribe(topic, plan.given.addresses)
            self._actions = [kept(topic, "arn", lambda: topic.topic_arn)]

    @property
    def scope(self) -> Construct:
        """Their parent."""
        return self._scope

    @property
    def arns(self) -> Sequence[str]:
        """The ARN of every alarm."""
        return [asked(made, "attr_arn") for made in self._made]

    @property
    def name(self) -> str:
        """The pattern as its users know it, so short that a description has room for it."""
        name = self._context.construct_id
        return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"

    @property
    def alarms(self) -> Sequence[cloudwatch.IAlarm]:
        """Every alarm, as CDK's interface; its parent is the resource, whose id is such as `FailedWork`."""
        named = cloudwatch.Alarm.from_alarm_arn
        return tuple(
            kept(made, "alarm", lambda made=made: named(made, "Alarm", asked(made, "attr_arn"))) for made in self._made
        )

    def alarm(
        self, construct_id: str, measure: Measure, text: AlarmText, **settings: Any
    ) -> cloudwatch.CfnAlarm | None:
        """One alarm that is sent to the topic when it fires and, with `notify_ok`, when it is over.

        Args:
            construct_id: its id.
            measure: what it is on.
            text: its description.
            settings: of `cloudwatch.CfnAlarm`. Omitted: those of an alarm on something that should never happen.

        Returns:
            The alarm; None with `NoAlarms`.
        """
        if self._plan is None:
            return None
        alarm = cloudwatch.CfnAlarm(
            self._scope,
            construct_id,
            alarm_name=self._context.physical_name(construct_id, "alarm"),
            alarm_description=text.render(),
            alarm_actions=self._actions,
            ok_actions=self._actions if self._notify_ok else None,
            **{**_NEVER, **settings, **measure},
        )
        self._made.append(alarm)
        return alarm


class TriggerAlarms(AlarmFactory):
    """The alarms of a pattern that triggers start.

    Args:
        scope: the pattern, their parent.
        context: its id and the conventions in force.
        plan: which alarms there are, and how long they wait.
        target: what its triggers start.
        page: the page of the pattern's alarms, with the headings `could-not-start`, `oldest-message`, `did-not-run`.
        succeeded: the metric or the count of runs that succeeded, by the trigger that started them, such as
            `schedule-1`; None where nothing counts them.
    """

    def __init__(  # noqa: PLR0913  # what alarms are about
        self,
        scope: Construct,
        context: PatternContext,
        plan: OperationsPlan,
        target: TriggerTarget,
        *,
        page: str,
        succeeded: Callable[[str], Metric | Successes | None],
    ) -> None:
        super().__init__(scope, context, plan, page=page)
        self.target, self._succeeded = target, succeeded
        self._dead_letters: list[sqs.IQueue] = []
        self._starts: list[cloudwatch.CfnAlarm] = []

    def could_not_start(self, *queues: sqs.IQueue) -> None:
        """One alarm for these dead-letter queues, and any that come later; a further one when it is full of metrics."""
        if self._plan is None or len(queues) == len(self._dead_letters):
            return
        first, self._dead_letters = len(self._dead_letters) // _MOST_METRICS, list(queues)
        for number in range(first, math.ceil(len(queues) / _MOST_METRICS)):
            of_alarm = queues[number * _MOST_METRICS :][:_MOST_METRICS]
            measure = sum_of([messages_in(queue) for queue in of_alarm])
            if number < len(self._starts):
                self._starts[number].metrics = measure["metrics"]
            else:
                name = f"CouldNotStart{number + 1 if number else ''}"
                self.alarm(name, measure, self._start_text(of_alarm[0]))
                self._starts.append(self._made[-1])

    def oldest_message(self, number: int, queue: sqs.IQueue) -> None:
        """The alarm on messages of a queue trigger that wait."""
        if self._plan is None:
            return
        waiting = self._plan.oldest_message
        waited = "too long" if has_token(waiting) else format_duration(waiting)
        text = AlarmText(
            why=f"A message of {self.name} has waited {waited} and {self.target.not_done}.",
            do=self.target.waiting_hint(queue_arn(queue)),
            page=f"{self.page}#oldest-message",
        )
        self.alarm(f"OldestMessage{number}", single(oldest_in(queue)), text, threshold=waiting)

    def did_not_run(self, plan: SchedulePlan, schedule_name: str) -> None:
        """The alarm on a schedule whose runs no longer succeed; none where CloudWatch cannot notice it."""
        late_by, one_attempt = (self._plan.late_by, self._plan.one_attempt) if self._plan else (None, 0)
        alarm = missed_runs_alarm(plan, late_by, one_attempt) if self._plan else None
        alarm = alarm and waiting_for_start(plan, alarm, late_by, one_attempt)
        trigger = f"schedule-{plan.number}"
        successes = Successes.of(self._succeeded(trigger))
        if alarm is None or successes is None:
            return
        envelope = f'{{"trigger":"schedule","id":"{trigger}@<time>","payload":<payload>}}'
        since = "on the day that has just ended" if alarm.weekdays else f"for {format_duration(alarm.looks_back)}"
        text = AlarmText(
            why=f"No run of {self.name} by schedule {plan.number} has succeeded {since}.",
            do=f"`aws scheduler get-schedule --name {schedule_name}` shows whether it is enabled, "
            f"`{self.target.list_command}` its last runs. Make up for it: `{self.target.start_command} '{envelope}'`; "
            "no other input counts.",
            page=f"{self.page}#did-not-run",
        )
        counted = {name: replace(metric, period=alarm.period) for name, metric in successes.metrics.items()}
        measure = expression(_successes(alarm, successes), counted, "successes")
        self.alarm(
            f"DidNotRun{plan.number}",
            measure,
            text,
            comparison_operator="LessThanThreshold",
            evaluation_periods=alarm.evaluation_periods,
            evaluation_window=alarm.utc_offset and {"wallClockWindow": {"timezone": alarm.utc_offset}},
            treat_missing_data="breaching",
            warm_up_configuration=alarm.warm_up and warm_up(alarm.warm_up),
        )

    def _start_text(self, queue: sqs.IQueue) -> AlarmText:
        return AlarmText(
            why=f"A time, an event or a message could not start a run of {self.name}; it is in a dead-letter queue for "
            "14 days.",
            do=f"`aws sqs receive-message --queue-url {queue_url(queue)} --message-attribute-names All` says why, also "
            "for the dead-letter queue of a queue trigger. Mend that; `aws sqs start-message-move-task` moves a "
            "trigger's messages back, a time or event is started with "
            f"`{self.target.start_command} '<the message's body>'`.",
            page=f"{self.page}#could-not-start",
        )


def warm_up(minutes: int) -> Mapping[str, Any]:
    """Minutes in which a new alarm does not fire: what it counts has no data before it was made.

    It waits for all of them. FILL makes data, which would end a warm-up that does not.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WarmUpConfiguration.html
    """
    return {"warmUpPeriodDurationInMinutes": minutes, "onlyStartEvaluatingAfterWarmUpPeriodEnds": True}


def _successes(alarm: MissedRunsAlarm, counted: Successes) -> str:
    """The successes of a period; 1 for one in which there is no run to miss, such as a day without firings.

    Periods without a success become 0: a success from further back must not stand in for those that are missing.
    """
    successes = counted.count
    if alarm.weekdays:
        successes = f"IF({' OR '.join(f'DAY(s) == {day}' for day in alarm.weekdays)}, {successes}, 1)"
    for condition in alarm.excused:
        successes = f"IF({condition}, 1, {successes})"
    return successes


def _of_queue(queue: sqs.IQueue, name: str, period: int = _FIVE_MINUTES) -> Metric:
    dimensions = {"QueueName": queue_name(queue)}
    return Metric(namespace="AWS/SQS", name=name, dimensions=dimensions, statistic="Maximum", period=period)


def _dimensions(metric: Metric) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(metric.dimensions.items())]
