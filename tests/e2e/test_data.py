"""Deployed to the embedded AWS: a task uses what its bindings promise, and is refused what is beside that."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded.departures.services import evaluator
from naws.cli.progress import Progress
from naws.cli.session import session
from naws.cli.synth import find_app

pytestmark = pytest.mark.e2e

APP = Path(__file__).parent / "data"
ANOTHER_CLUSTER = "arn:aws:rds:us-east-1:000000000000:cluster:audit"


class Deployed:
    """The stacks and what a test asks of them."""

    def __init__(self, stacks: list[Any]) -> None:
        self.stacks = stacks
        (self.stack,) = [each for each in stacks if "MachineIs" in each.outputs]
        self.client = self.stack.aws.client
        self.outputs = {name.removesuffix("Is"): value for name, value in self.stack.outputs.items()}

    def run(self, **payload: Any) -> dict[str, Any]:
        """What the program of a run logged."""
        states = self.client("stepfunctions")
        text = json.dumps(payload)
        arn = states.start_execution(stateMachineArn=self.outputs["Machine"], input=text)["executionArn"]
        while (status := states.describe_execution(executionArn=arn)["status"]) == "RUNNING":
            time.sleep(0.2)
        logged = [
            event["message"]
            for event in self.client("logs").filter_log_events(logGroupName=self.outputs["Logs"])["events"]
        ]
        assert status == "SUCCEEDED", logged
        lines = [json.loads(line) for line in logged if line.startswith("{")]
        (seen,) = [line for line in lines if line["execution"] == arn.rsplit(":", 1)[1]]
        return seen

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """What AWS answers a call of the program's; `$NAME` is one of its variables."""
        return self.calls((service, operation, arguments))[0]

    def calls(self, *calls: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
        return self.run(calls=calls)["answers"]


def denied(answer: dict[str, Any]) -> bool:
    return answer.get("refused") in ("AccessDenied", "AccessDeniedException")


def assert_denied(answer: dict[str, Any], action: str) -> None:
    assert denied(answer), answer
    assert f"is not authorized to perform: {action}" in answer["message"]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    directory = tmp_path_factory.mktemp("embedded")
    with Progress() as progress, session(directory, port=None, engine="process") as running:
        yield Deployed(running.deploy(find_app(APP), progress))


def test_a_task_runs_sql_with_the_generated_secret(deployed: Deployed) -> None:
    statements = ["create table paid (amount int)", "insert into paid values (2), (3)", "select sum(amount) from paid"]
    assert deployed.run(sql=statements)["rows"] == [[5]]
    assert deployed.run(sql=["select current_user, current_database(), sum(amount) from paid"])["rows"] == [
        ["orders_app", "orders", 5]
    ]


def test_a_task_runs_sql_in_aurora_whose_template_names_a_port(deployed: Deployed) -> None:
    (template,) = [one for one in deployed.stacks if one.artifact.id == "SourcesOfData"]
    (made,) = [one for one in template.artifact.template["Resources"].values() if one["Type"] == "AWS::RDS::DBCluster"]
    assert made["Properties"]["Port"] == 5432
    statements = ["create table seen (n int)", "insert into seen values (7)", "select current_database(), n from seen"]
    assert deployed.run(database="AURORA", sql=statements)["rows"] == [["events", 7]]


def test_the_program_reads_its_own_secret_and_no_other(deployed: Deployed) -> None:
    own, other = deployed.calls(
        ("secretsmanager", "get_secret_value", {"SecretId": "$ORDERS_SECRET_ARN"}),
        ("secretsmanager", "get_secret_value", {"SecretId": deployed.outputs["LedgerSecret"]}),
    )
    assert json.loads(own["SecretString"])["username"] == "orders_app"
    assert_denied(other, "secretsmanager:GetSecretValue")


def test_the_data_api_is_that_of_its_own_cluster(deployed: Deployed) -> None:
    """The Data API here is a stub, which answers whoever has the permission."""
    login = {"secretArn": "$EVENTS_SECRET_ARN", "database": "$EVENTS_DATABASE", "sql": "create database more"}
    own, other, control = deployed.calls(
        ("rds-data", "execute_statement", {"resourceArn": "$EVENTS_RESOURCE_ARN", **login}),
        ("rds-data", "execute_statement", {"resourceArn": ANOTHER_CLUSTER, **login}),
        ("rds", "describe_db_clusters", {}),
    )
    assert own["numberOfRecordsUpdated"] == 0
    assert_denied(other, "rds-data:ExecuteStatement")
    assert_denied(control, "rds:DescribeDBClusters")


def test_a_query_runs_in_its_workgroup_and_its_results_are_read(deployed: Deployed) -> None:
    deployed.client("s3").put_object(Bucket=deployed.outputs["Lake"], Key="sales/rows.csv", Body=b"1\n3\n")
    started = deployed.call(
        "athena",
        "start_query_execution",
        QueryString="select sum(amount) as total from rows",
        QueryExecutionContext={"Database": "$QUERY_DATABASE"},
        WorkGroup="$QUERY_WORKGROUP",
        ResultConfiguration={"OutputLocation": "$QUERY_OUTPUT"},
    )
    until = time.monotonic() + 30
    while (query := deployed.call("athena", "get_query_execution", **started)["QueryExecution"]) and (
        query["Status"]["State"] in ("QUEUED", "RUNNING") and time.monotonic() < until
    ):
        time.sleep(0.2)
    assert query["Status"]["State"] == "SUCCEEDED", query["Status"]
    (answer,) = deployed.calls(("athena", "get_query_results", started))
    assert answer["ResultSet"]["Rows"][1]["Data"] == [{"VarCharValue": "4"}]
    assert query["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{deployed.outputs['Results']}/athena/")


def test_what_a_query_needs_is_there_and_nothing_beside_it(deployed: Deployed) -> None:
    """Athena acts as its caller, so the program is asked directly for what a query would need."""
    lake, results = deployed.outputs["Lake"], deployed.outputs["Results"]
    for name in ("sales", "payroll"):
        deployed.client("s3").put_object(Bucket=lake, Key=f"{name}/rows.csv", Body=b"1\n")
    allowed: list[tuple[str, str, dict[str, Any]]] = [
        ("glue", "get_database", {"Name": "sales"}),
        ("glue", "get_table", {"DatabaseName": "sales", "Name": "rows"}),
        ("glue", "get_partitions", {"DatabaseName": "sales", "TableName": "rows"}),
        ("s3", "get_object", {"Bucket": lake, "Key": "sales/rows.csv"}),
        ("s3", "list_objects_v2", {"Bucket": lake, "Prefix": "sales/"}),
        ("s3", "put_object", {"Bucket": results, "Key": "athena/x", "Body": "1"}),
        ("s3", "get_object", {"Bucket": results, "Key": "athena/x"}),
        ("s3", "get_bucket_location", {"Bucket": results}),
    ]
    refused: list[tuple[str, str, dict[str, Any]]] = [
        ("athena", "start_query_execution", {"QueryString": "select 1", "WorkGroup": "primary"}),
        ("glue", "get_database", {"Name": "payroll"}),
        ("glue", "get_table", {"DatabaseName": "payroll", "Name": "rows"}),
        ("glue", "delete_table", {"DatabaseName": "sales", "Name": "rows"}),
        ("s3", "get_object", {"Bucket": lake, "Key": "payroll/rows.csv"}),
        ("s3", "list_objects_v2", {"Bucket": lake, "Prefix": "payroll/"}),
        ("s3", "put_object", {"Bucket": lake, "Key": "sales/more.csv", "Body": "1"}),
        ("s3", "put_object", {"Bucket": results, "Key": "other/x", "Body": "1"}),
        ("s3", "delete_object", {"Bucket": results, "Key": "athena/x"}),
    ]
    answers = deployed.calls(*allowed, *refused)
    assert [each for each in answers[: len(allowed)] if "refused" in each] == []
    assert [call for call, each in zip(refused, answers[len(allowed) :], strict=True) if not denied(each)] == []


def test_a_mount_is_allowed_through_its_access_point_alone(deployed: Deployed) -> None:
    """Nothing mounts here: MiniStack's evaluator is asked what EFS would ask when the task starts."""
    role = deployed.outputs["Role"].rpartition("/")[2]
    iam = deployed.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    policies = [evaluator.parse_policy_document(json.dumps(document)) for document in documents]
    (door,) = deployed.client("efs").describe_access_points()["AccessPoints"]

    def decision(action: str, through: str, files: str = deployed.outputs["FileSystem"]) -> str:
        keys = {"elasticfilesystem:accesspointarn": through} if through else {}  # as the evaluator has keys
        context = evaluator.EvalContext(
            principal_arn=deployed.outputs["Role"],
            principal_type="AssumedRole",
            principal_account="000000000000",
            action=f"elasticfilesystem:{action}",
            resource_arn=files,
            region="us-east-1",
            service_context=keys,
        )
        return evaluator.evaluate(context, policies).decision

    own = door["AccessPointArn"]
    assert (door["RootDirectory"]["Path"], door["PosixUser"]["Uid"]) == ("/data", 1000)
    assert [decision(action, own) for action in ("ClientMount", "ClientWrite")] == ["Allow", "Allow"]
    assert decision("ClientRootAccess", own) == "ImplicitDeny"
    assert [decision("ClientMount", other) for other in ("", f"{own}0")] == ["ImplicitDeny"] * 2
    assert decision("ClientMount", own, f"{deployed.outputs['FileSystem']}0") == "ImplicitDeny"
    seen = deployed.run()
    assert (seen["files"], seen["mounted"]) == ("/mnt/data", Path("/mnt/data").is_dir())
