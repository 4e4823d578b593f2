"""What is known only when it is deployed is built, not refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from naws.ecs_task_processor import Alarms, EcsTaskProcessor, EcsTaskProcessorProps, QueueTrigger, ScheduleTrigger
from naws.testing.synth import cdk_app, synth_template


@pytest.fixture(scope="module")
def built() -> dict[str, dict[str, Any]]:
    """Properties of the schedules, pipes and alarms of one processor, by logical id without its hash."""
    stack = cdk.Stack(cdk_app(), "Reports")
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    text = cdk.CfnParameter(stack, "Text").value_as_string
    props = EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1"),
        alarms=Alarms(oldest_message=cdk.Duration.seconds(number)),
        triggers=[
            ScheduleTrigger("@daily", timezone=text, flexible_window=cdk.Duration.minutes(number)),
            ScheduleTrigger.rate(cdk.Duration.hours(number)),
            QueueTrigger(filter={"body": {"kind": [text, "ü", None], "count": [number]}}),
        ],
    )
    EcsTaskProcessor(stack, "P", props)
    resources = synth_template(stack)["Resources"]
    return {name[:-8]: each["Properties"] for name, each in resources.items()}


def test_a_zone_that_is_not_known_lengthens_the_alarm_by_an_hour(built: dict[str, dict[str, Any]]) -> None:
    alarm = built["PDidNotRun1"]
    # 24 hours between two firings, one for a change of the clocks, a tenth of that, and one attempt of an hour
    assert alarm["EvaluationPeriods"] * alarm["Metrics"][1]["MetricStat"]["Period"] == 29 * 3600
    assert built["PSchedule1"]["ScheduleExpressionTimezone"] == {"Ref": "Text"}


def test_a_window_in_minutes_reaches_the_schedule(built: dict[str, dict[str, Any]]) -> None:
    assert built["PSchedule1"]["FlexibleTimeWindow"] == {
        "Mode": "FLEXIBLE",
        "MaximumWindowInMinutes": {"Ref": "Number"},
    }


def test_a_rate_keeps_its_number(built: dict[str, dict[str, Any]]) -> None:
    assert built["PSchedule2"]["ScheduleExpression"] == {"Fn::Join": ["", ["rate(", {"Ref": "Number"}, " hours)"]]}


def test_an_alarm_of_a_time_that_is_not_known_says_no_number(built: dict[str, dict[str, Any]]) -> None:
    alarm = built["POldestMessage1"]
    assert alarm["Threshold"] == {"Ref": "Number"}
    assert alarm["AlarmDescription"]["Fn::Join"][1][0].startswith("A message of P has waited too long and")


def test_a_filter_is_the_shortest_json_and_keeps_its_tokens(built: dict[str, dict[str, Any]]) -> None:
    (pattern,) = built["PQueue1Pipe"]["SourceParameters"]["FilterCriteria"]["Filters"]
    parts = ['{"body":{"kind":["', {"Ref": "Text"}, '","ü",null],"count":[', {"Ref": "Number"}, "]}}"]
    assert pattern == {"Pattern": {"Fn::Join": ["", parts]}}
