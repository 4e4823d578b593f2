import json
import time
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
PASS = {"Done": {"Type": "Pass", "End": True}}


def pipe(bench: Any, source: Any, target: Any, **parameters: Any) -> Any:
    name = f"p-{uuid.uuid4().hex[:8]}"
    source_parameters = {"SqsQueueParameters": parameters.pop("queue", {"BatchSize": 1})}
    if "filter" in parameters:
        source_parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(parameters.pop("filter"))}]}
    target_parameters = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    if "template" in parameters:
        target_parameters["InputTemplate"] = parameters.pop("template")
    bench.client("pipes").create_pipe(
        Name=name,
        Source=source,
        Target=target,
        RoleArn=bench.role,
        SourceParameters=source_parameters,
        TargetParameters=target_parameters,
        **parameters,
    )
    return name


def inputs(bench: Any, until: Any, machine: Any, count: Any = 1) -> Any:
    def enough() -> Any:
        executions = bench.sfn.list_executions(stateMachineArn=machine)["executions"]
        return executions if len(executions) >= count else None

    arns = [item["executionArn"] for item in until(enough)]
    return [json.loads(bench.sfn.describe_execution(executionArn=arn)["input"]) for arn in arns]


def left(bench: Any, url: Any) -> Any:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = bench.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(value) for value in attributes.values())


def test_a_message_starts_one_execution_with_an_array_and_is_deleted(bench: Any, until: Any) -> None:
    url, arn = bench.queue()
    machine = bench.machine(PASS)
    template = '{"trigger": "queue", "id": <$.messageId>, "sent": "<$.attributes.SentTimestamp>", "payload": <$.body>}'
    pipe(bench, arn, machine, template=template)
    sent = bench.sqs.send_message(QueueUrl=url, MessageBody='{"day": 1}')
    ((envelope,),) = inputs(bench, until, machine)
    assert envelope["id"] == sent["MessageId"]
    assert envelope["payload"] == {"day": 1}
    assert envelope["sent"].isdigit()
    until(lambda: left(bench, url) == 0)
    assert len(bench.sfn.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_without_template_the_event_is_handed_over_as_it_is(bench: Any, until: Any) -> None:
    url, arn = bench.queue()
    machine = bench.machine(PASS)
    pipe(bench, arn, machine)
    attribute = {"kind": {"DataType": "String", "StringValue": "x"}}
    bench.sqs.send_message(QueueUrl=url, MessageBody='{"day": 1}', MessageAttributes=attribute)
    ((event,),) = inputs(bench, until, machine)
    assert event["body"] == '{"day": 1}'
    assert event["eventSource"] == "aws:sqs"
    assert event["eventSourceARN"] == arn
    assert event["messageAttributes"]["kind"]["stringValue"] == "x"
    assert event["attributes"]["ApproximateReceiveCount"] == "1"


def test_letters_are_handed_over_as_they_are_and_counted_in_bytes(bench: Any, until: Any) -> None:
    url, arn = bench.queue()
    machine = bench.machine(PASS)
    pipe(bench, arn, machine)
    body = json.dumps("é" * 60_000, ensure_ascii=False)  # 120 KB as UTF-8, 360 KB when each letter is escaped
    bench.sqs.send_message(QueueUrl=url, MessageBody=body)
    ((event,),) = inputs(bench, until, machine)
    assert event["body"] == body
    (execution,) = bench.sfn.list_executions(stateMachineArn=machine)["executions"]
    assert "é" in bench.sfn.describe_execution(executionArn=execution["executionArn"])["input"]


def test_messages_that_match_no_filter_are_deleted(bench: Any, until: Any) -> None:
    url, arn = bench.queue()
    machine = bench.machine(PASS)
    pipe(bench, arn, machine, filter={"body": {"kind": ["wanted"]}})
    for kind in ("other", "wanted", "other"):
        bench.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": kind}))
    ((event,),) = inputs(bench, until, machine)
    assert json.loads(event["body"])["kind"] == "wanted"
    until(lambda: left(bench, url) == 0)
    assert len(bench.sfn.list_executions(stateMachineArn=machine)["executions"]) == 1


def test_a_batch_is_as_large_as_allowed_and_waits_for_its_window(bench: Any, until: Any) -> None:
    url, arn = bench.queue()
    machine = bench.machine(PASS)
    pipe(bench, arn, machine, queue={"BatchSize": 3, "MaximumBatchingWindowInSeconds": 1})
    for number in range(4):
        bench.sqs.send_message(QueueUrl=url, MessageBody=str(number))
    batches = inputs(bench, until, machine, count=2)
    assert sorted(len(batch) for batch in batches) == [1, 3]
    assert sorted(event["body"] for batch in batches for event in batch) == ["0", "1", "2", "3"]


def test_a_refused_message_comes_back_and_ends_in_the_dead_letter_queue(bench: Any) -> None:
    dead_url, dead_arn = bench.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = bench.queue(VisibilityTimeout="1", RedrivePolicy=redrive)
    machine = bench.machine({"P": {"Type": "Pass", "End": True}})
    pipe(bench, arn, machine)
    bench.sfn.delete_state_machine(stateMachineArn=machine)
    bench.sqs.send_message(QueueUrl=url, MessageBody="kept")
    (message,) = bench.messages(dead_url)
    assert message["Body"] == "kept"
    assert left(bench, url) == 0


def test_parameters_are_described_and_updated_and_a_stopped_pipe_does_not_poll(bench: Any, until: Any) -> None:
    url, arn = bench.queue()
    machine = bench.machine(PASS)
    name = pipe(bench, arn, machine, template='{"a": 1}', DesiredState="STOPPED")
    pipes = bench.client("pipes")
    described = pipes.describe_pipe(Name=name)
    assert described["TargetParameters"]["InputTemplate"] == '{"a": 1}'
    assert described["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 1
    bench.sqs.send_message(QueueUrl=url, MessageBody="x")
    time.sleep(0.7)
    assert left(bench, url) == 1
    pipes.update_pipe(
        Name=name, RoleArn=bench.role, TargetParameters={"InputTemplate": '{"a": 2}'}, DesiredState="RUNNING"
    )
    assert inputs(bench, until, machine) == [[{"a": 2}]]
