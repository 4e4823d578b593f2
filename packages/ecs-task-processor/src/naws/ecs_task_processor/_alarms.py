"""One alarm for each way in which work is lost, late or failing."""

import math
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.alarms import AlarmText, alarm
from naws.core.naming import physical_name
from naws.core.tokens import has_token
from naws.core.trigger_plans import SchedulePlan
from naws.core.words import in_words
from naws.ecs_task_processor._triggers import QueueSource
from naws.ecs_task_processor.plan import AlarmsPlan
from naws.ecs_task_processor.workflow import METRIC_NAMESPACE

_GUIDE = "docs/patterns/ecs-task-processor.md"
_HOUR = 3600
_DAY = 86_400
_WEEK = 604_800
_REDRIVE = "read it with `aws sqs receive-message`, mend the cause, start a run with the envelope that it holds."


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Who watches what.

    Attributes:
        scope: parent of the alarms.
        topic: who is told.
        plan: how patient they are.
        processor: the dimension under which the workflow counts.
        name_prefix: of the convention, or None.
    """

    scope: Construct
    topic: sns.ITopic
    plan: AlarmsPlan
    processor: str
    name_prefix: str | None

    @property
    def name(self) -> str:
        """The processor as its users know it."""
        return self.scope.node.id

    def alarm(
        self, construct_id: str, metric: cloudwatch.IMetric, text: AlarmText, **settings: Any
    ) -> cloudwatch.Alarm:
        """One alarm of this processor."""
        name = physical_name(self.name_prefix, self.name, construct_id, "alarm")
        return alarm(self.scope, construct_id, metric=metric, text=text, topic=self.topic, name=name, **settings)

    def dead_letters(self, construct_id: str, queue: sqs.IQueue) -> cloudwatch.Alarm:
        """An alarm on a dead-letter queue."""
        text = AlarmText(
            why=f"Something that should have started a run of {self.name} could not; it is kept for 14 days.",
            do="read the message, its attributes say why; mend that, then move it back with "
            "`aws sqs start-message-move-task` or start the run by hand.",
            page=f"{_GUIDE}#dead-letter-queue-not-empty",
        )
        return self.alarm(construct_id, _visible(queue), text)


def build_run_alarms(
    watch: Watch, machine: sfn.IStateMachine, failures: sqs.IQueue, dead_letters: sqs.IQueue
) -> list[cloudwatch.Alarm]:
    """The alarms that every processor has."""
    name = watch.name
    failed = AlarmText(
        why=f"A run of {name} failed with no attempt left; its envelope is in the failure queue.",
        do=f"find error, exit code and execution in the failure queue: {_REDRIVE}",
        page=f"{_GUIDE}#runs-failed",
    )
    timed_out = AlarmText(
        why=f"An attempt of {name} took longer than its attempt_timeout and was stopped.",
        do="look at the task's last log lines; raise attempt_timeout or give it less to do.",
        page=f"{_GUIDE}#runs-timed-out",
    )
    out_of_memory = AlarmText(
        why=f"An attempt of {name} was killed because its memory was full.",
        do="raise memory_limit_mib to the next size, or make the program stream its data.",
        page=f"{_GUIDE}#runs-out-of-memory",
    )
    aborted = AlarmText(
        why=f"A run of {name} was aborted; its input is in the failure queue, its task was stopped.",
        do="see in the execution's history who stopped it; if nobody meant to, start it again with that input.",
        page=f"{_GUIDE}#runs-aborted",
    )
    expired = AlarmText(
        why=f"A run of {name} took longer than all its attempts and waits may take, and was ended by Step Functions.",
        do="look at the execution's history for what it waited; its input is in the failure queue.",
        page=f"{_GUIDE}#runs-expired",
    )
    kept = AlarmText(
        why=f"Runs of {name} that failed wait in its failure queue; they are kept for 14 days.",
        do=_REDRIVE,
        page=f"{_GUIDE}#failure-queue-not-empty",
    )
    return [
        watch.alarm("RunsFailed", machine.metric_failed(period=cdk.Duration.minutes(5)), failed),
        watch.alarm("RunsAborted", machine.metric_aborted(period=cdk.Duration.minutes(5)), aborted),
        watch.alarm("RunsExpired", machine.metric_timed_out(period=cdk.Duration.minutes(5)), expired),
        watch.alarm("RunsTimedOut", outcome_metric(watch.processor, "TimedOut"), timed_out),
        watch.alarm("RunsOutOfMemory", outcome_metric(watch.processor, "OutOfMemory"), out_of_memory),
        watch.alarm("FailureQueueNotEmpty", _visible(failures), kept),
        watch.dead_letters("DeadLetterQueueNotEmpty", dead_letters),
    ]


def build_keeper_alarm(watch: Watch, keeper: sfn.IStateMachine) -> cloudwatch.Alarm:
    """The alarm of a processor with `concurrency`."""
    text = AlarmText(
        why=f"The lease of a run of {watch.name} that has ended could not be given back; other runs may wait for it.",
        do="look at the failed execution of the lease keeper; it tries again every hour by itself.",
        page=f"{_GUIDE}#lease-keeper-failed",
    )
    return watch.alarm("LeaseKeeperFailed", keeper.metric_failed(period=cdk.Duration.minutes(5)), text)


def build_queue_alarms(watch: Watch, number: int, source: QueueSource) -> list[cloudwatch.Alarm]:
    """The alarms of one queue trigger."""
    patience = watch.plan.oldest_message
    waited = "too long" if has_token(patience) else in_words(patience)
    text = AlarmText(
        why=f"A message of {watch.name} has waited {waited} and no run has started for it.",
        do="see whether the pipe is running and whether Step Functions refuses new executions.",
        page=f"{_GUIDE}#oldest-message-too-old",
    )
    age = source.queue.metric_approximate_age_of_oldest_message(period=cdk.Duration.minutes(1), statistic="Maximum")
    alarms = [watch.alarm(f"Queue{number}OldestMessage", age, text, threshold=patience)]
    if source.dead_letters is not None:
        alarms.append(watch.dead_letters(f"Queue{number}DeadLettersNotEmpty", source.dead_letters))
    return alarms


def build_did_not_run_alarm(watch: Watch, schedule: SchedulePlan) -> list[cloudwatch.Alarm]:
    """An alarm for silence; none when a pause is longer than CloudWatch can look back, or is not known."""
    gap = schedule.longest_pause
    plan = watch.plan
    if gap is None or not schedule.trigger.enabled or has_token((plan.late_by, plan.one_attempt)):
        return []
    late_by = max(900, gap / 10) + plan.one_attempt if plan.late_by is None else plan.late_by
    # Source: CloudWatch API, PutMetricAlarm, EvaluationPeriods: a week for periods of an hour or more, else a day.
    unit = 300 if gap + late_by <= _DAY else _HOUR
    periods = math.ceil((gap + late_by) / unit)
    if periods * unit > _WEEK:
        return []
    text = AlarmText(
        why=f"No run of {watch.name} that schedule {schedule.number} started has succeeded for "
        f"{in_words(periods * unit)}.",
        do="see whether the schedule is enabled and what became of its last run. Between the first deployment and the "
        "first success this is expected.",
        page=f"{_GUIDE}#did-not-run",
    )
    silence = watch.alarm(
        f"Schedule{schedule.number}DidNotRun",
        succeeded_metric(watch.processor, f"schedule-{schedule.number}", cdk.Duration.seconds(unit)),
        text,
        comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        missing=cloudwatch.TreatMissingData.BREACHING,
        evaluation_periods=periods,
    )
    return [silence]


def outcome_metric(processor: str, outcome: str, period: cdk.Duration | None = None) -> cloudwatch.Metric:
    """Attempts that did not succeed, by outcome."""
    return _metric("AttemptsNotSucceeded", {"Processor": processor, "Outcome": outcome}, period)


def succeeded_metric(processor: str, trigger: str, period: cdk.Duration | None = None) -> cloudwatch.Metric:
    """Runs that succeeded, by what started them."""
    return _metric("RunsSucceeded", {"Processor": processor, "Trigger": trigger}, period)


def _metric(name: str, dimensions: dict[str, str], period: cdk.Duration | None) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=METRIC_NAMESPACE,
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=period or cdk.Duration.minutes(5),
    )


def _visible(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(period=cdk.Duration.minutes(1), statistic="Maximum")
