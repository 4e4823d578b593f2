"""Receiving from a queue as SQS is: ten at a time, of some servers, and a limit on what is hidden."""

import signal
import threading
import time

import pytest
from botocore.exceptions import ClientError

from naws.cli.operate.queues import Queue


class Servers:
    """SQS: each receive asks one of four servers, and shows what that has visible."""

    def __init__(self, count, *, most=10**6, doubled=False):
        self.servers = [[f"{number}" for number in range(count) if number % 4 == server] for server in range(4)]
        self.hidden, self.deleted, self.calls, self.most, self.doubled = {}, [], 0, most, doubled
        self.lock = threading.Lock()

    def get_queue_attributes(self, **_):
        with self.lock:
            visible = sum(map(len, self.servers))
            counts = {"ApproximateNumberOfMessages": visible, "ApproximateNumberOfMessagesNotVisible": len(self.hidden)}
            return {"Attributes": {name: str(count) for name, count in counts.items()}}

    def receive_message(self, **request):
        assert request["VisibilityTimeout"] == 300
        with self.lock:
            self.calls += 1
            if len(self.hidden) >= self.most:
                raise ClientError({"Error": {"Code": "OverLimit", "Message": "too many"}}, "ReceiveMessage")
            number = self.calls % 4
            if request["WaitTimeSeconds"] and not self.servers[number]:  # who waits asks all of them
                number = max(range(4), key=lambda each: len(self.servers[each]))
            server = self.servers[number]
            taken, server[:] = server[:10], server[10:]
            self.hidden |= dict.fromkeys(taken, number)
            shown = [*taken, *taken[:1]] if self.doubled else taken
            return {"Messages": [self._message(id_) for id_ in shown]}

    def _message(self, id_):
        system = {"SentTimestamp": "1795921200000"}
        return {"MessageId": id_, "Body": "{}", "ReceiptHandle": id_, "Attributes": system}

    def change_message_visibility_batch(self, *, QueueUrl, Entries):  # noqa: N803  # the API's names
        assert QueueUrl
        assert len(Entries) <= 10
        with self.lock:
            for each in Entries:
                self.servers[self.hidden.pop(each["ReceiptHandle"])].append(each["ReceiptHandle"])


@pytest.mark.parametrize("count", [0, 1, 9, 250, 10_000])
def test_all_messages_are_read_once_and_given_back(count):
    sqs, seen = Servers(count, doubled=True), []
    reading = Queue(sqs, "url").read(lambda done, total: seen.append((done, total)))
    assert sorted(int(each.id) for each in reading.messages) == [*range(count)]
    assert (sum(map(len, sqs.servers)), sqs.hidden) == (count, {})
    assert seen[-1] == (count, count)


def test_more_than_sqs_hands_out_is_noted_and_what_was_read_is_given_back():
    sqs = Servers(1000, most=200)
    reading = Queue(sqs, "url").read(lambda *_: None)
    assert 200 <= len(reading.messages) < 300
    assert "SQS hands out no more at once" in reading.problem
    assert sqs.hidden == {}


def test_what_others_have_is_counted():
    sqs = Servers(20)
    sqs.hidden = {"other": 0, "another": 1}
    reading = Queue(sqs, "url").read(lambda *_: None)
    assert (len(reading.messages), reading.hidden) == (20, 2)


def test_what_was_read_is_not_counted_as_hidden_by_a_count_that_is_old(monkeypatch):
    sqs, old = Servers(20), {"ApproximateNumberOfMessages": "5", "ApproximateNumberOfMessagesNotVisible": "15"}
    counts = [old, *[sqs.get_queue_attributes()["Attributes"] | {"ApproximateNumberOfMessages": "0"}] * 9]
    monkeypatch.setattr(sqs, "get_queue_attributes", lambda **_: {"Attributes": counts.pop(0)})
    reading = Queue(sqs, "url").read(lambda *_: None)
    assert (len(reading.messages), reading.hidden) == (20, 0)


def test_an_error_in_the_middle_gives_everything_back():
    sqs = Servers(100)

    def fail(done, _):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Queue(sqs, "url").read(fail)
    assert (sum(map(len, sqs.servers)), sqs.hidden) == (100, {})


def test_ctrl_c_while_a_reader_starts_leaves_nothing_hidden(monkeypatch):
    sqs, begin, readers = Servers(1000), threading.Thread.start, []
    slowly = sqs.receive_message
    monkeypatch.setattr(sqs, "receive_message", lambda **request: [time.sleep(0.3), slowly(**request)][1])

    def begun(thread):
        begin(thread)
        readers.append(thread)
        if len(readers) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(threading.Thread, "start", begun)
    with pytest.raises(KeyboardInterrupt):
        Queue(sqs, "url").read(lambda *_: None)
    time.sleep(0.5)
    assert (sum(map(len, sqs.servers)), sqs.hidden) == (1000, {})
