"""Stacks that fail, are deployed, changed, destroyed and deployed again; and one app in two accounts."""

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from naws.cli.assembly import StackArtifact
from naws.cli.deploy import Deployer
from naws.cli.engine import DevCommands
from naws.cli.errors import CliError
from naws.cli.lookups import LookUps
from naws.cli.progress import Progress
from naws.cli.session import Session, session
from naws.cli.stacks import EmbeddedStack
from naws.cli.synth import find_app, synthesise

pytestmark = pytest.mark.e2e

APP = Path(__file__).parent / "life"
CELLS = [(naming, removal) for naming in ("plain", "named") for removal in ("default", "retain", "destroy")]
# What stays of the processor, of which nothing else has a removal policy, and the flow logs of its network.
DATA = Counter({"queue": 4, "log group": 3 + 1, "bucket": 1})


class Lives:
    """The app's stacks and the AWS that they are deployed to."""

    def __init__(self, running: Session, progress: Progress) -> None:
        app, less = find_app(APP), find_app(APP, "python app.py less")
        answer = LookUps(running.aws, progress.note).answer
        environment = running.embedded.environment()
        with ThreadPoolExecutor() as pool:
            small = pool.submit(synthesise, less, running.state_dir / "less.out", environment, answer)
            self.stacks = synthesise(app, running.state_dir / "cdk.out", environment, answer)
            self.less = small.result()
        commands = DevCommands(running.state_dir)
        self._deployer = Deployer(running.aws, running.engine, commands, app.directory, progress)
        self.aws = running.aws

    def stack(self, path: str, *, less: bool = False, **parameters: str) -> StackArtifact:
        """A stack by its path in the app."""
        version = self.less if less else self.stacks
        (found,) = [one for one in version if one.display_name == path]
        properties = {**found.artifact["properties"], "parameters": parameters}
        return dataclasses.replace(found, artifact={**found.artifact, "properties": properties})

    def deploy(self, path: str, *, less: bool = False, **parameters: str) -> EmbeddedStack:
        (deployed,) = self._deployer.deploy([self.stack(path, less=less, **parameters)])
        return deployed

    def fail(self, path: str, status: str, **parameters: str) -> None:
        """Deploy it with the one resource that AWS refuses, when all else is there."""
        with pytest.raises(CliError, match=f"was not deployed: {status}") as caught:
            self.deploy(path, **parameters, Seconds="99999")
        assert "VisibilityTimeout" in (caught.value.detail or "")

    def destroy(self, name: str) -> None:
        cloudformation = self.aws.client("cloudformation")
        identity = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=identity, WaiterConfig={"Delay": 1})

    def things(self) -> set[tuple[str, str]]:
        """Everything that a stack here may leave behind: kind and name."""
        listed: dict[str, tuple[str, str, str, str]] = {
            "queue": ("sqs", "list_queues", "QueueUrls", ""),
            "log group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
            "bucket": ("s3", "list_buckets", "Buckets", "Name"),
            "table": ("dynamodb", "list_tables", "TableNames", ""),
            "state machine": ("stepfunctions", "list_state_machines", "stateMachines", "name"),
            "pipe": ("pipes", "list_pipes", "Pipes", "Name"),
            "schedule": ("scheduler", "list_schedules", "Schedules", "Name"),
            "schedule group": ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
            "rule": ("events", "list_rules", "Rules", "Name"),
            "alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
            "topic": ("sns", "list_topics", "Topics", "TopicArn"),
            "role": ("iam", "list_roles", "Roles", "RoleName"),
            "cluster": ("ecs", "list_clusters", "clusterArns", ""),
            "network": ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
        }
        found = {("key", alias) for alias in self._keys()}
        for kind, (service, operation, answer, name) in listed.items():
            client = self.aws.client(service)
            if client.can_paginate(operation):
                pages = client.get_paginator(operation).paginate()
            else:
                pages = [getattr(client, operation)()]
            found |= {(kind, one[name] if name else one) for page in pages for one in page.get(answer, [])}
        return {(kind, name) for kind, name in found if not name.startswith("cdk-")}

    def _keys(self) -> Iterator[str]:
        kms = self.aws.client("kms")
        for key in kms.list_keys()["Keys"]:
            if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled":
                yield key["KeyId"]


def kinds(things: set[tuple[str, str]]) -> Counter[str]:
    return Counter(kind for kind, _ in things)


def run(deployed: EmbeddedStack, processor: str, payload: str = "{}") -> None:
    """Start one by hand; it succeeds."""
    states = deployed.aws.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=deployed.outputs[f"{processor}Machine"], input=payload)["executionArn"]
    ended = until(lambda: (found := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and found)
    assert ended["status"] == "SUCCEEDED", ended


def until(check: Callable[[], Any], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} seconds")


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine="process") as running:
        yield Lives(running, progress)


@pytest.mark.parametrize(("naming", "removal"), CELLS)
def test_a_stack_lives_again(lives: Lives, naming: str, removal: str) -> None:
    path = f"{naming}-{removal}/Life"
    before = lives.things()

    lives.fail(path, "ROLLBACK_COMPLETE")
    orphans = lives.things() - before
    assert kinds(orphans) == (DATA if removal == "retain" else Counter())

    run(lives.deploy(path), "Job")
    destroyed = lives.deploy(path, Version="2")
    run(destroyed, "Job")

    lives.destroy(destroyed.artifact.name)
    left = lives.things() - before - orphans
    assert kinds(left) == (Counter() if removal == "destroy" else DATA)
    again = lives.deploy(path)
    run(again, "Job")
    assert not {name for _, name in again.resources.values()} & {name for _, name in left | orphans}


def test_a_bucket_with_payloads_has_to_be_emptied_before_its_stack_goes(lives: Lives) -> None:
    deployed = lives.deploy("plain-destroy/Life")
    made = deployed.resources.items()
    own = {name for _, name in deployed.resources.values()}
    (bucket,) = [name for logical, (kind, name) in made if kind == "AWS::S3::Bucket" and "NawsPayloads" in logical]
    run(deployed, "Job", json.dumps({"report": "x" * 10_000}))
    s3, cloudformation = deployed.aws.client("s3"), deployed.aws.client("cloudformation")
    (stored,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert stored["Key"].startswith("Job-")

    cloudformation.delete_stack(StackName=deployed.artifact.name)
    status = until(lambda: status_of(cloudformation, deployed.artifact.name))
    assert status == "DELETE_FAILED"
    assert {name for _, name in lives.things()} & own == {bucket}

    s3.delete_object(Bucket=bucket, Key=stored["Key"])
    lives.destroy(deployed.artifact.name)
    assert {name for _, name in lives.things()} & own == set()


def status_of(cloudformation: Any, stack: str) -> str:
    """Once it is no longer being deleted."""
    status: str = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    return "" if status.endswith("IN_PROGRESS") else status


@pytest.mark.parametrize(("naming", "removal"), CELLS)
def test_a_change_that_fails_leaves_the_processor_working(lives: Lives, naming: str, removal: str) -> None:
    path = f"{naming}-{removal}/Life"
    deployed = lives.deploy(path)
    states, machine = deployed.aws.client("stepfunctions"), deployed.outputs["JobMachine"]
    definition = states.describe_state_machine(stateMachineArn=machine)["definition"]

    lives.fail(path, "UPDATE_ROLLBACK_COMPLETE", Version="3")
    assert states.describe_state_machine(stateMachineArn=machine)["definition"] == definition
    run(deployed, "Job")

    changed = lives.deploy(path, Version="3")
    assert changed.outputs["JobMachine"] == machine
    assert states.describe_state_machine(stateMachineArn=machine)["definition"] != definition
    run(changed, "Job")


@pytest.mark.parametrize("naming", ["plain", "named"])
def test_the_last_schedule_and_the_concurrency_go_and_come_again(lives: Lives, naming: str) -> None:
    for less in (False, True, False):
        deployed = lives.deploy(f"{naming}-default/Life", less=less)
        run(deployed, "Job")
        kinds_of = ("AWS::Scheduler::Schedule", "AWS::DynamoDB::Table")
        assert [len(deployed.of_type(kind)) for kind in kinds_of] == ([0, 0] if less else [1, 1])


def test_one_service_lives_in_two_accounts_and_regions(lives: Lives) -> None:
    both = [lives.deploy(f"{stage}/Service") for stage in ("Dev", "Prod")]
    assert [(one.aws.target.account, one.aws.target.region) for one in both] == [
        ("111111111111", "us-east-1"),
        ("222222222222", "eu-west-1"),
    ]
    for deployed in both:
        run(deployed, "One")
        run(deployed, "Many", '{"items": [1, 2, 3]}')
        alarms = deployed.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        prefix = f"sales-{deployed.artifact.name.removesuffix('-Service').lower()}-"
        assert alarms
        assert {alarm["AlarmName"].startswith(prefix) for alarm in alarms} == {True}
