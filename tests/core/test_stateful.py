"""The list of what holds data, and how a loss is acknowledged."""

import json
import subprocess
import sys
from importlib.resources import files

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from naws.core import STATEFUL_TYPES, NewVpc, acknowledge_replacement
from naws.core.data import Database, DatabaseProps, DataBucket, FileStore, FileStoreProps, PostgresInstance
from naws.core.stateful import acknowledged, acknowledged_ids
from naws.testing import synth_template

DATA = files("cfnlint") / "data"


def test_cloudformation_knows_every_type():
    known = json.loads((DATA / "schemas/providers/us-east-1.json").read_text())
    assert sorted(STATEFUL_TYPES - known.keys()) == []


def test_nothing_is_missing_that_others_call_stateful():
    listed = json.loads((DATA / "AdditionalSpecs/StatefulResources.json").read_text())["ResourceTypes"]
    assert sorted(listed.keys() - STATEFUL_TYPES) == []


def test_the_list_costs_nothing_to_read():
    code = (
        "import sys; from naws.core import STATEFUL_TYPES, acknowledge_replacement; sys.exit('aws_cdk' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def build(app):
    stack = cdk.Stack(app, "Data")
    acknowledge_replacement(s3.Bucket(stack, "Inbox"), "moved")
    acknowledge_replacement(s3.CfnBucket(stack, "Raw"), "moved, too")
    acknowledge_replacement(stack, "sold", logical_id="Orders")
    acknowledge_replacement(stack, "empty", logical_id="Letters")
    s3.Bucket(stack, "Outbox")
    return stack


def test_a_reason_stands_beside_the_resource_or_in_the_template_when_it_is_gone():
    template = synth_template(build)
    buckets = [name for name in template["Resources"] if name.startswith(("Inbox", "Raw", "Outbox"))]
    reasons = {name[:3]: acknowledged(template, name) for name in [*buckets, "Orders", "Letters", "Other"]}
    assert reasons == {
        "Inb": "moved", "Raw": "moved, too", "Out": None, "Ord": "sold", "Let": "empty", "Oth": None
    }  # fmt: skip


def test_what_is_not_an_acknowledgement():
    stack = cdk.Stack(cdk.App(), "Data")
    with pytest.raises(TypeError, match="Data is no resource"):
        acknowledge_replacement(stack, "moved")
    with pytest.raises(ValueError, match="needs a reason"):
        acknowledge_replacement(s3.Bucket(stack, "Inbox"), " ")


def test_a_construct_of_data_is_given_as_guard_prints_it():
    def build(app):
        stack = cdk.Stack(app, "Data")
        acknowledge_replacement(DataBucket(stack, "Inbox"), "moved")
        acknowledge_replacement(FileStore(stack, "Files", FileStoreProps(vpc=NewVpc())), "empty")
        database = Database(stack, "Sales", DatabaseProps(engine=PostgresInstance(), vpc=NewVpc()))
        with pytest.raises(TypeError, match=r"give one, Data/Sales/Secret or .*Data/Sales/Instance, or a logical_id="):
            acknowledge_replacement(database, "tried")
        acknowledge_replacement(database.instance, "tried")
        return stack

    template = synth_template(build)
    reasons = {one["Type"]: acknowledged(template, name) for name, one in template["Resources"].items()}
    assert {kind: reason for kind, reason in reasons.items() if reason} == {
        "AWS::S3::Bucket": "moved",
        "AWS::EFS::FileSystem": "empty",
        "AWS::RDS::DBInstance": "tried",
    }


def test_ids_that_are_acknowledged_by_name():
    assert acknowledged_ids(synth_template(build)) == {"Orders", "Letters"}
