"""Two hundred messages while everything goes wrong: each ends exactly once, in one of three places."""

import io
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from naws.cli.progress import Progress
from naws.cli.session import Session, session
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
# What is sent where, and where it must end.
SENT = {
    "succeed": (130, "Work", "succeeded"),
    "fail": (30, "Work", "Naws.TaskFailed"),
    "allocate": (12, "Work", "Naws.OutOfMemory"),
    "hang": (15, "Hanging", "Naws.AttemptTimedOut"),
    "start": (15, "Unstartable", "Naws.InfrastructureFailed"),
    # Quotes double when they become JSON: SQS takes the message, StartExecution refuses the input.
    "poison": (6, "Work", "dead-letter queue"),
}
POISON = "poison" + '"' * 140_000
LIMITS = {"Work": 8, "Hanging": 2, "Unstartable": 4}
FAULTS = {
    "ecs:runTask": {"every": 4, "milliseconds": 100},
    "sqs:sendMessage": {"every": 5},
    "dynamodb:updateItem": {"every": 5},
    "cloudwatch:putMetricData": {"every": 3},
    "states:startExecution": {"every": 5},
    "api": {"milliseconds": 20},
}
# The `stop_timeout` of each: so long after StopTask a program may work, and so long its run keeps its lease.
STOP_TIMEOUT = 2
PATIENCE = 600
QUIET = 8


class Chaos:
    """The deployed processors, what was sent to them, and where it ended."""

    def __init__(self, running: Session, ledger: Path) -> None:
        # There when it is looked for before the deployment, and gone when a task is started.
        program = ledger.with_name("unstartable")
        program.touch(0o755)
        (stack,) = running.deploy(find_app(HERE / "chaos"), Progress())
        program.unlink()
        self._outputs = stack.outputs
        self.client = stack.aws.client
        self.ledger = ledger
        self.sent: dict[str, str] = {}
        self.ends: dict[str, list[str]] = {}
        self._read: set[str] = set()
        queues = stack.of_type("AWS::SQS::Queue").items()
        self._dead_letters = [url for name, url in queues if "DeadLetter" in name]
        assert len(self._dead_letters) == 2 * len(LIMITS)

    def send_all(self) -> None:
        kinds = [kind for kind, (count, _, _) in SENT.items() for _ in range(count)]
        random.Random(1).shuffle(kinds)
        for kind in kinds:
            url = self._outputs[f"{SENT[kind][1]}Queue1Url"]
            body = POISON if kind == "poison" else json.dumps({"do": kind})
            self.sent[self.client("sqs").send_message(QueueUrl=url, MessageBody=body)["MessageId"]] = kind

    def look(self) -> None:
        """Write down where messages have ended since the last look."""
        for where in LIMITS:
            for body, _ in self._drained(self._outputs[f"{where}FailureQueueUrl"]):
                failed = json.loads(body)
                # What the workflow could not keep itself is kept with its input, which is a pipe's batch of one.
                if "envelope" in failed:
                    self._end(failed["envelope"]["id"], failed["failure"]["error"])
                else:
                    self._end(json.loads(failed["input"])[0]["id"], failed["error"] or failed["status"])
            self._look_at_successes(self._outputs[f"{where}StateMachineArn"])
        for url in self._dead_letters:
            for _, message_id in self._drained(url):
                self._end(message_id, "dead-letter queue")

    def _look_at_successes(self, machine: str) -> None:
        states = self.client("stepfunctions")
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="SUCCEEDED")
        for execution in (each for page in pages for each in page["executions"]):
            if execution["executionArn"] not in self._read:
                self._read.add(execution["executionArn"])
                output = states.describe_execution(executionArn=execution["executionArn"])["output"]
                self._end(json.loads(output)["id"], "succeeded")

    def _drained(self, url: str) -> Iterator[tuple[str, str]]:
        sqs = self.client("sqs")
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                yield message["Body"], message["MessageId"]
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _end(self, message_id: str, how: str) -> None:
        self.ends.setdefault(message_id, []).append(how)

    def running(self) -> dict[str, int]:
        """How many tasks of each processor may work now."""
        ecs = self.client("ecs")
        cluster = ecs.list_clusters()["clusterArns"][-1]
        arns = ecs.list_tasks(cluster=cluster, desiredStatus="RUNNING")["taskArns"]
        arns += ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"][-100:]
        arns = list(dict.fromkeys(arns))  # one that was told to stop in between is in both lists
        tasks = [
            task
            for start in range(0, len(arns), 100)
            for task in ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])["tasks"]
        ]
        now = time.time()
        working = [task["taskDefinitionArn"] for task in tasks if may_work(task, now)]
        return {where: sum(f"Chaos{where}" in arn for arn in working) for where in LIMITS}

    def executions(self) -> Counter[str]:
        """How many executions each message started."""
        states = self.client("stepfunctions")
        found: Counter[str] = Counter()
        for where in LIMITS:
            pages = states.get_paginator("list_executions").paginate(
                stateMachineArn=self._outputs[f"{where}StateMachineArn"]
            )
            for execution in (each for page in pages for each in page["executions"]):
                given = states.describe_execution(executionArn=execution["executionArn"])["input"]
                found[json.loads(given)[0]["messageId"]] += 1
        return found


def may_work(task: dict[str, Any], now: float) -> bool:
    """Whether the run of a task must still have its lease.

    What ends by itself has it until ECS says STOPPED. After an attempt that timed out it is given back the stop timeout
    after StopTask, whether ECS says STOPPED by then or not: a busy machine may say so later, and nobody waits for it.
    """
    if task["lastStatus"] == "STOPPED" or task.get("stopCode") != "UserInitiated":
        return task["lastStatus"] != "STOPPED"
    return now < task["stoppingAt"].timestamp() + STOP_TIMEOUT


class Sampler(threading.Thread):
    """Looks at the running tasks all the time."""

    def __init__(self, chaos: Chaos) -> None:
        super().__init__(daemon=True)
        self._chaos, self._over = chaos, threading.Event()
        self.samples: list[dict[str, int]] = []

    def run(self) -> None:
        while not self._over.wait(0.2):
            self.samples.append(self._chaos.running())

    def stop(self) -> None:
        self._over.set()
        self.join(30)


@pytest.fixture
def chaos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Chaos, Session]]:
    ledger = tmp_path / "ledger"
    monkeypatch.setenv("CHAOS_LEDGER", str(ledger))
    with session(tmp_path / "state", port=None, engine="process") as running:
        yield Chaos(running, ledger), running


def told(ends: dict[tuple[str, str], int], samples: str) -> str:
    table = Table("messages that", "ended as", "number", title="The account")
    for (kind, how), number in sorted(ends.items()):
        table.add_row(kind, how, str(number))
    table.add_section()
    table.add_row("all", "", str(sum(ends.values())))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(table)
    console.print(samples)
    return console.export_text()


def test_every_message_is_accounted_for_exactly_once(
    chaos: tuple[Chaos, Session], record_property: Callable[[str, object], None]
) -> None:
    deployed, running = chaos
    for action, fault in FAULTS.items():
        running.embedded.inject_fault(action, **fault)
    sampler = Sampler(deployed)
    sampler.start()
    deployed.send_all()
    assert len(deployed.sent) >= 200
    deadline = time.monotonic() + PATIENCE
    while deployed.sent.keys() - deployed.ends.keys() and time.monotonic() < deadline:
        deployed.look()
        time.sleep(1)
    time.sleep(QUIET)
    deployed.look()
    sampler.stop()

    account = Counter(
        (deployed.sent.get(each, "unknown"), how) for each, all_of in deployed.ends.items() for how in all_of
    )
    most = {where: max(sample[where] for sample in sampler.samples) for where in LIMITS}
    samples = f"at most at once, of {len(sampler.samples)} samples: {most}; limits: {LIMITS}"
    record_property("the account", told(account, samples))
    assert account == {(kind, how): count for kind, (count, _, how) in SENT.items()}
    assert {message: len(all_of) for message, all_of in deployed.ends.items()} == dict.fromkeys(deployed.sent, 1)
    started = deployed.executions()
    assert started == {message: 1 for message, kind in deployed.sent.items() if kind != "poison"}
    effects = Counter(deployed.ledger.read_text().split())
    assert effects == {message: 1 for message, kind in deployed.sent.items() if kind == "succeed"}
    assert len(sampler.samples) > 20
    assert all(most[where] <= limit for where, limit in LIMITS.items()), most
    assert most["Hanging"] == LIMITS["Hanging"], "the limit was not put to the test"
