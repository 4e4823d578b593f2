"""Who may publish to the topic that alarms are sent to, and use its key."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from naws.core.build.alarm_topics import alarm_topic
from naws.testing import synth_template

ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def documents(template: dict[str, Any], kind: str, field: str) -> list[dict[str, Any]]:
    return [part["Properties"][field] for part in template["Resources"].values() if part["Type"] == kind]


def to_cloudwatch(template: dict[str, Any], kind: str, field: str) -> list[tuple[Any, Any]]:
    return [
        (statement["Action"], statement.get("Condition"))
        for document in documents(template, kind, field)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]


def publishing(template: dict[str, Any]) -> list[tuple[Any, Any]]:
    return to_cloudwatch(template, "AWS::SNS::TopicPolicy", "PolicyDocument")


def using_keys(template: dict[str, Any]) -> list[tuple[Any, Any]]:
    return to_cloudwatch(template, "AWS::KMS::Key", "KeyPolicy")


USES = (["kms:Decrypt", "kms:GenerateDataKey*"], ACCOUNT)
PUBLISHES = ("sns:Publish", ACCOUNT)


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack")


def test_the_topic_of_a_stack_lets_alarms_of_its_account_publish(stack: cdk.Stack) -> None:
    assert alarm_topic(stack, None) is alarm_topic(stack, None)

    template = synth_template(stack)
    assert publishing(template) == [PUBLISHES]
    assert using_keys(template) == [USES]


def _with_ssl(stack: cdk.Stack) -> sns.Topic:
    return sns.Topic(stack, "OnCall", enforce_ssl=True)


def _with_own_statement(stack: cdk.Stack) -> sns.Topic:
    topic = sns.Topic(stack, "OnCall")
    topic.grant_publish(iam.ServicePrincipal("budgets.amazonaws.com"))
    return topic


def _with_policy_beside(stack: cdk.Stack) -> sns.Topic:
    topic = sns.Topic(stack, "OnCall")
    policy = sns.TopicPolicy(stack, "Beside", topics=[topic])
    policy.document.add_statements(
        iam.PolicyStatement(
            actions=["sns:Publish"],
            principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
            resources=[topic.topic_arn],
        )
    )
    other = sns.Topic(stack, "Other")
    sns.TopicPolicy(stack, "OfTheOther", topics=[other]).document.add_statements(
        iam.PolicyStatement(
            actions=["sns:Publish"],
            principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
            resources=[other.topic_arn],
        )
    )
    return topic


def _with_l1_policy(stack: cdk.Stack) -> sns.Topic:
    topic = sns.Topic(stack, "OnCall")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic.topic_arn}
    secure = {"Bool": {"aws:SecureTransport": "false"}}
    document = {"Version": "2012-10-17", "Statement": {**deny, "Condition": secure}}
    sns.CfnTopicPolicy(stack, "Raw", topics=[topic.topic_arn], policy_document=document)
    return topic


@pytest.mark.parametrize("make", [_with_ssl, _with_own_statement, _with_policy_beside, _with_l1_policy])
def test_a_given_topic_with_a_policy_lets_alarms_publish_once(
    stack: cdk.Stack, make: Callable[[cdk.Stack], sns.Topic]
) -> None:
    topic = make(stack)
    for _ in range(2):
        assert alarm_topic(stack, topic) is topic

    assert publishing(synth_template(stack)) == [PUBLISHES]


def test_so_does_one_that_gets_its_policy_later(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "OnCall")
    alarm_topic(stack, topic)
    topic.grant_publish(iam.ServicePrincipal("budgets.amazonaws.com"))

    assert publishing(synth_template(stack)) == [PUBLISHES]


def test_one_without_a_policy_keeps_the_default_one(stack: cdk.Stack) -> None:
    alarm_topic(stack, sns.Topic(stack, "OnCall"))

    assert documents(synth_template(stack), "AWS::SNS::TopicPolicy", "PolicyDocument") == []


def test_the_key_of_a_given_topic_is_opened_too(stack: cdk.Stack) -> None:
    alarm_topic(stack, sns.Topic(stack, "OnCall", master_key=kms.Key(stack, "Key"), enforce_ssl=True))

    template = synth_template(stack)
    assert publishing(template) == [PUBLISHES]
    assert using_keys(template) == [USES]


def test_a_topic_and_a_key_of_another_stack_do_not_wait_for_this_one() -> None:
    app = cdk.App()
    shared = cdk.Stack(app, "Shared")
    topic = sns.Topic(shared, "OnCall", master_key=kms.Key(shared, "Key"), enforce_ssl=True)
    stack = cdk.Stack(app, "Stack")
    stack.add_dependency(shared)
    alarm_topic(stack, topic)

    template = synth_template(shared)
    assert publishing(template) == [PUBLISHES]
    assert using_keys(template) == [USES]


def test_an_imported_topic_is_its_owners_affair(stack: cdk.Stack) -> None:
    topic = sns.Topic.from_topic_arn(stack, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call")

    assert alarm_topic(stack, topic) is topic
    assert "Resources" not in synth_template(stack)
