import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from naws.cli.embedded.departures.alarms import read
from naws.cli.embedded.departures.services import cloudwatch

NOWHERE = "arn:aws:states:us-east-1:000000000000:stateMachine:nothing"


def test_the_points_of_a_metric_are_those_of_exactly_its_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    metric = ("NAWS/Unit", f"m-{uuid.uuid4().hex}")
    one = {
        "Namespace": metric[0],
        "MetricName": metric[1],
        "Dimensions": [{"Name": "Q", "Value": "mine"}],
        "Statistic": "Maximum",
    }
    for age, value, queue in ((5, 2, "mine"), (50, 7, "mine"), (70, 1, "mine"), (10, 99, "other")):
        now = 1_000_000.0 - age
        cloudwatch.record_metric(*metric, value, "Count", {"Q": queue})
    end = 1_000_000.0
    assert [read(one, end - 60, end), read(one, end - 120, end - 60), read(one, end - 180, end - 120)] == [7, 1, None]
    assert read(one, end - 70, end - 60) is None  # a period holds its end, not its beginning


def alarm(bench: Any, namespace: Any, metric: Any, dimension: Any, value: Any, **more: Any) -> Any:
    """An alarm with a topic behind it; returns its name and the queue that hears of it."""
    name = f"a-{uuid.uuid4().hex[:8]}"
    sns = bench.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url, arn = bench.queue(open_to="sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    settings = {
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        **more,
    }
    bench.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": value}],
        AlarmActions=[topic],
        OKActions=[topic],
        **settings,
    )
    return name, url


def heard(bench: Any, url: Any, state: Any) -> Any:
    """Wait for the alarm's notification of ``state``, through those before it."""
    for count in range(1, 4):
        bodies = [json.loads(item["Body"]) for item in bench.messages(url)]
        if state in {body["NewStateValue"] for body in bodies}:
            return True
        assert count < 3, bodies
    return False


def state_of(bench: Any, name: Any) -> Any:
    return bench.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


@pytest.mark.e2e
def test_alarms_on_executions_fire_for_their_machine_only(bench: Any, until: Any) -> None:
    good, bad = ({"S": {"Type": "Succeed"}}, {"F": {"Type": "Fail"}})
    lasting = {"W": {"Type": "Wait", "Seconds": 1, "End": True}}  # a run of less than a millisecond has no time
    cases = {"ExecutionsFailed": bad, "ExecutionsSucceeded": good, "ExecutionsStarted": good, "ExecutionTime": lasting}
    machines = {metric: bench.machine(states) for metric, states in cases.items()}
    silent = {
        metric: alarm(bench, "AWS/States", metric, "StateMachineArn", bench.machine(cases[metric]))[0]
        for metric in machines
    }
    alarms = {
        metric: alarm(bench, "AWS/States", metric, "StateMachineArn", machine) for metric, machine in machines.items()
    }
    for name, _ in alarms.values():
        until(lambda name=name: state_of(bench, name) == "OK")
    for machine in machines.values():
        bench.start(machine)
    for metric, (_, url) in alarms.items():
        assert heard(bench, url, "ALARM"), metric
        assert state_of(bench, silent[metric]) == "OK"


@pytest.mark.e2e
def test_alarms_on_aborted_and_timed_out_executions(bench: Any) -> None:
    waiting = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    stopped, late = bench.machine(waiting), bench.machine(waiting, TimeoutSeconds=1)
    _, aborted = alarm(bench, "AWS/States", "ExecutionsAborted", "StateMachineArn", stopped)
    _, timed_out = alarm(bench, "AWS/States", "ExecutionsTimedOut", "StateMachineArn", late)
    bench.start(late)
    bench.sfn.stop_execution(executionArn=bench.start(stopped))
    assert heard(bench, aborted, "ALARM")
    assert heard(bench, timed_out, "ALARM")


@pytest.mark.e2e
def test_an_alarm_on_a_queue(bench: Any) -> None:
    url, arn = bench.queue()
    metric = "ApproximateNumberOfMessagesVisible"
    _, heard_of = alarm(bench, "AWS/SQS", metric, "QueueName", arn.rpartition(":")[2], Statistic="Maximum")
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert heard(bench, heard_of, "ALARM")


@pytest.mark.e2e
def test_an_alarm_on_the_age_of_messages(bench: Any) -> None:
    url, arn = bench.queue()
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    settings = {"Statistic": "Maximum", "Threshold": 2}
    _, heard_of = alarm(
        bench, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", arn.rpartition(":")[2], **settings
    )
    assert heard(bench, heard_of, "ALARM")


@pytest.mark.e2e
def test_did_not_run(bench: Any, until: Any) -> None:
    machine = bench.machine({"S": {"Type": "Succeed"}})
    missing = {"TreatMissingData": "breaching", "ComparisonOperator": "LessThanThreshold", "Period": 3600}
    name, url = alarm(bench, "AWS/States", "ExecutionsSucceeded", "StateMachineArn", machine, **missing)
    assert heard(bench, url, "ALARM")
    bench.finished(bench.start(machine))
    assert heard(bench, url, "OK")
    until(lambda: state_of(bench, name) == "OK")


@pytest.mark.e2e
def test_alarms_on_schedules(bench: Any) -> None:
    scheduler, group = bench.client("scheduler"), f"g-{uuid.uuid4().hex[:8]}"
    scheduler.create_schedule_group(Name=group)
    metrics = (
        "InvocationAttemptCount", "TargetErrorCount", "InvocationDroppedCount", "InvocationsSentToDeadLetterCount",
    )  # fmt: skip
    queues = {metric: alarm(bench, "AWS/Scheduler", metric, "ScheduleGroup", group)[1] for metric in metrics}
    _, dead = bench.permissions.open_queue()
    scheduler.create_schedule(
        Name="s",
        GroupName=group,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": NOWHERE, "RoleArn": bench.role, "DeadLetterConfig": {"Arn": dead}},
    )
    for metric, url in queues.items():
        assert heard(bench, url, "ALARM"), metric


@pytest.mark.e2e
@pytest.mark.parametrize("metric", ["FailedInvocations", "InvocationsSentToDlq"])
def test_alarms_on_rules(bench: Any, metric: Any) -> None:
    events, name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
    _, url = alarm(bench, "AWS/Events", metric, "RuleName", name)
    _, dead = bench.permissions.open_queue()
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "t", "Arn": NOWHERE, "RoleArn": bench.role, "DeadLetterConfig": {"Arn": dead}}
    events.put_targets(Rule=name, Targets=[target])
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"}])
    assert heard(bench, url, "ALARM")


def _failures(machine: str) -> list[dict[str, Any]]:
    dimensions = [{"Name": "StateMachineArn", "Value": machine}]
    metrics = ("ExecutionsFailed", "ExecutionsAborted")
    return [
        {"Id": "sum", "Expression": "FILL(m0, 0) + FILL(m1, 0)"},
        *(
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/States", "MetricName": metric, "Dimensions": dimensions},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for number, metric in enumerate(metrics)
        ),
    ]


@pytest.mark.e2e
def test_an_alarm_on_math(bench: Any, until: Any) -> None:
    waiting = bench.machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}})
    cloudwatch, name = bench.client("cloudwatch"), f"a-{uuid.uuid4().hex[:8]}"
    settings = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    cloudwatch.put_metric_alarm(AlarmName=name, Metrics=_failures(waiting), **settings)
    until(lambda: state_of(bench, name) == "OK")
    described = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    assert "MetricName" not in described
    assert described["Metrics"][0]["Expression"] == "FILL(m0, 0) + FILL(m1, 0)"
    bench.sfn.stop_execution(executionArn=bench.start(waiting))
    until(lambda: state_of(bench, name) == "ALARM")
    later = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    assert later["StateTransitionedTimestamp"] == later["StateUpdatedTimestamp"] >= described["StateUpdatedTimestamp"]


@pytest.mark.e2e
def test_an_alarm_that_warms_up_tells_nothing(bench: Any) -> None:
    machine = bench.machine({"S": {"Type": "Succeed"}})
    warm_up = {"WarmUpPeriodDurationInMinutes": 1, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}
    settings = {
        "TreatMissingData": "breaching",
        "ComparisonOperator": "LessThanThreshold",
        "EvaluationWindow": {"WallClockWindow": {"Timezone": "Europe/Berlin"}},
    }
    of_machine = ("AWS/States", "ExecutionsSucceeded", "StateMachineArn", machine)
    warming, _ = alarm(bench, *of_machine, **settings, WarmUpConfiguration=warm_up)
    at_once, heard_of = alarm(bench, *of_machine, **settings)
    assert heard(bench, heard_of, "ALARM")
    assert (state_of(bench, at_once), state_of(bench, warming)) == ("ALARM", "INSUFFICIENT_DATA")


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        ({"EvaluationWindow": {"WallClockWindow": {}}, "Period": 120}, "supports periods of 60, 300"),
        ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "+01:03"}}}, "multiple of 5 minutes"),
        ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "Europe/Bärlin"}}}, "Invalid time zone"),
        ({"Period": 300, "EvaluationPeriods": 289}, "more than a day"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "more than 604800 seconds"),
    ],
)
def test_what_an_alarm_may_not_be(bench: Any, settings: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ClientError, match=refusal):
        alarm(bench, "AWS/SQS", "NumberOfMessagesSent", "QueueName", "q", **settings)


@pytest.mark.e2e
def test_math_of_more_than_ten_metrics_is_refused(bench: Any) -> None:
    queries = _failures("none")
    more = [{**queries[1], "Id": f"n{number}"} for number in range(9)]
    settings = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    with pytest.raises(ClientError, match="at most 10 metrics, not 11"):
        bench.client("cloudwatch").put_metric_alarm(AlarmName="many", Metrics=[*queries, *more], **settings)
