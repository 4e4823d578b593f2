"""Deployed to the embedded AWS: one run becomes many tasks, and every item is accounted for."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from naws.cli.progress import Progress
from naws.cli.runs import RunHistory
from naws.cli.session import session
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

APP = Path(__file__).parent / "fan_out"


def until(check: Callable[[], Any], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} seconds: {check.__qualname__}")


class Deployed:
    """The stack and what a test asks of it."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.client = stack.aws.client
        self.outputs = {name.removesuffix("Is"): value for name, value in stack.outputs.items()}

    def start(self, processor: str, payload: Any) -> str:
        arn = self.outputs[f"{processor}Machine"]
        return self.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(payload))[
            "executionArn"
        ]

    def ended(self, arn: str) -> dict[str, Any]:
        def check() -> Any:
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            return found if found["status"] != "RUNNING" else None

        return until(check, 120)

    def effects(self, processor: str, run: str) -> list[dict[str, Any]]:
        """What the items of a run did, in their order."""
        events = self.client("logs").filter_log_events(logGroupName=self.outputs[f"{processor}Logs"])["events"]
        lines = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
        name = run.rpartition(":")[2]
        mine = [line for line in lines if line["NAWS_RUN_ID"].rpartition("#")[0] == name]
        return sorted(mine, key=lambda line: int(line["NAWS_ITEM_INDEX"]))

    def kept(self, processor: str) -> list[dict[str, Any]]:
        """What the failure queue holds; it is empty then."""
        sqs, url, found = self.client("sqs"), self.outputs[f"{processor}Failures"], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def running(self) -> list[str]:
        return self.client("ecs").list_tasks(cluster=self.outputs["Cluster"], desiredStatus="RUNNING")["taskArns"]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine="process") as running:
        (stack,) = running.deploy(find_app(APP), progress)
        yield Deployed(stack)


def items(number: int) -> list[dict[str, Any]]:
    return [{"n": n, "bad": n == 13} for n in range(number)]


@pytest.mark.parametrize(("processor", "status"), [("Strict", "FAILED"), ("Lenient", "SUCCEEDED")])
def test_of_thirty_items_one_fails_and_is_kept_alone(deployed: Deployed, processor: str, status: str) -> None:
    run = deployed.start(processor, {"items": items(30)})
    ended = deployed.ended(run)
    assert ended["status"] == status, ended
    if status == "FAILED":
        assert ended["error"] == "Naws.ItemsFailed"
        assert "1 of 30 items failed" in ended["cause"]
    effects = deployed.effects(processor, run)
    assert [effect["effect"]["n"] for effect in effects] == [n for n in range(30) if n != 13]
    assert {effect["NAWS_ITEM_COUNT"] for effect in effects} == {"30"}
    assert len({effect["NAWS_EXECUTION"] for effect in effects}) == 29
    (message,) = deployed.kept(processor)
    assert message["envelope"]["payload"] == {"n": 13, "bad": True}
    assert message["envelope"]["item"] == {"index": 13, "count": 30}
    assert message["failure"]["error"] == "Naws.TaskFailed"


def test_the_run_says_where_the_results_are(deployed: Deployed) -> None:
    run = deployed.start("Lenient", {"items": items(3)})
    output = json.loads(deployed.ended(run)["output"])
    assert output["items"] == {"total": 3, "succeeded": 3, "failed": 0}
    bucket, _, key = output["results"].removeprefix("s3://").partition("/")
    manifest = json.loads(deployed.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    (results,) = manifest["ResultFiles"]["SUCCEEDED"]
    written = json.loads(deployed.client("s3").get_object(Bucket=bucket, Key=results["Key"])["Body"].read())
    assert [json.loads(result["Output"])["exit_code"] for result in written] == [0, 0, 0]


def test_a_failed_item_is_put_back_alone(deployed: Deployed) -> None:
    deployed.ended(deployed.start("Strict", {"items": [{"n": 1}, {"n": 2, "bad": True}]}))
    (message,) = deployed.kept("Strict")
    mended = {**message["envelope"], "payload": {"n": 2}}
    ended = deployed.ended(deployed.start("Strict", mended))
    assert ended["status"] == "SUCCEEDED", ended
    first = message["envelope"]["id"].rpartition("#")[0]
    effects = deployed.effects("Strict", f":{first}")
    assert [(effect["effect"]["n"], effect["NAWS_ITEM_INDEX"]) for effect in effects] == [(1, "0"), (2, "1")]


def test_items_are_not_listed_as_runs(deployed: Deployed) -> None:
    before = len(RunHistory([deployed.stack]).read())
    deployed.ended(deployed.start("Strict", {"items": items(3)}))
    assert len(RunHistory([deployed.stack]).read()) == before + 1


def test_rows_in_batches(deployed: Deployed) -> None:
    text = "id,name\n1,one\n2,two\n3,three\n"
    deployed.client("s3").put_object(Bucket=deployed.outputs["Inbox"], Key="rows.csv", Body=text.encode())
    run = deployed.start("Rows", {})
    assert deployed.ended(run)["status"] == "SUCCEEDED"
    effects = deployed.effects("Rows", run)
    assert [[row["name"] for row in effect["effect"]] for effect in effects] == [["one", "two"], ["three"]]
    assert [effect["NAWS_ITEM_INDEX"] for effect in effects] == ["0", "2"]


def test_objects_under_a_prefix(deployed: Deployed) -> None:
    bucket = deployed.outputs["Inbox"]
    for key in ("in/a", "in/b", "out/c"):
        deployed.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    run = deployed.start("Objects", {})
    assert deployed.ended(run)["status"] == "SUCCEEDED"
    found = [(effect["effect"]["Bucket"], effect["effect"]["Key"]) for effect in deployed.effects("Objects", run)]
    assert sorted(found) == [(bucket, "in/a"), (bucket, "in/b")]


def test_items_that_cannot_be_read_keep_the_run(deployed: Deployed) -> None:
    ended = deployed.ended(deployed.start("Lenient", {"nothing": 1}))
    assert ended["error"] == "Naws.ItemsNotRead"
    (message,) = deployed.kept("Lenient")
    assert message["envelope"]["payload"] == {"nothing": 1}


def test_a_run_that_is_aborted_takes_its_items_with_it(deployed: Deployed) -> None:
    run = deployed.start("Strict", {"items": [{"n": n, "sleep": 60} for n in range(3)]})
    until(lambda: len(deployed.running()) == 3)
    deployed.client("stepfunctions").stop_execution(executionArn=run)
    until(lambda: not deployed.running())
    # No source documents status events of items, so only the run is kept, with all of them.
    (message,) = until(lambda: deployed.kept("Strict"))
    given = message["input"]
    told = json.loads(given) if isinstance(given, str) else given
    assert told == {"items": [{"n": n, "sleep": 60} for n in range(3)]}
