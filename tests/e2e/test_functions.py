"""Functions as their pattern makes them, on the embedded AWS: nothing that they accept is lost, and nothing kinder."""

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from naws.cli.assembly import read_stacks
from naws.cli.aws import Aws
from naws.cli.deploy import Deployer
from naws.cli.embedded import EmbeddedAws
from naws.cli.engine import DevCommands, Engine
from naws.cli.progress import Progress
from naws.lambda_service import (
    Canary,
    EventTrigger,
    LambdaServiceProps,
    LambdaServiceStack,
    NoAlarms,
    PythonCode,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing.synth import cdk_app

pytestmark = pytest.mark.e2e

CODE = PythonCode(str(Path(__file__).parent / "functions" / "code"))
QUIET: dict[str, Any] = {"code": CODE, "alarms": NoAlarms(reason="a test"), "removal_policy": cdk.RemovalPolicy.DESTROY}
SOURCE = "e2e.functions"
_PATIENCE = 90.0


def stack(app: cdk.App, *, version: str = "1", rollout: Canary | None = None) -> None:
    second = cdk.Duration.seconds(1)
    LambdaServiceStack(
        app,
        "Functions",
        stack_name="functions-of-the-pattern",
        services={
            "Mails": LambdaServiceProps(
                **QUIET,
                timeout=second,
                triggers=[QueueTrigger()],
                reserved_concurrent_executions=3,
                acknowledge={"NAWS-ASYNC-008": "it shall be throttled"},
            ),
            "Jobs": LambdaServiceProps(
                **QUIET,
                triggers=[
                    ScheduleTrigger("@daily", payload={"fail": "no paper"}),
                    EventTrigger({"source": [SOURCE]}),
                ],
            ),
            "Prices": LambdaServiceProps(**QUIET, environment={"VERSION": version}, rollout=rollout),
        },
    )


class Deployed:
    """The stack, with what its outputs name."""

    def __init__(self, aws: Aws, embedded: EmbeddedAws) -> None:
        self.aws, self.embedded = aws, embedded
        (found,) = aws.client("cloudformation").describe_stacks(StackName="functions-of-the-pattern")["Stacks"]
        self.outputs: dict[str, str] = {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}

    def output(self, beginning: str) -> str:
        (found,) = [value for name, value in self.outputs.items() if re.fullmatch(f"{beginning}([0-9A-F]{{8}})?", name)]
        return found

    def physical(self, beginning: str, kind: str) -> str:
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources")
        every = [
            each
            for page in pages.paginate(StackName="functions-of-the-pattern")
            for each in page["StackResourceSummaries"]
        ]
        (found,) = [
            each["PhysicalResourceId"]
            for each in every
            if each["LogicalResourceId"].startswith(beginning) and each["ResourceType"] == kind
        ]
        return found

    def taken(self, url: str, *, until: Callable[[list[Any]], bool]) -> list[dict[str, Any]]:
        """The messages of a queue, with their attributes."""
        found: list[dict[str, Any]] = []
        begun, sqs = time.monotonic(), self.aws.client("sqs")
        while not until(found):
            assert time.monotonic() < begun + _PATIENCE, found
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            for each in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                found.append(each)
        return found

    def done(self) -> list[int]:
        """The numbers of the messages that were done, as the function's log has them."""
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        lines = [
            each["message"]
            for page in pages.paginate(logGroupName=self.output("MailsLogGroup"))
            for each in page["events"]
        ]
        return [int(found[1]) for found in (re.search(r'\\*"done\\*": (\d+)', line) for line in lines) if found]


@pytest.fixture(scope="module")
def deploy_it(embedded: EmbeddedAws, aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployed]:
    def deploy_it(**options: Any) -> Deployed:
        app = cdk_app(tmp_path_factory.mktemp("assembly"))
        stack(app, **options)
        app.synth()
        deployer = Deployer(
            aws,
            Engine("process", None, ""),
            DevCommands(Path(embedded.log_file).parent),
            Path(app.outdir),
            Progress(),
        )
        deployer.deploy(read_stacks(Path(app.outdir)))
        return Deployed(aws, embedded)

    return deploy_it


@pytest.fixture(scope="module")
def deployed(deploy_it: Callable[..., Deployed]) -> Deployed:
    return deploy_it(rollout=Canary(percent=50))


def invoke(deployed: Deployed, service: str, event: Any, **options: Any) -> Any:
    arn = deployed.output(f"{service}FunctionArn")
    return deployed.aws.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event), **options)


def test_an_exception_keeps_its_class_name_for_whoever_invokes(deployed: Deployed) -> None:
    answer = invoke(deployed, "Jobs", {"fail": "no such article"})  # an error of Prices would end its rollout
    told = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert (told["errorType"], told["errorMessage"]) == ("OrderRefusedError", "no such article")


def test_the_alias_is_invoked_cold_and_warm(deployed: Deployed) -> None:
    arn = deployed.output("PricesFunctionArn")
    for _ in range(2):
        told = json.loads(invoke(deployed, "Prices", {"a": 1})["Payload"].read())
        assert told == {"invoked": arn, "version": "1", "event": {"a": 1}}
    runs = [run for run in deployed.embedded.function_runs() if run.function in arn and run.outcome == "succeeded"]
    starts = ["platform.initStart" in "".join(run.log) for run in runs[-2:]]
    assert starts == [True, False]


def test_a_time_that_fails_is_tried_again_and_kept(deployed: Deployed) -> None:
    group, _, name = deployed.physical("JobsSchedule1", "AWS::Scheduler::Schedule").rpartition("/")
    deployed.embedded.fire_schedule(group or "default", name)
    (kept,) = deployed.taken(deployed.output("JobsFailureQueueUrl"), until=lambda found: len(found) == 1)
    record = json.loads(kept["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"].startswith(deployed.output("JobsFunctionArn").rpartition(":")[0])
    assert record["requestPayload"]["trigger"] == "schedule"
    assert record["requestPayload"]["payload"] == {"fail": "no paper"}
    assert record["responsePayload"]["errorType"] == "OrderRefusedError"


def test_an_event_that_fails_is_kept_as_it_came(deployed: Deployed) -> None:
    event = {"Source": SOURCE, "DetailType": "Asked", "Detail": json.dumps({"fail": "no ink"})}
    deployed.aws.client("events").put_events(Entries=[event])
    (kept,) = deployed.taken(deployed.output("JobsFailureQueueUrl"), until=lambda found: len(found) == 1)
    assert json.loads(kept["Body"])["requestPayload"]["detail"] == {"fail": "no ink"}


def test_an_event_that_cannot_be_delivered_is_kept_too(deployed: Deployed) -> None:
    arn, client = deployed.output("JobsFunctionArn"), deployed.aws.client("lambda")
    policy = json.loads(client.get_policy(FunctionName=arn)["Policy"])
    (statement,) = [each for each in policy["Statement"] if "events.amazonaws.com" in json.dumps(each["Principal"])]
    client.remove_permission(FunctionName=arn, StatementId=statement["Sid"])
    event = {"Source": SOURCE, "DetailType": "Asked", "Detail": json.dumps({"number": 7})}
    deployed.aws.client("events").put_events(Entries=[event])
    letters = deployed.physical("JobsDeadLetterQueue", "AWS::SQS::Queue")
    (kept,) = deployed.taken(letters, until=lambda found: len(found) == 1)
    assert json.loads(kept["Body"])["detail"] == {"number": 7}
    assert kept["MessageAttributes"]["RULE_ARN"]["StringValue"]


def test_every_message_is_done_once_or_kept(deployed: Deployed) -> None:
    """300 messages: some poisonous, some that fail first, some too slow for the timeout, in a throttled function."""
    wishes = [{"number": number} for number in range(300)]
    poisonous = range(0, 300, 60)
    for number in poisonous:
        wishes[number]["poison"] = True
    for number in range(7, 300, 30):
        wishes[number]["fails"] = 2
    wishes[150]["sleep"] = 3
    url, sqs = deployed.output("MailsQueue1Url"), deployed.aws.client("sqs")
    for first in range(0, 300, 10):
        entries = [{"Id": str(each["number"]), "MessageBody": json.dumps(each)} for each in wishes[first : first + 10]]
        assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
    letters = deployed.physical("MailsQueue1DeadLetters", "AWS::SQS::Queue")
    kept = deployed.taken(letters, until=lambda found: len(found) == len(poisonous))
    assert sorted(json.loads(each["Body"])["number"] for each in kept) == [*poisonous]
    wanted = [number for number in range(300) if number not in poisonous]
    done = deployed.done()
    assert sorted(set(done)) == wanted
    # What was in the batch that took too long is worked on again: at least once is what SQS promises.
    repeated = [number for number in done if done.count(number) > 1]
    assert len(repeated) <= 2 * 10
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
    assert set(left.values()) == {"0"}


def test_a_new_version_takes_over_gradually(deployed: Deployed, deploy_it: Callable[..., Deployed]) -> None:
    name = deployed.output("PricesFunctionArn").rpartition(":")[0]
    seen: set[tuple[str, ...]] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            alias = deployed.aws.client("lambda").get_alias(FunctionName=name, Name="live")
            weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
            seen.add((alias["FunctionVersion"], *(f"{version}={weight}" for version, weight in weights.items())))
            done.wait(0.1)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        after = deploy_it(version="2", rollout=Canary(percent=50))
    finally:
        done.set()
        looking.join()
    assert ("1", "2=0.5") in seen
    assert json.loads(invoke(after, "Prices", {})["Payload"].read())["version"] == "2"
