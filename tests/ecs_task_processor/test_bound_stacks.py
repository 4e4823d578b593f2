"""Bindings to the data of another stack under a customer's key: no cycle, and only actions that AWS knows."""

import json
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventBusBinding,
    FunctionBinding,
    ParameterBinding,
    QueueBinding,
    SecretBinding,
    TableBinding,
    TopicBinding,
)
from naws.testing import cdk_app, cfn_lint, nag, synth_template

ID = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
STRENGTH = "@aws-cdk/core:defaultCrossStackReferences"


def built(app: cdk.App, *, together: bool = False) -> cdk.Stack:
    """A processor that uses everything of another stack, or of its own."""
    env = cdk.Environment(account="123456789012", region="eu-central-1")  # a TableV2 with a key asks for them
    data = cdk.Stack(app, "Data", env=env)
    jobs = data if together else cdk.Stack(app, "Jobs", env=env)
    key = kms.Key(data, "Key", enable_key_rotation=True)
    orders = dynamodb.TableV2(
        data, "Orders", partition_key=ID, encryption=dynamodb.TableEncryptionV2.customer_managed_key(key)
    )
    mails, news = sqs.Queue(data, "Mails", encryption_master_key=key), sns.Topic(data, "News", master_key=key)
    level = ssm.StringParameter(data, "LogLevel", string_value="INFO")
    token = ssm.StringParameter.from_secure_string_parameter_attributes(data, "Token", parameter_name="/token")
    code = lambda_.Code.from_inline("def handler(event, context): return event")
    prices = lambda_.Function(data, "Prices", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)
    archive = EcsTaskProcessor(data, "Archive", EcsTaskProcessorProps(image=IMAGE))
    bindings = [
        BucketBinding(s3.Bucket(data, "Sales", encryption_key=key), access="read-write"),
        EventBusBinding(events.EventBus(data, "Sold"), source="shop"),
        FunctionBinding(prices.current_version),
        ParameterBinding(level),
        ParameterBinding(token, key=key),
        QueueBinding(mails),
        QueueBinding(mails, access="receive"),
        SecretBinding(secretsmanager.Secret(data, "Warehouse", encryption_key=key)),
        TableBinding(orders, access="read-write"),
        TopicBinding(news),
        archive,
    ]
    EcsTaskProcessor(jobs, "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=archive.vpc, bindings=bindings))
    return jobs


@pytest.mark.parametrize("strength", ["strong", "weak"])
def test_neither_stack_waits_for_the_other(strength: str) -> None:
    app = cdk_app()
    app.node.set_context(STRENGTH, strength)
    jobs = built(app)
    assembly = app.synth()
    data: Any = assembly.get_stack_by_name("Data")
    assert [each.id for each in data.dependencies if each.id.startswith("Jobs")] == []
    assert [each.stack_name for each in jobs.dependencies] in (["Data"], [])
    keys = [each for each in data.template["Resources"].values() if each["Type"] == "AWS::KMS::Key"]
    assert keys != []
    assert "Jobs" not in json.dumps(keys)
    if strength == "strong":  # the linter does not know the function of weak references
        assert cfn_lint(assembly.get_stack_by_name("Jobs").template) == []


def test_no_wildcard_of_a_binding_is_without_its_reason() -> None:
    found = nag(lambda app: built(app, together=True))
    assert [each for each in found if "Nightly" in str(each)] == []


def test_a_processor_stands_for_the_start_of_its_runs() -> None:
    stack = cdk.Stack(cdk_app(), "Reports")
    archive = EcsTaskProcessor(stack, "ArchiveAll", EcsTaskProcessorProps(image=IMAGE))
    nightly = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=archive.vpc))
    nightly.add_binding(archive)
    nightly.add_binding(archive.binding())  # the same again changes nothing
    resources = synth_template(stack)["Resources"]
    task, role = (
        resources[stack.get_logical_id(cast("cdk.CfnElement", each.node.default_child))]["Properties"]
        for each in (nightly.task_definition, nightly.task_role.node.find_child("DefaultPolicy"))
    )
    machine = stack.resolve(archive.state_machine.state_machine_arn)
    (container,) = task["ContainerDefinitions"]
    assert {"Name": "ARCHIVE_ALL_STATE_MACHINE_ARN", "Value": machine} in container["Environment"]
    starts = [each for each in role["PolicyDocument"]["Statement"] if each["Action"] == "states:StartExecution"]
    assert [each["Resource"] for each in starts] == [machine]
