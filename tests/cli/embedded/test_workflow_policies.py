"""A workflow calls as its role: each integration with its permission, and without it."""

import json
import uuid
from typing import Any

import pytest

from tests.cli.embedded.policies import allow, bucket, document, failure, refusal, session, task

pytestmark = pytest.mark.e2e

CATCHABLE = "is not authorized to perform: "


def table(bench: Any) -> Any:
    name = f"t-{uuid.uuid4().hex[:8]}"
    bench.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name, f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}"


def calls(bench: Any) -> Any:
    """Of each integration: the call, the statement that it needs, and error and action of its denial."""
    url, queue = bench.queue()
    topic = bench.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    name, items = table(bench)
    store = bucket(bench)
    child = bench.machine({"S": {"Type": "Succeed"}})
    item = {"TableName": name, "Item": {"pk": {"S": "a"}}}
    metric = {"Namespace": "N", "MetricData": [{"MetricName": "m", "Value": 1}]}
    history = {"ExecutionArn": bench.finished(bench.start(child))["executionArn"]}
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    event = {"Entries": [{"Source": "s", "DetailType": "t", "Detail": {}}]}
    return {
        "sqs:sendMessage": ({"QueueUrl": url, "MessageBody": "m"}, "sqs:SendMessage", queue, "SQS.AmazonSQSException"),
        "sns:publish": ({"TopicArn": topic, "Message": "m"}, "sns:Publish", topic, "SNS.AuthorizationErrorException"),
        "events:putEvents": (event, "events:PutEvents", bus, "EventBridge.AmazonEventBridgeException"),
        "dynamodb:putItem": (item, "dynamodb:PutItem", items, "DynamoDB.AmazonDynamoDBException"),
        "states:startExecution": (
            {"StateMachineArn": child}, "states:StartExecution", child, "StepFunctions.AWSStepFunctionsException",
        ),
        "aws-sdk:s3:putObject": (
            {"Bucket": store, "Key": "out/ä b.json", "Body": {"a": 1}},
            "s3:PutObject", f"arn:aws:s3:::{store}/out/*", "S3.S3Exception",
        ),
        "aws-sdk:dynamodb:updateItem": (
            {"TableName": name, "Key": {"pk": {"S": "a"}}}, "dynamodb:UpdateItem", items, "DynamoDb.DynamoDbException",
        ),
        "aws-sdk:sqs:sendMessage": (
            {"QueueUrl": url, "MessageBody": "m"}, "sqs:SendMessage", queue, "Sqs.SqsException",
        ),
        "aws-sdk:cloudwatch:putMetricData": (metric, "cloudwatch:PutMetricData", "*", "CloudWatch.CloudWatchException"),
        "aws-sdk:sfn:getExecutionHistory": (
            history, "states:GetExecutionHistory", "arn:aws:states:*:*:execution:*", "Sfn.SfnException",
        ),
        "aws-sdk:ecs:listTasks": ({}, "ecs:ListTasks", "*", "Ecs.AccessDeniedException"),
    }  # fmt: skip


NAMES = (
    "sqs:sendMessage", "sns:publish", "events:putEvents", "dynamodb:putItem", "states:startExecution",
    "aws-sdk:s3:putObject", "aws-sdk:dynamodb:updateItem", "aws-sdk:sqs:sendMessage",
    "aws-sdk:cloudwatch:putMetricData", "aws-sdk:sfn:getExecutionHistory", "aws-sdk:ecs:listTasks",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_call_needs_its_permission(bench: Any, name: Any) -> None:
    arguments, action, on, error = calls(bench)[name]
    states = task(name, arguments)
    allowed = bench.execute(states, role=bench.role_of(allow(action, on=on)))
    assert allowed["status"] == "SUCCEEDED", (allowed.get("error"), allowed.get("cause"))
    role = bench.role_of(allow("s3:GetObject"))
    told = failure(bench.execute(states, role=role))
    assert told[0] == error
    prefix, _, call = action.partition(":")
    spelled = {"sqs": f"sqs:{call.lower()}", "sns": f"SNS:{call}"}.get(prefix, action)
    assert told[1].startswith(f"User: arn:aws:sts::000000000000:assumed-role/{role.rpartition('/')[2]}/")
    assert f"{CATCHABLE}{spelled} on resource: " in told[1]
    assert f"because no identity-based policy allows the {spelled} action" in told[1]


def test_a_denial_is_caught_with_its_sentence(bench: Any) -> None:
    url, arn = bench.queue()
    send = task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "m"})
    send["Call"]["Catch"] = [
        {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Cause %}", "Next": "End"}
    ]
    ended = bench.execute({**send, "End": {"Type": "Pass", "End": True}}, role=bench.role_of())
    assert f"sqs:sendmessage on resource: {arn}" in json.loads(ended["output"])


def test_an_encrypted_queue_needs_its_key(bench: Any) -> None:
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    url, arn = bench.queue(KmsMasterKeyId=key)
    states = task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "m"})
    send, use = allow("sqs:SendMessage", on=arn), allow("kms:Decrypt", "kms:GenerateDataKey", on=key)
    assert "kms:GenerateDataKey" in failure(bench.execute(states, role=bench.role_of(send)))[1]
    assert bench.execute(states, role=bench.role_of(send, use))["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ("missing", "Neither the global service principal states.amazonaws.com"),
        ("foreign", "Neither the global service principal states.amazonaws.com"),
        ("elsewhere", "Neither the global service principal states.amazonaws.com"),
    ],
)
def test_a_machine_needs_a_role_that_step_functions_may_assume(bench: Any, role: Any, sentence: Any) -> None:
    roles = {
        "missing": "arn:aws:iam::000000000000:role/none",
        "foreign": bench.role_of(trusted="lambda.amazonaws.com"),
        "elsewhere": bench.role_of(Condition={"StringEquals": {"aws:SourceAccount": "111111111111"}}),
    }
    code, message = refusal(lambda: bench.machine({"S": {"Type": "Succeed"}}, role=roles[role]))
    assert code == "AccessDeniedException"
    assert message.startswith(sentence)


def test_the_regional_principal_and_conditions_of_a_trust_policy(bench: Any) -> None:
    own = {"StringEquals": {"aws:SourceAccount": "000000000000"}, "ArnLike": {"aws:SourceArn": "arn:aws:states:*:*:*"}}
    bench.machine({"S": {"Type": "Succeed"}}, role=bench.role_of(trusted="states.us-east-1.amazonaws.com"))
    bench.machine({"S": {"Type": "Succeed"}}, role=bench.role_of(Condition=own))
    with pytest.raises(bench.sfn.exceptions.ClientError):
        bench.machine({"S": {"Type": "Succeed"}}, role=bench.role_of(trusted="states.eu-west-1.amazonaws.com"))


def test_waiting_for_a_task_needs_the_managed_rule(bench: Any) -> None:
    states = task("ecs:runTask.sync", {"TaskDefinition": "none"})
    needed = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
    rule = "arn:aws:events:us-east-1:000000000000:rule/StepFunctionsGetEventsForECSTaskRule"
    bench.machine(states, role=bench.role_of(allow(*needed, on=rule)))
    for missing in needed:
        role = bench.role_of(allow(*(action for action in needed if action != missing), on=rule))
        nested = {"P": {"Type": "Parallel", "Branches": [{"StartAt": "Call", "States": states}], "End": True}}
        told = refusal(lambda role=role, nested=nested: bench.machine(nested, role=role))
        assert told == ("AccessDeniedException", f"'{role}' is not authorized to create managed-rule.")


def test_a_template_says_what_step_functions_says(bench: Any) -> None:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": bench.role_of(trusted="lambda.amazonaws.com"),
            "DefinitionString": json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}),
        },
    }
    stack, _ = bench.deploy({"Machine": machine})
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    assert any("states.amazonaws.com" in event.get("ResourceStatusReason", "") for event in events)


def test_who_creates_a_machine_passes_its_role(bench: Any) -> None:
    creator = bench.role_of(allow("states:CreateStateMachine"))
    text = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})
    states = session(bench, creator, "stepfunctions")
    _, message = refusal(lambda: states.create_state_machine(name="passed", definition=text, roleArn=bench.role))
    assert f"iam:PassRole on resource: {bench.role}" in message


def distributed(where: Any, **more: Any) -> Any:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    }
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": where, "Key": "items.json"},
    }
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": where, "Prefix": "results"}}
    each = {"Type": "Map", "ItemProcessor": processor, "ItemReader": reader, "ResultWriter": writer, "End": True}
    return {"Each": {**each, **more}}


def test_a_distributed_map_starts_reads_and_writes_as_the_role(bench: Any) -> None:
    where = bucket(bench)
    bench.client("s3").put_object(Bucket=where, Key="items.json", Body=b"[1, 2]")
    start = allow("states:StartExecution", on="arn:aws:states:*:*:stateMachine:*")
    read = allow("s3:GetObject", on=f"arn:aws:s3:::{where}/items.json")
    write = allow("s3:PutObject", on=f"arn:aws:s3:::{where}/results/*")
    states = distributed(where)
    assert bench.execute(states, role=bench.role_of(start, read, write))["status"] == "SUCCEEDED"
    error, cause = failure(bench.execute(states, role=bench.role_of(read, write)))
    assert error == "StepFunctions.AWSStepFunctionsException"
    assert "states:StartExecution" in cause
    error, cause = failure(bench.execute(states, role=bench.role_of(start, write)))
    assert error == "States.ItemReaderFailed"
    assert "s3:GetObject" in cause
    error, cause = failure(bench.execute(states, role=bench.role_of(start, read)))
    assert error == "States.ResultWriterFailed"
    assert "s3:PutObject" in cause


def test_a_listing_is_bound_to_its_prefix(bench: Any) -> None:
    where = bucket(bench)
    bench.client("s3").put_object(Bucket=where, Key="in/a", Body=b"x")
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": where, "Prefix": "in/"}}
    states = distributed(where, ItemReader=reader)
    rest = (allow("states:StartExecution"), allow("s3:PutObject"))
    listing = allow("s3:ListBucket", on=f"arn:aws:s3:::{where}", StringLike={"s3:prefix": "in/*"})
    other = allow("s3:ListBucket", on=f"arn:aws:s3:::{where}", StringLike={"s3:prefix": "out/*"})
    assert bench.execute(states, role=bench.role_of(listing, *rest))["status"] == "SUCCEEDED"
    assert failure(bench.execute(states, role=bench.role_of(other, *rest)))[0] == "States.ItemReaderFailed"


def test_a_policy_that_changes_counts_at_once(bench: Any) -> None:
    url, arn = bench.queue()
    role = bench.role_of()
    machine = bench.machine(task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "m"}), role=role)
    assert bench.finished(bench.start(machine))["status"] == "FAILED"
    policy = document(allow("sqs:SendMessage", on=arn))
    bench.client("iam").put_role_policy(RoleName=role.rpartition("/")[2], PolicyName="own", PolicyDocument=policy)
    assert bench.finished(bench.start(machine))["status"] == "SUCCEEDED"
