"""An alarm publishes when its topic and the topic's key let CloudWatch, as on AWS."""

import json
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
ACCOUNT = "000000000000"
CLOUDWATCH = "cloudwatch.amazonaws.com"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey*")


@pytest.fixture
def topic(bench: Any, permissions: Any) -> Any:
    """A topic, and the queue that hears of it."""
    sns = bench.client("sns")
    arn = sns.create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    url, queue = permissions.open_queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    return arn, url


def fire(bench: Any, topic: Any, name: Any = None) -> Any:
    """Let an alarm go red; returns what its history says of the action."""
    cloudwatch, name = bench.client("cloudwatch"), name or f"a-{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[topic],
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    history = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")
    (item,) = history["AlarmHistoryItems"]
    return item["HistorySummary"], json.loads(item["HistoryData"])


def encrypt(bench: Any, topic: Any, key: Any) -> None:
    bench.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)


def published(bench: Any, url: Any) -> Any:
    return [json.loads(item["Body"])["NewStateValue"] for item in bench.messages(url)]


def waiting(bench: Any, url: Any) -> Any:
    answer = bench.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_the_default_policy_of_a_topic_lets_the_alarms_of_its_account_publish(bench: Any, topic: Any) -> None:
    arn, url = topic
    assert fire(bench, arn)[0] == f"Successfully executed action {arn}"
    assert published(bench, url) == ["ALARM"]


def test_a_policy_for_the_account_or_the_alarm_lets_it_publish(bench: Any, permissions: Any, topic: Any) -> None:
    arn, url = topic
    for_alarm = {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:named-*"}
    right = permissions.allow(
        "sns:Publish", on=arn, to=CLOUDWATCH, StringEquals={"aws:SourceAccount": ACCOUNT}, ArnLike=for_alarm
    )
    permissions.on_topic(arn, right)
    assert fire(bench, arn, f"named-{uuid.uuid4().hex[:8]}")[1]["actionState"] == "Succeeded"
    assert published(bench, url) == ["ALARM"]
    assert fire(bench, arn)[1]["actionState"] == "Failed"


@pytest.mark.parametrize(
    "wrong",
    [
        ("events.amazonaws.com", ["sns:Publish"], {}),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, ["sns:Publish"], {}),
        (CLOUDWATCH, ["sns:Subscribe"], {}),
        (CLOUDWATCH, ["sns:Publish"], {"StringEquals": {"aws:SourceAccount": "111111111111"}}),
        (CLOUDWATCH, ["sns:Publish"], {"ArnEquals": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:1:alarm:x"}}),
    ],
    ids=["other service", "account", "other action", "other account", "other alarm"],
)
def test_a_topic_that_does_not_let_it(bench: Any, permissions: Any, topic: Any, wrong: Any) -> None:
    (arn, url), (to, actions, conditions) = topic, wrong
    permissions.on_topic(arn, permissions.allow(*actions, on=arn, to=to, **conditions))
    summary, data = fire(bench, arn)
    assert summary == f"Failed to execute action {arn}"
    assert data["error"] == (
        f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {arn} "
        "because no resource-based policy allows the SNS:Publish action"
    )
    assert waiting(bench, url) == 0


def test_a_policy_of_one_denial_replaces_the_default_one(bench: Any, permissions: Any, topic: Any) -> None:
    arn, _ = topic
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    permissions.on_topic(arn, {**permissions.allow("sns:Publish", on=arn, to="*", **insecure), "Effect": "Deny"})
    assert "no resource-based policy allows" in fire(bench, arn)[1]["error"]


def test_a_key_that_lets_cloudwatch_for_the_account(bench: Any, permissions: Any, topic: Any) -> None:
    arn, url = topic
    statement = permissions.allow(*KEY_ACTIONS, to=CLOUDWATCH, StringEquals={"aws:SourceAccount": ACCOUNT})
    encrypt(bench, arn, permissions.key(statement))
    assert fire(bench, arn)[1]["actionState"] == "Succeeded"
    assert published(bench, url) == ["ALARM"]


@pytest.mark.parametrize("wrong", ["nobody", "principal", "action", "condition", "alias/aws/sns"])
def test_a_key_that_does_not_let_it(bench: Any, permissions: Any, topic: Any, wrong: Any) -> None:
    arn, url = topic
    statements = {
        "principal": permissions.allow(*KEY_ACTIONS, to="sns.amazonaws.com"),
        "action": permissions.allow("kms:GenerateDataKey*", to=CLOUDWATCH),
        "condition": permissions.allow(*KEY_ACTIONS, to=CLOUDWATCH, StringEquals={"aws:SourceAccount": "1"}),
    }
    given = [statements[wrong]] if wrong in statements else []
    encrypt(bench, arn, wrong if wrong.startswith("alias/") else permissions.key(*given))
    summary, data = fire(bench, arn)
    assert summary == f"Failed to execute action {arn}"
    assert data["error"] == "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    assert waiting(bench, url) == 0


def test_a_topic_of_a_template_has_its_key(bench: Any, permissions: Any) -> None:
    key = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": permissions.key()}}
    _, outputs = bench.deploy({"T": key}, {"Arn": {"Value": {"Ref": "T"}}})
    assert "encryption key" in fire(bench, outputs["Arn"])[1]["error"]


def test_a_topic_of_a_template_lets_its_own_account_only(bench: Any) -> None:
    _, outputs = bench.deploy({"T": {"Type": "AWS::SNS::Topic"}}, {"Arn": {"Value": {"Ref": "T"}}})
    assert fire(bench, outputs["Arn"])[1]["actionState"] == "Succeeded"
    attributes = bench.client("sns").get_topic_attributes(TopicArn=outputs["Arn"])["Attributes"]
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}


def test_a_topic_of_a_template_loses_its_default_policy_to_its_own_one(bench: Any) -> None:
    refused = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    refused["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    policy = {"PolicyDocument": {"Statement": [refused]}, "Topics": [{"Ref": "T"}]}
    resources = {
        "T": {"Type": "AWS::SNS::Topic"},
        "P": {"Type": "AWS::SNS::TopicPolicy", "Properties": policy},
    }
    _, outputs = bench.deploy(resources, {"Arn": {"Value": {"Ref": "T"}}})
    assert "no resource-based policy allows" in fire(bench, outputs["Arn"])[1]["error"]
