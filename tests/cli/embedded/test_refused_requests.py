"""What SQS, EventBridge, Scheduler and Pipes refuse of requests and templates that name each other."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e
PREFIX = "us-east-1:000000000000"
MACHINE, QUEUE = f"arn:aws:states:{PREFIX}:stateMachine:none", f"arn:aws:sqs:{PREFIX}:none"
NO_TRIGGER = "Parameter(s) EventPattern or ScheduleExpression must be specified."
NOT_LET = "does not let this queue use it"


def refused(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Message"]


def reasons(bench: Any, resources: Any) -> str:
    stack, _ = bench.deploy(resources)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def redrive(target: str) -> str:
    return json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 3})


def by_queue(*sources: str) -> str:
    return json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": list(sources)})


@pytest.mark.parametrize("allowed", [json.dumps({"redrivePermission": "denyAll"}), by_queue(QUEUE)])
def test_a_dead_letter_queue_that_does_not_let_the_queue_use_it_is_refused(bench: Any, allowed: str) -> None:
    _, dead = bench.queue(RedriveAllowPolicy=allowed)
    url, _ = bench.queue()
    name = f"q-{uuid.uuid4().hex[:8]}"
    assert NOT_LET in refused(bench.sqs.create_queue, QueueName=name, Attributes={"RedrivePolicy": redrive(dead)})
    assert NOT_LET in refused(bench.sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": redrive(dead)})
    policy = {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    for named in ({}, {"QueueName": name}):
        queue = {"Type": "AWS::SQS::Queue", "Properties": {**named, "RedrivePolicy": policy}}
        assert NOT_LET in reasons(bench, {"Q": queue})


def test_one_that_lets_it_is_taken(bench: Any) -> None:
    name = f"q-{uuid.uuid4().hex[:8]}"
    _, dead = bench.queue(RedriveAllowPolicy=by_queue(f"arn:aws:sqs:{PREFIX}:{name}"))
    policy = {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    properties = {"QueueName": name, "RedrivePolicy": policy}
    stack, _ = bench.deploy({"Q": {"Type": "AWS::SQS::Queue", "Properties": properties}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    url = bench.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive(dead)})


def test_a_rule_has_a_pattern_or_a_schedule(bench: Any) -> None:
    assert refused(bench.client("events").put_rule, Name="none") == NO_TRIGGER
    assert NO_TRIGGER in reasons(bench, {"R": {"Type": "AWS::Events::Rule", "Properties": {"State": "ENABLED"}}})


@pytest.mark.parametrize("arn", [MACHINE, f"arn:aws:ecs:{PREFIX}:cluster/c"])
def test_what_is_called_as_a_role_needs_one(bench: Any, arn: str) -> None:
    events, name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
    events.put_rule(Name=name, EventPattern='{"source":["x"]}')
    told = f"RoleArn is required for target {arn}."
    assert refused(events.put_targets, Rule=name, Targets=[{"Id": "t", "Arn": arn}]) == told
    properties = {"EventPattern": {"source": ["x"]}, "Targets": [{"Id": "t", "Arn": arn}]}
    assert told in reasons(bench, {"R": {"Type": "AWS::Events::Rule", "Properties": properties}})
    assert events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": QUEUE}])["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ScheduleExpressionTimezone": "Europe/Atlantis"}, "Invalid ScheduleExpressionTimezone Europe/Atlantis"),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes must be provided when"),
        ({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "must not be provided when"),
        ({"ScheduleExpression": "cron(0 5 ? * ? *)"}, "Invalid Schedule Expression cron(0 5 ? * ? *)."),
        ({"StartDate": "2030-01-02T00:00:00Z", "EndDate": "2030-01-02T00:00:00Z"}, "must come before the EndDate"),
    ],
)
def test_a_schedule_is_refused(bench: Any, changed: Any, told: str) -> None:
    schedule = {
        "ScheduleExpression": "cron(0 5 * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": QUEUE, "RoleArn": bench.role},
        **changed,
    }
    assert told in refused(bench.client("scheduler").create_schedule, Name="refused", **schedule)
    assert told in reasons(bench, {"S": {"Type": "AWS::Scheduler::Schedule", "Properties": schedule}})


@pytest.mark.parametrize("missing", ["Source", "Target", "RoleArn"])
def test_a_pipe_of_what_does_not_exist_fails(bench: Any, missing: str) -> None:
    _, queue = bench.queue()
    machine = bench.machine({"P": {"Type": "Pass", "End": True}})
    parameters = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    pipe = {"Source": queue, "Target": machine, "RoleArn": bench.role, "TargetParameters": parameters}
    absent = {"Source": QUEUE, "Target": MACHINE, "RoleArn": "arn:aws:iam::000000000000:role/none"}
    wanted = {**pipe, missing: absent[missing]}
    name = f"p-{uuid.uuid4().hex[:8]}"
    bench.client("pipes").create_pipe(Name=name, **wanted)
    assert bench.client("pipes").describe_pipe(Name=name)["CurrentState"] == "CREATE_FAILED"
    assert "did not stabilize" in reasons(bench, {"P": {"Type": "AWS::Pipes::Pipe", "Properties": wanted}})
    stack, _ = bench.deploy({"P": {"Type": "AWS::Pipes::Pipe", "Properties": pipe}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
