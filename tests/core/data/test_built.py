"""What is built: a snapshot and a list of logical ids of each, what has to hold in all, names, keys and removal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct
from props_of_data import EVERY, attribute
from syrupy.assertion import SnapshotAssertion

from naws.core import Conventions, NewVpc, PatternContext, PatternValidationError
from naws.core.data import (
    AuroraServerlessV2,
    Database,
    DatabaseProps,
    DataBucket,
    DataBucketProps,
    DataTable,
    DataTableProps,
    FileStore,
    FileStoreProps,
    PostgresInstance,
)
from naws.core.pattern.settings import FILE
from naws.testing import (
    LogicalIdSnapshot,
    TemplateSnapshot,
    assert_encrypted,
    assert_log_retention,
    assert_no_resource_types,
    assert_tagged,
    cdk_app,
    synth_template,
)
from naws.testing.calls import calls_of

CLASSES: dict[str, Callable[..., Construct]] = {
    "bucket": DataBucket, "table": DataTable, "instance": Database, "aurora": Database, "files": FileStore
}  # fmt: skip
MOST_CALLS = {"bucket": 14, "table": 6, "instance": 36, "aurora": 37, "files": 18}
"""Into Node, of a further one in a stack that has its VPC."""
RETAINED = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::EFS::FileSystem", "AWS::SecretsManager::Secret"}
SNAPSHOT = {"AWS::RDS::DBInstance", "AWS::RDS::DBCluster"}
SUBNETS = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


def template_of(construct: Callable[[cdk.Stack], object], stack: cdk.Stack | None = None) -> dict[str, Any]:
    stack = stack or cdk.Stack(cdk_app(), "Data")
    construct(stack)
    return synth_template(stack)


def only(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = (each for each in template["Resources"].values() if each["Type"] == kind)
    return found


@pytest.mark.parametrize("props", ["minimal", "production"])
@pytest.mark.parametrize("name", EVERY)
def test_templates_and_logical_ids(name: str, props: str, snapshot: SnapshotAssertion) -> None:
    made = EVERY[name].minimal() if props == "minimal" else None
    template = template_of(lambda stack: CLASSES[name](stack, "Kept", made or EVERY[name].production(stack)))
    own = {**template, "Resources": {k: v for k, v in template["Resources"].items() if not k.startswith("NawsVpc")}}
    assert own == snapshot(extension_class=TemplateSnapshot)
    assert own == snapshot(extension_class=LogicalIdSnapshot)


@pytest.mark.parametrize("props", ["minimal", "production"])
@pytest.mark.parametrize("name", EVERY)
def test_what_holds_for_all_data(name: str, props: str) -> None:
    def build(stack: cdk.Stack) -> None:
        Conventions(service="sales", tags={"cost": "42"}).apply(stack)
        CLASSES[name](stack, "Kept", EVERY[name].minimal() if props == "minimal" else EVERY[name].production(stack))

    template = template_of(build)
    assert_encrypted(template)
    assert_log_retention(template)
    assert_tagged(template, {"service": "sales", "cost": "42"})
    assert_no_resource_types(template, ["AWS::Lambda::*", "Custom::*", "AWS::CloudFormation::CustomResource"])
    ways_in = [
        each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::EC2::SecurityGroup"
    ]
    assert all("SecurityGroupIngress" not in each for each in ways_in)


def holds_data(resource: dict[str, Any]) -> bool:
    return resource["Type"] in RETAINED | SNAPSHOT and not serves_cluster(resource)


def serves_cluster(resource: dict[str, Any]) -> bool:
    return "DBClusterIdentifier" in resource["Properties"] and resource["Type"] == "AWS::RDS::DBInstance"


@pytest.mark.parametrize("name", EVERY)
def test_data_are_kept_and_protected(name: str) -> None:
    template = template_of(lambda stack: CLASSES[name](stack, "Kept", EVERY[name].minimal()))
    kept = [each for each in template["Resources"].values() if holds_data(each) or serves_cluster(each)]
    assert kept
    for each in kept:
        if each["Type"] in SNAPSHOT and not serves_cluster(each):
            assert each["DeletionPolicy"] == each["UpdateReplacePolicy"] == "Snapshot"
            assert each["Properties"]["DeletionProtection"] is True
        else:
            assert each["DeletionPolicy"] in ("Retain", "RetainExceptOnCreate")
            assert each["UpdateReplacePolicy"] == "Retain"
    if name == "table":
        assert kept[0]["DeletionPolicy"] == "Retain"
        assert kept[0]["Properties"]["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize("by_convention", [True, False])
@pytest.mark.parametrize("name", EVERY)
def test_destroy_is_honoured(name: str, by_convention: bool) -> None:  # noqa: FBT001
    def build(stack: cdk.Stack) -> None:
        destroy = cdk.RemovalPolicy.DESTROY
        props = EVERY[name].minimal()
        if by_convention:
            Conventions(removal_policy=destroy).apply(stack)
        else:
            props = type(props)(**{**vars(props), "removal_policy": destroy})
        CLASSES[name](stack, "Kept", props)

    resources = template_of(build)["Resources"]
    own = [each for logical_id, each in resources.items() if not logical_id.startswith("NawsVpc")]
    assert {each.get("DeletionPolicy", "Delete") for each in own} == {"Delete"}
    protected = [
        each["Properties"].get(name) for each in own for name in ("DeletionProtection", "DeletionProtectionEnabled")
    ]
    assert True not in protected


def test_names_come_from_the_conventions_and_are_never_the_same() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    Conventions(name_prefix="sales-prod").apply(stack)
    inner = Construct(stack, "Inner")
    DataBucket(stack, "SalesInbox")
    DataBucket(inner, "SalesInbox")
    DataTable(stack, "Orders", DataTableProps(partition_key=attribute("id")))
    template = synth_template(stack)["Resources"].values()
    names = [
        each["Properties"]["BucketName"]["Fn::Join"][1][0] for each in template if each["Type"] == "AWS::S3::Bucket"
    ]
    assert all(name.startswith("sales-prod-sales-inbox-") for name in names)
    assert len({*names}) == 2
    (table,) = (each["Properties"]["TableName"] for each in template if each["Type"] == "AWS::DynamoDB::Table")
    assert table["Fn::Join"][1][0].startswith("sales-prod-orders-")


@pytest.mark.parametrize(
    ("construct_id", "database"),
    [("Orders", "orders"), ("SalesOrders", "sales_orders"), ("2026", "data_2026"), ("Database", "database_data"),
     ("Db", "db_data"),
     ("Größe", "gr_e"), ("売上", "data")],
)  # fmt: skip
def test_a_database_is_named_after_its_construct(construct_id: str, database: str) -> None:
    def build(stack: cdk.Stack) -> None:
        Database(stack, construct_id, DatabaseProps(engine=PostgresInstance(), vpc=NewVpc()))

    assert only(template_of(build), "AWS::RDS::DBInstance")["Properties"]["DBName"] == database


def test_logs_are_named_as_rds_names_them() -> None:
    def build(stack: cdk.Stack) -> None:
        Database(stack, "Kept", DatabaseProps(engine=AuroraServerlessV2(), vpc=NewVpc(), identifier="Orders-DB"))

    template = template_of(build)
    cluster, ids = only(template, "AWS::RDS::DBCluster"), template["Resources"]
    assert cluster["Properties"]["DBClusterIdentifier"] == "orders-db"
    names = {ids[each]["Properties"]["LogGroupName"] for each in cluster["DependsOn"]}
    exports = cluster["Properties"]["EnableCloudwatchLogsExports"]
    assert names == {f"/aws/rds/cluster/orders-db/{each}" for each in exports}


def test_the_conventions_key_encrypts_all() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    Conventions(encryption_key=key, vpc=NewVpc()).apply(stack)
    DataBucket(stack, "Inbox")
    DataTable(stack, "Orders", DataTableProps(partition_key=attribute("id")))
    Database(stack, "Sales", DatabaseProps(engine=PostgresInstance()))
    Database(stack, "Ledger", DatabaseProps(engine=AuroraServerlessV2()))
    FileStore(stack, "Files")
    template = synth_template(stack)["Resources"]
    arn = {"Fn::GetAtt": [stack.get_logical_id(key.node.default_child), "Arn"]}  # pyright: ignore[reportArgumentType]
    encrypted = [each for each in template.values() if holds_data(each) or each["Type"] == "AWS::Logs::LogGroup"]
    assert len(encrypted) == 11
    assert [each for each in encrypted if str(arn) not in str(each["Properties"])] == []


def test_a_boundary_bounds_the_role_of_a_rotation() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "TeamBoundary")
    props = DatabaseProps(engine=PostgresInstance(), vpc=NewVpc(), permissions_boundary=boundary)
    instance = Database(stack, "Sales", props).instance
    assert instance is not None
    role = iam.Role(instance, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))  # pyright: ignore[reportArgumentType]
    made = synth_template(stack)["Resources"][stack.get_logical_id(role.node.default_child)]  # pyright: ignore[reportArgumentType]
    assert "TeamBoundary" in str(made["Properties"]["PermissionsBoundary"])


def test_variables_are_named_after_the_construct() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    context = PatternContext.of(stack, "Program")
    made = [
        DataBucket(stack, "Inbox"),
        DataTable(stack, "Orders", DataTableProps(partition_key=attribute("id"))),
        FileStore(stack, "Files", FileStoreProps(vpc=NewVpc())),
        Database(stack, "Sales", DatabaseProps(engine=PostgresInstance(), vpc=NewVpc())),
    ]
    names = [{*each.binding().needs(context).variables} for each in made]
    for found, name in zip(names, ("INBOX_BUCKET", "ORDERS_TABLE", "FILES_PATH", "SALES_DATABASE"), strict=True):
        assert name in found
    renamed = made[0].binding(name="source").needs(context).variables
    assert {*renamed} == {"SOURCE_BUCKET"}


def test_a_database_is_an_instance_or_a_cluster_with_its_secret() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    one = Database(stack, "Sales", DatabaseProps(engine=PostgresInstance(), vpc=NewVpc()))
    many = Database(stack, "Ledger", DatabaseProps(engine=AuroraServerlessV2(), vpc=NewVpc()))
    assert isinstance(one.instance, rds.DatabaseInstance)
    assert one.cluster is None
    assert isinstance(many.cluster, rds.DatabaseCluster)
    assert many.instance is None
    resolved = stack.resolve([one.secret.secret_arn, many.secret.secret_arn])
    resources = synth_template(stack)["Resources"]
    assert [resources[each["Ref"]]["Type"] for each in resolved] == ["AWS::SecretsManager::SecretTargetAttachment"] * 2


def test_data_are_in_the_isolated_subnets_that_are_asked_for() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=[isolated])
    for name, given in (("Given", SUBNETS), ("Found", None)):
        Database(stack, name, DatabaseProps(engine=PostgresInstance(), vpc=vpc, vpc_subnets=given))
    groups = [
        each["Properties"]["SubnetIds"]
        for each in synth_template(stack)["Resources"].values()
        if each["Type"] == "AWS::RDS::DBSubnetGroup"
    ]
    assert groups[0] == groups[1]
    assert all("Isolated" in each["Ref"] for each in groups[0])


def test_one_zone_of_a_given_vpc_is_too_few_for_a_database() -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    with pytest.raises(PatternValidationError, match="NAWS-DB-014"):
        Database(stack, "Sales", DatabaseProps(engine=PostgresInstance(), vpc=vpc))


def test_an_unknown_field_is_answered_with_the_nearest() -> None:
    with pytest.raises(TypeError, match="did you mean bucket_name"):
        DataBucketProps(name="inbox")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", EVERY)
def test_a_further_one_takes_few_calls_into_node(name: str) -> None:
    stack = cdk.Stack(cdk_app(), "Data")
    taken = [calls_of(CLASSES[name], stack, f"Kept{number}", EVERY[name].minimal()) for number in range(3)]
    assert taken[1] == taken[2] <= MOST_CALLS[name], taken


@pytest.mark.parametrize("name", EVERY)
def test_a_binding_suggests_the_argument_that_is_misspelt(name: str) -> None:
    made: Any = CLASSES[name](cdk.Stack(cdk.App(), "Data"), "Orders", EVERY[name].minimal())
    with pytest.raises(TypeError, match=r"\.binding has no argument 'nmae': did you mean name\?"):
        made.binding(nmae="ORDERS")


def test_naws_config_shows_what_a_database_comes_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE, str(tmp_path / "settings"))
    Database(cdk.Stack(cdk.App(), "Data"), "SalesLedger", DatabaseProps(engine=PostgresInstance(), vpc=NewVpc()))
    settings = json.loads((tmp_path / "settings").read_text())["settings"]
    found = {each["name"]: (each["value"] or each["omitted"], each["from"]) for each in settings}
    assert found["database_name"] == ("'sales_ledger'", "default")
    assert found["removal_policy"] == ("RemovalPolicy.SNAPSHOT", "default")
    assert found["encryption_key"] == ("a key that AWS manages", "default")
    assert found["username"] == ("'postgres'", "props or default")
