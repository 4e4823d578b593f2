import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAwsError

pytestmark = pytest.mark.e2e
PASS = {"Done": {"Type": "Pass", "End": True}}
ATTRIBUTES = {
    "time": "<aws.scheduler.scheduled-time>",
    "schedule": "<aws.scheduler.schedule-arn>",
    "execution": "<aws.scheduler.execution-id>",
    "attempt": "<aws.scheduler.attempt-number>",
}


def create(bench: Any, expression: Any, target: Any, group: Any = "default", **more: Any) -> Any:
    name = f"s-{uuid.uuid4().hex[:8]}"
    bench.client("scheduler").create_schedule(
        Name=name,
        GroupName=group,
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        Target={"RoleArn": bench.role, **target},
        **more,
    )
    return name


def executions(bench: Any, machine: Any) -> Any:
    return bench.sfn.list_executions(stateMachineArn=machine)["executions"]


def first_input(bench: Any, until: Any, machine: Any) -> Any:
    (execution,) = until(lambda: executions(bench, machine))
    return json.loads(bench.sfn.describe_execution(executionArn=execution["executionArn"])["input"])


def test_fire_now_sends_the_input_with_context_attributes(bench: Any, until: Any) -> None:
    machine = bench.machine(PASS)
    bench.client("scheduler").create_schedule_group(Name="nightly")
    target = {"Arn": machine, "Input": json.dumps(ATTRIBUTES)}
    name = create(bench, "cron(0 6 1 1 ? 2090)", target, group="nightly")
    bench.aws.fire_schedule("nightly", name)
    sent = first_input(bench, until, machine)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sent["time"])
    assert sent["schedule"] == f"arn:aws:scheduler:us-east-1:000000000000:schedule/nightly/{name}"
    assert sent["execution"]
    assert sent["attempt"] == "1"


def test_fire_now_refuses_what_can_never_be_due(bench: Any) -> None:
    name = create(bench, "rate(1 hour)", {"Arn": bench.machine(PASS)}, State="DISABLED")
    with pytest.raises(EmbeddedAwsError, match=f"The schedule {name} in group default is disabled"):
        bench.aws.fire_schedule("default", name)
    with pytest.raises(EmbeddedAwsError, match="There is no schedule none in group default"):
        bench.aws.fire_schedule("default", "none")


def test_a_rate_fires_at_once_and_a_disabled_one_never(bench: Any, until: Any) -> None:
    machine, silent = bench.machine(PASS), bench.machine(PASS)
    create(bench, "rate(1 hour)", {"Arn": silent}, State="DISABLED")
    create(bench, "rate(1 hour)", {"Arn": machine, "Input": "{}"})
    assert first_input(bench, until, machine) == {}
    assert executions(bench, silent) == []


def test_a_schedule_that_is_over_is_deleted_when_it_says_so(bench: Any, until: Any) -> None:
    machine = bench.machine(PASS)
    due = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    name = create(bench, f"at({due})", {"Arn": machine}, ActionAfterCompletion="DELETE")
    notification = first_input(bench, until, machine)
    assert (notification["source"], notification["detail"]) == ("aws.scheduler", "{}")
    scheduler = bench.client("scheduler")

    def deleted() -> Any:
        return name not in {item["Name"] for item in scheduler.list_schedules()["Schedules"]}

    until(deleted)


def test_what_the_target_refuses_goes_to_the_dead_letter_queue(bench: Any) -> None:
    url, arn = bench.queue()
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:nothing"
    name = create(bench, "rate(9 days)", {"Arn": machine, "Input": '{"a": 1}', "DeadLetterConfig": {"Arn": arn}})
    (message,) = bench.messages(url)
    assert json.loads(message["Body"]) == {"StateMachineArn": machine, "Input": '{"a": 1}'}
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "StateMachineDoesNotExist"
    assert attributes["SCHEDULE_ARN"].endswith(f"default/{name}")


def test_an_updated_schedule_follows_its_new_expression(bench: Any, until: Any) -> None:
    machine = bench.machine(PASS)
    target = {"Arn": machine, "RoleArn": bench.role}
    name = create(bench, "cron(0 6 1 1 ? 2090)", target)
    due = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    bench.client("scheduler").update_schedule(
        Name=name, ScheduleExpression=f"at({due})", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )
    until(lambda: executions(bench, machine))


def test_an_input_with_what_is_no_number_in_json_is_refused(bench: Any) -> None:
    with pytest.raises(bench.client("scheduler").exceptions.ValidationException):
        create(bench, "rate(1 hour)", {"Arn": bench.machine(PASS), "Input": '{"a": -Infinity}'})
