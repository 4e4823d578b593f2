"""A rule delivers when its targets let EventBridge, or the target's role may; its dead-letter queue is asked, too."""

import json
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
ACCOUNT = "000000000000"
EVENTS = "events.amazonaws.com"
NOWHERE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:nothing"
PASS = {"Done": {"Type": "Pass", "End": True}}
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


@pytest.fixture
def rule(bench: Any) -> Any:
    """Its name, ARN, and how to give it a target and an event."""
    events, name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
    arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]

    def send(target: Any, dead: Any = None) -> None:
        letters = {"DeadLetterConfig": {"Arn": dead}} if dead else {}
        events.put_targets(Rule=name, Targets=[{"Id": "t", **target, **letters}])
        events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": '{"n": 1}'}])

    return name, arn, send


def dead_letter(bench: Any, url: Any) -> Any:
    (message,) = bench.messages(url)
    return {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}


def test_a_queue_that_lets_the_rule_receives(bench: Any, permissions: Any, rule: Any) -> None:
    _, source, send = rule
    url, arn = bench.queue()
    conditions = {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    permissions.on_queue(url, permissions.allow("sqs:SendMessage", on=arn, to=EVENTS, **conditions))
    send({"Arn": arn})
    assert json.loads(bench.messages(url)[0]["Body"])["detail"] == {"n": 1}


@pytest.mark.parametrize("wrong", ["nothing", "principal", "action", "condition"])
def test_a_queue_that_does_not_let_the_rule(bench: Any, permissions: Any, rule: Any, wrong: Any) -> None:
    _, _, send = rule
    url, arn = bench.queue()
    statements = {
        "principal": permissions.allow("sqs:SendMessage", on=arn, to="cloudwatch.amazonaws.com"),
        "action": permissions.allow("sqs:ReceiveMessage", on=arn, to=EVENTS),
        "condition": permissions.allow(
            "sqs:SendMessage",
            on=arn,
            to=EVENTS,
            ArnEquals={"aws:SourceArn": f"{arn}/rule/x"},
        ),
    }
    if wrong in statements:
        permissions.on_queue(url, statements[wrong])
    dead_url, dead = permissions.open_queue()
    send({"Arn": arn}, dead)
    letter = dead_letter(bench, dead_url)
    assert letter["ERROR_CODE"] == "NO_PERMISSIONS"
    assert f"is not authorized to perform: sqs:sendmessage on resource: {arn}" in letter["ERROR_MESSAGE"]


def test_the_key_of_a_queue_may_name_the_rule(bench: Any, permissions: Any, rule: Any) -> None:
    _, source, send = rule
    conditions = {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    key = permissions.key(permissions.allow(*KEY_ACTIONS, to=EVENTS, **conditions))
    url, arn = permissions.open_queue(KmsMasterKeyId=key)
    send({"Arn": arn})
    assert bench.messages(url)


@pytest.mark.parametrize("wrong", ["nobody", "principal", "action", "condition", "alias/aws/sqs"])
def test_a_key_of_a_queue_that_does_not_let_the_rule(bench: Any, permissions: Any, rule: Any, wrong: Any) -> None:
    _, _, send = rule
    statements = {
        "principal": permissions.allow(*KEY_ACTIONS, to="sns.amazonaws.com"),
        "action": permissions.allow("kms:Decrypt", to=EVENTS),
        "condition": permissions.allow(*KEY_ACTIONS, to=EVENTS, StringEquals={"aws:SourceAccount": "1"}),
    }
    given = [statements[wrong]] if wrong in statements else []
    key = wrong if wrong.startswith("alias/") else permissions.key(*given)
    _, arn = permissions.open_queue(KmsMasterKeyId=key)
    dead_url, dead = permissions.open_queue()
    send({"Arn": arn}, dead)
    letter = dead_letter(bench, dead_url)
    assert letter["ERROR_CODE"] == "NO_PERMISSIONS"
    assert f"{EVENTS} is not authorized to perform: kms:GenerateDataKey" in letter["ERROR_MESSAGE"]


def topic(bench: Any, permissions: Any) -> Any:
    arn = bench.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    permissions.on_topic(arn, permissions.allow("sns:Publish", on=arn, to=EVENTS))
    url, queue = permissions.open_queue()
    bench.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    return arn, url


def test_the_default_policy_of_a_topic_does_not_let_eventbridge(bench: Any, permissions: Any, rule: Any) -> None:
    _, _, send = rule
    dead_url, dead = permissions.open_queue()
    send({"Arn": bench.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]}, dead)
    assert dead_letter(bench, dead_url)["ERROR_CODE"] == "NO_PERMISSIONS"


@pytest.mark.parametrize(
    ("conditions", "delivered"), [({}, True), ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, False)]
)
def test_eventbridge_names_no_source_to_the_key_of_a_topic(
    bench: Any, permissions: Any, rule: Any, conditions: Any, delivered: Any
) -> None:
    _, _, send = rule
    arn, url = topic(bench, permissions)
    key = permissions.key(permissions.allow(*KEY_ACTIONS, to=EVENTS, **conditions))
    bench.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=key)
    dead_url, dead = permissions.open_queue()
    send({"Arn": arn}, dead)
    if delivered:
        assert bench.messages(url)
    else:
        assert dead_letter(bench, dead_url)["ERROR_CODE"] == "NO_PERMISSIONS"


def test_a_role_that_may_starts_an_execution(bench: Any, permissions: Any, until: Any, rule: Any) -> None:
    _, source, send = rule
    machine = bench.machine(PASS)
    conditions = {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    role = permissions.role(EVENTS, permissions.allow("states:StartExecution", on=machine), **conditions)
    send({"Arn": machine, "RoleArn": role})
    assert until(lambda: bench.sfn.list_executions(stateMachineArn=machine)["executions"])


@pytest.mark.parametrize(
    "wrong",
    [
        (EVENTS, "states:StopExecution", {}, "NO_PERMISSIONS"),
        ("scheduler.amazonaws.com", "states:StartExecution", {}, "FAILED_TO_ASSUME_ROLE"),
        (EVENTS, "states:StartExecution", {"StringEquals": {"aws:SourceAccount": "1"}}, "FAILED_TO_ASSUME_ROLE"),
    ],
    ids=["action", "principal", "condition"],
)
def test_a_role_that_may_not(bench: Any, permissions: Any, rule: Any, wrong: Any) -> None:
    (_, _, send), (trusted, action, conditions, code) = rule, wrong
    machine = bench.machine(PASS)
    role = permissions.role(trusted, permissions.allow(action, on=machine), **conditions)
    dead_url, dead = permissions.open_queue()
    send({"Arn": machine, "RoleArn": role}, dead)
    letter = dead_letter(bench, dead_url)
    assert letter["ERROR_CODE"] == code
    if code == "NO_PERMISSIONS":
        name = role.rpartition("/")[2]
        assert letter["ERROR_MESSAGE"].startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/")
        assert f"is not authorized to perform: states:StartExecution on resource: {machine}" in letter["ERROR_MESSAGE"]
    assert bench.sfn.list_executions(stateMachineArn=machine)["executions"] == []


@pytest.mark.parametrize("missing", [None, "ecs:RunTask", "iam:PassRole", "cluster"])
def test_a_task_is_run_by_the_role_that_passes_its_roles(
    bench: Any, permissions: Any, until: Any, rule: Any, missing: Any
) -> None:
    _, _, send = rule
    passed = permissions.role("ecs-tasks.amazonaws.com")
    registered = bench.ecs.register_task_definition(
        family=f"f-{uuid.uuid4().hex[:8]}",
        containerDefinitions=[{"name": "main", "image": "busybox", "command": ["exit", "0"]}],
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="2048",
        taskRoleArn=passed,
    )["taskDefinition"]
    bench.ecs.create_cluster(clusterName="rules")
    cluster = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/rules"
    only_there = {"ArnEquals": {"ecs:cluster": cluster + ("x" if missing == "cluster" else "")}}
    statements = {
        "ecs:RunTask": permissions.allow("ecs:RunTask", on=registered["taskDefinitionArn"], **only_there),
        "iam:PassRole": permissions.allow(
            "iam:PassRole", on=passed, StringEquals={"iam:PassedToService": "ecs-tasks.amazonaws.com"}
        ),
    }
    role = permissions.role(EVENTS, *(statement for name, statement in statements.items() if name != missing))
    network = {"awsvpcConfiguration": {"Subnets": ["subnet-1"]}}
    parameters = {
        "TaskDefinitionArn": registered["taskDefinitionArn"], "LaunchType": "FARGATE", "NetworkConfiguration": network
    }  # fmt: skip
    dead_url, dead = permissions.open_queue()
    send({"Arn": cluster, "RoleArn": role, "EcsParameters": parameters}, dead)
    if missing is None:
        assert until(lambda: bench.containers(registered["family"]))
    else:
        letter = dead_letter(bench, dead_url)
        action = "ecs:RunTask" if missing == "cluster" else missing
        assert (letter["ERROR_CODE"], action in letter["ERROR_MESSAGE"]) == ("NO_PERMISSIONS", True)
        assert bench.containers(registered["family"]) == []


def test_a_dead_letter_queue_that_does_not_let_the_rule_is_counted(bench: Any, until: Any, rule: Any) -> None:
    name, _, send = rule
    url, dead = bench.queue()
    send({"Arn": NOWHERE, "RoleArn": bench.role}, dead)
    cloudwatch = bench.client("cloudwatch")

    def counted() -> Any:
        metrics = cloudwatch.list_metrics(Namespace="AWS/Events", Dimensions=[{"Name": "RuleName", "Value": name}])
        return "InvocationsFailedToBeSentToDlq" in {item["MetricName"] for item in metrics["Metrics"]}

    assert until(counted)
    left = bench.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"
