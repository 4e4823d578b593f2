"""Dead letters of a FIFO queue: what waits behind others of its message group is named, and put back in order."""

import signal
import uuid

import pytest

from naws.cli.operate.again import Again
from tests.cli.operate.conftest import Bench
from tests.cli.operate.written import of

pytestmark = pytest.mark.e2e

FIFO = {"FifoQueue": True, "ContentBasedDeduplication": True}


class Ordered(Bench):
    """A function with a FIFO queue, whose dead-letter queue keeps the order, too."""

    def __init__(self, aws):
        self.path = f"Ordered{uuid.uuid4().hex[:8]}/It"
        given = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
        runs = {"pattern": "tried", "path": self.path, "kind": "function"}
        runs |= {"queues": ["Source"], "deadLetterQueues": ["Dead"]}
        made = {"Dead": of("SQS::Queue", FIFO), "Source": of("SQS::Queue", {**FIFO, "RedrivePolicy": given})}
        super().__init__(aws, {**made, "It": of("SQS::Queue", runs=runs)})

    def give_up(self, groups, count):
        """Have so many messages of each group in the dead-letter queue, a group after the other."""
        for group in groups:
            for number in range(count):
                body = f'"{group}-{number:02}"'
                self.sqs.send_message(QueueUrl=self.physical["Dead"], MessageBody=body, MessageGroupId=group)

    def taken(self):
        """The bodies that came back to the queue, by group, in their order."""
        url, found = self.physical["Source"], {}
        while messages := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
        ).get("Messages"):
            for each in messages:
                group = each["Attributes"]["MessageGroupId"]
                found.setdefault(group, []).append(each["Body"].strip('"').rpartition("-")[2])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found


@pytest.fixture
def ordered(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Ordered(aws)


def outcomes(document):
    return [run["outcome"] for pattern in document["patterns"] for run in pattern["runs"]]


def test_what_waits_behind_others_of_its_group_is_counted_as_not_seen(ordered, ask, naws):
    ordered.give_up(["g"], 25)
    code, document = ask("failures", ordered.path)
    assert (code, document["failed"], document["hidden"]) == (1, 10, 15)
    printed = naws("failures", ordered.path).stdout
    assert "about 15 messages" in printed
    assert "wait behind others of their message group" in printed
    code, document = ask("redrive", ordered.path, "--dry-run")
    assert (code, document["hidden"], outcomes(document)) == (0, 15, [""] * 10)
    assert (ordered.left("Dead"), ordered.left("Source")) == ((25, 0), (0, 0))


@pytest.mark.parametrize(("groups", "count"), [("g", 25), ("abc", 12)])
def test_all_of_a_group_are_put_back_in_their_order(ordered, ask, groups, count):
    ordered.give_up(groups, count)
    code, document = ask("redrive", ordered.path, "--yes")
    assert (code, document["hidden"], outcomes(document)) == (0, 0, ["sent"] * len(groups) * count)
    assert ordered.left("Dead") == (0, 0)
    assert ordered.taken() == {group: [f"{number:02}" for number in range(count)] for group in groups}
    assert ask("failures", ordered.path)[0] == 0


def test_what_stays_keeps_back_no_more_than_it_must(ordered, ask, naws):
    """One that is not taken stays, and those behind it go; behind ten of them SQS shows none."""
    url = ordered.physical["Source"]
    ordered.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    large = f'"{"x" * 2000}"'
    for group, larges in (("one", 1), ("ten", 10)):
        for number in range(larges):
            body = f'[{large}, "{group}", {number}]'
            ordered.sqs.send_message(QueueUrl=ordered.physical["Dead"], MessageBody=body, MessageGroupId=group)
    ordered.give_up(["one", "ten"], 12)
    code, document = ask("redrive", ordered.path, "--yes")
    assert (code, document["hidden"]) == (5, 12)
    assert sorted(outcomes(document)) == ["refused"] * 11 + ["sent"] * 12
    assert ordered.left("Dead") == (23, 0)
    assert ordered.taken() == {"one": [f"{number:02}" for number in range(12)]}
    result = naws("redrive", ordered.path, "--yes")
    assert result.exit_code == 5
    assert "about 12 messages" in result.stdout.partition("journal")[0]


def test_ctrl_c_loses_nothing_and_the_same_command_goes_on(ordered, ask, monkeypatch):
    ordered.give_up(["g"], 25)
    put_back, done = Again.put_back, []

    def interrupted(again, failure):
        done.append(failure.run)
        if len(done) == 12:
            signal.raise_signal(signal.SIGINT)
        return put_back(again, failure)

    monkeypatch.setattr(Again, "put_back", interrupted)
    code, document = ask("redrive", ordered.path, "--yes")
    assert (code, document["interrupted"], ordered.left("Dead")) == (130, True, (13, 0))
    code, document = ask("redrive", ordered.path, "--yes")
    assert (code, outcomes(document), ordered.left("Dead")) == (0, ["sent"] * 13, (0, 0))
    assert ordered.taken() == {"g": [f"{number:02}" for number in range(25)]}


def test_one_that_waits_cannot_be_named_yet(ordered, ask):
    ordered.give_up(["g"], 12)
    run = ask("failures", ordered.path)[1]["patterns"][0]["causes"][0]["runs"][1]["run"]
    code, document = ask("redrive", ordered.path, "nobody")
    assert (code, "they may wait behind others" in document["error"]["detail"]) == (6, True)
    code, document = ask("redrive", ordered.path, run)
    assert (code, outcomes(document), ordered.left("Dead")) == (0, ["sent"], (11, 0))
