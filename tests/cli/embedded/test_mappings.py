"""SQS event source mappings at work: windows, filters, partial batches, order, throttles, permissions, states."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.embedded.function_calls import Function

pytestmark = pytest.mark.e2e
COUNT = """def handler(event, context):
    write([record["body"] for record in event["Records"]], context)
"""
ONE_FAILS = """def handler(event, context):
    write([record["body"] for record in event["Records"]], context)
    failed = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
"""
ANSWERS = """def handler(event, context):
    write(event["Records"][0]["attributes"]["ApproximateReceiveCount"], context)
    return json.loads(event["Records"][0]["body"])
"""
PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
STORM = """def handler(event, context):
    done, failed = [], []
    for record in event["Records"]:
        kind, first = json.loads(record["body"])["kind"], record["attributes"]["ApproximateReceiveCount"] == "1"
        if kind == "raises" and first:
            raise ValueError("a batch that fails as a whole")
        if kind == "hangs" and first:
            time.sleep(5)
        if kind == "bad":
            failed.append(record["messageId"])
        else:
            done.append(record["messageId"])
    time.sleep(0.1)
    write(done, context)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
"""


@pytest.fixture
def make(bench: Any, tmp_path: Path) -> Any:
    return lambda source=COUNT, **settings: Function(bench, tmp_path, source, **{"Timeout": 1, **settings})


def sent(bench: Any, url: Any, bodies: Any, **more: Any) -> None:
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(n), "MessageBody": body, **more} for n, body in enumerate(bodies[start : start + 10])]
        for entry in entries if more else ():
            entry["MessageDeduplicationId"] = f"{start}-{entry['Id']}"
        bench.sqs.send_message_batch(QueueUrl=url, Entries=entries)


def left(bench: Any, url: Any) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, bench.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))


def with_dead_letters(bench: Any, receives: int, **attributes: Any) -> Any:
    dead, dead_arn = bench.queue(**{name: each for name, each in attributes.items() if name == "FifoQueue"})
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": str(receives)})
    return *bench.queue(RedrivePolicy=policy, **attributes), dead


def test_a_bad_message_of_ten_comes_back_alone_and_ends_in_the_dead_letter_queue(bench: Any, make: Any) -> None:
    function = make(ONE_FAILS)
    url, arn, dead = with_dead_letters(bench, 5, VisibilityTimeout="1")
    sent(bench, url, [*(f"good {n}" for n in range(9)), "bad"])
    function.map(arn, **PARTIAL)
    (letter,) = bench.messages(dead, seconds=20)
    assert letter["Body"] == "bad"
    batches = [line["event"] for line in function.lines]
    assert Counter(body for batch in batches for body in batch) == {**{f"good {n}": 1 for n in range(9)}, "bad": 5}
    assert sorted(map(len, batches)) == [1, 1, 1, 1, 10]
    assert function.taken_by == ["", "", "", "", "dead-letter queue"]
    assert left(bench, url) == 0


def test_a_storm_of_300_messages_leaves_each_done_or_in_the_dead_letter_queue(
    bench: Any, make: Any, until: Any
) -> None:
    function = make(STORM)
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=3)
    url, arn, dead = with_dead_letters(bench, 5, VisibilityTimeout="4")
    kinds = {**dict.fromkeys(range(0, 300, 30), "bad"), 7: "raises", 77: "raises", 123: "hangs", 222: "hangs"}
    sent(bench, url, [json.dumps({"n": n, "kind": kinds.get(n, "good")}) for n in range(300)])
    function.map(arn, ScalingConfig={"MaximumConcurrency": 6}, **PARTIAL)
    until(lambda: left(bench, url) == 0, seconds=55)
    bad = bench.messages(dead, 10)
    done = {each for line in function.lines for each in line["event"]}
    dead_ids = {message["MessageId"] for message in bad}
    assert function.measured("Throttles", FunctionName=function.name) > 0
    assert function.measured("Errors", FunctionName=function.name) >= 4
    assert {json.loads(message["Body"])["kind"] for message in bad} == {"bad"}
    assert (len(dead_ids), len(done), done & dead_ids) == (10, 290, set())


@pytest.mark.parametrize(
    "answer",
    ['{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', '{"batchItemFailures": [{"foo": "x"}]}', '"text"'],
)
def test_an_answer_that_is_none_fails_the_batch(bench: Any, make: Any, answer: str) -> None:
    function = make(ANSWERS)
    url, arn, dead = with_dead_letters(bench, 2, VisibilityTimeout="1")
    sent(bench, url, [answer])
    function.map(arn, **PARTIAL)
    assert bench.messages(dead)[0]["Body"] == answer
    assert [line["event"] for line in function.lines] == ["1", "2"]


def test_without_response_types_an_answer_means_nothing(bench: Any, make: Any, until: Any) -> None:
    function = make(ANSWERS)
    url, arn = bench.queue(VisibilityTimeout="1")
    sent(bench, url, ['{"batchItemFailures": [{"itemIdentifier": "unknown"}]}'])
    function.map(arn)
    until(lambda: function.lines and left(bench, url) == 0)
    assert len(function.lines) == 1


def test_a_window_gathers(bench: Any, make: Any, until: Any) -> None:
    function = make()
    url, arn = bench.queue(VisibilityTimeout="30")
    function.map(arn, BatchSize=12, MaximumBatchingWindowInSeconds=4)
    time.sleep(2)
    sent(bench, url, ["1"])
    time.sleep(1.5)
    sent(bench, url, ["2"])
    assert not function.lines
    until(lambda: function.lines)
    assert function.lines[0]["event"] == ["1", "2"]


def test_a_full_batch_does_not_wait_for_its_window(bench: Any, make: Any, until: Any) -> None:
    function = make()
    url, arn = bench.queue(VisibilityTimeout="30")
    function.map(arn, BatchSize=12, MaximumBatchingWindowInSeconds=300)
    time.sleep(2)
    sent(bench, url, [str(n) for n in range(12)])
    until(lambda: function.lines)
    assert len(function.lines[0]["event"]) == 12


def test_what_passes_no_filter_is_deleted_though_others_of_its_batch_pass(bench: Any, make: Any, until: Any) -> None:
    function = make()
    url, arn = bench.queue(VisibilityTimeout="5")
    sent(bench, url, ['{"kind": "a", "n": 1}', '{"kind": "b", "n": 2}', '{"kind": "a", "n": 30}', "text"])
    pattern = json.dumps({"body": {"kind": ["a"], "n": [{"numeric": ["<", 10]}]}})
    function.map(arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    until(lambda: left(bench, url) == 0)
    assert [line["event"] for line in function.lines] == [['{"kind": "a", "n": 1}']]


def test_a_throttled_function_loses_nothing(bench: Any, make: Any, until: Any) -> None:
    function = make()
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    url, arn = bench.queue(VisibilityTimeout="2")
    sent(bench, url, ["1", "2"])
    function.map(arn)
    until(lambda: function.measured("Throttles", FunctionName=function.name) > 3)
    assert (function.lines, left(bench, url)) == ([], 2)
    function.client.delete_function_concurrency(FunctionName=function.name)
    until(lambda: left(bench, url) == 0)
    assert sorted(body for line in function.lines for body in line["event"]) == ["1", "2"]


def test_not_more_batches_run_at_once_than_the_mapping_allows(bench: Any, make: Any, until: Any) -> None:
    source = "def handler(event, context):\n    begun = time.time()\n    time.sleep(0.4)\n"
    function = make(f"{source}    write([begun, time.time()], context)\n", Timeout=3)
    url, arn = bench.queue(VisibilityTimeout="30")
    sent(bench, url, [str(n) for n in range(8)])
    function.map(arn, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    until(lambda: len(function.lines) == 8)
    spans = [line["event"] for line in function.lines]
    assert max(sum(begin <= at < end for begin, end in spans) for at, _ in spans) == 2


def test_a_group_of_a_fifo_queue_stays_in_order_through_failures(bench: Any, make: Any, until: Any) -> None:
    source = "    if event['Records'][0]['attributes']['ApproximateReceiveCount'] == '1':\n        raise ValueError\n"
    function = make(f"{COUNT}{source}")
    name = f"{function.name}.fifo"
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "1"}
    url = bench.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    for n in range(4):
        group = "ab"[n % 2]
        bench.sqs.send_message(
            QueueUrl=url, MessageBody=f"{group}{n}", MessageGroupId=group, MessageDeduplicationId=str(n)
        )
    function.map(f"arn:aws:sqs:us-east-1:000000000000:{name}", BatchSize=1)
    until(lambda: left(bench, url) == 0, seconds=20)
    seen = [body for line in function.lines for body in line["event"]]
    assert [body for body in seen if body[0] == "a"] == ["a0", "a0", "a2", "a2"]
    assert [body for body in seen if body[0] == "b"] == ["b1", "b1", "b3", "b3"]


def test_a_role_that_loses_the_right_is_fed_no_more(bench: Any, make: Any, permissions: Any, until: Any) -> None:
    reading = permissions.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    function = make(role=permissions.role("lambda.amazonaws.com", reading))
    url, arn = bench.queue(VisibilityTimeout="1")
    uuid = function.map(arn)
    sent(bench, url, ["1"])
    until(lambda: function.lines)
    iam, name = bench.client("iam"), function.role.rpartition("/")[2]
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    sent(bench, url, ["2"])
    until(lambda: "ReceiveMessage" in result_of(function, uuid))
    assert len(function.lines) == 1
    assert left(bench, url) == 1


def result_of(function: Any, uuid: Any) -> Any:
    return function.client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]


def state_of(function: Any, uuid: Any) -> Any:
    return function.client.get_event_source_mapping(UUID=uuid)["State"]


def test_a_mapping_passes_through_its_states_and_stops(bench: Any, make: Any, until: Any) -> None:
    function = make()
    url, arn = bench.queue(VisibilityTimeout="1")
    uuid = function.map(arn)
    assert state_of(function, uuid) == "Creating"
    until(lambda: state_of(function, uuid) == "Enabled")
    changed = function.client.update_event_source_mapping(UUID=uuid, Enabled=False)
    assert changed["State"] == "Disabling"
    until(lambda: state_of(function, uuid) == "Disabled")
    sent(bench, url, ["1"])
    time.sleep(2)
    assert not function.lines
    assert function.client.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    until(lambda: function.lines)
    assert function.client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    sent(bench, url, ["2"])
    time.sleep(2)
    assert (len(function.lines), left(bench, url)) == (1, 1)


def test_a_mapping_feeds_the_version_behind_its_alias(bench: Any, make: Any, until: Any) -> None:
    function = make()
    function.update("def handler(event, context):\n    write('latest', context)\n")
    url, arn = bench.queue(VisibilityTimeout="1")
    sent(bench, url, ["1"])
    function.map(arn)
    until(lambda: left(bench, url) == 0)
    assert [(line["event"], line["arn"]) for line in function.lines] == [(["1"], function.alias)]
