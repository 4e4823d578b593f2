"""Clients whose requests and answers are held to botocore's models, and answers for what several tests ask."""

from typing import Any

import boto3
from botocore.stub import ANY, Stubber

from subjects import Place, Subject

PLACE = Place("111122223333", "eu-west-1")
STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Stack/1"
CHANGE_SET_ID = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/account-check/1"
SECRET = "never-to-be-shown"


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service, region_name=PLACE.region, aws_access_key_id="test", aws_secret_access_key=SECRET)
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def small(**parts: Any) -> Subject:
    given = {"template": {"Resources": {}}, "definitions": {}, "documents": [], "roles": {}, **parts}
    return Subject(scenario="daily", **given)


def change_set_answers(stub: Stubber, status: str = "CREATE_COMPLETE", **source: Any) -> None:
    """A change set that comes to `status`; then nobody's hand but the check's takes it away."""
    stack = {"StackName": ANY, "ChangeSetName": "account-check"}
    stub.add_response(
        "create_change_set",
        {"Id": CHANGE_SET_ID, "StackId": STACK_ID},
        {
            **stack,
            "ChangeSetType": "CREATE",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            **(source or {"TemplateBody": ANY}),
        },
    )
    stub.add_response("describe_change_set", {"Status": "CREATE_IN_PROGRESS", "ChangeSetId": CHANGE_SET_ID}, stack)
    stub.add_response(
        "describe_change_set", {"Status": status, "StatusReason": "refused", "ChangeSetId": CHANGE_SET_ID}, stack
    )


def stack_answers(stub: Stubber, status: str) -> None:
    stack = {"StackName": "s", "StackId": STACK_ID, "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": status}
    stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": ANY})


def removal_answers(stub: Stubber) -> None:
    stack_answers(stub, "REVIEW_IN_PROGRESS")
    stub.add_response("delete_change_set", {}, {"StackName": ANY, "ChangeSetName": "account-check"})
    stub.add_response("delete_stack", {}, {"StackName": ANY})
    stack_answers(stub, "DELETE_COMPLETE")
