import json
from collections.abc import Mapping
from typing import Any

from naws.testing import logical_ids, normalise
from naws.testing.normalise import pretty

HASH = "3fb25a4f8b3a1a1e9ae5a6d4a2f5a6c79b1a3f0d2b8a7c6e5d4f3a2b1c0d9e8f"


def test_what_changes_by_itself_is_left_out() -> None:
    template = {
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "CDKMetadata": {"Type": "AWS::CDK::Metadata"}},
        "Conditions": {"CDKMetadataAvailable": {}},
        "Parameters": {"BootstrapVersion": {"Type": "x"}, "Size": {"Type": "Number"}},
        "Rules": {"CheckBootstrapVersion": {}},
    }
    assert normalise(template) == {
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        "Parameters": {"Size": {"Type": "Number"}},
    }


def test_asset_hashes_are_masked_wherever_they_stand() -> None:
    template = {"Resources": {"F": {"Key": f"{HASH}.zip", "Uri": {"Fn::Sub": f"repo:{HASH}"}, "Short": HASH[:40]}}}
    assert normalise(template)["Resources"]["F"] == {
        "Key": "<asset>.zip",
        "Uri": {"Fn::Sub": "repo:<asset>"},
        "Short": HASH[:40],
    }


def test_text_is_joined_and_the_order_is_kept() -> None:
    template = {
        "Resources": {
            "B": {"Arn": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":", {"Fn::GetAtt": ["A", "Name"]}]]}},
            "A": {"Name": {"Fn::Join": ["", ["a", {"Fn::ImportValue": "other"}]]}, "List": {"Fn::Join": [",", ["a"]]}},
        }
    }
    normalised = normalise(template)
    assert list(normalised["Resources"]) == ["B", "A"]
    assert normalised["Resources"]["B"] == {"Arn": {"Fn::Sub": "arn:${AWS::Partition}:${A.Name}"}}
    assert normalised["Resources"]["A"] == template["Resources"]["A"]


def test_workflows_are_parsed(small: Mapping[str, Any]) -> None:
    (machine,) = (r for r in normalise(small)["Resources"].values() if r["Type"] == "AWS::StepFunctions::StateMachine")
    assert "DefinitionString" not in machine["Properties"]
    arguments = machine["Properties"]["Definition"]["States"]["Send"]["Arguments"]
    assert arguments["QueueUrl"].startswith("${Queue")


def test_the_template_itself_is_not_changed(small: Mapping[str, Any]) -> None:
    before = json.dumps(small)
    normalise(small)
    assert json.dumps(small) == before


def test_logical_ids_are_sorted(small: Mapping[str, Any]) -> None:
    ids = logical_ids(small)
    assert list(ids) == sorted(small["Resources"])
    assert ids["QueuePolicy25439813"] == "AWS::SQS::QueuePolicy"


def test_pretty_is_json_and_keeps_short_things_on_one_line(small: Mapping[str, Any]) -> None:
    text = pretty(small)
    assert json.loads(text) == small
    assert '"Properties": {"SqsManagedSseEnabled": true}' in text
    assert pretty([]) == "[]"
    assert pretty(["x" * 60, {"a": "y" * 60}]) == '[\n  "' + "x" * 60 + '",\n  {"a": "' + "y" * 60 + '"}\n]'
