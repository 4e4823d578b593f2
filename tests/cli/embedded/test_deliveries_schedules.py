"""A schedule acts as its execution role, which EventBridge Scheduler must be able to assume."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e
ACCOUNT = "000000000000"
SCHEDULER = "scheduler.amazonaws.com"
PASS = {"Done": {"Type": "Pass", "End": True}}
NOT_ASSUMED = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


def settings(machine: Any, role: Any, dead: Any = None) -> Any:
    letters = {"DeadLetterConfig": {"Arn": dead}} if dead else {}
    return {
        "ScheduleExpression": "rate(9 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": machine, "RoleArn": role, "Input": '{"a": 1}', **letters},
    }


def create(bench: Any, machine: Any, role: Any, dead: Any = None) -> Any:
    name = f"s-{uuid.uuid4().hex[:8]}"
    bench.client("scheduler").create_schedule(Name=name, **settings(machine, role, dead))
    return name


def executions(bench: Any, machine: Any) -> Any:
    return bench.sfn.list_executions(stateMachineArn=machine)["executions"]


def test_a_role_that_may_starts_an_execution(bench: Any, permissions: Any, until: Any) -> None:
    machine = bench.machine(PASS)
    group = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/default"
    conditions = {"ArnEquals": {"aws:SourceArn": group}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    create(bench, machine, permissions.role(SCHEDULER, permissions.allow("states:StartExecution"), **conditions))
    assert until(lambda: executions(bench, machine))


@pytest.mark.parametrize(
    ("trusted", "conditions"),
    [
        ("events.amazonaws.com", {}),
        (SCHEDULER, {"StringEquals": {"aws:SourceAccount": "111111111111"}}),
        (SCHEDULER, {"ArnLike": {"aws:SourceArn": f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/default/*"}}),
        (None, {}),
    ],
    ids=["other service", "other account", "the schedule is no source", "no role"],
)
def test_a_role_that_cannot_be_assumed(bench: Any, permissions: Any, trusted: Any, conditions: Any) -> None:
    nobody = f"arn:aws:iam::{ACCOUNT}:role/nobody"
    role = permissions.role(trusted, permissions.allow("*"), **conditions) if trusted else nobody
    machine = bench.machine(PASS)
    with pytest.raises(ClientError) as caught:
        create(bench, machine, role)
    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": NOT_ASSUMED}
    right = permissions.role(SCHEDULER)
    name = create(bench, machine, right)
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler"):
        bench.client("scheduler").update_schedule(Name=name, **settings(machine, role))
    resources = {"S": {"Type": "AWS::Scheduler::Schedule", "Properties": settings(machine, role)}}
    stack, _ = bench.deploy(resources)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_role_that_may_not_start_is_told_to_the_dead_letter_queue(bench: Any, permissions: Any) -> None:
    machine, (url, dead) = bench.machine(PASS), bench.queue()
    elsewhere = permissions.allow("states:StartExecution", on=f"{machine}x")
    role = permissions.role(SCHEDULER, elsewhere, permissions.allow("sqs:SendMessage", on=dead))
    name = create(bench, machine, role, dead)
    (message,) = bench.messages(url)
    letter = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert letter["ERROR_CODE"] == "AccessDeniedException"
    assert letter["ERROR_MESSAGE"].startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/")
    assert letter["ERROR_MESSAGE"].endswith(
        f"is not authorized to perform: states:StartExecution on resource: {machine} "
        "because no identity-based policy allows the states:StartExecution action"
    )
    assert letter["SCHEDULE_ARN"].endswith(f"default/{name}")
    assert json.loads(message["Body"])["StateMachineArn"] == machine
    assert executions(bench, machine) == []


@pytest.mark.parametrize("missing", [None, "sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"])
def test_the_dead_letter_queue_and_its_key_are_asked_for_the_role(
    bench: Any, permissions: Any, until: Any, missing: Any
) -> None:
    key = permissions.key()
    url, dead = bench.queue(KmsMasterKeyId=key)
    through = {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}
    keys = [permissions.allow(action, on=key, **through) for action in KEY_ACTIONS if action != missing]
    sends = [permissions.allow("sqs:SendMessage", on=dead)] if missing != "sqs:SendMessage" else []
    role = permissions.role(SCHEDULER, *keys, *sends)
    scheduler, group = bench.client("scheduler"), f"g-{uuid.uuid4().hex[:8]}"
    scheduler.create_schedule_group(Name=group)
    nothing = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:nothing"
    scheduler.create_schedule(Name="s", GroupName=group, **settings(nothing, role, dead))
    wanted = "InvocationsFailedToBeSentToDeadLetterCount" if missing else "InvocationsSentToDeadLetterCount"
    dimensions = [{"Name": "ScheduleGroup", "Value": group}]

    def counted() -> Any:
        metrics = bench.client("cloudwatch").list_metrics(Namespace="AWS/Scheduler", Dimensions=dimensions)["Metrics"]
        return wanted in {item["MetricName"] for item in metrics}

    assert until(counted)
    attributes = bench.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == ("0" if missing else "1")
