"""RedriveExecution: from where an execution did not succeed, with what it had there, and never where AWS refuses it."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from naws.cli.embedded.departures.redrives import not_redrivable
from tests.cli.embedded import policies
from tests.cli.embedded.policies import allow, session

pytestmark = pytest.mark.e2e
GATE = "arn:aws:states:::aws-sdk:sqs:getQueueUrl"


@pytest.fixture
def gate() -> str:
    """The name of a queue: a task that asks for it fails until it is made."""
    return f"q-{uuid.uuid4().hex[:8]}"


def opened(bench: Any, gate: str) -> None:
    bench.sqs.create_queue(QueueName=gate)


def asking(gate: Any, **more: Any) -> Any:
    return {"Type": "Task", "Resource": GATE, "Arguments": {"QueueName": gate}, **more}


def ended(bench: Any, states: Any, status: str = "FAILED", data: Any = None, **definition: Any) -> str:
    execution = bench.start(bench.machine(states, **definition), data)
    assert bench.finished(execution)["status"] == status
    return execution


def redriven(bench: Any, execution: str) -> Any:
    bench.sfn.redrive_execution(executionArn=execution)
    return bench.finished(execution)


def entered(bench: Any, execution: str) -> list[str]:
    events = bench.sfn.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def refusal(bench: Any, execution: str) -> tuple[str, str]:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        bench.sfn.redrive_execution(executionArn=execution)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_it_goes_on_from_the_third_state_with_input_and_variables(bench: Any, gate: str) -> None:
    states = {
        "First": {"Type": "Pass", "Assign": {"kept": "{% $random() %}"}, "Output": {"n": 1}, "Next": "Second"},
        "Second": {"Type": "Pass", "Output": {"n": 2, "kept": "{% $kept %}"}, "Next": "Third"},
        "Third": asking(gate, Output={"given": "{% $states.input %}", "kept": "{% $kept %}"}, Next="Last"),
        "Last": {"Type": "Pass", "End": True, "Output": {
            "was": "{% $states.input %}", "redrives": "{% $states.context.Execution.RedriveCount %}"
        }},
    }  # fmt: skip
    execution = ended(bench, states)
    described = bench.sfn.describe_execution(executionArn=execution)
    assert (described["redriveCount"], described["redriveStatus"]) == (0, "REDRIVABLE")
    assert "redriveStatusReason" not in described
    opened(bench, gate)
    again = redriven(bench, execution)
    output = json.loads(again["output"])
    assert output["was"]["given"] == {"n": 2, "kept": output["was"]["kept"]}
    assert output["redrives"] == 1
    assert (again["status"], again["redriveCount"], again["redriveStatus"]) == ("SUCCEEDED", 1, "NOT_REDRIVABLE")
    assert again["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    assert "error" not in again
    assert again["redriveDate"] > described["stopDate"]
    assert entered(bench, execution) == ["First", "Second", "Third", "Last"]
    history = bench.sfn.get_execution_history(executionArn=execution)["events"]
    types = [event["type"] for event in history]
    assert types.index("ExecutionRedriven") == types.index("ExecutionFailed") + 1
    assert history[types.index("ExecutionRedriven")]["executionRedrivenEventDetails"] == {"redriveCount": 1}


def test_it_fails_again_and_is_redriven_twice_and_listed_so(bench: Any, gate: str) -> None:
    execution = ended(bench, {"Ask": asking(gate, End=True)})
    assert redriven(bench, execution)["status"] == "FAILED"
    opened(bench, gate)
    again = redriven(bench, execution)
    assert (again["status"], again["redriveCount"]) == ("SUCCEEDED", 2)
    machine = again["stateMachineArn"]
    for wanted, count in (("REDRIVEN", 1), ("NOT_REDRIVEN", 0)):
        listed = bench.sfn.list_executions(stateMachineArn=machine, redriveFilter=wanted)["executions"]
        assert [item["redriveCount"] for item in listed] == [2] * count


def test_its_definition_is_the_one_that_it_began_with(bench: Any, gate: str) -> None:
    execution = ended(bench, {"Ask": asking(gate, Next="Old"), "Old": {"Type": "Pass", "Output": "old", "End": True}})
    machine = bench.sfn.describe_execution(executionArn=execution)["stateMachineArn"]
    new = {"StartAt": "New", "States": {"New": {"Type": "Pass", "End": True}}}
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(new))
    opened(bench, gate)
    assert redriven(bench, execution)["output"] == '"old"'


def test_retries_begin_anew(bench: Any, gate: str) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxDelaySeconds": 1, "MaxAttempts": 1}]
    execution = ended(bench, {"Ask": asking(gate, Retry=retry, End=True)})
    redriven(bench, execution)
    history = bench.sfn.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in history].count("TaskFailed") == 4


def test_a_fail_state_is_entered_and_fails_again(bench: Any) -> None:
    execution = ended(bench, {"Stop": {"Type": "Fail", "Error": "Naws.Stop"}})
    assert redriven(bench, execution)["error"] == "Naws.Stop"
    assert entered(bench, execution) == ["Stop", "Stop"]


def branch(name: str, state: Any) -> Any:
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def test_of_a_parallel_state_only_what_failed_runs_again(bench: Any, gate: str) -> None:
    chance = branch("Drawn", {"Type": "Pass", "Output": "{% $random() %}"})
    late = {"StartAt": "Wait", "States": {
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Late"}, "Late": {"Type": "Pass", "End": True, "Output": "late"}
    }}  # fmt: skip
    both = {"Type": "Parallel", "Branches": [chance, branch("Ask", asking(gate, Output="asked")), late], "End": True}
    execution = ended(bench, {"Both": both}, TimeoutSeconds=60)
    opened(bench, gate)
    drawn, *others = json.loads(redriven(bench, execution)["output"])
    assert others == ["asked", "late"]
    history = bench.sfn.get_execution_history(executionArn=execution)["events"]
    outputs = {
        event["stateExitedEventDetails"]["name"]: event for event in history if "stateExitedEventDetails" in event
    }
    assert json.loads(outputs["Drawn"]["stateExitedEventDetails"]["output"]) == drawn
    assert sorted(entered(bench, execution)) == ["Ask", "Both", "Drawn", "Late", "Wait"]


def test_of_an_inline_map_only_what_failed_runs_again(bench: Any, gate: str) -> None:
    opened(bench, f"{gate}-1")
    each = {
        "Type": "Map",
        "Items": [f"{gate}-1", f"{gate}-2"],
        "MaxConcurrency": 1,
        "ItemProcessor": branch("Ask", asking("{% $states.input %}", Output="{% $states.context.Map.Item.Index %}")),
        "End": True,
    }
    execution = ended(bench, {"Each": each})
    opened(bench, f"{gate}-2")
    assert json.loads(redriven(bench, execution)["output"]) == [0, 1]
    assert entered(bench, execution) == ["Each", "Ask", "Ask"]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_of_a_distributed_map_the_executions_that_failed_run_again(bench: Any, gate: str, kind: str) -> None:
    opened(bench, f"{gate}-1")
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Next": "Ask"},
            "Ask": asking("{% $states.input %}", Output="{% $states.input %}", End=True),
        },
    }
    queues = [f"{gate}-1", f"{gate}-2"]
    each = {"Type": "Map", "Label": "Each", "Items": queues, "ItemProcessor": processor, "End": True}
    execution = ended(bench, {"Each": each})
    (map_run,) = bench.sfn.list_map_runs(executionArn=execution)["mapRuns"]
    children = bench.sfn.list_executions(mapRunArn=map_run["mapRunArn"])["executions"]
    failed = next(child["executionArn"] for child in children if child["status"] == "FAILED")
    if kind == "STANDARD":
        status = bench.sfn.describe_execution(executionArn=failed)["redriveStatus"]
        assert status == "REDRIVABLE_BY_MAP_RUN"
        assert refusal(bench, failed)[0] == "ExecutionNotRedrivable"
    opened(bench, f"{gate}-2")
    assert json.loads(redriven(bench, execution)["output"]) == queues
    run = bench.sfn.describe_map_run(mapRunArn=map_run["mapRunArn"])
    assert (run["status"], run["redriveCount"]) == ("SUCCEEDED", 1)
    assert (run["executionCounts"]["succeeded"], run["executionCounts"]["failed"]) == (2, 0)
    assert (run["itemCounts"]["succeeded"], run["itemCounts"]["pendingRedrive"]) == (2, 0)
    befores = entered(bench, failed).count("Before")
    assert befores == (1 if kind == "STANDARD" else 2)
    types = [event["type"] for event in bench.sfn.get_execution_history(executionArn=execution)["events"]]
    assert "MapRunRedriven" in types


def test_what_was_stopped_goes_on_and_its_timeout_begins_anew(bench: Any) -> None:
    states = {"Wait": {"Type": "Wait", "Seconds": 2, "Next": "Last"}, "Last": {"Type": "Pass", "End": True}}
    execution = bench.start(bench.machine(states, TimeoutSeconds=4))
    time.sleep(1)
    bench.sfn.stop_execution(executionArn=execution, error="Naws.Stopped", cause="by hand")
    time.sleep(2)
    again = redriven(bench, execution)
    assert again["status"] == "SUCCEEDED"
    assert entered(bench, execution) == ["Wait", "Last"]


def test_a_timed_out_execution_is_redriven_at_once_and_nothing_runs_twice(bench: Any) -> None:
    states = {"Wait": {"Type": "Wait", "Seconds": 3, "Next": "Last"}, "Last": {"Type": "Pass", "End": True}}
    execution = ended(bench, states, "TIMED_OUT", TimeoutSeconds=1)
    bench.sfn.redrive_execution(executionArn=execution)
    assert bench.finished(execution)["status"] == "TIMED_OUT"
    assert entered(bench, execution) == ["Wait"]


def test_what_aws_refuses(bench: Any) -> None:
    done = bench.execute({"P": {"Type": "Pass", "End": True}})["executionArn"]
    assert refusal(bench, done) == ("ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven")
    running = bench.start(bench.machine({"W": {"Type": "Wait", "Seconds": 60, "End": True}}))
    assert refusal(bench, running) == ("ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
    bench.sfn.stop_execution(executionArn=running)
    assert refusal(bench, f"{done}x")[0] == "ExecutionDoesNotExist"
    assert refusal(bench, "none")[0] == "InvalidArn"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, ""),
        ({"machine": {"type": "EXPRESS"}}, "This operation is not supported by this type of state machine"),
        ({"events": [{}] * 24_999}, "Execution history event limit exceeded"),
        ({"stopDate": 15}, "Execution redrivable period exceeded"),
        ({"startDate": 366}, "Execution has exceeded the max execution time"),
        ({"stateMachineArn": "gone"}, "State machine is in DELETING status"),
    ],
)
def test_each_documented_reason(monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], reason: str) -> None:
    from naws.cli.embedded.departures.services import states  # noqa: PLC0415  # MiniStack, of which a name is replaced

    monkeypatch.setattr(states, "_state_machines", {"machine": {}})
    execution: dict[str, Any] = {
        "status": "FAILED", "machine": {"type": "STANDARD"}, "stateMachineArn": "machine", "events": [], "startDate": 1,
        "stopDate": 1, **more,
    }  # fmt: skip
    for name in ("startDate", "stopDate"):
        execution[name] = (datetime.now(UTC) - timedelta(days=execution[name])).isoformat()
    assert not_redrivable(execution) == reason


def test_a_client_token_redrives_once(bench: Any, gate: str) -> None:
    execution = ended(bench, {"Ask": asking(gate, End=True)})
    dates: set[Any] = set()
    for _ in range(2):
        dates.add(bench.sfn.redrive_execution(executionArn=execution, clientToken="once")["redriveDate"])
        assert bench.finished(execution)["redriveCount"] == 1
    assert len(dates) == 1


def test_who_redrives_needs_the_permission_on_that_execution(bench: Any, gate: str) -> None:
    execution = ended(bench, {"Ask": asking(gate, End=True)})
    prefix = execution.rpartition(":")[0]
    for statement, code in (
        (allow("states:RedriveExecution", on=f"{prefix}:another"), "AccessDeniedException"),
        (allow("states:RedriveExecution", on=f"{prefix}:*"), None),
    ):
        client = session(bench, bench.role_of(statement), "stepfunctions")
        refused = policies.refusal(lambda client=client: client.redrive_execution(executionArn=execution))
        assert (refused and refused[0]) == code


def test_an_item_that_fails_stops_the_others_and_what_they_wait_for(bench: Any) -> None:
    inner = bench.machine({"Wait": {"Type": "Wait", "Seconds": 60, "End": True}})
    arguments = {"StateMachineArn": inner}
    waiting = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Arguments": arguments}
    failing = {"StartAt": "Soon", "States": {
        "Soon": {"Type": "Wait", "Seconds": 1, "Next": "No"}, "No": {"Type": "Fail", "Error": "Naws.No"}
    }}  # fmt: skip
    both = {"Type": "Parallel", "Branches": [branch("Inner", waiting), failing], "End": True}
    assert bench.sfn.describe_execution(executionArn=ended(bench, {"Both": both}))["error"] == "Naws.No"
    (child,) = bench.sfn.list_executions(stateMachineArn=inner)["executions"]
    assert bench.finished(child["executionArn"])["status"] == "ABORTED"
