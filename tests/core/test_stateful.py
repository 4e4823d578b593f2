"""The list of what holds data, and how a loss is acknowledged."""

import json
import subprocess
import sys
from importlib.resources import files

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from naws.core import STATEFUL_TYPES, acknowledge_replacement
from naws.core.stateful import acknowledged
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
