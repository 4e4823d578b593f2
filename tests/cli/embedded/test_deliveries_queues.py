"""What SNS and S3 send to a queue, and what a queue hands to its dead-letter queue."""

import json
import time
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
ACCOUNT = "000000000000"
SNS = "sns.amazonaws.com"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey*")


def topic(bench: Any) -> Any:
    return bench.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]


def waiting(bench: Any, url: Any) -> Any:
    answer = bench.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def denied(bench: Any, resource: Any) -> Any:
    return {(denial.principal, denial.action) for denial in bench.aws.denials() if denial.resource == resource}


def test_a_subscribed_queue_that_lets_its_topic_receives(bench: Any, permissions: Any) -> None:
    source = topic(bench)
    from_topic = {"ArnEquals": {"aws:SourceArn": source}}
    key = permissions.key(permissions.allow(*KEY_ACTIONS, to=SNS, **from_topic))
    url, arn = bench.queue(KmsMasterKeyId=key)
    permissions.on_queue(url, permissions.allow("sqs:SendMessage", on=arn, to=SNS, **from_topic))
    bench.client("sns").subscribe(TopicArn=source, Protocol="sqs", Endpoint=arn)
    bench.client("sns").publish(TopicArn=source, Message="x")
    assert json.loads(bench.messages(url)[0]["Body"])["Message"] == "x"


@pytest.mark.parametrize("wrong", ["principal", "action", "condition"])
def test_a_subscribed_queue_that_does_not_let_it(bench: Any, permissions: Any, wrong: Any) -> None:
    source, (url, arn) = topic(bench), bench.queue()
    statement = {
        "principal": permissions.allow("sqs:SendMessage", on=arn, to="events.amazonaws.com"),
        "action": permissions.allow("sqs:GetQueueUrl", on=arn, to=SNS),
        "condition": permissions.allow("sqs:SendMessage", on=arn, to=SNS, ArnEquals={"aws:SourceArn": f"{source}x"}),
    }[wrong]
    permissions.on_queue(url, statement)
    bench.client("sns").subscribe(TopicArn=source, Protocol="sqs", Endpoint=arn)
    bench.client("sns").publish(TopicArn=source, Message="x")
    assert denied(bench, arn) == {(SNS, "sqs:SendMessage")}
    assert waiting(bench, url) == 0


def test_the_key_of_a_subscribed_queue_that_does_not_let_it(bench: Any, permissions: Any) -> None:
    source, key = topic(bench), permissions.key(permissions.allow("kms:GenerateDataKey*", to=SNS))
    url, arn = permissions.open_queue(KmsMasterKeyId=key)
    bench.client("sns").subscribe(TopicArn=source, Protocol="sqs", Endpoint=arn)
    bench.client("sns").publish(TopicArn=source, Message="x")
    assert denied(bench, key) == {(SNS, "kms:Decrypt")}
    assert waiting(bench, url) == 0


@pytest.mark.parametrize("permission", ["denyAll", "other queue", "this queue"])
def test_a_dead_letter_queue_says_whose_it_is(bench: Any, until: Any, permission: Any) -> None:
    dead_url, dead = bench.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    url, arn = bench.queue(VisibilityTimeout="0", RedrivePolicy=redrive)
    by_queue = {"redrivePermission": "byQueue", "sourceQueueArns": [arn if permission == "this queue" else f"{arn}x"]}
    allowed = {"redrivePermission": "denyAll"} if permission == "denyAll" else by_queue
    bench.sqs.set_queue_attributes(QueueUrl=dead_url, Attributes={"RedriveAllowPolicy": json.dumps(allowed)})
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    for _ in range(3):
        bench.sqs.receive_message(QueueUrl=url)
        time.sleep(0.1)
    if permission == "this queue":
        until(lambda: waiting(bench, dead_url) == 1)
    else:
        assert (waiting(bench, url), waiting(bench, dead_url)) == (1, 0)
