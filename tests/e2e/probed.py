"""The probe as it is deployed, and what its tests ask of it."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker

from naws.cli.aws import Aws


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
        for processor in ("Main", "Hard", "Skipping", "Bound"):
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


def failed_runs(document: Any) -> dict[str, dict[str, Any]]:
    """The runs that `naws failures` shows, by their ids."""
    return {run["run"]: run for each in document["patterns"] for cause in each["causes"] for run in cause["runs"]}


def programs(mark: str) -> list[str]:
    """Ids of this machine's processes, in containers or not, that were given `mark`."""
    found: list[str] = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in environment.read_bytes():
                found.append(environment.parent.name)
    return found
