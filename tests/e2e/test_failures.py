"""`naws failures` and `naws redrive` on patterns as they are deployed; the embedded AWS is found by itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from probed import failed_runs, until

from naws.cli.aws import Aws
from naws.cli.stacks import EmbeddedStack
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, QueueTrigger, RetryPolicy
from naws.lambda_service import EventTrigger, LambdaService, LambdaServiceProps, NoAlarms, PythonCode
from naws.testing.synth import cdk_app

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
SOURCE = "e2e.failures"


class Failing:
    """A processor whose task fails until a file is there, and a function that fails when its event wants that."""

    def __init__(self, aws: Aws, stack: EmbeddedStack, mended: Path) -> None:
        self.aws, self.mended = aws, mended
        self.stack = stack

    def output(self, beginning: str) -> str:
        (found,) = [value for name, value in self.stack.outputs.items() if name.startswith(beginning)]
        return found

    def send(self, payload: Any) -> str:
        url = self.output("JobQueue1Url")
        return self.aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(payload))["MessageId"]

    def start(self, payload: Any) -> str:
        arn = self.output("JobStateMachineArn")
        states = self.aws.client("stepfunctions")
        return states.start_execution(stateMachineArn=arn, input=json.dumps(payload))["executionArn"]

    def statuses(self) -> list[str]:
        states = self.aws.client("stepfunctions")
        listed = states.list_executions(stateMachineArn=self.output("JobStateMachineArn"))["executions"]
        return [each["status"] for each in listed]


@pytest.fixture(scope="module")
def failing(
    deploy: Callable[[Path], list[EmbeddedStack]], aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> Failing:
    folder = tmp_path_factory.mktemp("failing")
    mended = folder / "mended"
    app = cdk_app(folder / "cdk.out")
    stack = cdk.Stack(app, "Failing")
    quiet = {"alarms": NoAlarms(reason="a test"), "removal_policy": cdk.RemovalPolicy.DESTROY}
    job = EcsTaskProcessorProps(
        **quiet,
        image=ecs.ContainerImage.from_asset(str(HERE / "probe" / "job")),
        dev_command=["sh", "-c", f"test -e {mended} || {{ echo no ink >&2; exit 3; }}"],
        triggers=[QueueTrigger()],
        retry=RetryPolicy(task_attempts=1),
    )
    EcsTaskProcessor(stack, "Job", job)
    mails = LambdaServiceProps(
        **quiet, code=PythonCode(str(HERE / "functions" / "code")), triggers=[EventTrigger({"source": [SOURCE]})]
    )
    LambdaService(stack, "Mails", mails)
    app.synth()
    (deployed,) = deploy(folder / "cdk.out")
    return Failing(aws, deployed, mended)


def test_a_processor_s_runs_are_listed_and_put_back_with_their_ids(
    failing: Failing, naws: Callable[..., tuple[int, Any]]
) -> None:
    message = failing.send({"report": 1})
    person = failing.start({"report": 2}).rpartition(":")[2]
    until(lambda: failing.statuses() == ["FAILED", "FAILED"])
    until(lambda: set(failed_runs(naws("failures", "Failing/Job")[1])) == {message, person})
    code, document = naws("failures", "Failing/Job")
    assert code == 1
    (cause,) = document["patterns"][0]["causes"]
    assert cause["cause"] == "Naws.TaskFailed: exit code 3"
    assert {each["source"] for each in cause["runs"]} == {"failure queue"}

    # Still broken: each is kept again, under its id, and nothing else is left.
    assert naws("redrive", "Failing/Job", "--yes")[0] == 0
    until(lambda: failing.statuses() == ["FAILED"] * 4)
    assert set(failed_runs(naws("failures", "Job")[1])) == {message, person}

    failing.mended.touch()
    code, document = naws("redrive", "Failing", "--cause", "exit code 3", "--yes")
    assert (code, {run["outcome"] for run in document["patterns"][0]["runs"]}) == (0, {"started"})
    until(lambda: sorted(failing.statuses()) == ["FAILED"] * 4 + ["SUCCEEDED"] * 2)
    assert naws("failures", "Failing/Job")[0] == 0


def test_a_run_by_hand_is_followed_shown_and_read(failing: Failing, naws: Callable[..., tuple[int, Any]]) -> None:
    failing.mended.unlink(missing_ok=True)
    code, document = naws("run", "Failing/Job", "--payload", '{"report": 4}', "--id", "by-hand", "--wait")
    assert (code, document["run"], document["status"]) == (3, "by-hand", "FAILED")
    code, shown = naws("show", "by-hand")
    (attempt,) = shown["attempts"]
    assert (attempt["exitCode"], attempt["container"], attempt["size"]) == (3, "main", ["1024", "2048"])
    assert shown["lastLines"] == ["no ink"]
    assert [line["text"] for line in naws("logs", "by-hand", "--attempt", "1")[1]["lines"]] == ["no ink"]
    last = naws("logs", "Failing/Job")[1]["lines"][-1]
    assert (last["text"], naws("show", last["source"])[1]["run"]) == ("no ink", "by-hand")
    code, states = naws("status", "Failing/Job")
    assert (code, states["patterns"][0]["last"]["status"]) == (1, "FAILED")
    failing.mended.touch()
    assert naws("redrive", "Failing/Job", "--yes")[0] == 0
    until(lambda: naws("show", "by-hand")[1]["status"] == "SUCCEEDED")


def test_a_function_answers_by_hand_and_its_log_has_its_runs(
    failing: Failing, naws: Callable[..., tuple[int, Any]]
) -> None:
    event = {"source": SOURCE, "detail-type": "Asked", "detail": {"fail": "no ink"}}
    code, document = naws("run", "Failing/Mails", "--payload", json.dumps(event), "--wait")
    assert (code, json.loads(document["answer"])["errorType"]) == (1, "OrderRefusedError")
    run = until(lambda: next(iter(naws("runs", "Failing/Mails")[1]["patterns"][0]["runs"]), None))
    assert (run["run"], run["status"]) == (document["run"], "FAILED")
    assert naws("show", document["run"][:13])[1]["run"] == document["run"]
    assert any("no ink" in line["text"] for line in naws("logs", document["run"])[1]["lines"])
    assert naws("status", "Failing/Mails")[1]["patterns"][0]["kind"] == "function"
    assert failing.stack.functions


def test_an_aborted_run_is_kept_by_its_event_and_started_anew(
    failing: Failing, naws: Callable[..., tuple[int, Any]]
) -> None:
    failing.mended.unlink(missing_ok=True)
    states = failing.aws.client("stepfunctions")
    arn = failing.start({"trigger": "manual", "id": "aborted", "payload": {"report": 3}})
    states.stop_execution(executionArn=arn, error="Stopped", cause="by hand")
    until(lambda: "aborted" in failed_runs(naws("failures", "Failing/Job")[1]))
    run = until(
        lambda: (each := failed_runs(naws("failures", "Job")[1])["aborted"])["source"] == "failure queue" and each
    )
    assert (run["cause"], run["redrive"]) == ("Stopped: by hand", "start")
    failing.mended.touch()
    code, document = naws("redrive", "Failing/Job", "aborted")
    assert code == 0
    started = document["patterns"][0]["runs"][0]["started"]
    ended = until(lambda: (each := states.describe_execution(executionArn=started))["status"] != "RUNNING" and each)
    assert (ended["status"], json.loads(ended["output"])["id"]) == ("SUCCEEDED", "aborted")


def test_a_function_s_event_is_invoked_again_and_its_message_goes(
    failing: Failing, naws: Callable[..., tuple[int, Any]]
) -> None:
    event = {"Source": SOURCE, "DetailType": "Asked", "Detail": json.dumps({"fail": "no ink"})}
    failing.aws.client("events").put_events(Entries=[event])
    until(lambda: naws("failures", "Failing/Mails")[0] == 1, 90)
    (run,) = failed_runs(naws("failures", "Failing/Mails")[1]).values()
    assert (run["cause"], run["redrive"]) == ("OrderRefusedError: no ink", "invoke")
    code, document = naws("redrive", "Failing/Mails", run["run"])
    assert (code, document["patterns"][0]["runs"][0]["outcome"]) == (0, "invoked")
    assert naws("failures", "Failing/Mails")[0] == 0
    # It fails again, after as many attempts, and is kept again.
    until(lambda: naws("failures", "Failing/Mails")[0] == 1, 90)
    naws("redrive", "Failing/Mails", "--yes")


def test_all_that_is_deployed_is_looked_at_without_a_name(
    failing: Failing, naws: Callable[..., tuple[int, Any]]
) -> None:
    _, document = naws("failures")
    assert {"Failing/Job", "Failing/Mails"} <= {each["path"] for each in document["patterns"]}
    assert failing.stack.artifact.name == "Failing"
