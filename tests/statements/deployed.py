"""What exercises work with: one deployed processor, what reached its queues, and what was refused meanwhile."""

import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.aws import Aws
from naws.cli.embedded import EmbeddedAws
from naws.cli.stacks import EmbeddedStack

MISSING = "-missing"
"""Ends the ARNs of targets that do not exist; what is refused about them is meant to be."""

_GRACE_SECONDS = 2.5
_POLL_SECONDS = 0.25
_SHORTEST_WAIT = 1


class Missed(Exception):  # noqa: N818  # it is what became of an exercise
    """What should have happened did not; the text says what, and what AWS said."""


class Mailbox:
    """What was in queues; each message is taken out once, whoever waits for it."""

    def __init__(self, aws: Aws) -> None:
        self._sqs = aws.client("sqs")
        self._kept: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def holds(self, url: str, *marks: str) -> bool:
        """Whether a message with all the marks has arrived."""
        with self._lock:
            kept = self._kept.setdefault(url, [])
            answer = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            for message in answer.get("Messages", []):
                kept.append(f"{message['Body']} {json.dumps(message.get('MessageAttributes', {}))}")
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return any(all(mark in text for mark in marks) for text in kept)


@dataclass
class Processor:
    """One deployed processor.

    Attributes:
        name: Of its stack.
        stack: The stack.
        shared: Outputs of the stack with what the processors share.
        embedded: The AWS that it is deployed to.
        mail: What reached queues.
    """

    name: str
    stack: EmbeddedStack
    shared: dict[str, str]
    embedded: EmbeddedAws
    mail: Mailbox
    began: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.outputs = {name.removesuffix("Is"): value for name, value in self.stack.outputs.items()}
        self.client = self.stack.aws.client
        self.machines = list(self.stack.of_type("AWS::StepFunctions::StateMachine").values())
        self._own = [physical.rpartition("/")[2] for _, physical in self.stack.resources.values()]
        given = (self.shared[name] for name in ("Key", "Bucket", "Topic", "Verbatim"))
        self._given = [re.split(r"[:/]", each)[-1] for each in given]

    @property
    def machine(self) -> str:
        """The workflow of runs."""
        return self.outputs["Machine"]

    def resource(self, kind: str, path: str) -> str:
        """Physical id of the resource of one type whose construct path holds `path`."""
        found = self.stack.of_type(kind).items()
        return next(each for name, each in found if path in self.stack.artifact.paths.get(name, name))

    def start(self, do: str = "succeed", **more: Any) -> tuple[str, str]:
        """Start a run by hand with an order; ARN of its execution and the order's mark."""
        mark = uuid.uuid4().hex
        order = {"do": do, "mark": mark, **more}
        if self.name in {"Objects", "Rows"}:
            self._put_items(order)
            order = {}
        states = self.client("stepfunctions")
        return states.start_execution(stateMachineArn=self.machine, input=json.dumps(order))["executionArn"], mark

    def _put_items(self, order: dict[str, Any]) -> None:
        s3, bucket, text = self.client("s3"), self.shared["Bucket"], order.get("text", "")
        if self.name == "Rows":
            s3.put_object(Bucket=bucket, Key="rows.csv", Body=f"do,mark,text\n{order['do']},{order['mark']},{text}\n")
            return
        for left in s3.list_objects_v2(Bucket=bucket, Prefix="objects/").get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=left["Key"])
        # A batch of ten long keys is what makes a payload of objects large.
        for number in range(10 if text else 1):
            key = f"objects/{order['do']}~{order['mark']}~{number}{text[:900]}"
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")

    def succeeded(self, execution: str, seconds: float = 40) -> dict[str, Any]:
        """Wait until an execution has succeeded; its output."""
        states = self.client("stepfunctions")

        def ended() -> Any:
            found = states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        found = self.until(ended, "the run did not end", seconds)
        if found["status"] != "SUCCEEDED":
            raise Missed(f"the run ended as {found.get('error')}: {found.get('cause')}")
        return json.loads(found.get("output", "{}"))

    def begun(self, about: str, seconds: float = 25) -> str:
        """Wait for an execution, begun since this exercise began, whose input holds `about`."""
        states, looked = self.client("stepfunctions"), set[str]()
        since = datetime.fromtimestamp(self.began - 1, UTC)

        def found() -> str | None:
            for each in states.list_executions(stateMachineArn=self.machine)["executions"]:
                arn = each["executionArn"]
                if each["startDate"] >= since and arn not in looked:
                    looked.add(arn)
                    if about in states.describe_execution(executionArn=arn)["input"]:
                        return arn
            return None

        return self.until(found, f"no run began for {about}", seconds)

    def seen(self, mark: str, seconds: float = 25) -> dict[str, Any]:
        """Wait until the program of a run has logged; what it logged."""
        logs = self.client("logs")

        def found() -> dict[str, Any] | None:
            events = logs.filter_log_events(logGroupName=self.outputs["Logs"])["events"]
            lines = (event["message"] for event in reversed(events) if mark in event["message"])
            return next((json.loads(line) for line in lines if line.startswith("{")), None)

        return self.until(found, "the program's log has not come", seconds)

    def kept(self, *marks: str, queue: str = "Failures", seconds: float = 30, run: str = "") -> None:
        """Wait until a message with all the marks is in one of the queues; what became of the run is told otherwise."""
        url = self.outputs.get(queue) or self.shared[queue]
        try:
            self.until(lambda: self.mail.holds(url, *marks), f"nothing of {', '.join(marks)} came to {queue}", seconds)
        except Missed as missed:
            ended = self.client("stepfunctions").describe_execution(executionArn=run) if run else {}
            told = ": ".join(str(ended[name]) for name in ("status", "error", "cause") if ended.get(name))
            raise Missed(f"{missed}; the run: {told}" if told else str(missed)) from missed

    def tasks(self) -> list[dict[str, Any]]:
        """The tasks that run, or ran."""
        ecs, cluster = self.client("ecs"), self.shared["Cluster"]
        family = self.resource("AWS::ECS::TaskDefinition", "Task").rpartition(":")[0]
        arns = [a for s in ("RUNNING", "STOPPED") for a in ecs.list_tasks(cluster=cluster, desiredStatus=s)["taskArns"]]
        described = ecs.describe_tasks(cluster=cluster, tasks=arns[-100:])["tasks"] if arns else []
        return [task for task in described if task["taskDefinitionArn"].startswith(family)]

    def idle(self, seconds: float = 20) -> None:
        """Wait until no task runs."""
        self.until(
            lambda: all(task["lastStatus"] == "STOPPED" for task in self.tasks()), "the task was not stopped", seconds
        )

    def refused(self) -> list[str]:
        """What was refused to this processor's parts since the exercise began, in AWS's words; the newest last."""
        found = (each for each in self.embedded.denials() if each.at >= self.began)
        return [each.sentence for each in found if self._about_us(each.principal, each.resource)]

    def _about_us(self, principal: str, resource: str) -> bool:
        if resource.endswith(MISSING) or "neighbour" in resource:
            return False
        # What services may not do with what is shared is about everybody.
        given = self._given if ":" not in principal else []
        return any(name in f"{principal} {resource}" for name in (*self._own, *given))

    def until(self, check: Callable[[], Any], what: str, seconds: float, *, impatient: bool = True) -> Any:
        """Wait for something; in vain, what was refused meanwhile is told.

        Args:
            check: Truthy when it has happened; that is the result.
            what: The sentence when it has not.
            seconds: How long.
            impatient: Whether a refusal ends the waiting soon: what is denied once stays so.

        Raises:
            Missed: It has not happened.
        """
        end, refusals = time.monotonic() + seconds, list[str]()
        while time.monotonic() < end:
            if found := check():
                return found
            if not refusals and (refusals := self.refused()) and impatient:
                end = min(end, time.monotonic() + _GRACE_SECONDS)
            time.sleep(_POLL_SECONDS)
        told = refusals or self.refused()
        raise Missed(f"{what}: {told[-1]}" if told else f"{what} within {seconds:g} s")

    def settle(self) -> None:
        """Leave nothing behind that the next exercise could meet: runs are stopped, leases given back."""
        states = self.client("stepfunctions")
        for machine in self.machines:
            for each in states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
                with suppress(ClientError):  # it may have ended meanwhile
                    states.stop_execution(executionArn=each["executionArn"])
        for task in self.tasks():
            if task["lastStatus"] != "STOPPED":
                self.client("ecs").stop_task(cluster=self.shared["Cluster"], task=task["taskArn"])
        for table in self.stack.of_type("AWS::DynamoDB::Table").values():
            self.client("dynamodb").delete_item(TableName=table, Key={"processor": {"S": f"{self.name}/{self.name}"}})

    def hurry(self) -> None:
        """Shorten the waits of the lease reaper, which are minutes on AWS."""
        states = self.client("stepfunctions")
        for machine in self.machines:
            if machine == self.machine:
                continue
            definition = json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])
            for state in definition["States"].values():
                if state["Type"] == "Wait":
                    state["Seconds"] = _SHORTEST_WAIT
            states.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))

    @contextmanager
    def lost_target(self, rule: str) -> Iterator[None]:
        """Let a rule's target be one that does not exist, for a while."""
        events = self.client("events")
        target = events.list_targets_by_rule(Rule=rule)["Targets"][0]
        events.put_targets(Rule=rule, Targets=[{**target, "Arn": f"{target['Arn']}{MISSING}"}])
        try:
            yield
        finally:
            events.put_targets(Rule=rule, Targets=[target])


def tried(exercise: Callable[[Processor], None], processor: Processor) -> str:
    """Run an exercise and settle; what was missed, with what AWS refused, empty when nothing was."""
    processor.began = time.time()
    try:
        exercise(processor)
    except (Missed, ClientError) as error:
        refused = processor.refused()
        return f"{error}; {refused[-1]}" if refused and refused[-1] not in str(error) else str(error)
    finally:
        processor.settle()
    return ""
