"""What a nested stack would lose, by its templates."""

import copy

import pytest

from naws.cli.nested import gets_other_parameters, nested_losses

TABLE = "AWS::DynamoDB::Table"
OLD = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Mappings": {"Names": {"prod": {"inbox": "a"}}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "k"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
        "Orders": {"Type": TABLE, "Properties": {"TableName": "orders", "Tags": []}},
        "Staged": {"Type": TABLE, "Properties": {"TableName": {"Fn::Sub": "orders-\n${Stage}"}}},
        "Mapped": {"Type": TABLE, "Properties": {"TableName": {"Fn::FindInMap": ["Names", "prod", "inbox"]}}},
        "Perhaps": {"Type": TABLE, "Condition": "IsProd", "Properties": {}},
        "Files": {"Type": "AWS::EFS::FileSystem", "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "a"}},
        "Archive": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "{{resolve:ssm:/name}}"}},
    },
}


def lost(change, *, other_parameters=False):
    new = copy.deepcopy(OLD)
    change(new["Resources"], new)
    found = nested_losses(OLD, new, other_parameters=other_parameters)
    return {one.logical_id: one.what for one in found if one.logical_id != "Secret"}


def put(name, key, value):
    return lambda resources, _: resources[name]["Properties"].update({key: value})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda *_: None, {}),
        (put("Topic", "TopicName", "u"), {}),
        (put("Orders", "Tags", ["a"]), {}),
        (put("Orders", "TableName", "others"), {"Orders": "replaced, perhaps"}),
        (
            put("Key", "Description", "l"),
            {"Files": "replaced, perhaps"},
        ),
        (put("Inner", "TemplateURL", "b"), {"Inner": "changed unseen: no change set of its own"}),
        (lambda resources, _: resources.pop("Orders"), {"Orders": "removed"}),
        (lambda resources, _: resources["Orders"].update(Type="AWS::S3::Bucket"), {"Orders": "replaced"}),
        (lambda resources, _: resources["Orders"].update(Condition="IsProd"), {"Orders": "removed, perhaps"}),
        (lambda resources, _: resources["Orders"].update(Metadata={"a": 1}), {}),
        (lambda _, new: new["Mappings"]["Names"]["prod"].update(inbox="b"), {"Mapped": "replaced, perhaps"}),
        (lambda _, new: new["Conditions"].update(IsProd={"Fn::Equals": [1, 2]}), {"Perhaps": "removed, perhaps"}),
    ],
)
def test_what_an_update_loses(change, expected):
    assert lost(change) == expected


def test_what_hangs_on_parameters_counts_as_changed_when_they_may_be_others():
    expected = {"Staged": "replaced, perhaps", "Perhaps": "removed, perhaps"}
    assert lost(lambda *_: None, other_parameters=True) == expected


def test_what_stays_in_the_account_is_kept():
    new = copy.deepcopy(OLD)
    del new["Resources"]["Archive"]
    (loss,) = [one for one in nested_losses(OLD, new, other_parameters=False) if one.logical_id == "Archive"]
    assert (loss.what, loss.kept) == ("removed", True)


def test_a_name_that_is_looked_up_while_deploying_is_never_known():
    (loss,) = nested_losses(OLD, OLD, other_parameters=False)
    assert (loss.logical_id, loss.why) == ("Secret", ("Name may change",))


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([("TemplateURL", "DirectModification")], False),
        ([(None, "Automatic")], False),
        ([("TemplateURL", "DirectModification"), ("Parameters", "ResourceAttribute")], True),
        ([("Parameters", "ParameterReference")], True),
    ],
)
def test_whether_parameters_get_other_values(targets, expected):
    details = [{"Target": {"Attribute": "Properties", "Name": name}, "ChangeSource": by} for name, by in targets]
    assert gets_other_parameters({"Details": details}) is expected
