"""A database is bound with its address, the way to it, and the secret of a user, wherever it is and whatever it is."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.bindings import DatabaseBinding, EcsTask, HostKind, Needs
from naws.core.build.task_host import TaskHost
from naws.core.checks.program import PROGRAM_CHECKS
from naws.core.context import PatternContext
from naws.core.issues import Issue
from naws.core.plans.program import plan_program
from naws.core.secret_access import read_by_role
from naws.testing import synth_template

POSTGRES = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16)
AURORA = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_4)
VARIABLES = {"ORDERS_HOST", "ORDERS_PORT", "ORDERS_DATABASE", "ORDERS_SSLMODE", "ORDERS_SECRET_ARN"}


def network(stack: cdk.Stack) -> ec2.Vpc:
    return ec2.Vpc(stack, "Vpc", max_azs=2, restrict_default_security_group=False)


def instance(stack: cdk.Stack, vpc: ec2.IVpc | None = None, **given: Any) -> rds.DatabaseInstance:
    return rds.DatabaseInstance(
        stack, "Orders", engine=POSTGRES, vpc=vpc or network(stack), database_name="orders", **given
    )


def cluster(stack: cdk.Stack, **given: Any) -> rds.DatabaseCluster:
    writer = rds.ClusterInstance.serverless_v2("Writer")
    return rds.DatabaseCluster(
        stack, "Orders", engine=AURORA, vpc=network(stack), writer=writer, default_database_name="orders", **given
    )


def imported(stack: cdk.Stack, groups: int = 1) -> rds.IDatabaseInstance:
    found = [ec2.SecurityGroup.from_security_group_id(stack, f"G{n}", f"sg-{n}") for n in range(groups)]
    return rds.DatabaseInstance.from_database_instance_attributes(
        stack,
        "Orders",
        instance_identifier="orders",
        instance_endpoint_address="orders.example.com",
        port=5433,
        security_groups=found,
    )


def proxy(stack: cdk.Stack, database: rds.DatabaseInstance) -> rds.DatabaseProxy:
    assert database.secret is not None
    target = rds.ProxyTarget.from_instance(database)
    return rds.DatabaseProxy(
        stack, "Pool", proxy_target=target, secrets=[database.secret], vpc=network(cdk.Stack(stack, "N"))
    )


def user(stack: cdk.Stack) -> secretsmanager.Secret:
    return secretsmanager.Secret(stack, "User")


def needs(binding: DatabaseBinding) -> Needs:
    return binding.needs(PatternContext.of(cdk.Stack(), "It"))


def resolved(stack: cdk.Stack, value: Any) -> Any:
    return stack.resolve(value)


def task(stack: cdk.Stack, vpc: ec2.IVpc) -> TaskHost:
    definition = ecs.FargateTaskDefinition(stack, "Task")
    return TaskHost(
        task=definition,
        container=definition.add_container("main", image=ecs.ContainerImage.from_registry("busybox:1.36")),
        task_role=definition.task_role,
        connectable=ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False),
    )


def of_type(stack: cdk.Stack, kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in synth_template(stack)["Resources"].values() if each["Type"] == kind]


def found(binding: DatabaseBinding, kind: HostKind | None = None) -> list[Issue]:
    plan = plan_program({}, {}, [binding], PatternContext.of(cdk.Stack(), "It"), kind or EcsTask())
    return [issue for check in PROGRAM_CHECKS for issue in check.run(plan)]


@pytest.mark.parametrize("make", [instance, cluster])
def test_a_database_is_found_by_its_address_and_the_secret_of_its_user(make: Any) -> None:
    stack = cdk.Stack()
    database = make(stack)
    asked = needs(DatabaseBinding(database))
    assert set(asked.variables) == VARIABLES
    assert asked.variables["ORDERS_DATABASE"] == "orders"
    assert asked.variables["ORDERS_SSLMODE"] == "require"
    found_host, found_port = (resolved(stack, asked.variables[f"ORDERS_{part}"]) for part in ("HOST", "PORT"))
    assert found_host["Fn::GetAtt"][1] == "Endpoint.Address"
    assert found_port["Fn::GetAtt"][1] == "Endpoint.Port"
    assert {name: each.field for name, each in asked.secrets.items()} == {
        "ORDERS_USER": "username",
        "ORDERS_PASSWORD": "password",
    }
    assert found(DatabaseBinding(database)) == []


def test_the_program_may_read_the_secret_again() -> None:
    stack = cdk.Stack()
    database = instance(stack)
    (reading,) = needs(DatabaseBinding(database)).statements
    assert resolved(stack, reading) == {
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": resolved(stack, database.secret and database.secret.secret_arn),
    }
    assert needs(DatabaseBinding(database, variables={"secret_arn": None})).statements == []


@pytest.mark.parametrize("make", [instance, cluster])
def test_a_port_that_is_given_is_a_number_in_rules_and_what_the_database_tells_in_variables(make: Any) -> None:
    stack = cdk.Stack()
    asked = needs(DatabaseBinding(make(stack, port=5440)))
    assert resolved(stack, asked.variables["ORDERS_PORT"])["Fn::GetAtt"][1] == "Endpoint.Port"
    assert asked.reach[0].port.to_rule_json()["fromPort"] == 5440


def test_variables_are_renamed_and_left_out() -> None:
    names = {"host": "PGHOST", "password": "PGPASSWORD", "user": None, "secret_arn": None}
    asked = needs(DatabaseBinding(instance(cdk.Stack()), name="db", variables=names, database_name="archive"))
    assert set(asked.variables) == {"PGHOST", "DB_PORT", "DB_DATABASE", "DB_SSLMODE"}
    assert asked.variables["DB_DATABASE"] == "archive"
    assert set(asked.secrets) == {"PGPASSWORD"}


def test_an_imported_database_has_the_address_that_it_was_imported_with() -> None:
    stack = cdk.Stack()
    asked = needs(DatabaseBinding(imported(stack), secret=user(stack)))
    assert (asked.variables["ORDERS_HOST"], asked.variables["ORDERS_PORT"]) == ("orders.example.com", "5433")
    assert "ORDERS_DATABASE" not in asked.variables
    assert len(asked.reach) == 1


@pytest.mark.parametrize(("engine", "port"), [(POSTGRES, "5432"), (rds.DatabaseInstanceEngine.MYSQL, "3306")])
def test_a_proxy_listens_where_its_engine_does(engine: Any, port: str) -> None:
    stack = cdk.Stack(cdk.App(), "S")
    database = rds.DatabaseInstance(stack, "Orders", engine=engine, vpc=network(stack))
    asked = needs(DatabaseBinding(proxy(stack, database), secret=database.secret))
    assert asked.variables["POOL_PORT"] == port
    assert [way.port.to_rule_json()["fromPort"] for way in asked.reach] == [int(port)]


def test_the_data_api_needs_no_way_and_no_password() -> None:
    stack = cdk.Stack()
    database = cluster(stack, enable_data_api=True)
    asked = needs(DatabaseBinding(database, via="data-api"))
    assert set(asked.variables) == {"ORDERS_RESOURCE_ARN", "ORDERS_DATABASE", "ORDERS_SECRET_ARN"}
    assert (asked.reach, asked.secrets) == ((), {})
    sql, reading = (resolved(stack, each) for each in asked.statements)
    assert sql["Resource"] == resolved(stack, database.cluster_arn)
    assert sql["Action"] == [
        f"rds-data:{each}"
        for each in (
            "BatchExecuteStatement", "BeginTransaction", "CommitTransaction", "ExecuteStatement", "RollbackTransaction",
        )
    ]  # fmt: skip
    assert reading["Action"] == "secretsmanager:GetSecretValue"
    assert found(DatabaseBinding(database, via="data-api")) == []


class Function:
    """A host that fills in no variables."""

    host = "a function"
    accepts = frozenset({"statements", "variables", "reach"})

    def variables_of(self, needs: Needs) -> tuple[str, ...]:
        return tuple(needs.variables)


def test_a_host_that_fills_in_nothing_takes_it_with_the_arn_of_the_secret() -> None:
    binding = DatabaseBinding(instance(cdk.Stack()))
    assert found(binding, Function()) == []
    assert "ORDERS_SECRET_ARN" in needs(binding).variables
    silent = DatabaseBinding(instance(cdk.Stack()), variables={"secret_arn": None})
    assert [issue.code for issue in found(silent, Function())] == ["NAWS-DATA-016"]


def codes(binding: DatabaseBinding) -> list[tuple[str, str, str]]:
    return [(issue.code, issue.level, issue.path) for issue in found(binding)]


def test_what_cannot_work_is_told_with_its_field() -> None:
    stack = cdk.Stack(cdk.App(), "S")
    secret = user(stack)
    assert codes(DatabaseBinding(imported(cdk.Stack()))) == [("NAWS-DATA-031", "limit", "bindings[0].secret")]
    silent = DatabaseBinding(imported(cdk.Stack(), groups=0), secret=secret)
    assert codes(silent) == [("NAWS-DATA-032", "practice", "bindings[0].database")]
    assert needs(silent).reach == ()
    api = DatabaseBinding(instance(cdk.Stack()), via="data-api")
    assert codes(api) == [("NAWS-DATA-030", "limit", "bindings[0].via")]
    off = DatabaseBinding(cluster(cdk.Stack()), via="data-api")
    assert codes(off) == [("NAWS-DATA-034", "practice", "bindings[0].database")]
    assert codes(DatabaseBinding(proxy(stack, instance(stack)))) == [("NAWS-DATA-031", "limit", "bindings[0].secret")]


def test_an_imported_cluster_is_found_by_its_endpoint_or_over_the_data_api() -> None:
    stack = cdk.Stack()
    secret = user(stack)
    by_name = rds.DatabaseCluster.from_database_cluster_attributes(stack, "Orders", cluster_identifier="orders")
    assert codes(DatabaseBinding(by_name, secret=secret)) == [("NAWS-DATA-033", "limit", "bindings[0].database")]
    assert codes(DatabaseBinding(by_name, secret=secret, via="data-api")) == []


def test_an_imported_proxy_has_no_way_and_says_so() -> None:
    stack = cdk.Stack()
    given = rds.DatabaseProxy.from_database_proxy_attributes(
        stack,
        "Pool",
        db_proxy_arn="arn:aws:rds:eu-central-1:123456789012:db-proxy:prx-1",
        db_proxy_name="pool",
        endpoint="pool.example.com",
        security_groups=[ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-1")],
    )
    binding = DatabaseBinding(given, secret=user(stack))
    assert codes(binding) == [("NAWS-DATA-032", "practice", "bindings[0].database")]
    (issue,) = found(binding)
    assert issue.remedy.startswith("bindings=[…, RawBinding(Needs(reach=[Reach(to=security_group")
    assert needs(binding).variables["POOL_PORT"] == "5432"


def test_the_secret_of_another_stack_with_a_customers_key_makes_no_cycle() -> None:
    app = cdk.App()
    data, compute = cdk.Stack(app, "Data"), cdk.Stack(app, "Compute")
    vpc, key = network(data), kms.Key(data, "Key")
    database = instance(data, vpc, credentials=rds.Credentials.from_generated_secret("app", encryption_key=key))
    host = task(compute, vpc)
    host.take(DatabaseBinding(database).needs(PatternContext.of(compute, "It")))
    (policy,) = [p for p in of_type(compute, "AWS::IAM::Policy") if "TaskRole" in str(p["Roles"])]
    decrypt, read = policy["PolicyDocument"]["Statement"]
    assert (decrypt["Action"], read["Action"]) == ("kms:Decrypt", "secretsmanager:GetSecretValue")
    assert decrypt["Condition"]["StringLike"]["kms:ViaService"]["Fn::Join"][1][0] == "secretsmanager."
    (out,) = of_type(compute, "AWS::EC2::SecurityGroupEgress")
    (into,) = of_type(compute, "AWS::EC2::SecurityGroupIngress")
    assert out["Description"] == into["Description"] == "to Orders"
    assert "Fn::ImportValue" in str(into["GroupId"])
    assert of_type(data, "AWS::EC2::SecurityGroupIngress") == []
    assert "Compute" not in str(of_type(data, "AWS::KMS::Key"))


FAR = {
    "region": cdk.Environment(account="123456789012", region="eu-west-1"),
    "account": cdk.Environment(account="210987654321", region="eu-central-1"),
    "unknown": None,
}


@pytest.mark.parametrize("env", FAR.values(), ids=FAR)
def test_a_secret_of_another_environment_is_read_under_the_whole_arn_that_it_has(env: cdk.Environment | None) -> None:
    app, here = cdk.App(), cdk.Environment(account="123456789012", region="eu-central-1")
    there, compute = cdk.Stack(app, "There", env=env), cdk.Stack(app, "Compute", env=here)
    secret = secretsmanager.Secret(there, "User", secret_name="orders")
    vpc = network(compute)
    host = task(compute, vpc)
    context = PatternContext.of(compute, "It")
    host.take(DatabaseBinding(instance(compute, vpc), secret=secret).needs(context))
    host.container.add_secret("TOKEN", read_by_role(ecs.Secret.from_secrets_manager(secret, "token")))
    policies = [each["PolicyDocument"]["Statement"] for each in of_type(compute, "AWS::IAM::Policy")]
    reading = [each["Resource"] for every in policies for each in every if "GetSecretValue" in str(each["Action"])]
    assert len(reading) >= 2
    for resource in reading:
        assert resource["Fn::Join"][1][-1].endswith(":secret:orders-??????")


@pytest.mark.parametrize("env", FAR.values(), ids=FAR)
def test_the_own_secret_of_a_database_elsewhere_is_known_by_its_whole_arn(env: cdk.Environment | None) -> None:
    app, here = cdk.App(), cdk.Environment(account="123456789012", region="eu-central-1")
    there, compute = cdk.Stack(app, "There", env=env), cdk.Stack(app, "Compute", env=here)
    secret = instance(there).secret
    assert secret is not None
    (reading,) = DatabaseBinding(instance(compute), secret=secret).needs(PatternContext.of(compute, "It")).statements
    assert resolved(there, reading)["Resource"] == resolved(there, secret.secret_arn)
