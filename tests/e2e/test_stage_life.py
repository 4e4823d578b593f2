"""A stage with data is deployed, changed, fails half-way and goes: what is in it stays, unless both keys turn."""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pg8000.dbapi
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sqs as sqs

from naws.cli.aws import Aws
from naws.cli.embedded import EmbeddedAws
from naws.cli.errors import CliError
from naws.core import Conventions, NewVpc, NoAlarms, PatternValidationError, ServiceStage
from naws.core.data import Database, DatabaseProps, DataBucket, DataTable, DataTableProps, PostgresInstance
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.testing.synth import cdk_app

pytestmark = pytest.mark.e2e

JOB = Path(__file__).parent / "stage_life" / "job.py"
DESTROY = cdk.RemovalPolicy.DESTROY
DATA = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::RDS::DBInstance", "AWS::SecretsManager::Secret")


def attribute(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def service(app: cdk.App, stage_id: str, *, version: int, breaks: str, removal: Any, **options: Any) -> None:
    """A stage; each version changes both of its stacks, and the last resource of the one that `breaks` is refused."""
    conventions = Conventions(vpc=NewVpc(), removal_policy=removal)
    stage = ServiceStage(app, stage_id, conventions=conventions, **options)
    inbox = DataBucket(stage.data, "Inbox")
    indexes = [
        dynamodb.GlobalSecondaryIndexProps(index_name=f"index{number}", partition_key=attribute(f"key{number}"))
        for number in range(1, version)
    ]
    orders = DataTable(
        stage.data, "Orders", DataTableProps(partition_key=attribute("id"), global_secondary_indexes=indexes)
    )
    ledger = Database(
        stage.data, "Ledger", DatabaseProps(engine=PostgresInstance(max_allocated_storage_gib=100 * version))
    )
    reports = stage.stack("Reports")
    job = EcsTaskProcessor(
        reports,
        "Job",
        EcsTaskProcessorProps(
            image=ecs.ContainerImage.from_registry("unused:1"),
            dev_command=["python", str(JOB)],
            environment={"VERSION": str(version)},
            bindings=[inbox.binding(access="read-write"), orders.binding(access="read-write"), ledger],
            alarms=NoAlarms(reason="a test"),
        ),
    )
    for stack, last in ((stage.data, (inbox, orders, ledger)), (reports, (job,))):
        # With more than the 43,200 seconds that SQS takes a deployment fails when all else is there.
        late = sqs.CfnQueue(stack, "Late", visibility_timeout=99_999 if breaks == stack.node.id else 30)
        late.node.add_dependency(*last)
    cdk.CfnOutput(reports, "Machine", value=job.state_machine.state_machine_arn)
    cdk.CfnOutput(reports, "Logs", value=job.log_group.log_group_name)


class Life:
    """One stage over its life."""

    def __init__(self, deploy: Callable[[Path], Any], aws: Aws, folder: Path, stage_id: str, **options: Any) -> None:
        self._deploy, self._folder, self._aws = deploy, folder, aws
        self._stage_id, self._options = stage_id, options
        self._deployments = itertools.count()
        self.cloudformation = aws.client("cloudformation")

    def deploy(self, version: int, *, breaks: str = "") -> None:
        folder = self._folder / f"assembly{next(self._deployments)}"
        app = cdk_app(folder)
        service(app, self._stage_id, version=version, breaks=breaks, **self._options)
        app.synth()
        self._deploy(folder)

    def fail(self, version: int, stack: str) -> None:
        """Deploy a version of which one stack fails at its end, and is rolled back."""
        with pytest.raises(CliError, match=f"{self._stage_id}-{stack} was not deployed: UPDATE_ROLLBACK_COMPLETE"):
            self.deploy(version, breaks=stack)

    def run(self) -> dict[str, Any]:
        """What the program logged: its version, and how many objects, items and rows there are with its own."""
        stack = self.cloudformation.describe_stacks(StackName=f"{self._stage_id}-Reports")["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        states, logs = self._aws.client("stepfunctions"), self._aws.client("logs")
        arn = states.start_execution(stateMachineArn=outputs["Machine"])["executionArn"]
        while (status := states.describe_execution(executionArn=arn)["status"]) == "RUNNING":
            time.sleep(0.1)
        lines = [each["message"] for each in logs.filter_log_events(logGroupName=outputs["Logs"])["events"]]
        assert status == "SUCCEEDED", lines
        (seen,) = [each for each in map(json.loads, lines) if each["run"] == arn.rsplit(":", 1)[1]]
        return seen

    def data(self) -> dict[str, str]:
        """The physical ids of what holds data, by type."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=f"{self._stage_id}-Data")
        found = [each for page in pages for each in page["StackResourceSummaries"]]
        return {each["ResourceType"]: each["PhysicalResourceId"] for each in found if each["ResourceType"] in DATA}

    def destroy(self, stack: str) -> str:
        """Delete a stack; the status that this ends with."""
        name = f"{self._stage_id}-{stack}"
        stack_id = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.cloudformation.delete_stack(StackName=stack_id)
        while (status := self.cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]) and (
            status.endswith("IN_PROGRESS")
        ):
            time.sleep(0.1)
        return status


def settings(aws: Aws, data: dict[str, str]) -> tuple[Any, Any]:
    """What the versions change of the data: how many indexes the table has, and how far the database grows."""
    table = aws.client("dynamodb").describe_table(TableName=data["AWS::DynamoDB::Table"])["Table"]
    (database,) = databases(aws, data)
    return len(table.get("GlobalSecondaryIndexes", [])), database["MaxAllocatedStorage"]


def databases(aws: Aws, data: dict[str, str]) -> list[dict[str, Any]]:
    every = aws.client("rds").describe_db_instances()["DBInstances"]
    return [each for each in every if each["DBInstanceIdentifier"] == data["AWS::RDS::DBInstance"]]


def counts(aws: Aws, data: dict[str, str]) -> list[int]:
    """How many objects, items and rows there are, asked by the owner and not by the program."""
    (database,) = databases(aws, data)
    secret = aws.client("secretsmanager").get_secret_value(SecretId=data["AWS::SecretsManager::Secret"])
    login, endpoint = json.loads(secret["SecretString"]), database["Endpoint"]
    where = {"host": endpoint["Address"], "port": endpoint["Port"], "database": database["DBName"]}
    user = {"user": login["username"], "password": login["password"]}
    with pg8000.dbapi.connect(**where, **user, ssl_context=True) as ledger:
        cursor = ledger.cursor()
        cursor.execute("select count(*) from runs")
        ((rows,),) = cursor.fetchall()
    objects = aws.client("s3").list_objects_v2(Bucket=data["AWS::S3::Bucket"])["KeyCount"]
    return [objects, aws.client("dynamodb").scan(TableName=data["AWS::DynamoDB::Table"])["Count"], rows]


@pytest.mark.parametrize("references", ["weak", "strong"])
def test_nothing_is_lost_by_changes_by_failures_and_by_removal(
    deploy: Callable[[Path], Any], aws: Aws, tmp_path: Path, references: str
) -> None:
    life = Life(deploy, aws, tmp_path, f"Kept{references.title()}", removal=None, references=references)
    life.deploy(1)
    made = life.data()
    assert len(made) == len(DATA)
    assert (life.run()["counts"], settings(aws, made)) == ([1, 1, 1], (0, 100))

    life.deploy(2)
    changed = life.run()
    assert (changed["version"], changed["counts"], settings(aws, made)) == ("2", [2, 2, 2], (1, 200))

    life.fail(3, "Data")
    assert settings(aws, made) == (1, 200), "its change was rolled back"
    seen = life.run()
    assert (seen["version"], seen["counts"]) == ("2", [3, 3, 3])

    life.fail(3, "Reports")
    assert settings(aws, made) == (2, 300), "its own stack was deployed before the other failed"
    seen = life.run()
    assert (seen["version"], seen["counts"]) == ("2", [4, 4, 4])

    life.deploy(3)
    seen = life.run()
    assert (seen["version"], seen["counts"], life.data()) == ("3", [5, 5, 5], made)

    assert life.destroy("Reports") == "DELETE_COMPLETE"
    assert life.destroy("Data") == "DELETE_FAILED", "the database is protected"
    assert counts(aws, made) == [5, 5, 5]


def test_with_both_keys_and_no_other_way_its_data_go(
    deploy: Callable[[Path], Any], aws: Aws, embedded: EmbeddedAws, tmp_path: Path
) -> None:
    env = cdk.Environment(account=embedded.account_id, region=embedded.region)
    both = {"removal": DESTROY, "disposable": True, "env": env, "personal_accounts": [embedded.account_id]}
    for less, code in (
        ({"disposable": False}, "NAWS-STAGE-001"),
        ({"removal": None}, "NAWS-STAGE-002"),
        ({"personal_accounts": []}, "NAWS-STAGE-003"),
    ):
        with pytest.raises(PatternValidationError, match=code):
            Life(deploy, aws, tmp_path / code, "Gone", **{**both, **less}).deploy(1)

    life = Life(deploy, aws, tmp_path, "Gone", **both)
    life.deploy(1)
    made = life.data()
    assert life.run()["counts"] == [1, 1, 1]
    assert life.destroy("Reports") == "DELETE_COMPLETE"
    assert life.destroy("Data") == "DELETE_FAILED", "a bucket with objects in it does not go"

    s3 = aws.client("s3")
    for version in s3.list_object_versions(Bucket=made["AWS::S3::Bucket"])["Versions"]:
        s3.delete_object(Bucket=made["AWS::S3::Bucket"], Key=version["Key"], VersionId=version["VersionId"])
    assert life.destroy("Data") == "DELETE_COMPLETE"
    assert made["AWS::S3::Bucket"] not in {each["Name"] for each in s3.list_buckets()["Buckets"]}
    assert made["AWS::DynamoDB::Table"] not in aws.client("dynamodb").list_tables()["TableNames"]
    assert databases(aws, made) == []
    secrets = aws.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ClientError):
        secrets.get_secret_value(SecretId=made["AWS::SecretsManager::Secret"])
