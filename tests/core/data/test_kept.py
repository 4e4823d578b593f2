"""What stays of data when their stack goes, for each removal policy: what the data need stays as they do."""

from typing import Any

import aws_cdk as cdk
import pytest
from props_of_data import EVERY
from test_built import CLASSES

from naws.core import Conventions
from naws.testing import cdk_app, synth_template

KEPT = {
    cdk.RemovalPolicy.RETAIN: ("Retain", "Retain"),
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: ("RetainExceptOnCreate", "Retain"),
}
DATABASES = ("instance", "aurora")
NEEDED_BY_NOTHING_KEPT = {
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::EFS::MountTarget",
    "AWS::EC2::SecurityGroup",
}
"""Of a bucket, a table and a file store. Its mount targets go first, and their security group is free then."""


def built(name: str, policy: cdk.RemovalPolicy, *, by_convention: bool = False) -> list[dict[str, Any]]:
    stack = cdk.Stack(cdk_app(), "Data")
    props = EVERY[name].minimal()
    if by_convention:
        Conventions(removal_policy=policy).apply(stack)
    else:
        props = type(props)(**{**vars(props), "removal_policy": policy})
    CLASSES[name](stack, "Kept", props)
    resources = synth_template(stack)["Resources"]
    return [each for logical_id, each in resources.items() if not logical_id.startswith("NawsVpc")]


def policies(resource: dict[str, Any]) -> tuple[str, str]:
    return resource.get("DeletionPolicy", "Delete"), resource.get("UpdateReplacePolicy", "Delete")


@pytest.mark.parametrize("by_convention", [True, False])
@pytest.mark.parametrize("policy", KEPT, ids=lambda policy: policy.name)
@pytest.mark.parametrize("name", DATABASES)
def test_all_that_a_kept_database_needs_is_kept_as_it_is(
    name: str,
    policy: cdk.RemovalPolicy,
    by_convention: bool,  # noqa: FBT001
) -> None:
    """RDS refuses to delete the subnet group of a database that is there, and the deletion of the stack fails at it."""
    resources = built(name, policy, by_convention=by_convention)
    found = {each["Type"]: policies(each) for each in resources}
    assert found.pop("AWS::SecretsManager::SecretTargetAttachment") == ("Delete", "Delete")
    assert {*found.values()} == {KEPT[policy]}, found
    assert "AWS::RDS::DBSubnetGroup" in found


@pytest.mark.parametrize("name", DATABASES)
def test_of_a_database_that_stays_as_a_snapshot_the_password_stays_too(name: str) -> None:
    resources = built(name, cdk.RemovalPolicy.SNAPSHOT)
    stays = {each["Type"]: policies(each) for each in resources if policies(each) != ("Delete", "Delete")}
    database = "AWS::RDS::DBInstance" if name == "instance" else "AWS::RDS::DBCluster"
    assert stays.pop(database) == ("Snapshot", "Snapshot")
    members = {"AWS::RDS::DBInstance"} if name == "aurora" else set[str]()
    assert {*stays} == {"AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"} | members
    assert {*stays.values()} == {("RetainExceptOnCreate", "Retain")}


@pytest.mark.parametrize("policy", KEPT, ids=lambda policy: policy.name)
@pytest.mark.parametrize("name", [each for each in EVERY if each not in DATABASES])
def test_other_data_need_nothing_else_to_stay(name: str, policy: cdk.RemovalPolicy) -> None:
    resources = built(name, policy)
    stays = [each for each in resources if each["Type"] not in NEEDED_BY_NOTHING_KEPT]
    # A table that is protected cannot be deleted, not even by a first deployment that fails.
    expected = KEPT[cdk.RemovalPolicy.RETAIN if name == "table" else policy]
    assert [policies(each) for each in stays] == [expected]


@pytest.mark.parametrize("name", EVERY)
def test_nothing_stays_that_is_destroyed(name: str) -> None:
    assert {policies(each) for each in built(name, cdk.RemovalPolicy.DESTROY)} == {("Delete", "Delete")}
