import json
import time
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

CALL = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
    "Arguments": {"Namespace": "N", "MetricData": [{"MetricName": "M", "Value": 1}]},
    "End": True,
}


@pytest.fixture
def inject(bench: Any) -> Any:
    injected = set()

    def make(action: Any, **fault: Any) -> None:
        injected.add(action)
        bench.aws.inject_fault(action, **fault)

    yield make
    for action in injected:
        bench.aws.inject_fault(action)


def test_each_so_many_calls_of_a_workflow_are_throttled(bench: Any, inject: Any) -> None:
    inject("cloudwatch:putMetricData", every=2)
    ends = [bench.execute({"Call": CALL}) for _ in range(4)]
    assert [end["status"] for end in ends] == ["SUCCEEDED", "FAILED"] * 2
    assert (ends[1]["error"], ends[1]["cause"]) == ("CloudWatch.ThrottlingException", "Rate exceeded")


def test_what_is_mended_works(bench: Any, inject: Any) -> None:
    inject("cloudwatch:putMetricData", every=1)
    inject("cloudwatch:putMetricData")
    assert bench.execute({"Call": CALL})["status"] == "SUCCEEDED"


def test_starts_are_throttled(bench: Any, inject: Any) -> None:
    machine = bench.machine({"Done": {"Type": "Succeed"}})
    inject("states:startExecution", every=1)
    with pytest.raises(bench.sfn.exceptions.ClientError, match="Rate exceeded"):
        bench.start(machine)
    inject("states:startExecution")
    assert bench.finished(bench.start(machine))["status"] == "SUCCEEDED"


def test_a_slow_call_is_slow(bench: Any, inject: Any) -> None:
    inject("cloudwatch:putMetricData", milliseconds=400)
    end = bench.execute({"Call": CALL})
    assert (end["stopDate"] - end["startDate"]).total_seconds() >= 0.4


def test_slow_requests_are_slow(bench: Any, inject: Any) -> None:
    inject("api", milliseconds=300)
    began = time.monotonic()
    bench.sqs.list_queues()
    assert time.monotonic() - began >= 0.3


def rule(bench: Any, retries: Any) -> Any:
    """A source whose events start a machine, and where those go that cannot."""
    source, (url, arn) = f"s-{uuid.uuid4().hex}", bench.queue(open_to="events.amazonaws.com")
    machine = bench.machine({"Done": {"Type": "Succeed"}})
    target = {
        "Id": "t",
        "Arn": machine,
        "RoleArn": bench.role,
        "DeadLetterConfig": {"Arn": arn},
        "RetryPolicy": {"MaximumRetryAttempts": retries, "MaximumEventAgeInSeconds": 60},
    }
    events = bench.client("events")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[target])
    events.put_events(Entries=[{"Source": source, "DetailType": "x", "Detail": "{}"}])
    return machine, url


def test_a_throttled_delivery_is_tried_again(bench: Any, inject: Any, until: Any) -> None:
    inject("states:startExecution", every=1)
    machine, url = rule(bench, retries=20)
    inject("states:startExecution")
    assert until(lambda: bench.sfn.list_executions(stateMachineArn=machine)["executions"])
    assert "Messages" not in bench.sqs.receive_message(QueueUrl=url)


def test_a_delivery_without_retries_left_is_a_dead_letter(bench: Any, inject: Any) -> None:
    inject("states:startExecution", every=1)
    machine, url = rule(bench, retries=2)
    (message,) = bench.messages(url)
    said = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (said["ERROR_CODE"], said["RETRY_ATTEMPTS"]) == ("THROTTLING", "2")
    assert bench.sfn.list_executions(stateMachineArn=machine)["executions"] == []
