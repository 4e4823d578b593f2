"""Runs that cannot start and messages that nobody takes: they are kept, and somebody is told."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from naws.cli.progress import Progress
from naws.cli.runs import read_run
from naws.cli.session import Session, session
from naws.cli.stacks import EmbeddedStack
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

APP = Path(__file__).parent / "trouble"


class Trouble:
    """The deployed processors and what a test asks of them."""

    def __init__(self, running: Session, stack: EmbeddedStack) -> None:
        self.running, self.stack = running, stack
        self.client, self.outputs = stack.aws.client, stack.outputs
        self._told: list[str] = []

    def messages(self, url: str) -> list[dict[str, Any]]:
        """What is in a queue now; it is taken out."""
        sqs = self.client("sqs")
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def kept(self, processor: str) -> dict[str, Any]:
        """The one message of a failure queue."""
        (message,) = until(lambda: self.messages(self.outputs[f"{processor}Failures"]))
        return json.loads(message["Body"])

    def told(self, alarm: str) -> bool:
        """Whether the topic's subscriber has been told of the alarm."""
        self._told += [json.loads(message["Body"])["Message"] for message in self.messages(self.outputs["ToldUrl"])]
        said = [json.loads(text) for text in self._told]
        return any(alarm in each["AlarmName"] and each["NewStateValue"] == "ALARM" for each in said)

    def dead_letters(self, logical_id: str) -> str:
        """URL of a dead-letter queue."""
        queues = self.stack.of_type("AWS::SQS::Queue")
        return next(url for name, url in queues.items() if logical_id in name)


def until(check: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} seconds: {check.__qualname__}")


@pytest.fixture(scope="module", params=["process", pytest.param("container", marks=pytest.mark.container)])
def trouble(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trouble]:
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine=request.param) as running:
        (stack,) = running.deploy(find_app(APP), progress)
        yield Trouble(running, stack)


def test_a_schedule_whose_image_cannot_be_had_is_kept_and_told(trouble: Trouble) -> None:
    """With an engine it is tried again, as on AWS; without one no attempt could do better."""
    (schedule,) = trouble.client("scheduler").list_schedules()["Schedules"]
    trouble.running.embedded.fire_schedule(schedule["GroupName"], schedule["Name"])
    until(lambda: trouble.told("FailedWork"))
    kept = trouble.kept("NoImage")
    with_engine = trouble.running.engine.kind == "container"
    if with_engine:
        envelope, failure = kept["envelope"], kept["failure"]
        assert (failure["error"], failure["attempts"]) == ("Naws.InfrastructureFailed", 2)
        reason, execution = failure["reason"], failure["execution"]
        assert "exit_code" not in failure
    else:
        envelope, reason, execution = json.loads(kept["input"]), kept["cause"], kept["executionArn"]
        assert kept["error"] == "States.Runtime"
        assert "no container engine and no dev_command" in reason
    assert "CannotPullContainerError" in reason
    assert (envelope["trigger"], envelope["payload"]) == ("schedule", {"kind": "daily"})
    assert envelope["id"] == f"schedule-1@{envelope['time']}"
    run = until(lambda: (found := read_run(trouble.stack.aws, execution)).ended and found)
    assert (run.status, len(run.attempts), run.id) == ("FAILED", 1 + with_engine, envelope["id"])


def test_a_secret_that_cannot_be_had_is_tried_again_and_kept(trouble: Trouble) -> None:
    machine = trouble.outputs["NoSecretMachine"]
    trouble.client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")
    failure = trouble.kept("NoSecret")["failure"]
    assert (failure["error"], failure["attempts"]) == ("Naws.InfrastructureFailed", 2)
    assert "ResourceInitializationError" in failure["reason"]


def test_a_message_that_nobody_takes_goes_back_and_then_to_its_dead_letter_queue(trouble: Trouble) -> None:
    trouble.client("stepfunctions").delete_state_machine(stateMachineArn=trouble.outputs["NoImageMachine"])
    sent = trouble.client("sqs").send_message(QueueUrl=trouble.outputs["NoImageQueue"], MessageBody="kept")
    url = trouble.dead_letters("NoImageQueue1DeadLetters")
    until(lambda: trouble.told("CouldNotStart"))
    (message,) = until(lambda: trouble.messages(url))
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "kept")
