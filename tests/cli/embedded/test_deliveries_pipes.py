"""A pipe reads its queue and starts its target as its role."""

import json
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
ACCOUNT = "000000000000"
PIPES = "pipes.amazonaws.com"
PASS = {"Done": {"Type": "Pass", "End": True}}
READING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
AT_ONCE = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
REASON = "Input parameter is invalid from the request due to : The provided customer role "


def create(bench: Any, source: Any, target: Any, role: Any, **more: Any) -> Any:
    name = f"p-{uuid.uuid4().hex[:8]}"
    wanted = {"TargetParameters": AT_ONCE, **more}
    bench.client("pipes").create_pipe(Name=name, Source=source, Target=target, RoleArn=role, **wanted)
    return name


def described(bench: Any, name: Any) -> Any:
    pipe = bench.client("pipes").describe_pipe(Name=name)
    return pipe["CurrentState"], pipe.get("StateReason", "")


def executions(bench: Any, machine: Any) -> Any:
    return bench.sfn.list_executions(stateMachineArn=machine)["executions"]


def test_a_role_that_may_reads_and_starts(bench: Any, permissions: Any, until: Any) -> None:
    key = permissions.key()
    (url, source), machine = bench.queue(KmsMasterKeyId=key), bench.machine(PASS)
    statements = [
        permissions.allow(*READING, on=source),
        permissions.allow("states:StartExecution", on=machine),
        permissions.allow("kms:Decrypt", on=key),
    ]
    account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": "arn:aws:pipes:*:pipe/p-*"}}
    name = create(bench, source, machine, permissions.role(PIPES, *statements, **account))
    assert described(bench, name) == ("RUNNING", "")
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert until(lambda: executions(bench, machine))


@pytest.mark.parametrize("missing", READING)
def test_a_role_that_may_not_read_fails_the_creation(bench: Any, permissions: Any, missing: Any) -> None:
    (url, source), machine = bench.queue(), bench.machine(PASS)
    reading = permissions.allow(*(action for action in READING if action != missing), on=source)
    role = permissions.role(PIPES, reading, permissions.allow("states:StartExecution"))
    name = create(bench, source, machine, role)
    call = missing.partition(":")[2]
    assert described(bench, name) == ("CREATE_FAILED", f"{REASON}does not have permissions to call {call} on SQS")
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bench.messages(url)[0]["Body"] == "x"
    assert executions(bench, machine) == []
    properties = {"Source": source, "Target": machine, "RoleArn": role, "TargetParameters": AT_ONCE}
    stack, _ = bench.deploy({"P": {"Type": "AWS::Pipes::Pipe", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert f"did not stabilize. Status Reason is {REASON}does not have permissions to call {call}" in reasons


def test_a_role_that_trusts_another_service(bench: Any, permissions: Any) -> None:
    _, source = bench.queue()
    role = permissions.role("events.amazonaws.com", permissions.allow("*"))
    state, reason = described(bench, create(bench, source, bench.machine(PASS), role))
    assert (state, "cannot be assumed" in reason) == ("CREATE_FAILED", True)


def test_a_role_that_may_not_use_the_key(bench: Any, permissions: Any) -> None:
    _, source = bench.queue(KmsMasterKeyId=permissions.key())
    role = permissions.role(PIPES, permissions.allow(*READING, "states:StartExecution"))
    state, reason = described(bench, create(bench, source, bench.machine(PASS), role))
    assert (state, "is not authorized to perform: kms:Decrypt" in reason) == ("CREATE_FAILED", True)


def test_a_role_that_may_read_again_is_started(bench: Any, permissions: Any, until: Any) -> None:
    (url, source), machine = bench.queue(), bench.machine(PASS)
    role = permissions.role(PIPES, permissions.allow("states:StartExecution"))
    name = create(bench, source, machine, role, DesiredState="STOPPED")
    assert described(bench, name)[0] == "STOPPED"
    bench.client("pipes").start_pipe(Name=name)
    assert described(bench, name)[0] == "START_FAILED"
    document = permissions.document(permissions.allow(*READING, "states:StartExecution"))
    bench.client("iam").put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="own", PolicyDocument=document)
    bench.client("pipes").start_pipe(Name=name)
    assert described(bench, name) == ("RUNNING", "")
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    assert until(lambda: executions(bench, machine))


def test_what_it_may_not_start_goes_to_the_queues_dead_letter_queue(bench: Any, permissions: Any) -> None:
    dead_url, dead = bench.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    (url, source), machine = bench.queue(VisibilityTimeout="1", RedrivePolicy=redrive), bench.machine(PASS)
    role = permissions.role(PIPES, permissions.allow(*READING), permissions.allow("states:StartExecution", on="arn:x"))
    assert described(bench, create(bench, source, machine, role))[0] == "RUNNING"
    bench.sqs.send_message(QueueUrl=url, MessageBody="kept")
    assert bench.messages(dead_url)[0]["Body"] == "kept"
    assert executions(bench, machine) == []
