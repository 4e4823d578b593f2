"""What AWS made of executions, recorded by others: a result above 256 KiB and who catches it.

Recorded by LocalStack's tests on AWS on 2024-03-21, tests/aws/services/stepfunctions/v2/error_handling/
test_states_errors.snapshot.json. AWS's page on error handling says otherwise of `States.ALL`.
"""

import json
import time
import uuid
from typing import Any

import pytest

from naws.testing import Returns, run_workflow

ERROR = "States.DataLimitExceeded"
ROLE = "arn:aws:iam::000000000000:role/machine"
LARGE = "x" * (257 * 1024)
HISTORY = "arn:aws:states:::aws-sdk:sfn:getExecutionHistory"

CAUGHT = {
    "by its name": (["States.DataLimitExceeded", "States.ALL"], "By States.DataLimitExceeded"),
    "by States.ALL": (["States.ALL"], "By States.ALL"),
}
"""What stands in the catchers, in this order, and the state that AWS went on with: cases
test_service_task_lambada_data_limit_exceeded_on_large_utf8_response and
test_service_task_lambada_catch_state_all_data_limit_exceeded_on_large_utf8_response, each also as test_task_lambda_…
with the function's own ARN."""


def catching(names: list[str], **task: Any) -> dict[str, Any]:
    """A workflow with one task, one catcher for each name, and a state behind each that ends with what it caught."""
    catch = [{"ErrorEquals": [name], "Next": f"By {name}"} for name in names]
    caught = {f"By {name}": {"Type": "Pass", "End": True} for name in names}
    call = {"Type": "Task", "Catch": catch, "Next": "Done", **task}
    return {"StartAt": "Call", "States": {"Call": call, "Done": {"Type": "Succeed"}, **caught}}


def executed(client: Any, definition: dict[str, Any], given: Any = None) -> tuple[dict[str, Any], list[str]]:
    """How an execution on the embedded AWS ended, and the states that it entered."""
    name = f"facts-{uuid.uuid4().hex[:8]}"
    machine = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    execution = client.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(given or {}))[
        "executionArn"
    ]
    ended = client.describe_execution(executionArn=execution)
    deadline = time.monotonic() + 20
    while ended["status"] == "RUNNING" and time.monotonic() < deadline:
        time.sleep(0.1)
        ended = client.describe_execution(executionArn=execution)
    events = client.get_execution_history(executionArn=execution)["events"]
    return ended, [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


@pytest.mark.parametrize("case", CAUGHT)
def test_the_interpreter_catches_too_large_a_result(case: str) -> None:
    names, caught = CAUGHT[case]
    definition = catching(names, Resource="arn:aws:states:::lambda:invoke", Parameters={"FunctionName": "f"})
    run = run_workflow(definition, {}, {"Call": [Returns({"Payload": LARGE})]})
    assert (run.status, run.states) == ("SUCCEEDED", ["Call", caught])
    assert run.output["Error"] == ERROR


@pytest.mark.e2e
@pytest.mark.parametrize("case", CAUGHT)
def test_the_embedded_aws_catches_too_large_a_result(case: str, aws: Any) -> None:
    names, caught = CAUGHT[case]
    definition = catching(
        names, Resource=HISTORY, Parameters={"ExecutionArn.$": "$$.Execution.Id"}, ResultPath="$.told"
    )
    # The execution's own history holds its input twice by then: a result above 256 KiB of a task that needs no service.
    ended, entered = executed(aws.client("stepfunctions"), definition, {"half": LARGE[: 200 * 1024]})
    assert (ended["status"], entered) == ("SUCCEEDED", ["Call", caught])
    assert json.loads(ended["output"])["Error"] == ERROR


def too_large_a_result_of_a_pass() -> dict[str, Any]:
    """Case test_start_large_input: AWS creates the machine, and its execution fails."""
    return {"StartAt": "Load", "States": {"Load": {"Type": "Pass", "Result": {"rules": LARGE}, "End": True}}}


def test_the_interpreter_fails_a_pass_with_too_large_a_result() -> None:
    run = run_workflow(too_large_a_result_of_a_pass(), {}, {})
    assert (run.status, run.error, run.states) == ("FAILED", ERROR, ["Load"])


@pytest.mark.e2e
def test_the_embedded_aws_fails_a_pass_with_too_large_a_result(aws: Any) -> None:
    ended, entered = executed(aws.client("stepfunctions"), too_large_a_result_of_a_pass())
    assert (ended["status"], ended["error"], entered) == ("FAILED", ERROR, ["Load"])
