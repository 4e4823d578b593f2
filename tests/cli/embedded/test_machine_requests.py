"""What Step Functions says to a request that names nothing, or asks for too much: recorded answers of AWS."""

import json
from typing import Any

import botocore.exceptions
import pytest

pytestmark = pytest.mark.e2e
PREFIX = "arn:aws:states:us-east-1:000000000000"
MACHINE, EXECUTION = f"{PREFIX}:stateMachine:none", f"{PREFIX}:execution:none:none"
NO_MACHINE = ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{MACHINE}'")
TOO_MANY = "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must "
ACTIVITY = f"{PREFIX}:activity:none"
NO_ACTIVITY = f"Activity Does Not Exist: '{ACTIVITY}'"
PASS = {"P": {"Type": "Pass", "End": True}}


@pytest.mark.parametrize(
    ("action", "request_", "code", "message"),
    [
        *(
            (
                action,
                {"stateMachineArn": MACHINE},
                "StateMachineDoesNotExist",
                f"State Machine Does Not Exist: '{MACHINE}'",
            )
            for action in (
                "describe_state_machine",
                "list_executions",
                "publish_state_machine_version",
                "start_execution",
                "update_state_machine",
            )
        ),
        *(
            (action, {"executionArn": EXECUTION}, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{EXECUTION}'")
            for action in ("describe_execution", "get_execution_history", "stop_execution")
        ),
        (
            "describe_activity",
            {"activityArn": ACTIVITY},
            "ActivityDoesNotExist",
            NO_ACTIVITY,
        ),
        *(
            (action, {field: "none"}, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: none'")
            for action, field in (
                ("describe_state_machine", "stateMachineArn"),
                ("list_executions", "stateMachineArn"),
                ("get_execution_history", "executionArn"),
                ("describe_execution", "executionArn"),
                ("describe_activity", "activityArn"),
            )
        ),
        (
            "list_state_machines",
            {"maxResults": 1001},
            "ValidationException",
            f"{TOO_MANY}have value less than or equal to 1000",
        ),
    ],
)
def test_a_request_is_refused(bench: Any, action: str, request_: Any, code: str, message: str) -> None:
    if action == "update_state_machine":
        request_ = {**request_, "roleArn": bench.role}
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(bench.sfn, action)(**request_)
    assert (caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]) == (code, message)


@pytest.mark.parametrize("request_", [{"statusFilter": "succeeded"}, {"maxResults": 1001}, {"nextToken": "x" * 3097}])
def test_a_list_of_executions_has_bounds(bench: Any, request_: Any) -> None:
    machine = bench.machine(PASS)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        bench.sfn.list_executions(stateMachineArn=machine, **request_)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("1 validation error detected: Value '")


def test_an_express_machine_has_no_list_of_executions(bench: Any) -> None:
    definition = json.dumps({"StartAt": "P", "States": PASS})
    made = bench.sfn.create_state_machine(name="express", definition=definition, roleArn=bench.role, type="EXPRESS")
    with pytest.raises(bench.sfn.exceptions.StateMachineTypeNotSupported):
        bench.sfn.list_executions(stateMachineArn=made["stateMachineArn"])


def _at_home(params: dict[str, Any]) -> None:
    params["url"] = params["url"].replace("://sync-", "://")


def test_only_an_express_machine_is_started_synchronously(bench: Any) -> None:
    # Synchronous starts have a host of their own, which no loopback address has.
    bench.sfn.meta.events.register("before-call.sfn.StartSyncExecution", lambda params, **_: _at_home(params))
    with pytest.raises(bench.sfn.exceptions.StateMachineTypeNotSupported):
        bench.sfn.start_sync_execution(stateMachineArn=bench.machine(PASS))


def test_deleting_a_machine_that_does_not_exist_is_no_fault(bench: Any) -> None:
    assert bench.sfn.delete_state_machine(stateMachineArn=MACHINE)["ResponseMetadata"]["HTTPStatusCode"] == 200
