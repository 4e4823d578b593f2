"""The example on the embedded AWS, as processes: started by its schedule, by a message and by hand, and answered."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from naws.cli.assembly import read_stacks
from naws.cli.aws import Aws
from naws.cli.deploy import Deployer
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommands, Engine
from naws.cli.progress import Progress
from naws.cli.stacks import EmbeddedStack
from tests.examples.monthly_close.conftest import EXAMPLE

pytestmark = pytest.mark.e2e

CENTS = {"north": 4900, "south": 12900, "west": 200}


def eventually(found: Callable[[], Any], seconds: float = 90) -> Any:
    """What `found` returns as soon as it is something."""
    until = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.2)
    return answer


@dataclass(frozen=True)
class Month:
    """The deployed example, and what a person does with it."""

    data: EmbeddedStack
    close: EmbeddedStack
    embedded: EmbeddedAws
    aws: Aws

    def upload(self, month: str) -> None:
        """A month's sales of every region, in two orders each."""
        for region, cents in CENTS.items():
            body = f"order,cents\n1,{cents - 100}\n2,100\n".encode()
            self.aws.client("s3").put_object(Bucket=self._bucket, Key=f"sales/{month}/{region}.csv", Body=body)

    def send(self, message: Any) -> None:
        (queue,) = self.close.of_runs(lambda runs: runs.queues)
        self.aws.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(message))

    def fire(self) -> None:
        """The schedule, now."""
        (named,) = self.close.of_runs(lambda runs: runs.schedules)
        listed = self.aws.client("scheduler").list_schedules()["Schedules"]
        (group,) = (each["GroupName"] for each in listed if each["Name"] == named)
        self.embedded.fire_schedule(group, named)

    def start(self, given: Any) -> None:
        self.aws.client("stepfunctions").start_execution(stateMachineArn=self._machine, input=json.dumps(given))

    def question(self) -> dict[str, Any]:
        """The next one that somebody has to answer, taken from the queue."""
        sqs, queue = self.aws.client("sqs"), self.close.outputs["ApprovalsUrl"]
        (message,) = eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    def approve(self, token: str) -> None:
        answer = json.dumps({"approved_by": "anna"})
        self.aws.client("stepfunctions").send_task_success(taskToken=token, output=answer)

    def refuse(self, token: str) -> None:
        cause = "north lacks an invoice"
        self.aws.client("stepfunctions").send_task_failure(taskToken=token, error="Refused", cause=cause)

    def ended(self, trigger: str) -> dict[str, Any]:
        """The end of the run that something started: by its envelope, or of a message by the record."""
        states = self.aws.client("stepfunctions")

        def found() -> dict[str, Any] | None:
            listed = states.list_executions(stateMachineArn=self._machine)["executions"]
            runs = [states.describe_execution(executionArn=each["executionArn"]) for each in listed]
            (run,) = (each for each in runs if trigger in each["input"])
            return run if run["status"] != "RUNNING" else None

        return eventually(found)

    def rows(self, month: str) -> dict[str, int]:
        """The cents of each region in the table."""
        found = self.aws.client("dynamodb").query(
            TableName=self.data.outputs["SumsTable"],
            KeyConditionExpression="#month = :month",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": month}},
        )
        return {row["region"]["S"]: int(row["cents"]["N"]) for row in found["Items"]}

    def report(self, month: str) -> Any:
        s3, key = self.aws.client("s3"), f"reports/{month}.json"
        listed = s3.list_objects_v2(Bucket=self._bucket, Prefix=key).get("Contents")
        return json.load(s3.get_object(Bucket=self._bucket, Key=key)["Body"]) if listed else None

    def failure(self) -> dict[str, Any]:
        """The next one that is kept."""
        (queue,) = (value for name, value in self.close.outputs.items() if name.startswith("CloseFailureQueueUrl"))
        (message,) = eventually(lambda: self.aws.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
        return json.loads(message["Body"])

    @property
    def _bucket(self) -> str:
        return self.data.outputs["SalesBucket"]

    @property
    def _machine(self) -> str:
        (arn,) = (value for name, value in self.close.outputs.items() if name.startswith("CloseStateMachineArn"))
        return arn


@pytest.fixture(scope="module")
def month(assembly: Path, embedded: EmbeddedAws, aws: Aws) -> Month:
    """All of it, deployed once; its tasks run in the example's folder."""
    commands = DevCommands(Path(embedded.log_file).parent)
    deployer = Deployer(aws, Engine("process", None, ""), commands, EXAMPLE, Progress())
    data, close = deployer.deploy(read_stacks(assembly))
    return Month(data, close, embedded, aws)


def report_of(month: str) -> dict[str, Any]:
    return {"month": month, "cents": CENTS, "total": sum(CENTS.values()), "approved_by": "anna"}


def test_the_schedule_closes_last_month(month: Month) -> None:
    last = f"{datetime.now(UTC).replace(day=1) - timedelta(days=1):%Y-%m}"
    month.upload(last)
    month.fire()
    question = month.question()
    assert (question["month"], question["sums"]) == (last, {"cents": CENTS, "total": 18000})
    assert month.report(last) is None
    month.approve(question["token"])
    assert month.ended('"schedule"')["status"] == "SUCCEEDED"
    assert (month.rows(last), month.report(last)) == (CENTS, report_of(last))


def test_a_message_closes_the_month_that_it_names(month: Month) -> None:
    month.upload("2025-03")
    month.send({"month": "2025-03"})
    question = month.question()
    assert question["month"] == "2025-03"
    month.approve(question["token"])
    assert month.ended("2025-03")["status"] == "SUCCEEDED"
    assert month.report("2025-03") == report_of("2025-03")


def test_what_a_person_started_and_another_refused_is_removed_and_kept_as_a_failure(month: Month) -> None:
    month.upload("2024-05")
    month.start({"payload": {"month": "2024-05"}})
    question = month.question()
    assert month.rows("2024-05") == CENTS
    month.refuse(question["token"])
    run = month.ended("2024-05")
    assert (run["status"], run["error"]) == ("FAILED", "NotClosed")
    assert run["cause"] == "2024-05: Refused north lacks an invoice"
    assert (month.rows("2024-05"), month.report("2024-05")) == ({}, None)
    kept = month.failure()
    assert (kept["executionArn"], kept["error"]) == (run["executionArn"], "NotClosed")
    assert json.loads(kept["input"]) == {"payload": {"month": "2024-05"}}
