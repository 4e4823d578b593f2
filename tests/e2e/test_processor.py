"""Deployed to the embedded AWS: what starts runs, what becomes of them, and what the program sees."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import docker
import pytest

from naws.cli.aws import Aws
from naws.cli.progress import Progress
from naws.cli.session import session
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent


class Deployed:
    """The probe's stack and what a test asks of it."""

    def __init__(self, aws: Aws, outputs: dict[str, str], engine: str) -> None:
        self.aws = aws
        self.outputs = outputs
        self.engine = engine
        self.kept: dict[str, list[dict[str, Any]]] = {}

    def start(self, processor: str, payload: Any) -> str:
        states = self.aws.client("stepfunctions")
        arn = self.outputs[f"{processor}Machine"]
        return states.start_execution(stateMachineArn=arn, input=json.dumps(payload))["executionArn"]

    def send(self, body: str) -> str:
        return self.aws.client("sqs").send_message(QueueUrl=self.outputs["Queue"], MessageBody=body)["MessageId"]

    def execution(self, arn: str) -> dict[str, Any]:
        return self.aws.client("stepfunctions").describe_execution(executionArn=arn)

    def executions(self, processor: str) -> list[dict[str, Any]]:
        states = self.aws.client("stepfunctions")
        listed = states.list_executions(stateMachineArn=self.outputs[f"{processor}Machine"])["executions"]
        return [self.execution(each["executionArn"]) for each in listed]

    def runs_of(self, run_id: str) -> list[dict[str, Any]]:
        return [each for each in self.executions("Main") if run_id in each["input"]]

    def ended(self, arn: str, seconds: float = 60) -> dict[str, Any]:
        return until(lambda: (found := self.execution(arn))["status"] != "RUNNING" and found, seconds)

    def seen(self, execution_arn: str) -> list[dict[str, Any]]:
        """What each attempt's program logged."""
        name = execution_arn.rsplit(":", 1)[1]
        logs = self.aws.client("logs")
        found: list[dict[str, Any]] = []
        for processor in ("Main", "Hard", "Skipping"):
            group = self.outputs[f"{processor}Logs"]
            events = logs.filter_log_events(logGroupName=group, filterPattern="")["events"]
            lines = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
            found += [line for line in lines if line["NAWS_EXECUTION"] == name]
        return sorted(found, key=lambda line: int(line["NAWS_ATTEMPT"]))

    def tasks(self, execution_arn: str) -> list[dict[str, Any]]:
        """The tasks of a run; their group is the execution's name."""
        ecs = self.aws.client("ecs")
        cluster = self.outputs["Cluster"]
        arns = [a for s in ("RUNNING", "STOPPED") for a in ecs.list_tasks(cluster=cluster, desiredStatus=s)["taskArns"]]
        described = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
        return [task for task in described if task["group"] == execution_arn.rsplit(":", 1)[1]]

    def kill(self, execution_arn: str, mark: str) -> None:
        """Take away what runs for an execution: its container, or else its program."""
        if self.engine == "process":
            os.kill(int(programs(mark)[-1]), signal.SIGKILL)
            return
        (task,) = [each for each in self.tasks(execution_arn) if each["lastStatus"] == "RUNNING"]
        label = f"com.amazonaws.ecs.task-arn={task['taskArn']}"
        with contextlib.closing(docker.from_env()) as client:
            (container,) = client.containers.list(filters={"label": label})
            container.remove(force=True)

    def failure(self, processor: str, about: str) -> dict[str, Any]:
        """The message in the failure queue that holds `about`."""
        kept = self.kept.setdefault(processor, [])

        def found() -> dict[str, Any] | None:
            sqs, url = self.aws.client("sqs"), self.outputs[f"{processor}Failures"]
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                kept.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return next((body for body in kept if about in json.dumps(body)), None)

        return until(found)


def until(check: Callable[[], Any], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} seconds: {check.__qualname__}")


def programs(mark: str) -> list[str]:
    """Ids of this machine's processes, in containers or not, that were given `mark`."""
    found: list[str] = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environment.read_bytes():
                found.append(environment.parent.name)
    return found


@pytest.fixture(
    scope="module", params=["process", pytest.param("container", marks=pytest.mark.container)], ids=lambda kind: kind
)
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    if request.param == "container":
        subprocess.run([sys.executable, str(HERE / "base_image.py")], check=True, capture_output=True)
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine=request.param, progress=progress) as running:
        (stack,) = running.deploy(find_app(HERE / "probe"), progress)
        outputs = {name.removesuffix("Is"): value for name, value in stack.outputs.items()}
        yield Deployed(running.aws, outputs, request.param)


def test_a_message_is_processed_exactly_once(deployed: Deployed) -> None:
    message_id = deployed.send(json.dumps({"do": "succeed"}))
    (run,) = until(lambda: deployed.runs_of(message_id))
    ended = deployed.ended(run["executionArn"])
    assert ended["status"] == "SUCCEEDED"
    time.sleep(3)
    assert len(deployed.runs_of(message_id)) == 1
    assert len(deployed.tasks(run["executionArn"])) == 1
    (seen,) = deployed.seen(run["executionArn"])
    assert (seen["NAWS_RUN_ID"], seen["NAWS_TRIGGER"], seen["NAWS_ATTEMPT"]) == (message_id, "queue", "1")
    sqs = deployed.aws.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    waiting = sqs.get_queue_attributes(QueueUrl=deployed.outputs["Queue"], AttributeNames=names)["Attributes"]
    assert set(waiting.values()) == {"0"}


def test_a_task_that_exits_3_is_retried_kept_and_told(deployed: Deployed) -> None:
    mark = uuid.uuid4().hex
    message_id = deployed.send(json.dumps({"do": "exit", "code": 3, "mark": mark}))
    (run,) = until(lambda: deployed.runs_of(message_id))
    ended = deployed.ended(run["executionArn"])
    assert (ended["status"], ended["error"]) == ("FAILED", "Naws.TaskFailed"), ended["cause"]
    assert [seen["NAWS_ATTEMPT"] for seen in deployed.seen(run["executionArn"])] == ["1", "2"]
    body = deployed.failure("Main", mark)
    assert body["envelope"]["id"] == message_id
    assert body["envelope"]["trigger"] == "queue"
    assert body["envelope"]["payload"] == {"do": "exit", "code": 3, "mark": mark}
    failure = body["failure"]
    assert (failure["error"], failure["exit_code"], failure["attempts"]) == ("Naws.TaskFailed", 3, 2)
    assert failure["execution"] == run["executionArn"]

    def told() -> bool:
        sqs = deployed.aws.client("sqs")
        found = sqs.receive_message(QueueUrl=deployed.outputs["Verbatim"], MaxNumberOfMessages=10).get("Messages", [])
        return any("FailedWork" in message["Body"] and "ALARM" in message["Body"] for message in found)

    until(told)


@pytest.mark.parametrize(
    "payload",
    [{"text": "x" * 1024}, "just text", {"text": 'äöü 💡 "quoted" \\ \n'}, [1, [2]], 7],
    ids=["1 KB", "text", "unicode", "array", "number"],
)
def test_a_payload_arrives_unchanged(deployed: Deployed, payload: Any) -> None:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    message_id = deployed.send(body)
    (run,) = until(lambda: deployed.runs_of(message_id))
    assert deployed.ended(run["executionArn"])["status"] == "SUCCEEDED"
    (seen,) = deployed.seen(run["executionArn"])
    assert json.loads(seen["NAWS_PAYLOAD"]) == payload
    assert "NAWS_PAYLOAD_URI" not in seen


def test_a_payload_of_100_kb_goes_through_s3(deployed: Deployed) -> None:
    payload = {"text": uuid.uuid4().hex, "more": "x" * 100_000}
    run = deployed.start("Main", payload)
    assert deployed.ended(run)["status"] == "SUCCEEDED"
    (seen,) = deployed.seen(run)
    assert seen["from_s3"] == payload
    assert seen["NAWS_PAYLOAD_URI"].startswith("s3://")
    assert "NAWS_PAYLOAD" not in seen


TRICKY = json.loads((HERE / "probe" / "tricky.json").read_text(encoding="utf-8"))


def arrived(seen: dict[str, Any]) -> Any:
    return seen["from_s3"] if "NAWS_PAYLOAD_URI" in seen else json.loads(seen["NAWS_PAYLOAD"])


def same(one: Any, other: Any) -> bool:
    """Equal as JSON, with the type and all digits of each number."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize("way", ["queue", "large message", "person", "event", "own payload", "step"])
def test_nulls_digits_and_order_arrive_by_every_way(deployed: Deployed, way: str) -> None:
    mark = uuid.uuid4().hex
    sent = {**TRICKY, "mark": mark, **({"more": "x" * 200_000} if "large" in way else {})}
    before = {each["executionArn"] for each in deployed.executions("Main")}
    entry = {"Source": "probe", "DetailType": "Probed", "Detail": json.dumps(sent)}
    if "queue" in way or "message" in way:
        deployed.send(json.dumps(sent))
    elif way == "person":
        deployed.start("Main", sent)
    elif way == "step":
        deployed.start("Caller", {})
    else:
        deployed.aws.client("events").put_events(
            Entries=[entry if way == "event" else {**entry, "Source": "probe with a payload"}]
        )
    known = "9007199254740993" if way in ("own payload", "step") else mark

    def begun() -> list[dict[str, Any]]:
        new = [each for each in deployed.executions("Main") if each["executionArn"] not in before]
        return [each for each in new if known in each["input"] and "minutely" not in each["input"]]

    run = until(begun)[0]
    assert deployed.ended(run["executionArn"])["status"] == "SUCCEEDED"
    (seen,) = deployed.seen(run["executionArn"])
    payload = arrived(seen)
    expected = TRICKY if way in ("own payload", "step") else sent
    assert same(payload["detail"] if way == "event" else payload, expected)


def test_an_object_and_an_event_start_runs(deployed: Deployed) -> None:
    key = f"in/{uuid.uuid4().hex}.csv"
    deployed.aws.client("s3").put_object(Bucket=deployed.outputs["Inbox"], Key=key, Body=b"1")
    mark = uuid.uuid4().hex
    entry = {"Source": "probe", "DetailType": "Probed", "Detail": json.dumps({"mark": mark})}
    event_id = deployed.aws.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"]
    for about in (key, mark):
        (run,) = until(lambda about=about: deployed.runs_of(about))
        assert deployed.ended(run["executionArn"])["status"] == "SUCCEEDED"
        (seen,) = deployed.seen(run["executionArn"])
        assert seen["NAWS_TRIGGER"] == "event"
        assert about in seen["NAWS_PAYLOAD"]
        if about == mark:
            assert seen["NAWS_RUN_ID"] == event_id


def test_a_schedule_fires_by_itself(deployed: Deployed) -> None:
    def scheduled() -> list[dict[str, Any]]:
        return [each for each in deployed.executions("Main") if "schedule-1@" in each["input"]]

    run = until(scheduled, 75)[-1]
    assert deployed.ended(run["executionArn"])["status"] == "SUCCEEDED"
    envelope = json.loads(run["input"])
    assert envelope["id"] == f"schedule-1@{envelope['time']}"
    (seen,) = deployed.seen(run["executionArn"])
    assert seen["NAWS_TRIGGER"] == "schedule"
    assert same(arrived(seen), {"kind": "minutely", **TRICKY})


def test_what_the_program_may(deployed: Deployed) -> None:
    run = deployed.start("Main", {"do": "succeed"})
    assert deployed.ended(run)["status"] == "SUCCEEDED"
    (seen,) = deployed.seen(run)
    assert seen["secret"] == "hunter2"
    assert (seen["NAWS_CPU"], seen["NAWS_MEMORY_LIMIT_MIB"]) == ("256", "512")
    if deployed.engine == "container":
        assert (seen["uid"], seen["root_writable"], seen["tmp_writable"]) == (1000, False, True)


def test_a_hanging_task_is_stopped(deployed: Deployed) -> None:
    run = deployed.start("Hard", {"do": "hang", "mark": (mark := uuid.uuid4().hex)})
    if sys.platform == "linux":  # elsewhere a virtual machine hides what a container runs
        assert until(lambda: programs(mark))
    ended = deployed.ended(run, 90)
    assert (ended["status"], ended["error"]) == ("FAILED", "Naws.AttemptTimedOut")
    assert deployed.failure("Hard", mark)["failure"]["error"] == "Naws.AttemptTimedOut"
    tasks = until(lambda: (found := deployed.tasks(run)) and all(t["lastStatus"] == "STOPPED" for t in found) and found)
    assert len(tasks) == 2
    assert {task["stopCode"] for task in tasks} == {"UserInitiated"}
    assert all("the attempt took longer than 8 seconds" in task["stoppedReason"] for task in tasks)
    assert until(lambda: not programs(mark))


def test_memory_grows_for_a_task_that_really_needs_it(deployed: Deployed) -> None:
    run = deployed.start("Main", {"do": "allocate", "mib": 600})
    ended = deployed.ended(run, 90)
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    assert json.loads(ended["output"])["attempts"] == 2
    assert [seen["NAWS_MEMORY_LIMIT_MIB"] for seen in deployed.seen(run)] == ["512", "1024"]


def test_a_task_that_needs_more_than_there_is_fails_as_out_of_memory(deployed: Deployed) -> None:
    run = deployed.start("Main", {"do": "allocate", "mib": 1500, "mark": (mark := uuid.uuid4().hex)})
    ended = deployed.ended(run, 90)
    assert (ended["status"], ended["error"]) == ("FAILED", "Naws.OutOfMemory")
    assert deployed.failure("Main", mark)["failure"]["error"] == "Naws.OutOfMemory"


def killed(deployed: Deployed) -> tuple[dict[str, Any], list[str]]:
    """What ECS says of a container that was taken away at work, and the memory of both attempts."""
    run = deployed.start("Main", {"do": "hang first", "mark": (mark := uuid.uuid4().hex)})
    until(lambda: deployed.seen(run))
    deployed.kill(run, mark)
    assert deployed.ended(run, 60)["status"] == "SUCCEEDED"
    attempts = deployed.seen(run)
    assert [seen["NAWS_ATTEMPT"] for seen in attempts] == ["1", "2"]
    lost, _ = sorted(deployed.tasks(run), key=lambda task: task["createdAt"])
    return lost["containers"][0], [seen["NAWS_MEMORY_LIMIT_MIB"] for seen in attempts]


def test_a_task_that_is_killed_mid_run_is_tried_again(deployed: Deployed) -> None:
    container, memory = killed(deployed)
    if deployed.engine == "process":  # SIGKILL without a word is what the kernel does when memory runs out
        assert (container["exitCode"], memory) == (137, ["512", "1024"])
        return
    # The engine kills before it removes: now and then that is seen. What is gone, as with its host, has no exit code.
    tries = 1
    while "exitCode" in container and tries < 6:
        assert (container["exitCode"], memory) == (137, ["512", "1024"])
        container, memory = killed(deployed)
        tries += 1
    assert "exitCode" not in container
    assert memory == ["512", "512"]


def test_a_run_that_breaks_its_own_workflow_is_kept(deployed: Deployed) -> None:
    broken = {"trigger": "manual", "id": (mark := uuid.uuid4().hex), "time": 1e30}
    run = deployed.start("Main", {**broken, "item": "not an envelope"})
    assert deployed.ended(run)["status"] == "SUCCEEDED", "what is no envelope is a payload"
    run = deployed.start("Main", {**broken, "payload": "x" * 262_000})
    assert deployed.ended(run)["error"] == "States.DataLimitExceeded"
    kept = deployed.failure("Main", run)
    assert (kept["status"], kept["executionArn"]) == ("FAILED", run)
    assert kept["input"] is None, "AWS leaves out an input of more than 248 KB"
    assert mark in deployed.execution(run)["input"]


def test_a_lease_whose_run_ended_without_a_word_is_found(deployed: Deployed) -> None:
    dynamodb, states = deployed.aws.client("dynamodb"), deployed.aws.client("stepfunctions")
    lease = {"TableName": deployed.outputs["HardLeases"], "Key": {"processor": {"S": "Probe/Hard"}}}
    lost = {":lost": {"SS": ["run-that-ended-long-ago"]}}
    dynamodb.update_item(**lease, UpdateExpression="ADD holders :lost", ExpressionAttributeValues=lost)
    waiting = deployed.start("Hard", {"do": "succeed"})
    time.sleep(3)
    assert deployed.tasks(waiting) == []
    reaper = deployed.outputs["HardKeeper"]
    definition = json.loads(states.describe_state_machine(stateMachineArn=reaper)["definition"])
    definition["States"]["Wait to be sure"]["Seconds"] = 1
    states.update_state_machine(stateMachineArn=reaper, definition=json.dumps(definition))
    reconciled = states.start_execution(stateMachineArn=reaper, input='{"reconcile": true}')["executionArn"]
    assert deployed.ended(reconciled)["status"] == "SUCCEEDED"
    assert deployed.ended(waiting, 60)["status"] == "SUCCEEDED"


def test_runs_wait_for_a_lease_and_an_aborted_one_gives_it_back(deployed: Deployed) -> None:
    first = deployed.start("Hard", {"do": "hang", "mark": (mark := uuid.uuid4().hex)})
    until(lambda: deployed.tasks(first))
    second = deployed.start("Hard", {"do": "succeed"})
    time.sleep(2)
    assert deployed.tasks(second) == []
    deployed.aws.client("stepfunctions").stop_execution(executionArn=first, error="Test", cause="from outside")
    ended = deployed.ended(second, 120)
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    kept = deployed.failure("Hard", mark)
    assert json.loads(kept["input"])["mark"] == mark
    assert (kept["status"], kept["executionArn"]) == ("ABORTED", first)
    assert until(lambda: {task["lastStatus"] for task in deployed.tasks(first)} == {"STOPPED"})


def test_waiting_runs_never_work_at_the_same_time(deployed: Deployed) -> None:
    runs = [deployed.start("Hard", {"do": "sleep", "seconds": 2}) for _ in range(3)]
    assert [deployed.ended(run, 90)["status"] for run in runs] == ["SUCCEEDED"] * 3
    tasks = sorted((task for run in runs for task in deployed.tasks(run)), key=lambda task: task["createdAt"])
    assert len(tasks) == 3
    for before, after in pairwise(tasks):
        assert before["stoppedAt"] <= after["createdAt"]


def test_runs_are_skipped_when_full(deployed: Deployed) -> None:
    first = deployed.start("Skipping", {"do": "sleep", "seconds": 6})
    until(lambda: deployed.tasks(first))
    second = deployed.ended(deployed.start("Skipping", {"do": "succeed"}))
    assert json.loads(second["output"])["skipped"] is True
    assert deployed.tasks(second["executionArn"]) == []
    assert deployed.ended(first)["status"] == "SUCCEEDED"
    third = deployed.ended(deployed.start("Skipping", {"do": "succeed"}))
    assert "skipped" not in json.loads(third["output"])
