"""Who is told of work that failed, could not start, did not run or waits; one alarm for each, more with `detail`.

    FailedWork          executions of the workflow that failed, were aborted or timed out, and those of the lease reaper
    CouldNotStart       messages in the dead-letter queues of all triggers
    DidNotRun<n>        no success of schedule n, see naws.core.plans.missed_runs
    OldestMessage<n>    a message of queue trigger n that waits
    detail=True         AttemptsTimedOut, AttemptsOutOfMemory, FailureQueueNotEmpty, RunsThrottled

The lease reaper counts as failed work although it is none: while it fails, runs wait for leases that nobody has, and no
other alarm would tell.
"""

from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.alarms import Alarms, AlarmSettings, AlarmText, add_to_sum, alarm, sum_of
from naws.core.build.starting import QueueSource
from naws.core.build.triggers import BuiltSchedule
from naws.core.naming import physical_name
from naws.core.plans.missed_runs import Watched, from_start, watched
from naws.core.plans.operations import AlarmsPlan
from naws.core.text import format_duration
from naws.core.tokens import has_token
from naws.ecs_task_processor.workflow import METRIC_NAMESPACE

_GUIDE = "N-AWS standard types, docs/patterns/ecs-task-processor.md"
_MOST_METRICS = 10
"""Of one alarm. Source: CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions"."""
_LONGEST_NAME = 64
_FIVE_MINUTES = cdk.Duration.minutes(5)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The alarms of one processor: what they watch, and whom they tell.

    Attributes:
        scope: parent of the alarms.
        topic: who is told.
        alarms: what the user asked for.
        plan: how patient they are.
        processor: the dimension under which the workflow counts.
        machine: the workflow.
        failures: where runs that failed are kept.
        name_prefix: of the convention, or None.
        letters: the dead-letter queues that are watched so far.
        starts: the alarms on them.
    """

    scope: Construct
    topic: sns.ITopic
    alarms: Alarms
    plan: AlarmsPlan
    processor: str
    machine: sfn.IStateMachine
    failures: sqs.IQueue
    name_prefix: str | None
    letters: list[sqs.IQueue] = field(default_factory=list[sqs.IQueue])
    starts: list[cloudwatch.Alarm] = field(default_factory=list[cloudwatch.Alarm])

    @property
    def name(self) -> str:
        """The processor as its users know it, so short that what is said of it fits into a description."""
        whole = self.scope.node.id
        return whole if len(whole) <= _LONGEST_NAME else f"{whole[: _LONGEST_NAME - 1]}…"

    @property
    def start(self) -> str:
        """The beginning of the command that starts a run."""
        return f"`aws stepfunctions start-execution --state-machine-arn {self.machine.state_machine_arn} --input"

    def alarm(
        self, construct_id: str, metric: cloudwatch.IMetric, text: AlarmText, settings: AlarmSettings | None = None
    ) -> cloudwatch.Alarm:
        """One alarm of this processor."""
        return alarm(
            self.scope,
            construct_id,
            metric=metric,
            text=text,
            topic=self.topic,
            settings=settings,
            notify_ok=self.alarms.notify_ok,
            name=physical_name(self.name_prefix, self.scope.node.id, construct_id, "alarm"),
        )


def build_run_alarms(watch: Watch, reaper: sfn.IStateMachine | None) -> list[cloudwatch.Alarm]:
    """The alarms on runs; `reaper` is that of leases, with `concurrency`."""
    machine = watch.machine
    counts = [
        machine.metric_failed(period=_FIVE_MINUTES),
        machine.metric_aborted(period=_FIVE_MINUTES),
        machine.metric_timed_out(period=_FIVE_MINUTES),
    ]
    why = f"A run of {watch.name} failed with no attempt left, was aborted or timed out; it is in the failure queue."
    why += " Is nothing there, it was a step of another workflow (`as_step`), with which it is redriven"
    if reaper is not None:
        counts += [reaper.metric_failed(period=_FIVE_MINUTES), reaper.metric_timed_out(period=_FIVE_MINUTES)]
        why += ", or the lease reaper failed and other runs wait: see its failed execution"
    text = AlarmText(
        why=f"{why}.",
        do=f"`aws sqs receive-message --queue-url {watch.failures.queue_url}` shows error, exit code and execution. "
        f"Mend the cause, put the run back with {watch.start} '<envelope>'`, "
        "which is the message's `envelope` or `input`, and delete the message.",
        page=f"{_GUIDE}#failed-work",
    )
    alarms = [watch.alarm("FailedWork", sum_of(counts), text)]
    return [*alarms, *_details(watch)] if watch.alarms.detail else alarms


def _details(watch: Watch) -> list[cloudwatch.Alarm]:
    """An alarm on each cause, for those who look at alarms and are not woken by them."""
    timed_out = AlarmText(
        why=f"An attempt of {watch.name} took longer than its attempt_timeout and was stopped.",
        do="look at the task's last log lines; raise attempt_timeout or give it less to do.",
        page=f"{_GUIDE}#attempts-timed-out",
    )
    out_of_memory = AlarmText(
        why=f"An attempt of {watch.name} was killed because its memory was full.",
        do="raise memory_limit_mib to the next size, or make the program stream its data.",
        page=f"{_GUIDE}#attempts-out-of-memory",
    )
    kept = AlarmText(
        why=f"Runs of {watch.name} that failed wait in its failure queue; they are kept for 14 days.",
        do=f"`aws sqs receive-message --queue-url {watch.failures.queue_url}` shows one; put it back with "
        f"{watch.start} '<envelope>'` and delete the message.",
        page=f"{_GUIDE}#failure-queue-not-empty",
    )
    throttled = AlarmText(
        why=f"Step Functions slowed down the workflow of {watch.name}: the account's state transitions are used up.",
        do="nothing is lost; ask for a higher quota of state transitions, or start fewer runs at once.",
        page=f"{_GUIDE}#runs-throttled",
    )
    return [
        watch.alarm("AttemptsTimedOut", outcome_metric(watch.processor, "TimedOut"), timed_out),
        watch.alarm("AttemptsOutOfMemory", outcome_metric(watch.processor, "OutOfMemory"), out_of_memory),
        watch.alarm("FailureQueueNotEmpty", _visible(watch.failures), kept),
        watch.alarm("RunsThrottled", watch.machine.metric_throttled(period=_FIVE_MINUTES), throttled),
    ]


def watch_dead_letters(watch: Watch, queue: sqs.IQueue) -> list[cloudwatch.Alarm]:
    """Let the alarm on what could not start watch one more queue; a further alarm when it is full of metrics."""
    watch.letters.append(queue)
    number, place = divmod(len(watch.letters) - 1, _MOST_METRICS)
    of_alarm = watch.letters[number * _MOST_METRICS :]
    if place:
        add_to_sum(watch.starts[number], [_visible(each) for each in of_alarm])
        return []
    text = AlarmText(
        why=f"A time, an event or a message could not start a run of {watch.name}; it is in a dead-letter queue for 14 "
        "days.",
        do=f"`aws sqs receive-message --queue-url {queue.queue_url} --message-attribute-names All` says why, also for "
        "the dead-letter queue of a queue trigger. Mend that; `aws sqs start-message-move-task` moves a trigger's "
        f"messages back, a time or event is started with {watch.start} '<the message's body>'`.",
        page=f"{_GUIDE}#could-not-start",
    )
    made = watch.alarm(f"CouldNotStart{number + 1 if number else ''}", sum_of([_visible(queue)]), text)
    watch.starts.append(made)
    return [made]


def build_queue_alarms(watch: Watch, source: QueueSource) -> list[cloudwatch.Alarm]:
    """The alarms of one queue trigger."""
    patience = watch.plan.oldest_message
    waited = "too long" if has_token(patience) else format_duration(patience)
    text = AlarmText(
        why=f"A message of {watch.name} has waited {waited} and no run has started for it.",
        do=f"`aws pipes list-pipes --source-prefix {source.queue.queue_arn}` says whether its pipe runs, and why not; "
        "otherwise Step Functions throttles new executions, which passes by itself.",
        page=f"{_GUIDE}#oldest-message",
    )
    age = source.queue.metric_approximate_age_of_oldest_message(period=cdk.Duration.minutes(1), statistic="Maximum")
    alarms = [watch.alarm(f"OldestMessage{source.number}", age, text, AlarmSettings(threshold=patience))]
    return alarms if source.dead_letters is None else [*alarms, *watch_dead_letters(watch, source.dead_letters)]


def build_did_not_run_alarm(watch: Watch, schedule: BuiltSchedule) -> list[cloudwatch.Alarm]:
    """An alarm for silence; none when a pause is longer than CloudWatch can look back, or is not known."""
    plan = schedule.plan
    silence = watched(plan, watch.plan.late_by, watch.plan.one_attempt)
    silence = silence and from_start(plan, silence, watch.plan.late_by, watch.plan.one_attempt)
    if silence is None:
        return []
    trigger = f"schedule-{plan.number}"
    # Periods without a success become 0: a success from further back must not stand in for those that are missing.
    success = cloudwatch.MathExpression(
        expression=_expression(silence),
        using_metrics={"s": succeeded_metric(watch.processor, trigger)},
        period=cdk.Duration.seconds(silence.period),
        label="successes",
    )
    envelope = f'{{"trigger":"schedule","id":"{trigger}@<time>","payload":<payload>}}'
    since = "on the day that has just ended" if silence.weekdays else f"for {format_duration(silence.looks_back)}"
    text = AlarmText(
        why=f"No run of {watch.name} by schedule {plan.number} has succeeded {since}.",
        do=f"`aws scheduler get-schedule --name {schedule.name}` shows whether it is enabled, "
        f"`aws stepfunctions list-executions --state-machine-arn {watch.machine.state_machine_arn}` its last "
        f"runs. Make up for it: {watch.start} '{envelope}'`; no other input counts.",
        page=f"{_GUIDE}#did-not-run",
    )
    settings = AlarmSettings(
        comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        missing=cloudwatch.TreatMissingData.BREACHING,
        evaluation_periods=silence.evaluation_periods,
        warm_up=silence.warm_up,
        utc_offset=silence.utc_offset,
    )
    return [watch.alarm(f"DidNotRun{plan.number}", success, text, settings)]


def _expression(silence: Watched) -> str:
    """The successes of a period; 1 for one in which there is no run to miss, such as a day without firings."""
    successes = "FILL(s, 0)"
    if silence.weekdays:
        successes = f"IF({' OR '.join(f'DAY(s) == {day}' for day in silence.weekdays)}, FILL(s, 0), 1)"
    for condition in silence.excused:
        successes = f"IF({condition}, 1, {successes})"
    return successes


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
    return queue.metric_approximate_number_of_messages_visible(period=_FIVE_MINUTES, statistic="Maximum")
