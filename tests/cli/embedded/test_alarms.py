import json
import uuid
from typing import Any

import pytest

from naws.cli.embedded.departures.alarms import judge

ROLE = "arn:aws:iam::000000000000:role/r"
NOWHERE = "arn:aws:states:us-east-1:000000000000:stateMachine:nothing"
AT_LEAST_ONE = {
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Threshold": 1.0,
    "StateValue": "OK",
    "StateReason": "",
}


@pytest.mark.parametrize(
    ("settings", "values", "state"),
    [
        ({"EvaluationPeriods": 1}, [1], "ALARM"),
        ({"EvaluationPeriods": 1}, [0], "OK"),
        ({"EvaluationPeriods": 1}, [None], "INSUFFICIENT_DATA"),
        ({"EvaluationPeriods": 1, "TreatMissingData": "notBreaching"}, [None], "OK"),
        ({"EvaluationPeriods": 1, "TreatMissingData": "breaching"}, [None], "ALARM"),
        ({"EvaluationPeriods": 1, "TreatMissingData": "ignore", "StateValue": "ALARM"}, [None], "ALARM"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [1, 0, 1], "ALARM"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [1, 0, 0], "OK"),
        ({"EvaluationPeriods": 3}, [1, 1, 0], "OK"),
        ({"EvaluationPeriods": 2, "TreatMissingData": "breaching"}, [1, None], "ALARM"),
        ({"EvaluationPeriods": 2, "TreatMissingData": "notBreaching"}, [1, None], "OK"),
        ({"EvaluationPeriods": 1, "ComparisonOperator": "LessThanThreshold"}, [0], "ALARM"),
    ],
)
def test_judge(settings: Any, values: Any, state: Any) -> None:
    assert judge({**AT_LEAST_ONE, **settings}, values)[0] == state


def alarm(bench: Any, namespace: Any, metric: Any, dimension: Any, value: Any, **more: Any) -> Any:
    """An alarm with a topic behind it; returns its name and the queue that hears of it."""
    name = f"a-{uuid.uuid4().hex[:8]}"
    sns = bench.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url, arn = bench.queue()
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
        bodies = [json.loads(item["Body"]) for item in bench.messages(url, 1, seconds=8)]
        if state in {body["NewStateValue"] for body in bodies}:
            return True
        assert count < 3, bodies
    return False


def state_of(bench: Any, name: Any) -> Any:
    return bench.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("metric", "states"),
    [
        ("ExecutionsFailed", {"F": {"Type": "Fail"}}),
        ("ExecutionsSucceeded", {"S": {"Type": "Succeed"}}),
        ("ExecutionsStarted", {"S": {"Type": "Succeed"}}),
        ("ExecutionTime", {"S": {"Type": "Succeed"}}),
    ],
)
def test_alarms_on_executions_fire_for_their_machine_only(bench: Any, until: Any, metric: Any, states: Any) -> None:
    machine, other = bench.machine(states), bench.machine(states)
    name, url = alarm(bench, "AWS/States", metric, "StateMachineArn", machine)
    silent, _ = alarm(bench, "AWS/States", metric, "StateMachineArn", other)
    until(lambda: state_of(bench, name) == "OK")
    bench.finished(bench.start(machine))
    assert heard(bench, url, "ALARM")
    assert state_of(bench, silent) == "OK"


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
def test_an_alarm_on_a_queue_fires_and_returns(bench: Any) -> None:
    url, arn = bench.queue()
    queue = arn.rpartition(":")[2]
    settings = {"Statistic": "Maximum", "Period": 10}
    metric = "ApproximateNumberOfMessagesVisible"
    _, heard_of = alarm(bench, "AWS/SQS", metric, "QueueName", queue, **settings)
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert heard(bench, heard_of, "ALARM")
    bench.sqs.purge_queue(QueueUrl=url)
    (message,) = bench.messages(heard_of, 1, seconds=20)
    assert json.loads(message["Body"])["NewStateValue"] == "OK"


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
@pytest.mark.parametrize(
    "metric",
    ["InvocationAttemptCount", "TargetErrorCount", "InvocationDroppedCount", "InvocationsSentToDeadLetterCount"],
)
def test_alarms_on_schedules(bench: Any, metric: Any) -> None:
    scheduler, group = bench.client("scheduler"), f"g-{uuid.uuid4().hex[:8]}"
    scheduler.create_schedule_group(Name=group)
    _, url = alarm(bench, "AWS/Scheduler", metric, "ScheduleGroup", group)
    _, dead = bench.queue()
    scheduler.create_schedule(
        Name="s",
        GroupName=group,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": NOWHERE, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": dead}},
    )
    assert heard(bench, url, "ALARM")


@pytest.mark.e2e
@pytest.mark.parametrize("metric", ["FailedInvocations", "InvocationsSentToDlq"])
def test_alarms_on_rules(bench: Any, metric: Any) -> None:
    events, name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
    _, url = alarm(bench, "AWS/Events", metric, "RuleName", name)
    _, dead = bench.queue()
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": NOWHERE, "DeadLetterConfig": {"Arn": dead}}])
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"}])
    assert heard(bench, url, "ALARM")
