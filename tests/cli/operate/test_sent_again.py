"""A message of a function that goes back to its queue has all that its sender gave it, on the embedded AWS."""

import hashlib
import io
import json
import uuid
from dataclasses import replace
from types import SimpleNamespace

import pytest

from naws.cli.operate.again import Again
from naws.cli.operate.bodies import Reader
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.journal import Journal
from naws.cli.operate.queues import Queue
from naws.core.runs import Runs

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
GIVEN = {
    "n": {"DataType": "Number", "StringValue": "5"},
    "b": {"DataType": "Binary.png", "BinaryValue": b"\x00abc"},
    "t": {"DataType": "String.uuid", "StringValue": "x"},
}
TRACED = {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}}


class Bench:
    """A queue, and the dead-letter queue that has a message of it."""

    def __init__(self, aws, **attributes):
        self.sqs, self.end = aws.client("sqs"), ".fifo" if "FifoQueue" in attributes else ""
        self.letters, self.work = (self._made(attributes) for _ in range(2))
        self.place = SimpleNamespace(client=lambda service, **_: aws.client(service), account="1", region="us-east-1")

    def _made(self, attributes):
        name = f"q{uuid.uuid4().hex[:8]}{self.end}"
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def kept(self, **more):
        request = {"MessageBody": '{"a": 1.50}', "MessageAttributes": GIVEN, "MessageSystemAttributes": TRACED}
        self.sqs.send_message(QueueUrl=self.letters, **request, **more)
        (message,) = Queue(self.sqs, self.letters).receive()
        return message

    def put_back(self, message, kind="function"):
        pattern = Deployed(self.place, "Shop", Runs(pattern="t", path="Shop/It", kind=kind), "arn", {})
        failure = Reader(pattern, lambda event, _: event).not_started(message, self.work)
        return failure, Again(pattern, Journal(Memory()), from_start=False, named=True)

    def left(self):
        return Queue(self.sqs, self.work).receive()


class Memory(io.StringIO):
    """A file that is on no disk."""

    def fileno(self):
        return 0


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch):
    monkeypatch.setattr("naws.cli.operate.journal.os.fsync", lambda _: None)


@pytest.mark.parametrize("group", [{}, {"MessageGroupId": "tenant"}])
def test_a_message_keeps_its_attributes_its_group_and_its_trace(aws, group):
    bench = Bench(aws)
    failure, again = bench.put_back(bench.kept(**group))
    assert again.put_back(failure).what == "sent"
    (message,) = bench.left()
    assert (message.body, message.typed) == ('{"a": 1.50}', GIVEN)
    assert message.attributes == {"n": "5", "t": "x"}
    assert message.system["AWSTraceHeader"] == TRACE
    assert message.system.get("MessageGroupId") == group.get("MessageGroupId")


def test_a_fifo_queue_takes_a_message_again_within_the_minutes_in_which_it_drops_what_it_knows(aws):
    bench = Bench(aws, FifoQueue="true")
    named = {"MessageGroupId": "g", "MessageDeduplicationId": "once"}
    bench.sqs.send_message(QueueUrl=bench.work, MessageBody="first", **named)
    bench.sqs.delete_message(QueueUrl=bench.work, ReceiptHandle=bench.left()[0].receipt)
    failure, again = bench.put_back(bench.kept(**named))
    assert again.put_back(failure).what == "sent"
    (message,) = bench.left()
    assert (message.system["MessageGroupId"], message.typed) == ("g", GIVEN)


def test_what_the_queue_does_not_take_is_refused_with_its_reason(aws):
    bench = Bench(aws)
    failure, again = bench.put_back(bench.kept())
    bench.sqs.set_queue_attributes(QueueUrl=bench.work, Attributes={"MaximumMessageSize": "1024"})
    large = {**GIVEN, "large": {"DataType": "Binary", "BinaryValue": b"x" * 2000}}
    outcome = again.put_back(replace(failure, messages=(replace(failure.messages[0], typed=large),)))
    assert (outcome.what, outcome.accepted) == ("refused", False)
    assert "shorter than 1024 bytes" in outcome.reason


def test_a_workflow_is_given_the_attributes_as_a_pipe_hands_them_over(aws):
    bench = Bench(aws)
    (record,) = json.loads(bench.put_back(bench.kept(), "workflow")[0].given)
    lists = {"stringListValues": [], "binaryListValues": []}
    assert record["messageAttributes"] == {
        "n": {"dataType": "Number", "stringValue": "5", **lists},
        "b": {"dataType": "Binary.png", "binaryValue": "AGFiYw==", **lists},
        "t": {"dataType": "String.uuid", "stringValue": "x", **lists},
    }
    assert (record["eventSource"], record["md5OfBody"]) == ("aws:sqs", hashlib.md5(b'{"a": 1.50}').hexdigest())
