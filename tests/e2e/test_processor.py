"""Deployed to the embedded AWS: what starts runs, what becomes of them, and what the program sees."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from probed import Deployed, programs, until

from naws.cli.progress import Progress
from naws.cli.session import session
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent


@pytest.fixture(
    scope="module", params=["process", pytest.param("container", marks=pytest.mark.container)], ids=lambda kind: kind
)
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    if request.param == "container":
        subprocess.run([sys.executable, str(HERE / "base_image.py")], check=True, capture_output=True)
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine=request.param) as running:
        stacks = running.deploy(find_app(HERE / "probe"), progress)
        outputs = {name.removesuffix("Is"): value for stack in stacks for name, value in stack.outputs.items()}
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


def calls(outputs: dict[str, str]) -> dict[str, Any]:
    """By what is done: a call of the bound program, and the action that it is refused; none when it may."""
    key, day = {"id": {"S": "1"}}, {":day": {"S": "today"}}
    query = {"IndexName": "by_day", "KeyConditionExpression": "#d = :day", "ExpressionAttributeValues": day}
    ledger, orders, archive = ({"TableName": f"${name}_TABLE"} for name in ("LEDGER", "ORDERS", "ARCHIVE"))
    message = {"MessageBody": "sent"}

    def event(source: str, bus: str) -> dict[str, Any]:
        return {"Entries": [{"Source": source, "DetailType": "Sold", "Detail": "{}", "EventBusName": bus}]}

    return {
        "read": (("dynamodb", "GetItem", {**orders, "Key": key}), None),
        "scan": (("dynamodb", "Scan", orders), None),
        "query an index": (("dynamodb", "Query", {**orders, **query, "ExpressionAttributeNames": {"#d": "day"}}), None),
        "select": (("dynamodb", "ExecuteStatement", {"Statement": 'SELECT * FROM "$ORDERS_TABLE"'}), None),
        "put where it reads": (("dynamodb", "PutItem", {**orders, "Item": key}), "dynamodb:PutItem"),
        "delete where it reads": (("dynamodb", "DeleteItem", {**orders, "Key": key}), "dynamodb:DeleteItem"),
        "read another table": (
            ("dynamodb", "GetItem", {"TableName": outputs["OtherTable"], "Key": key}),
            "dynamodb:GetItem",
        ),
        "put": (("dynamodb", "PutItem", {**ledger, "Item": key}), None),
        "delete": (("dynamodb", "DeleteItem", {**ledger, "Key": key}), None),
        "read where it writes": (("dynamodb", "GetItem", {**ledger, "Key": key}), "dynamodb:GetItem"),
        "drop a table": (("dynamodb", "DeleteTable", ledger), "dynamodb:DeleteTable"),
        "put into an imported one": (("dynamodb", "PutItem", {**archive, "Item": key}), None),
        "read an imported one": (("dynamodb", "GetItem", {**archive, "Key": key}), None),
        "send": (("sqs", "SendMessage", {"QueueUrl": "$MAILS_QUEUE_URL", **message}), None),
        "send to an imported one": (("sqs", "SendMessage", {"QueueUrl": "$IMPORTED_QUEUE_URL", **message}), None),
        "receive where it sends": (
            ("sqs", "ReceiveMessage", {"QueueUrl": "$MAILS_QUEUE_URL"}),
            "sqs:receivemessage",
        ),
        "send elsewhere": (("sqs", "SendMessage", {"QueueUrl": outputs["OtherQueue"], **message}), "sqs:sendmessage"),
        "receive": (("sqs", "ReceiveMessage", {"QueueUrl": "$WORK_QUEUE_URL"}), None),
        "send where it receives": (
            ("sqs", "SendMessage", {"QueueUrl": "$WORK_QUEUE_URL", **message}),
            "sqs:sendmessage",
        ),
        "publish": (("sns", "Publish", {"TopicArn": "$NEWS_TOPIC_ARN", "Message": "published"}), None),
        "publish elsewhere": (
            ("sns", "Publish", {"TopicArn": outputs["OtherTopic"], "Message": "m"}),
            "SNS:Publish",
        ),
        "put an event": (("events", "PutEvents", event("probe.bound", "$SOLD_BUS")), None),
        "put another's event": (("events", "PutEvents", event("probe.other", "$SOLD_BUS")), "events:PutEvents"),
        "put it elsewhere": (("events", "PutEvents", event("probe.bound", "default")), "events:PutEvents"),
        "start": (("states", "StartExecution", {"stateMachineArn": "$SKIPPING_STATE_MACHINE_ARN"}), None),
        "start another": (
            ("states", "StartExecution", {"stateMachineArn": outputs["HardMachine"]}),
            "states:StartExecution",
        ),
        "invoke": (("lambda", "Invoke", {"FunctionName": "$PRICES_FUNCTION", "item": 7}), None),
        "invoke another": (
            ("lambda", "Invoke", {"FunctionName": outputs["OtherFunction"]}),
            "lambda:InvokeFunction",
        ),
    }


@pytest.fixture(scope="module")
def answers(deployed: Deployed) -> dict[str, Any]:
    """What the bound program saw: the answer to each call, and its parameters."""
    token = {"Name": "/probe/token", "Value": "hunter3", "Type": "SecureString", "KeyId": deployed.outputs["Key"]}
    deployed.aws.client("ssm").put_parameter(**token)
    wanted = {name: given for name, (given, _) in calls(deployed.outputs).items()}
    run = deployed.start("Bound", {"do": "call", "calls": wanted})
    assert deployed.ended(run)["status"] == "SUCCEEDED"
    (seen,) = deployed.seen(run)
    return seen


def test_a_binding_does_what_it_promises_and_nothing_beside_it(deployed: Deployed, answers: dict[str, Any]) -> None:
    for name, (_, action) in calls(deployed.outputs).items():
        answer = answers["answers"][name]
        if action is None:
            assert not answer.startswith(("4", "5")), (name, answer)
        else:
            assert f"is not authorized to perform: {action} on resource" in answer, (name, answer)
    assert answers["parameters"] == ["DEBUG", "hunter3"]
    assert json.loads(answers["answers"]["invoke"]) == {"priced": 7}


def test_what_a_bound_program_sends_arrives(deployed: Deployed, answers: dict[str, Any]) -> None:
    del answers
    sqs, heard = deployed.aws.client("sqs"), set[str]()

    def both() -> bool:
        for name in ("Heard", "Mails"):
            found = sqs.receive_message(QueueUrl=deployed.outputs[name], MaxNumberOfMessages=10).get("Messages", [])
            heard.update(json.loads(each["Body"])["source"] if "{" in each["Body"] else each["Body"] for each in found)
        return heard == {"published", "probe.bound", "sent"}

    until(both)
    assert until(lambda: deployed.executions("Skipping"))
