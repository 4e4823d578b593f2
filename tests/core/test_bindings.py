from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.bindings import Access, Binding, BucketBinding, SecretBinding, variable_name
from naws.testing import synth_template


class Target:
    """A pattern with compute, as bindings see it."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.task_role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        self.connections = ec2.Connections()
        self.environment: dict[str, str] = {}
        self.secrets: dict[str, ecs.Secret] = {}

    def add_environment(self, name: str, value: str) -> None:
        self.environment[name] = value

    def add_secret(self, name: str, secret: ecs.Secret) -> None:
        self.secrets[name] = secret


def statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    found = synth_template(stack)["Resources"].values()
    policies = [part["Properties"]["PolicyDocument"] for part in found if part["Type"] == "AWS::IAM::Policy"]
    return [statement for policy in policies for statement in policy["Statement"]]


def bound(stack: cdk.Stack, binding: Binding) -> Target:
    target = Target(stack)
    binding.bind(target)
    return target


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
        said = statement["Action"]
        actions.update([said] if isinstance(said, str) else said)
    assert may <= actions
    assert not may_not & actions


def test_a_prefix_narrows_objects_and_listing() -> None:
    stack = cdk.Stack()
    bucket = s3.Bucket(stack, "Sales")
    target = bound(stack, BucketBinding(bucket, prefix="in/", name="DATA"))
    assert set(target.environment) == {"DATA_BUCKET", "DATA_PREFIX"}
    assert target.environment["DATA_PREFIX"] == "in/"
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
    target = bound(stack, SecretBinding(secret, field="password"))
    assert set(target.secrets) == {"WAREHOUSE_PASSWORD"}
    assert set(bound(cdk.Stack(stack, "Other"), SecretBinding(secret, name="PASSWORD")).secrets) == {"PASSWORD"}


@pytest.mark.parametrize(
    ("name", "variable"),
    [("Sales", "SALES"), ("SalesData", "SALES_DATA"), ("sales-data", "SALES_DATA"), ("data.2", "DATA_2")],
)
def test_names_become_variables(name: str, variable: str) -> None:
    assert variable_name(name) == variable
