"""Logs and traces of a state machine, and the key of a log group, are asked for."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e
ACCOUNT = "000000000000"
LOGS = "logs.us-east-1.amazonaws.com"
DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
KEY_ACTIONS = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")
DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
REFUSED = "The state machine IAM Role is not authorized to access the Log Destination"


@pytest.fixture
def group(bench: Any) -> Any:
    name = f"/g/{uuid.uuid4().hex[:8]}"
    bench.client("logs").create_log_group(logGroupName=name)
    return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}:*"


def create(bench: Any, group: Any, role: Any, **more: Any) -> Any:
    configuration = {
        "level": "ALL",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    name = f"m-{uuid.uuid4().hex[:8]}"
    return bench.sfn.create_state_machine(
        name=name, definition=DEFINITION, roleArn=role, loggingConfiguration=configuration, **more
    )["stateMachineArn"]


def template(group: Any, role: Any) -> Any:
    destinations = [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}]
    logging = {"Level": "ERROR", "IncludeExecutionData": False, "Destinations": destinations}
    properties = {"DefinitionString": DEFINITION, "RoleArn": role, "LoggingConfiguration": logging}
    return {"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}


def test_a_log_group_that_is_not_there(bench: Any, permissions: Any) -> None:
    role = permissions.role("states.amazonaws.com", permissions.allow(*DELIVERY))
    lost = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/g/none:*"
    with pytest.raises(ClientError, match=r"InvalidLoggingConfiguration.*: Log Destination not found\."):
        create(bench, lost, role)
    stack, _ = bench.deploy(template(lost, role))
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any("Log Destination not found." in event.get("ResourceStatusReason", "") for event in events)


def test_a_role_that_may_deliver_logs(bench: Any, permissions: Any, group: Any) -> None:
    role = permissions.role("states.amazonaws.com", permissions.allow(*DELIVERY))
    assert create(bench, group, role)
    stack, outputs = bench.deploy(template(group, role), {"Arn": {"Value": {"Ref": "M"}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    described = bench.sfn.describe_state_machine(stateMachineArn=outputs["Arn"])["loggingConfiguration"]
    assert (described["level"], described["includeExecutionData"]) == ("ERROR", False)
    assert described["destinations"] == [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]


@pytest.mark.parametrize("wrong", [*DELIVERY, "on the group only"])
def test_a_role_that_may_not(bench: Any, permissions: Any, group: Any, wrong: Any) -> None:
    on = group if wrong == "on the group only" else "*"
    statement = permissions.allow(*(action for action in DELIVERY if action != wrong), on=on)
    role = permissions.role("states.amazonaws.com", statement)
    with pytest.raises(ClientError) as caught:
        create(bench, group, role)
    assert caught.value.response["Error"] == {"Code": "AccessDeniedException", "Message": REFUSED}


def test_a_template_with_a_role_that_may_not(bench: Any, permissions: Any, group: Any) -> None:
    role = permissions.role("states.amazonaws.com", permissions.allow("logs:PutLogEvents"))
    stack, _ = bench.deploy(template(group, role))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any(REFUSED in event.get("ResourceStatusReason", "") for event in events)


def test_logs_that_are_switched_on_later(bench: Any, permissions: Any, group: Any) -> None:
    role = permissions.role("states.amazonaws.com")
    machine = bench.sfn.create_state_machine(name=f"m-{uuid.uuid4().hex[:8]}", definition=DEFINITION, roleArn=role)[
        "stateMachineArn"
    ]
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    with pytest.raises(ClientError, match=REFUSED):
        bench.sfn.update_state_machine(stateMachineArn=machine, loggingConfiguration=logging)


@pytest.mark.parametrize("may", [True, False])
def test_a_trace_that_may_not_be_written_is_named_and_fails_nothing(bench: Any, permissions: Any, may: Any) -> None:
    traces = [permissions.allow("xray:*")] if may else []
    role = permissions.role("states.amazonaws.com", *traces)
    machine = bench.sfn.create_state_machine(
        name=f"m-{uuid.uuid4().hex[:8]}", definition=DEFINITION, roleArn=role, tracingConfiguration={"enabled": True}
    )["stateMachineArn"]
    assert bench.finished(bench.start(machine))["status"] == "SUCCEEDED"
    principal = f"assumed-role/{role.rpartition('/')[2]}/"
    named = {denial.action for denial in bench.aws.denials() if principal in denial.principal}
    assert ("xray:PutTraceSegments" in named) is not may


def test_a_key_that_lets_cloudwatch_logs_for_the_group(bench: Any, permissions: Any) -> None:
    name = f"/g/{uuid.uuid4().hex[:8]}"
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"}
    key = permissions.key(permissions.allow(*KEY_ACTIONS, to=LOGS, ArnEquals=context))
    bench.client("logs").create_log_group(logGroupName=name, kmsKeyId=key)
    groups = bench.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert [item["kmsKeyId"] for item in groups] == [key]


@pytest.mark.parametrize("wrong", ["nobody", "principal", "action", "condition", "no such key"])
def test_a_key_that_does_not_let_it(bench: Any, permissions: Any, wrong: Any) -> None:
    other = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:other"}
    statements = {
        "principal": permissions.allow(*KEY_ACTIONS, to="logs.amazonaws.com"),
        "action": permissions.allow("kms:Encrypt*", "kms:Decrypt*", to=LOGS),
        "condition": permissions.allow(*KEY_ACTIONS, to=LOGS, ArnEquals=other),
    }
    given = [statements[wrong]] if wrong in statements else []
    nothing = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{uuid.uuid4()}"
    key, name = nothing if wrong == "no such key" else permissions.key(*given), f"/g/{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"
    sentence = f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{arn}'"
    logs = bench.client("logs")
    with pytest.raises(ClientError) as caught:
        logs.create_log_group(logGroupName=name, kmsKeyId=key)
    assert caught.value.response["Error"] == {"Code": "InvalidParameterException", "Message": sentence}
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    properties = {"LogGroupName": name, "KmsKeyId": key}
    stack, _ = bench.deploy({"G": {"Type": "AWS::Logs::LogGroup", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any(sentence in event.get("ResourceStatusReason", "") for event in events)
