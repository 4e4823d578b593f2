"""The alarms that every pattern with triggers has: what is made, how it grows, and what it costs."""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.core.alarms import Alarms, AlarmText, NoAlarms
from naws.core.build.alarms import Metric, TriggerAlarms, single, sum_of
from naws.core.build.starting_roles import StateMachineTarget
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.plans.operations import OperationsPlan, plan_operations
from naws.core.plans.triggers import plan_triggers
from naws.core.props import Operated
from naws.core.triggers import ScheduleTrigger
from naws.testing.calls import node_calls
from naws.testing.synth import cdk_app, synth_template

ALARM = "AWS::CloudWatch::Alarm"
TEXT = AlarmText(why="It broke.", do="mend it.", page="guide#broken")


@dataclass(frozen=True)
class Function(StateMachineTarget):
    """What is started by other commands than a state machine."""

    start_command = "aws lambda invoke --function-name work --payload"
    list_command = "aws logs tail work"

    def waiting_hint(self, queue: str) -> str:
        return f"`aws lambda list-event-source-mappings --event-source-arn {queue}`"


TARGET = Function(arn="arn:aws:lambda:eu-central-1:123456789012:function:work")


def succeeded(trigger: str) -> Metric:
    return Metric(namespace="Own", name="Done", dimensions={"Trigger": trigger, "A": "b"})


def factory_of(stack: cdk.Stack, context: PatternContext, plan: OperationsPlan) -> TriggerAlarms:
    return TriggerAlarms(stack, context, plan, TARGET, page="guide", succeeded=succeeded)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Stack")


def factory(stack: cdk.Stack, alarms: Alarms | NoAlarms | None = None, name: str = "Work") -> TriggerAlarms:
    context = PatternContext.of(stack, name)
    props = Operated(
        alarms=alarms or Alarms(topic=sns.Topic.from_topic_arn(stack, f"{name}Topic", "arn:aws:sns:r:1:t"))
    )
    return factory_of(stack, context, plan_operations(props, context, 3600))


def queues(stack: cdk.Stack, count: int, name: str = "Queue") -> list[sqs.IQueue]:
    return [sqs.Queue(stack, f"{name}{number}") for number in range(count)]


def alarms(stack: cdk.Stack) -> dict[str, dict[str, Any]]:
    found = synth_template(stack)["Resources"].items()
    return {name: each["Properties"] for name, each in found if each["Type"] == ALARM}


def test_an_alarm_is_what_cdks_own_would_be(stack: cdk.Stack) -> None:
    metric = Metric(namespace="N", name="M", dimensions={"B": "2", "A": "1"}, statistic="Maximum", period=60)
    made = factory(stack)
    made.alarm("Single", single(metric), TEXT)
    made.alarm("Sum", sum_of([metric, metric]), TEXT)
    of_cdk = {"threshold": 1, "evaluation_periods": 1, "alarm_description": TEXT.render()}
    of_cdk |= {"treat_missing_data": cloudwatch.TreatMissingData.NOT_BREACHING}
    cloudwatch.Alarm(stack, "OwnSingle", metric=metric.of_cdk(), **of_cdk)
    by_name = {"m1": metric.of_cdk(), "m2": metric.of_cdk()}
    five = cdk.Duration.minutes(5)
    expression = cloudwatch.MathExpression(
        expression="FILL(m1, 0) + FILL(m2, 0)", using_metrics=by_name, period=five, label="sum"
    )
    cloudwatch.Alarm(stack, "OwnSum", metric=expression, **of_cdk)
    found = alarms(stack)
    for name in ("Single", "Sum"):
        (own,) = (each for key, each in found.items() if key.startswith(f"Own{name}"))
        expected = {**own, "AlarmActions": ["arn:aws:sns:r:1:t"]}
        if name == "Sum":  # an expression's period is that of its metrics, which a factory's metrics have themselves
            for query in expected["Metrics"][1:]:
                query["MetricStat"]["Period"] = 60
        assert found[name] == expected


def test_with_no_alarms_nothing_is_made_whatever_is_asked_for(stack: cdk.Stack) -> None:
    made = factory(stack, NoAlarms(reason="a test"))
    (queue,) = queues(stack, 1)
    (schedule,) = plan_triggers([ScheduleTrigger("@daily")], PatternContext.of(stack, "Work")).schedules
    with node_calls() as calls:
        made.alarm("Any", single(succeeded("event")), TEXT)
        made.could_not_start(queue)
        made.oldest_message(1, queue)
        made.did_not_run(schedule, "name")
    assert calls.count == 0
    assert (made.topic, made.alarms, made.detail) == (None, (), False)
    assert {each["Type"] for each in synth_template(stack)["Resources"].values()} == {"AWS::SQS::Queue"}


def test_queues_that_come_later_join_the_alarm_until_it_is_full(stack: cdk.Stack) -> None:
    made = factory(stack)
    every = queues(stack, 23)
    made.could_not_start(*every[:1])
    made.could_not_start(*every[:9])
    made.could_not_start(*every)
    made.could_not_start(*every)
    found = alarms(stack)
    assert {name: len(each["Metrics"]) - 1 for name, each in found.items()} == {
        "CouldNotStart": 10,
        "CouldNotStart2": 10,
        "CouldNotStart3": 3,
    }
    measured = [
        query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for each in found.values()
        for query in each["Metrics"][1:]
    ]
    assert [name.removesuffix(name[-8:]) for name in measured] == [f"Queue{number}" for number in range(23)]


def test_one_alarm_costs_one_call_and_growing_one_too(stack: cdk.Stack) -> None:
    made = factory(stack)
    first, second = queues(stack, 2)
    names = [each.queue_name for each in (first, second)]
    assert len(set(names)) == 2
    with node_calls() as calls:
        made.alarm("Any", single(succeeded("event")), TEXT)
        assert calls.count == 1
        made.could_not_start(first)
        assert calls.count == 1 + 3  # the queue's name and URL
        made.could_not_start(first, second)
        assert calls.count == 1 + 3 + 2  # the queue's name


def test_a_further_pattern_asks_nothing_of_its_topic(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    factory(stack, Alarms(topic=topic, email="on-call@example.com"))
    context = PatternContext.of(stack, "More")
    props = Operated(alarms=Alarms(topic=topic, email="on-call@example.com"))
    plan = plan_operations(props, context, 3600)
    with node_calls() as calls:
        factory_of(stack, context, plan)
    assert calls.count == 0


def test_what_is_exposed_is_cdks_interface_made_when_it_is_asked_for(stack: cdk.Stack) -> None:
    made = factory(stack)
    made.alarm("Any", single(succeeded("event")), TEXT)
    (alarm,) = made.alarms
    with node_calls() as calls:
        assert made.alarms == (alarm,)
    assert calls.count == 0
    rule = cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM)
    cloudwatch.CompositeAlarm(stack, "Night", alarm_rule=rule)
    template = synth_template(stack)
    (night,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::CompositeAlarm")
    assert "'Fn::GetAtt': ['Any', 'Arn']" in str(night["Properties"]["AlarmRule"])


def test_names_come_from_the_prefix_and_the_id(stack: cdk.Stack) -> None:
    Conventions(name_prefix="reports").apply(stack)
    made = factory(stack)
    made.alarm("Any", single(succeeded("event")), TEXT, threshold=3, treat_missing_data="ignore")
    (alarm,) = alarms(stack).values()
    assert alarm["AlarmName"] == "reports-Work-Any"
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (3, "ignore")


def test_texts_have_the_commands_of_what_is_started(stack: cdk.Stack) -> None:
    made = factory(stack)
    (queue,) = queues(stack, 1)
    (schedule,) = plan_triggers([ScheduleTrigger("@daily")], PatternContext.of(stack, "Work")).schedules
    made.could_not_start(queue)
    made.oldest_message(1, queue)
    made.did_not_run(schedule, "nightly")
    texts = {name: str(each["AlarmDescription"]) for name, each in alarms(stack).items()}
    assert "`aws lambda invoke --function-name work --payload '<the message's body>'`" in texts["CouldNotStart"]
    assert "aws lambda list-event-source-mappings" in texts["OldestMessage1"]
    assert "`aws scheduler get-schedule --name nightly`" in texts["DidNotRun1"]
    assert "`aws logs tail work` its last runs" in texts["DidNotRun1"]
