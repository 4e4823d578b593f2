"""What a change set loses, in CloudFormation's own words."""

import boto3
import pytest
from botocore.stub import Stubber

from naws.cli.changes import loss_of
from naws.cli.errors import CliError
from naws.cli.guard import ChangeSet

KEPT = "the old one is kept"
AFTER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def change(replacement="Conditional", *targets, action="Modify", kind="AWS::SQS::Queue", **more):
    details = [{"Target": {"Attribute": "Properties", **target}} for target in targets]
    named = {"Action": action, "LogicalResourceId": "It", "PhysicalResourceId": "it", "ResourceType": kind}
    return {**named, "Replacement": replacement, "Details": details, **more}


def target(before, after, recreation="Always", name="QueueName"):
    values = {"BeforeValue": before, "AfterValue": after}
    known = {key: value for key, value in values.items() if value is not None}
    return {"Name": name, "RequiresRecreation": recreation, **known}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (change("True", target("a", "b")), ("QueueName: a -> b",)),
        (
            change("True", target("a", "a"), PolicyAction="ReplaceAndRetain"),
            ("QueueName: a -> a", "the old one is kept"),
        ),
        (change("Conditional", target("a", "b")), ("QueueName: a -> b",)),
        (change("Conditional", target("a", "b", "Conditionally")), ("QueueName: a -> b",)),
        (change("Conditional", target(None, None)), ("QueueName changes",)),
        (change("Conditional", target("a", None)), ("QueueName: a -> nothing",)),
        (change("Conditional", target(AFTER, AFTER)), ("QueueName: known after deployment -> known after deployment",)),
        (change("Conditional", target("a", "a"), target("c", "d", name="FifoQueue")), ("FifoQueue: c -> d",)),
        (change("Conditional", target("a" * 256, "a" * 256)), (f"QueueName: {'a' * 256} -> {'a' * 256}",)),
        (change("Conditional"), ("CloudFormation names no property",)),
        (change("Conditional", target("a", "b", "Never")), ("CloudFormation names no property",)),
        (change("", action="Remove", PolicyAction="Snapshot"), ("a snapshot is kept",)),
        (change("", action="Remove"), ()),
    ],
)
def test_what_stops(found, why):
    loss = loss_of(found)
    assert loss
    assert (loss.why, loss.kept) == (why, False)


@pytest.mark.parametrize(
    "found",
    [
        change("False", target("a", "b", "Never")),
        change("Conditional", target("a", "a")),
        change("Conditional", target("a", "a"), target("c", "d", "Never", name="DelaySeconds")),
        change("", action="Add"),
        change("", action="Import"),
        change("True", target("a", "b"), kind="AWS::IAM::Role"),
        change("", action="Remove", kind="AWS::Lambda::Function"),
    ],
)
def test_what_passes(found):
    assert loss_of(found) is None


def test_what_is_kept_and_what_nobody_knows():
    assert loss_of(change("", action="Remove", PolicyAction="Retain")).kept
    assert loss_of(change("", action="Dynamic")).what == "removed or replaced"


def page(*changes, status="CREATE_COMPLETE", **more):
    return {"Status": status, "Changes": [{"Type": "Resource", "ResourceChange": one} for one in changes], **more}


def change_set(*pages):
    cloudformation = boto3.client("cloudformation", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    stub = Stubber(cloudformation)
    for each in pages:
        stub.add_response("describe_change_set", each)
    stub.activate()
    return ChangeSet(cloudformation, "Data", "PipelineChange")


def test_all_pages_are_read():
    first, last = change("False", LogicalResourceId="A"), change("False", LogicalResourceId="B")
    pages = (page(first, NextToken="more"), page(last))
    read = change_set(*pages).changes
    assert [one["LogicalResourceId"] for one in read] == ["A", "B"]


def test_one_that_is_still_made_is_waited_for(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    made = page(change("False"))
    waiting = [page(status="CREATE_PENDING"), page(status="CREATE_IN_PROGRESS")]
    assert len(change_set(*waiting, made).changes) == 1
    for_ever = [page(status="CREATE_IN_PROGRESS")] * 60
    with pytest.raises(CliError, match="is not ready after 120 s"):
        change_set(*for_ever).changes  # noqa: B018


@pytest.mark.parametrize("reason", ["The submitted information didn't contain changes. Submit more.", "No"])
def test_one_that_failed(reason):
    found = change_set(page(status="FAILED", StatusReason=reason))
    if reason != "No":
        assert found.changes == []
    else:
        with pytest.raises(CliError, match="could not be made"):
            found.changes  # noqa: B018
