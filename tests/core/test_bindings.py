from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.bindings import (
    Access,
    Binding,
    BucketBinding,
    Mount,
    Needs,
    RawBinding,
    Reach,
    SecretBinding,
    SecretValue,
    variable_name,
)
from naws.core.build.task_host import TaskHost
from naws.core.context import PatternContext
from naws.testing import synth_template


def host(stack: cdk.Stack) -> TaskHost:
    task = ecs.FargateTaskDefinition(stack, "Task")
    vpc = ec2.Vpc(stack, "Vpc", restrict_default_security_group=False)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    return TaskHost(
        task=task,
        container=task.add_container("main", image=ecs.ContainerImage.from_registry("busybox:1.36")),
        task_role=task.task_role,
        connectable=group,
    )


def statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    found = synth_template(stack)["Resources"].values()
    policies = [part["Properties"]["PolicyDocument"] for part in found if part["Type"] == "AWS::IAM::Policy"]
    return [statement for policy in policies for statement in policy["Statement"]]


def bound(stack: cdk.Stack, binding: Binding) -> TaskHost:
    target = host(stack)
    target.take(binding.needs(PatternContext.of(stack, "It")))
    return target


def container(stack: cdk.Stack) -> dict[str, Any]:
    found = synth_template(stack)["Resources"].values()
    (task,) = (each["Properties"] for each in found if each["Type"] == "AWS::ECS::TaskDefinition")
    return task["ContainerDefinitions"][0]


def plain(stack: cdk.Stack) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in container(stack).get("Environment", ())}


def filled(stack: cdk.Stack) -> dict[str, Any]:
    return {each["Name"]: each["ValueFrom"] for each in container(stack).get("Secrets", ())}


@pytest.mark.parametrize(
    ("access", "may", "may_not"),
    [
        ("read", {"s3:GetObject", "s3:ListBucket"}, {"s3:PutObject", "s3:DeleteObject"}),
        ("write", {"s3:PutObject", "s3:DeleteObject"}, {"s3:GetObject", "s3:ListBucket"}),
        ("read-write", {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}, set[str]()),
    ],
)
def test_a_bucket_grants_what_was_asked(access: Access, may: set[str], may_not: set[str]) -> None:
    stack = cdk.Stack()
    bound(stack, BucketBinding(s3.Bucket(stack, "Sales"), access=access))
    actions: set[str] = set()
    for statement in statements(stack):
        action = statement["Action"]
        actions.update([action] if isinstance(action, str) else action)
    assert may <= actions
    assert not may_not & actions


def test_a_prefix_narrows_objects_and_listing() -> None:
    stack = cdk.Stack()
    bucket = s3.Bucket(stack, "Sales")
    bound(stack, BucketBinding(bucket, prefix="in/", name="DATA"))
    assert set(plain(stack)) == {"DATA_BUCKET", "DATA_PREFIX"}
    assert plain(stack)["DATA_PREFIX"] == "in/"
    objects, listing = statements(stack)
    assert objects["Resource"]["Fn::Join"][1][-1] == "/in/*"
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["in/", "in/*"]}}


def test_the_key_behind_a_bucket_is_granted() -> None:
    stack = cdk.Stack()
    key = kms.Key(stack, "Key")
    bound(stack, BucketBinding(s3.Bucket(stack, "Sales", encryption_key=key)))
    assert "kms:Decrypt" in [statement["Action"] for statement in statements(stack)]


def test_a_secret_is_filled_in_by_ecs() -> None:
    stack = cdk.Stack()
    secret = secretsmanager.Secret(stack, "Warehouse")
    bound(stack, SecretBinding(secret, field="password"))
    assert set(filled(stack)) == {"WAREHOUSE_PASSWORD"}


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"bucket": "SOURCE"}, {"SOURCE", "SALES_PREFIX"}),
        ({"prefix": None}, {"SALES_BUCKET"}),
    ],
)
def test_a_variable_gets_another_name_or_is_left_out(variables: dict[str, str | None], names: set[str]) -> None:
    stack = cdk.Stack()
    bound(stack, BucketBinding(s3.Bucket(stack, "Sales"), prefix="in/", variables=variables))
    assert set(plain(stack)) == names


def test_a_secret_gets_another_name() -> None:
    stack = cdk.Stack()
    secret = secretsmanager.Secret(stack, "Warehouse")
    bound(stack, SecretBinding(secret, field="password", variables={"secret": "PGPASSWORD"}))
    assert set(filled(stack)) == {"PGPASSWORD"}


ARN = "arn:aws:{}:eu-central-1:123456789012:{}"
KEY = ARN.format("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")


@pytest.mark.parametrize(
    ("value", "reference", "reading"),
    [
        (SecretValue(arn=ARN.format("secretsmanager", "secret:db"), field="user", key_arn=KEY),
         ARN.format("secretsmanager", "secret:db:user::"), "secretsmanager:GetSecretValue"),
        (SecretValue(arn=ARN.format("ssm", "parameter/db/host"), kind="parameter", key_arn=KEY),
         ARN.format("ssm", "parameter/db/host"), "ssm:GetParameters"),
    ],
)  # fmt: skip
def test_a_secret_by_its_arn_is_read_and_decrypted(value: SecretValue, reference: str, reading: str) -> None:
    stack = cdk.Stack()
    bound(stack, RawBinding(Needs(secrets={"IT": value})))
    assert filled(stack) == {"IT": reference}
    service = reading.partition(":")[0]
    decrypt, read = statements(stack)
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", KEY)
    assert decrypt["Condition"] == {"StringLike": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com*"}}
    assert read["Action"] == reading


def test_needs_of_every_kind_are_taken() -> None:
    stack = cdk.Stack()
    vpc = ec2.Vpc(stack, "Other", restrict_default_security_group=False)
    database = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    files = efs.FileSystem(stack, "Files", vpc=vpc)
    needs = Needs(
        statements=[iam.PolicyStatement(actions=["sts:GetCallerIdentity"], resources=["*"])],
        variables={"MODE": "a"},
        reach=[Reach(to=database, port=ec2.Port.tcp(5432), why="the orders")],
        mounts=[Mount(file_system=files, access_point=files.add_access_point("Door"), path="/mnt/data")],
    )
    assert needs.kinds == {"statements", "variables", "reach", "mounts"}
    assert needs.kinds <= bound(stack, RawBinding(needs)).accepts
    assert [each["Action"] for each in statements(stack)] == ["sts:GetCallerIdentity"]
    assert plain(stack) == {"MODE": "a"}
    (mount,) = container(stack)["MountPoints"]
    assert mount == {"ContainerPath": "/mnt/data", "ReadOnly": False, "SourceVolume": "mnt-data"}
    found = list(synth_template(stack)["Resources"].values())
    (out,) = (each["Properties"] for each in found if each["Type"] == "AWS::EC2::SecurityGroupEgress")
    assert (out["FromPort"], out["Description"]) == (5432, "the orders")
    (task,) = (each["Properties"] for each in found if each["Type"] == "AWS::ECS::TaskDefinition")
    volume = task["Volumes"][0]["EFSVolumeConfiguration"]
    assert volume["TransitEncryption"] == "ENABLED"
    assert volume["AuthorizationConfig"]["IAM"] == "ENABLED"


@pytest.mark.parametrize(
    ("name", "variable"),
    [("Sales", "SALES"), ("SalesData", "SALES_DATA"), ("sales-data", "SALES_DATA"), ("data.2", "DATA_2")],
)
def test_names_become_variables(name: str, variable: str) -> None:
    assert variable_name(name) == variable
