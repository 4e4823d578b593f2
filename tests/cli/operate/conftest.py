"""The stack of `written.py` on the embedded AWS, and how a command is asked."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.operate.written import scheduled, template


class Bench:
    """One such stack, and what a test does with it."""

    def __init__(self, aws, more=None):
        self.aws, self.name = aws, f"Tried{uuid.uuid4().hex[:8]}"
        self.sqs, self.states = aws.client("sqs"), aws.client("stepfunctions")
        cloudformation, body = aws.client("cloudformation"), json.dumps(template(self.name, more=more))
        cloudformation.create_stack(StackName=self.name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        while (found := cloudformation.describe_stacks(StackName=self.name)["Stacks"][0])["StackStatus"].endswith(
            "_IN_PROGRESS"
        ):
            time.sleep(0.05)
        assert found["StackStatus"] == "CREATE_COMPLETE"
        listed = cloudformation.list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        self.physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}

    def failed(self, payload=None, *, machine="Anew", run=None):
        """The ARN of an execution that failed."""
        envelope = {"trigger": "manual", "id": run or uuid.uuid4().hex, "payload": {"fail": True, **(payload or {})}}
        arn = self.start(envelope, machine=machine)
        return self.ended(arn)["executionArn"]

    def start(self, given, *, machine="Anew"):
        request = {"stateMachineArn": self.physical[machine], "input": json.dumps(given)}
        return self.states.start_execution(**request)["executionArn"]

    def ended(self, arn):
        deadline = time.monotonic() + 20
        while (found := self.states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return found

    def keep(self, run, execution=None, *, payload=None, error="Naws.TaskFailed", reason="exit code 3"):
        """The message of a workflow that kept a run itself."""
        failure = {"error": error, "reason": reason, "exit_code": 3, "attempts": 2, "execution": execution}
        envelope = {"trigger": "queue", "id": run, "time": "2026-11-26T03:00:00Z", "payload": payload or {}}
        return self.send("Failures", {"envelope": envelope, "failure": failure})

    def send(self, queue, body, **attributes):
        given = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        text = body if isinstance(body, str) else json.dumps(body)
        return self.sqs.send_message(QueueUrl=self.physical[queue], MessageBody=text, MessageAttributes=given)[
            "MessageId"
        ]

    def keep_many(self, count):
        """As many kept runs of one cause, sent in batches."""
        url = self.physical["Failures"]
        bodies = [
            json.dumps({"envelope": {"trigger": "queue", "id": f"run-{number}", "payload": {}},
                        "failure": {"error": "Naws.TaskFailed", "reason": f"exit code {number % 2}"}})
            for number in range(count)
        ]  # fmt: skip

        def send(first):
            entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies[first : first + 10])]
            assert not self.sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

        with ThreadPoolExecutor(4) as senders:
            list(senders.map(send, range(0, count, 10)))

    def left(self, queue="Failures"):
        """How many messages are visible, and how many are not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.physical[queue], AttributeNames=names)["Attributes"]
        return tuple(int(found[name]) for name in names)

    def executions(self, machine="Anew"):
        pages = self.states.get_paginator("list_executions").paginate(stateMachineArn=self.physical[machine])
        return [one for page in pages for one in page["executions"]]

    def inputs(self, machine="Anew"):
        """The inputs of all executions, the last first."""

        def described(one):
            return self.states.describe_execution(executionArn=one["executionArn"])

        with ThreadPoolExecutor(8) as readers:
            return [json.loads(one["input"]) for one in readers.map(described, self.executions(machine))]


def errors(value):
    """What a document has as `error`, at any depth."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from [each] if key == "error" else errors(each)


@pytest.fixture
def bench(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Bench(aws)


@pytest.fixture(scope="module")
def shared_bench(aws):
    """One such stack for all tests of a module, with a schedule and an alarm."""
    return Bench(aws, scheduled())


@pytest.fixture
def seen(shared_bench, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shared_bench


@pytest.fixture
def ask(naws):
    """Runs a command with `--json`; its exit code and its document, which is all of stdout."""

    def ask(*arguments):
        result = naws(*arguments, "--json")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        document = json.loads(result.stdout)
        assert document["version"] == 1
        # What a run failed by is its `cause`: `error` is the command's own.
        assert all(each.keys() == {"title", "detail"} for each in errors(document))
        return result.exit_code, document

    return ask
