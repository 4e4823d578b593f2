import json
import time
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


NETWORK = {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}}


def run_state(definition: Any, **extra: Any) -> Any:
    arguments = {
        "TaskDefinition": definition,
        "Cluster": "default",
        "LaunchType": "FARGATE",
        "NetworkConfiguration": NETWORK,
    }
    arguments |= extra.pop("Arguments", {})
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Arguments": arguments,
        "End": True,
        **extra,
    }


def test_sync_returns_the_one_task_in_pascal_case(bench: Any) -> None:
    definition = bench.task_definition()
    overrides = {
        "Cpu": "2048",
        "Memory": "4096",
        "ContainerOverrides": [{"Name": "main", "Environment": [{"Name": "NAWS_RUN_ID", "Value": "r1"}]}],
    }
    state = run_state(definition, Arguments={"Group": "runs", "Overrides": overrides})
    ended = bench.execute({"Run": state})
    assert ended["status"] == "SUCCEEDED"
    task = json.loads(ended["output"])
    assert task["TaskDefinitionArn"] == definition
    assert task["StopCode"] == "EssentialContainerExited"
    assert task["Containers"][0]["ExitCode"] == 0
    assert task["Group"] == "runs"
    assert (task["Cpu"], task["Memory"]) == ("2048", "4096")
    assert isinstance(task["CreatedAt"], int)
    family = definition.rpartition("/")[2].partition(":")[0]
    (container,) = bench.containers(family)
    assert container["environment"]["NAWS_RUN_ID"] == "r1"
    assert container["mem_limit"] == 4096 * 1024 * 1024


def test_non_zero_exit_code_fails_with_the_task_as_cause(bench: Any) -> None:
    ended = bench.execute({"Run": run_state(bench.task_definition(["exit", "3"]))})
    assert ended["status"] == "FAILED"
    assert ended["error"] == "States.TaskFailed"
    cause = json.loads(ended["cause"])
    assert cause["Containers"][0]["ExitCode"] == 3
    assert cause["StoppedReason"] == "Essential container in task exited"


@pytest.mark.parametrize(
    ("image", "reason"), [("broken", "CannotStartContainerError"), ("missing", "CannotPullContainerError")]
)
def test_a_task_that_does_not_start_fails(bench: Any, image: Any, reason: Any) -> None:
    ended = bench.execute({"Run": run_state(bench.task_definition(image=image))})
    assert ended["error"] == "States.TaskFailed"
    cause = json.loads(ended["cause"])
    assert cause["StopCode"] == "TaskFailedToStart"
    assert cause["StoppedReason"].startswith(reason)
    assert "ExitCode" not in cause["Containers"][0]


def test_what_no_attempt_can_start_is_neither_repeated_nor_caught(bench: Any) -> None:
    repeats: dict[str, Any] = {"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]}
    caught: dict[str, Any] = {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}
    state = run_state(bench.task_definition(image="no-engine"), **repeats, **caught)
    ended = bench.execute({"Run": state, "Caught": {"Type": "Succeed"}})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert json.loads(ended["cause"])["StopCode"] == "TaskFailedToStart"


def test_a_request_that_ecs_refuses_fails_with_its_error(bench: Any) -> None:
    ended = bench.execute({"Run": run_state("nothing:1")})
    assert ended["error"] == "ECS.ClientException"


def test_timeout_arrives_while_the_task_runs_and_the_workflow_can_stop_it(bench: Any) -> None:
    definition = bench.task_definition(["sleep", "60"])
    submitted = "$parse($states.result.Events[Type='TaskSubmitted'].TaskSubmittedEventDetails.Output)"
    ended = bench.execute(
        {
            "Run": run_state(
                definition,
                TimeoutSeconds="{% $states.input.limit %}",
                Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Look back"}],
            ),
            "Look back": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sfn:getExecutionHistory",
                "Arguments": {
                    "ExecutionArn": "{% $states.context.Execution.Id %}",
                    "ReverseOrder": True,
                    "MaxResults": 20,
                    "IncludeExecutionData": True,
                },
                "Output": f"{{% {submitted}.Tasks[0].TaskArn %}}",
                "Next": "Stop",
            },
            "Stop": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:ecs:stopTask",
                "Arguments": {"Cluster": "default", "Task": "{% $states.input %}", "Reason": "attempt timeout"},
                "End": True,
            },
        },
        {"limit": 1},
    )
    assert ended["status"] == "SUCCEEDED", ended
    task = json.loads(ended["output"])["Task"]
    assert task["DesiredStatus"] == "STOPPED"
    stopped = bench.stopped(task["TaskArn"])
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "attempt timeout")
    assert stopped["containers"][0]["exitCode"] == 143


def test_stopping_the_execution_stops_the_task(bench: Any, until: Any) -> None:
    definition = bench.task_definition(["sleep", "60"])
    execution = bench.start(bench.machine({"Run": run_state(definition)}))
    family = definition.rpartition("/")[2].partition(":")[0]
    (task,) = until(lambda: bench.ecs.list_tasks(family=family)["taskArns"])
    bench.sfn.stop_execution(executionArn=execution, cause="enough")
    assert bench.stopped(task)["stopCode"] == "UserInitiated"
    assert bench.finished(execution)["status"] == "ABORTED"


def test_a_timed_out_task_goes_on_when_the_workflow_does_not_stop_it(bench: Any) -> None:
    definition = bench.task_definition(["sleep", "60"])
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Done"}]
    states = {"Run": run_state(definition, TimeoutSeconds=1, Catch=catch), "Done": {"Type": "Succeed"}}
    assert bench.execute(states)["status"] == "SUCCEEDED"
    time.sleep(0.5)
    family = definition.rpartition("/")[2].partition(":")[0]
    (task,) = bench.ecs.list_tasks(family=family, desiredStatus="RUNNING")["taskArns"]
    bench.ecs.stop_task(task=task)


def test_without_sync_the_answer_is_the_accepted_task(bench: Any) -> None:
    state = run_state(bench.task_definition())
    state["Resource"] = "arn:aws:states:::ecs:runTask"
    answer = json.loads(bench.execute({"Run": state})["output"])
    assert answer["Failures"] == []
    assert answer["Tasks"][0]["LastStatus"] == "PROVISIONING"
