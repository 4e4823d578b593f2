"""Secrets and buckets under customers' keys: what reads them may decrypt them, and no other stack's policy changes."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import (
    BucketBinding,
    Concurrency,
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    FanOut,
    QueueTrigger,
    RowsOf,
    ScheduleTrigger,
    SecretBinding,
    Sidecar,
)
from naws.testing import cdk_app

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:reports-AbCdEf"
ENV = cdk.Environment(account="123456789012", region="eu-central-1")
Secrets = Callable[[cdk.Stack], secretsmanager.ISecret]


def processor(stack: cdk.Stack, **given: Any) -> EcsTaskProcessor:
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    return EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, **given))


def templates(*stacks: cdk.Stack) -> list[dict[str, Any]]:
    app = stacks[0].node.root
    assert isinstance(app, cdk.App)
    assembly = app.synth()
    return [assembly.get_stack_by_name(stack.stack_name).template for stack in stacks]


def decrypting(template: dict[str, Any], role: str) -> Iterator[dict[str, Any]]:
    """The statements of a role that let it decrypt."""
    for name, part in template["Resources"].items():
        documents: list[dict[str, Any]] = []
        if part["Type"] == "AWS::IAM::Policy" and role in json.dumps(part["Properties"]["Roles"]):
            documents = [part["Properties"]["PolicyDocument"]]
        elif part["Type"] == "AWS::IAM::Role" and role in name:
            documents = [policy["PolicyDocument"] for policy in part["Properties"].get("Policies", ())]
        for document in documents:
            yield from (each for each in document["Statement"] if "kms:Decrypt" in each["Action"])


def key_policies(template: dict[str, Any]) -> str:
    keys = [part for part in template["Resources"].values() if part["Type"] == "AWS::KMS::Key"]
    assert keys
    return json.dumps(keys)


GIVEN: dict[str, Callable[[secretsmanager.ISecret], dict[str, Any]]] = {
    "binding": lambda secret: {"bindings": [SecretBinding(secret, name="TOKEN")]},
    "field": lambda secret: {"bindings": [SecretBinding(secret, field="token", name="TOKEN")]},
    "secrets": lambda secret: {"secrets": {"TOKEN": ecs.Secret.from_secrets_manager(secret)}},
    "secrets of a field": lambda secret: {"secrets": {"TOKEN": ecs.Secret.from_secrets_manager(secret, "token")}},
    "sidecar": lambda secret: {
        "sidecars": [
            Sidecar(
                name="proxy",
                image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1"),
                secrets={"TOKEN": ecs.Secret.from_secrets_manager(secret)},
            )
        ]
    },
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_a_secret_of_another_stack_is_decrypted_without_a_change_of_its_keys_policy(
    given: Callable[[secretsmanager.ISecret], dict[str, Any]],
) -> None:
    app = cdk_app()
    shared, reports = cdk.Stack(app, "Shared", env=ENV), cdk.Stack(app, "Reports", env=ENV)
    secret = secretsmanager.Secret(shared, "Secret", encryption_key=kms.Key(shared, "Key"))
    processor(reports, **given(secret))

    there, here = templates(shared, reports)
    (statement,) = decrypting(here, "ExecutionRole")

    assert "Key" in json.dumps(statement["Resource"])
    assert statement["Condition"] == {"StringLike": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com*"}}
    assert "Role" not in key_policies(there)


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_a_secret_that_was_made_without_a_key_needs_no_right_to_decrypt(
    given: Callable[[secretsmanager.ISecret], dict[str, Any]],
) -> None:
    stack = cdk.Stack(cdk_app(), "Reports", env=ENV)
    processor(stack, **given(secretsmanager.Secret(stack, "Secret")))

    assert list(decrypting(templates(stack)[0], "ExecutionRole")) == []


def test_an_imported_secret_is_decrypted_with_the_imported_key_that_it_names() -> None:
    stack = cdk.Stack(cdk_app(), "Reports", env=ENV)
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    secret = secretsmanager.Secret.from_secret_attributes(
        stack, "Secret", secret_complete_arn=SECRET, encryption_key=key
    )
    processor(stack, bindings=[SecretBinding(secret)])

    (statement,) = decrypting(templates(stack)[0], "ExecutionRole")
    assert statement["Resource"] == KEY
    assert statement["Condition"] == {"StringLike": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com*"}}


IMPORTED: dict[str, Secrets] = {
    "complete": lambda stack: secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", SECRET),
    "partial": lambda stack: secretsmanager.Secret.from_secret_partial_arn(
        stack, "Secret", SECRET.removesuffix("-AbCdEf")
    ),
    "named": lambda stack: secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "reports"),
}


@pytest.fixture(scope="module")
def of_imported() -> dict[tuple[str, str], dict[str, Any]]:
    """The template for each imported secret and each way to give it, all of one synthesis."""
    app = cdk_app()
    stacks: dict[tuple[str, str], cdk.Stack] = {}
    for imported, given in product(IMPORTED, GIVEN):
        stack = stacks[imported, given] = cdk.Stack(app, f"Reports{len(stacks)}", env=ENV)
        processor(stack, **GIVEN[given](IMPORTED[imported](stack)))
    return dict(zip(stacks, templates(*stacks.values()), strict=True))


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("imported", IMPORTED)
def test_an_imported_secret_is_decrypted_whatever_its_key_and_nothing_else_is(
    imported: str, given: str, of_imported: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """Its key is not known; the encryption context of Secrets Manager holds the secret's ARN."""
    (statement,) = decrypting(of_imported[imported, given], "ExecutionRole")
    condition = statement["Condition"]["StringLike"]
    assert condition["kms:ViaService"] == "secretsmanager.eu-central-1.amazonaws.com*"
    secrets = condition["kms:EncryptionContext:SecretARN"]
    assert secrets
    assert all(":secret:reports" in json.dumps(each) for each in ([secrets] if isinstance(secrets, str) else secrets))
    assert ":kms:eu-central-1:123456789012:key/*" in json.dumps(statement["Resource"])


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("imported", IMPORTED)
def test_ecs_may_read_the_secret_by_the_name_that_it_has(
    imported: str, given: str, of_imported: dict[tuple[str, str], dict[str, Any]]
) -> None:
    resources = of_imported[imported, given]["Resources"].values()
    text = json.dumps([part["Properties"] for part in resources if part["Type"] == "AWS::IAM::Policy"])
    assert '"secretsmanager:GetSecretValue"' in text
    assert ":secret:reports-" in text
    assert "DescribeSecret" not in text


def test_a_bucket_of_another_stack_is_decrypted_without_a_change_of_its_keys_policy() -> None:
    app = cdk_app()
    shared, reports = cdk.Stack(app, "Shared", env=ENV), cdk.Stack(app, "Reports", env=ENV)
    bucket = s3.Bucket(shared, "Sales", encryption_key=kms.Key(shared, "Key"), encryption=s3.BucketEncryption.KMS)
    processor(reports, bindings=[BucketBinding(bucket)], fan_out=FanOut(RowsOf(bucket, "rows.csv")))

    there, here = templates(shared, reports)
    for role in ("TaskRole", "WorkflowRole"):
        (statement,) = decrypting(here, role)
        assert statement["Condition"] == {"StringLike": {"kms:ViaService": "s3.eu-central-1.amazonaws.com*"}}
    assert "Role" not in key_policies(there)


def test_a_given_queue_of_another_stack_is_decrypted_without_a_change_of_its_keys_policy() -> None:
    app = cdk_app()
    shared, reports = cdk.Stack(app, "Shared", env=ENV), cdk.Stack(app, "Reports", env=ENV)
    queue = sqs.Queue(
        shared,
        "Orders",
        encryption_master_key=kms.Key(shared, "Key"),
        dead_letter_queue=sqs.DeadLetterQueue(queue=sqs.Queue(shared, "Dead"), max_receive_count=3),
    )
    processor(reports, triggers=[QueueTrigger(queue=queue)])

    there, here = templates(shared, reports)
    assert len(list(decrypting(here, "PipesRole"))) == 1
    assert "Role" not in key_policies(there)


ALIASES: dict[str, Callable[[cdk.Stack], kms.IKey]] = {
    "named": lambda stack: kms.Alias.from_alias_name(stack, "Alias", "alias/reports"),
    "made": lambda stack: kms.Alias(stack, "Alias", alias_name="alias/reports", target_key=kms.Key(stack, "Key")),
    "with its key": lambda stack: kms.Alias.from_alias_attributes(
        stack, "Alias", alias_name="alias/reports", alias_target_key=kms.Key.from_key_arn(stack, "Key", KEY)
    ),
    "by its ARN": lambda stack: kms.Key.from_key_arn(stack, "Alias", KEY.partition("key/")[0] + "alias/reports"),
}


@pytest.mark.parametrize("alias", ALIASES.values(), ids=ALIASES)
def test_whoever_works_with_what_is_encrypted_may_use_the_key_of_an_alias(
    alias: Callable[[cdk.Stack], kms.IKey],
) -> None:
    """Payloads, the failure queue, leases, dead letters, a queue that was given, a bucket and a secret."""
    stack = cdk.Stack(cdk_app(), "Reports", env=ENV)
    key = alias(stack)
    bucket = s3.Bucket(stack, "Sales", encryption_key=key, encryption=s3.BucketEncryption.KMS)
    secret = secretsmanager.Secret(stack, "Token", encryption_key=key)
    dead = sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Dead"), max_receive_count=3)
    orders = sqs.Queue(stack, "Orders", encryption_master_key=key, dead_letter_queue=dead)
    processor(
        stack,
        encryption_key=key,
        concurrency=Concurrency(limit=1),
        bindings=[BucketBinding(bucket), SecretBinding(secret)],
        fan_out=FanOut(RowsOf(bucket, "rows.csv")),
        triggers=[QueueTrigger(queue=orders), ScheduleTrigger("@daily")],
    )

    (template,) = templates(stack)
    for role in ("TaskRole", "ExecutionRole", "WorkflowRole", "LeaseReaperRole", "PipesRole", "SchedulerRole"):
        statements = list(decrypting(template, role))
        assert statements, role
        for statement in statements:
            named = statement.get("Condition", {}).get("ForAnyValue:StringEquals")
            where = json.dumps(statement["Resource"])
            assert "alias/" not in where
            assert (named == {"kms:ResourceAliases": "alias/reports"}) == (":key/*" in where)
    assert "kms:GenerateDataKey" in json.dumps([*decrypting(template, "WorkflowRole")])


def test_log_groups_have_the_key_behind_an_alias() -> None:
    """Source: CloudWatch Logs API, AssociateKmsKey: the ARN of the key."""
    stack = cdk.Stack(cdk_app(), "Reports", env=ENV)
    Conventions(encryption_key=ALIASES["with its key"](stack)).apply(stack)
    processor(stack)

    (template,) = templates(stack)
    groups = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup"]
    assert groups
    assert {group["KmsKeyId"] for group in groups} == {KEY}
