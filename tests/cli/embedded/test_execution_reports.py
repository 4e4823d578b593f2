"""What is reported of executions: events on their status, metrics, and records in the log group."""

import json
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
FAILS = {"No": {"Type": "Fail", "Error": "Naws.No", "Cause": "never"}}
WAITS = {"W": {"Type": "Wait", "Seconds": 30, "End": True}}


@pytest.fixture
def reported(bench: Any) -> Any:
    """Reads the details of the status events of a machine, which a rule brings to a queue."""

    def of(machine: str, count: int) -> Any:
        found = [json.loads(message["Body"])["detail"] for message in bench.messages(queues[machine], count)]
        return {detail["status"]: detail for detail in found}

    def watch(states: Any, **more: Any) -> str:
        machine = bench.machine(states, **more)
        url, arn = bench.queue(open_to="events.amazonaws.com")
        name, events = f"r-{uuid.uuid4().hex[:8]}", bench.client("events")
        pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
        queues[machine] = url
        return machine

    queues: dict[str, str] = {}
    of.watch = watch  # type: ignore[attr-defined]
    return of


def test_a_failed_execution_and_its_redrive(bench: Any, reported: Any) -> None:
    machine = reported.watch(FAILS)
    execution = bench.start(machine, {"a": 1})
    bench.finished(execution)
    found = reported(machine, 2)
    assert found["RUNNING"]["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    failed = found["FAILED"]
    assert (failed["error"], failed["cause"], failed["input"]) == ("Naws.No", "never", '{"a": 1}')
    assert (failed["redriveStatus"], failed["redriveStatusReason"], failed["redriveDate"]) == ("REDRIVABLE", None, None)
    assert (failed["output"], failed["outputDetails"]) == (None, None)
    assert isinstance(failed["stopDate"], int)
    bench.sfn.redrive_execution(executionArn=execution)
    bench.finished(execution)
    again = reported(machine, 2)
    assert {detail["redriveCount"] for detail in again.values()} == {1}
    names = ("ExecutionsStarted", "ExecutionsFailed", "ExecutionsRedriven", "RedrivenExecutionsFailed")
    counts = [summed(bench, machine, name) for name in names]
    assert counts == [1, 2, 1, 1]


def summed(bench: Any, machine: str, name: str) -> int:
    metric = {
        "Namespace": "AWS/States",
        "MetricName": name,
        "Dimensions": [{"Name": "StateMachineArn", "Value": machine}],
    }
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
    end = "2100-01-01T00:00:00Z"
    values = bench.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime="2020-01-01T00:00:00Z", EndTime=end
    )["MetricDataResults"][0]["Values"]
    return int(sum(values))


def test_a_stopped_and_a_late_execution(bench: Any, reported: Any) -> None:
    stopped, late = reported.watch(WAITS), reported.watch(WAITS, TimeoutSeconds=1)
    execution = bench.start(stopped)
    bench.sfn.stop_execution(executionArn=execution, error="Naws.Stopped", cause="by hand")
    bench.finished(bench.start(late))
    aborted = reported(stopped, 2)["ABORTED"]
    assert (aborted["error"], aborted["cause"], aborted["redriveStatus"]) == ("Naws.Stopped", "by hand", "REDRIVABLE")
    assert reported(late, 2)["TIMED_OUT"]["error"] is None


def test_a_large_input_is_left_out(bench: Any, reported: Any) -> None:
    machine = reported.watch({"P": {"Type": "Pass", "Output": "done", "End": True}})
    bench.finished(bench.start(machine, {"text": '"' * 90_000}))
    ended = reported(machine, 2)["SUCCEEDED"]
    assert (ended["input"], ended["inputDetails"]) == (None, {"included": False})
    assert (ended["output"], ended["outputDetails"]) == ('"done"', {"included": True})


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("ALL", ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
@pytest.mark.parametrize("data", [True, False])
def test_records_of_a_level(bench: Any, level: str, types: list[str], *, data: bool) -> None:
    group = f"/g/{uuid.uuid4().hex[:8]}"
    bench.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"
    settings = {"level": level, "includeExecutionData": data}
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
    machine = bench.sfn.create_state_machine(
        name=f"m-{uuid.uuid4().hex[:8]}",
        definition=json.dumps({"StartAt": "No", "States": FAILS}),
        roleArn=bench.role,
        loggingConfiguration={**settings, "destinations": destinations},
    )["stateMachineArn"]
    execution = bench.start(machine, {"a": 1})
    bench.finished(execution)
    found = bench.client("logs").filter_log_events(logGroupName=group)["events"]
    records = [json.loads(record["message"]) for record in found]
    assert [record["type"] for record in records] == types
    assert all(record["execution_arn"] == execution and record["redrive_count"] == "0" for record in records)
    assert all(("input" in record["details"]) == data for record in records if record["type"] != "ExecutionFailed")
    if records:
        assert records[-1]["details"] == {"error": "Naws.No", "cause": "never"}
        assert (records[-1]["id"], records[-1]["previous_event_id"]) == ("3", "2")
