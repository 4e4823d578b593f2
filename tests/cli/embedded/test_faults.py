import time
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
