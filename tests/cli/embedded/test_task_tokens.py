"""Tasks that wait for an answer: by a token in a message or a function's event, or by an activity's worker."""

import json
import time
import uuid
from typing import Any

import botocore.exceptions
import pytest

pytestmark = pytest.mark.e2e
TOKEN = "{% $states.context.Task.Token %}"
SEND = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


class Asked:
    """An execution whose one task has sent its token to a queue."""

    def __init__(self, bench: Any, **task: Any) -> None:
        self.bench = bench
        url, _ = bench.queue()
        arguments = {"QueueUrl": url, "MessageBody": {"token": TOKEN}}
        waiting = {"Type": "Task", "Resource": SEND, "Arguments": arguments, "End": True, **task}
        caught = {"Caught": {"Type": "Pass", "End": True}} if "Catch" in task else {}
        self.execution = bench.start(bench.machine({"Ask": waiting, **caught}))
        (message,) = bench.messages(url)
        self.token = json.loads(message["Body"])["token"]

    def ended(self) -> Any:
        return self.bench.finished(self.execution)

    def history(self) -> Any:
        return self.bench.sfn.get_execution_history(executionArn=self.execution)["events"]


def code_of(call: Any, **request: Any) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def test_the_answer_is_the_result_once(bench: Any) -> None:
    asked = Asked(bench, TimeoutSeconds=30, HeartbeatSeconds=20)
    bench.sfn.send_task_success(taskToken=asked.token, output='{"ok": true}')
    assert json.loads(asked.ended()["output"]) == {"ok": True}
    assert code_of(bench.sfn.send_task_success, taskToken=asked.token, output="{}") == "TaskTimedOut"
    types = [event["type"] for event in asked.history()]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    details = asked.history()[2]["taskScheduledEventDetails"]
    assert (details["resource"], details["resourceType"]) == ("sendMessage.waitForTaskToken", "sqs")
    assert (details["timeoutInSeconds"], details["heartbeatInSeconds"]) == (30, 20)
    assert json.loads(details["parameters"])["MessageBody"] == {"token": asked.token}


def test_a_failure_is_caught_by_its_name(bench: Any) -> None:
    asked = Asked(bench, Catch=[{"ErrorEquals": ["Refused"], "Next": "Caught"}])
    bench.sfn.send_task_failure(taskToken=asked.token, error="Refused", cause="too dear")
    assert json.loads(asked.ended()["output"]) == {"Error": "Refused", "Cause": "too dear"}


def test_an_answer_that_is_no_json_is_refused(bench: Any) -> None:
    asked = Asked(bench)
    assert code_of(bench.sfn.send_task_success, taskToken=asked.token, output="{") == "InvalidOutput"
    bench.sfn.send_task_success(taskToken=asked.token, output="1")
    assert asked.ended()["output"] == "1"


def test_a_lost_heartbeat_is_a_timeout_without_a_cause(bench: Any) -> None:
    asked = Asked(bench, HeartbeatSeconds=1, TimeoutSeconds=60)
    ended = asked.ended()
    assert (ended["status"], ended["error"], ended.get("cause")) == ("FAILED", "States.Timeout", None)
    timed_out = next(event for event in asked.history() if event["type"] == "TaskTimedOut")
    assert timed_out["taskTimedOutEventDetails"]["error"] == "States.Timeout"
    assert code_of(bench.sfn.send_task_heartbeat, taskToken=asked.token) == "TaskTimedOut"


@pytest.mark.parametrize("name", ["States.HeartbeatTimeout", "States.Timeout", "States.ALL"])
def test_a_lost_heartbeat_is_caught_by_either_name(bench: Any, name: str) -> None:
    catch = [{"ErrorEquals": [name], "Next": "Caught"}]
    assert Asked(bench, HeartbeatSeconds=1, Catch=catch).ended()["status"] == "SUCCEEDED"


@pytest.mark.parametrize("limits", [{"HeartbeatSeconds": 1}, {"TimeoutSeconds": 1}])
def test_a_timeout_is_no_failure_of_the_task(bench: Any, limits: Any) -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
    assert Asked(bench, **limits, Catch=catch).ended()["status"] == "FAILED"


def test_a_timeout_is_no_lost_heartbeat(bench: Any) -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught"}]
    assert Asked(bench, TimeoutSeconds=1, Catch=catch).ended()["status"] == "FAILED"


def test_heartbeats_keep_a_task_but_not_beyond_its_timeout(bench: Any) -> None:
    asked, began = Asked(bench, HeartbeatSeconds=2, TimeoutSeconds=4), time.monotonic()
    while bench.sfn.describe_execution(executionArn=asked.execution)["status"] == "RUNNING":
        try:
            bench.sfn.send_task_heartbeat(taskToken=asked.token)
        except bench.sfn.exceptions.TaskTimedOut:
            break
        time.sleep(0.5)
    assert asked.ended()["error"] == "States.Timeout"
    assert time.monotonic() - began > 3


def test_a_stopped_execution_waits_no_longer(bench: Any) -> None:
    asked = Asked(bench)
    bench.sfn.stop_execution(executionArn=asked.execution)
    time.sleep(0.5)
    assert code_of(bench.sfn.send_task_success, taskToken=asked.token, output="{}") == "TaskTimedOut"
    assert asked.history()[-1]["type"] == "ExecutionAborted"


def test_the_times_of_an_activity_begin_with_its_worker(bench: Any) -> None:
    arn = bench.sfn.create_activity(name=f"a-{uuid.uuid4().hex[:8]}")["activityArn"]
    work = {"Type": "Task", "Resource": arn, "Arguments": {"n": 1}, "HeartbeatSeconds": 1, "End": True}
    execution = bench.start(bench.machine({"Work": work}))
    time.sleep(2)
    task = bench.sfn.get_activity_task(activityArn=arn)
    assert json.loads(task["input"]) == {"n": 1}
    assert bench.finished(execution)["error"] == "States.Timeout"
