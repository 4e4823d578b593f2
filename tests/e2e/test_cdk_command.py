"""The CDK's own command against the embedded AWS: deployed, changed in place, destroyed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.destinations import Target
from naws.cli.embedded import EmbeddedAws

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
TOOLS = Path(sys.executable).parent
Cdk = Callable[..., str]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws.start(tmp_path_factory.mktemp("state"), engine="process") as running:
        yield running


@pytest.fixture(scope="module")
def aws(embedded: EmbeddedAws) -> Aws:
    return Aws(embedded.endpoint_url, Target(embedded.account_id, embedded.region))


@pytest.fixture(scope="module")
def cdk(embedded: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Cdk:
    directory = tmp_path_factory.mktemp("cdk")
    environment = {
        **os.environ,
        **embedded.environment(),
        "PATH": os.pathsep.join([str(TOOLS), os.environ["PATH"]]),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        # What the command remembers of accounts belongs to this test.
        "CDK_HOME": str(directory / "home"),
    }

    def run(*arguments: str, app: str = "network", succeeds: bool = True, **variables: str) -> str:
        options = [
            "--app",
            f"{sys.executable} {HERE / app / 'app.py'}",
            "--output",
            "cdk.out",
            "--no-notices",
            "--no-color",
        ]
        result = subprocess.run(
            [str(TOOLS / "cdk"), *arguments, *options],
            cwd=directory,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert (result.returncode == 0) == succeeds, result.stdout + result.stderr
        return result.stdout + result.stderr

    return run


@pytest.fixture(scope="module")
def network(aws: Aws) -> tuple[str, list[str]]:
    ec2, ssm = aws.client("ec2"), aws.client("ssm")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    ]
    ssm.put_parameter(Name="/network/vpc-id", Type="String", Value=vpc)
    ssm.put_parameter(Name="/network/private-subnet-ids", Type="StringList", Value=",".join(subnets))
    return vpc, subnets


def resources(aws: Aws) -> dict[str, str]:
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName="Network")
    return {each["ResourceType"]: each["PhysicalResourceId"] for p in pages for each in p["StackResourceSummaries"]}


def workflow(aws: Aws, machine: str) -> dict[str, Any]:
    described = aws.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    return json.loads(described["definition"])["States"]["Run task"]["Arguments"]


def test_a_stack_is_deployed_changed_in_place_and_destroyed(aws: Aws, cdk: Cdk, network: tuple[str, list[str]]) -> None:
    vpc, subnets = network
    cdk("bootstrap")
    cdk("deploy", "--require-approval", "never")
    first = resources(aws)
    run_task = workflow(aws, first["AWS::StepFunctions::StateMachine"])
    assert run_task["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"] == subnets
    (group,) = run_task["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"]
    described = aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert described[0]["VpcId"] == vpc
    assert "AWS::EC2::VPC" not in first

    cdk("deploy", "--require-approval", "never", MEMORY="4096")
    second = resources(aws)
    # A new revision of the same family, which the workflow names; everything else stayed what it was.
    assert {kind for kind, name in second.items() if first[kind] != name} == {"AWS::ECS::TaskDefinition"}
    revision = second["AWS::ECS::TaskDefinition"]
    assert workflow(aws, second["AWS::StepFunctions::StateMachine"])["TaskDefinition"] == revision
    definition = aws.client("ecs").describe_task_definition(taskDefinition=revision)["taskDefinition"]
    assert (definition["memory"], definition["revision"]) == ("4096", 2)

    cdk("destroy", "--force")
    statuses = {s["StackName"]: s["StackStatus"] for s in aws.client("cloudformation").list_stacks()["StackSummaries"]}
    assert statuses["Network"] == "DELETE_COMPLETE"
    assert aws.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert aws.client("sqs").list_queues().get("QueueUrls", []) == []
    assert aws.client("pipes").list_pipes()["Pipes"] == []


def stateful(aws: Aws) -> dict[str, int]:
    """How many things there are that hold data, CDK's own bucket aside."""
    buckets = [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]]
    return {
        "buckets": len([name for name in buckets if not name.startswith("cdk-")]),
        "queues": len(aws.client("sqs").list_queues().get("QueueUrls", [])),
        "log groups": len(aws.client("logs").describe_log_groups()["logGroups"]),
    }


def stacks(aws: Aws) -> set[str]:
    """Those that are deployed."""
    every = aws.client("cloudformation").list_stacks()["StackSummaries"]
    return {each["StackName"] for each in every if each["StackStatus"] == "CREATE_COMPLETE"} - {"CDKToolkit"}


@pytest.mark.usefixtures("network")
def test_a_personal_stage_is_destroyed_whole_and_another_keeps_its_data(
    aws: Aws, embedded: EmbeddedAws, cdk: Cdk
) -> None:
    here = {"app": "personal", "ACCOUNT": embedded.account_id, "AWS_REGION": embedded.region}
    personal = ("Personal/*", "--context", "stage=personal")
    told = cdk("deploy", *personal, succeeds=False, **here, LISTED="999999999999")
    assert "NAWS-STAGE-003" in told
    before = stateful(aws)
    cdk("bootstrap")
    cdk("deploy", *personal, "--require-approval", "never", **here)
    assert stacks(aws) == {"Personal-Data", "Personal-Reports"}
    made = {kind: count - before[kind] for kind, count in stateful(aws).items()}
    assert all(made.values())
    cdk("destroy", *personal, "--force", **here)
    assert stacks(aws) == set()
    assert stateful(aws) == before

    cdk("deploy", "Prod/*", "--require-approval", "never", **here)
    told = cdk("destroy", "Prod/*", "--force", succeeds=False, **here)
    assert "cannot be deleted while TerminationProtection is enabled" in told
    assert stacks(aws) == {"Prod-Data"}
    unprotect = aws.client("cloudformation").update_termination_protection
    unprotect(StackName="Prod-Data", EnableTerminationProtection=False)
    cdk("destroy", "Prod/*", "--force", **here)
    assert stacks(aws) == set()
    assert {kind: count - before[kind] for kind, count in stateful(aws).items()} == made
