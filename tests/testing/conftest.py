from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from naws.testing import synth_template


def small_stack(app: cdk.App) -> cdk.Stack:
    """A queue that a role may send to and a workflow that sends to it."""
    stack = cdk.Stack(app, "Small")
    queue = sqs.Queue(stack, "Queue", enforce_ssl=True, encryption=sqs.QueueEncryption.SQS_MANAGED)
    topic = sns.Topic(stack, "Topic", enforce_ssl=True, master_key=None)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    queue.grant_send_messages(role)
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": queue.queue_url, "MessageBody": {"topic": topic.topic_arn}},
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Send", "States": {"Send": send}}
    body = sfn.DefinitionBody.from_string(stack.to_json_string(definition))
    sfn.StateMachine(stack, "Machine", definition_body=body, role=role)
    return stack


@pytest.fixture(scope="session")
def small() -> Mapping[str, Any]:
    return synth_template(small_stack)
