from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from naws.testing import (
    FindingsError,
    assert_encrypted,
    assert_least_privilege,
    assert_log_retention,
    assert_no_resource_types,
    assert_no_wildcard_actions,
    assert_tagged,
    synth_template,
)


def template_of(build: Callable[[cdk.Stack], object]) -> dict[str, Any]:
    def in_stack(app: cdk.App) -> cdk.Stack:
        stack = cdk.Stack(app, "Stack")
        build(stack)
        return stack

    return synth_template(in_stack)


def findings(check: Callable[[], None]) -> list[tuple[str, str]]:
    with pytest.raises(FindingsError) as raised:
        check()
    return [(found.rule, found.message) for found in raised.value.findings]


def secure(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    sqs.Queue(stack, "Managed", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True)
    sqs.Queue(stack, "Keyed", encryption_master_key=key, enforce_ssl=True)
    sns.Topic(stack, "Topic", master_key=key, enforce_ssl=True)
    s3.Bucket(
        stack,
        "Bucket",
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
    )
    key_schema = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    dynamodb.Table(stack, "Table", partition_key=key_schema)
    logs.LogGroup(stack, "Logs", retention=logs.RetentionDays.ONE_MONTH)


def role_that(*statements: iam.PolicyStatement) -> dict[str, Any]:
    def build(stack: cdk.Stack) -> None:
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        for statement in statements:
            role.add_to_policy(statement)

    return template_of(build)


def test_forbidden_types() -> None:
    template = {"Resources": {"L": {"Type": "AWS::ECS::Service"}, "T": {"Type": "AWS::ECS::TaskDefinition"}}}
    assert_no_resource_types(template, ["AWS::ElasticLoadBalancingV2::*", "AWS::ECS::TaskSet"])
    for forbidden in ("AWS::ECS::Service", "AWS::ECS::Serv*"):
        assert findings(lambda forbidden=forbidden: assert_no_resource_types(template, [forbidden])) == [
            ("no-resource-types", "AWS::ECS::Service must not be in the template")
        ]


def test_encryption() -> None:
    assert_encrypted(template_of(secure))


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda stack: sqs.Queue(stack, "Q", enforce_ssl=True), ["encrypted"]),
        (lambda stack: sqs.Queue(stack, "Q", encryption=sqs.QueueEncryption.SQS_MANAGED), ["tls-only"]),
        (lambda stack: sns.Topic(stack, "T"), ["encrypted", "tls-only"]),
        (lambda stack: s3.CfnBucket(stack, "B"), ["encrypted", "no-public-access", "tls-only"]),
        (
            lambda stack: s3.Bucket(
                stack, "B", enforce_ssl=True, encryption=s3.BucketEncryption.S3_MANAGED
            ).node.default_child.add_property_override("PublicAccessBlockConfiguration.BlockPublicAcls", value=False),
            ["no-public-access"],
        ),
    ],
)
def test_missing_encryption(build: Callable[[cdk.Stack], object], expected: list[str]) -> None:
    assert [rule for rule, _ in findings(lambda: assert_encrypted(template_of(build)))] == expected


def test_a_tls_policy_for_another_queue_does_not_count() -> None:
    template = template_of(
        lambda stack: (
            sqs.Queue(stack, "A", encryption=sqs.QueueEncryption.SQS_MANAGED),
            sqs.Queue(stack, "B", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True),
        )
    )
    with pytest.raises(FindingsError, match=r"^1 finding\(s\):\n  tls-only at A"):
        assert_encrypted(template)


def test_log_retention() -> None:
    assert_log_retention(template_of(secure))
    kept = template_of(lambda stack: logs.LogGroup(stack, "Logs", retention=logs.RetentionDays.INFINITE))
    assert findings(lambda: assert_log_retention(kept)) == [("log-retention", "has no RetentionInDays")]


def test_wildcard_actions() -> None:
    narrow = role_that(
        iam.PolicyStatement(actions=["s3:Get*"], resources=["arn:aws:s3:::b/*"]),
        iam.PolicyStatement(effect=iam.Effect.DENY, actions=["s3:*"], resources=["*"]),
    )
    assert_no_wildcard_actions(narrow)
    wide = role_that(iam.PolicyStatement(actions=["s3:*", "sqs:SendMessage"], resources=["arn:aws:s3:::b"]))
    assert findings(lambda: assert_no_wildcard_actions(wide)) == [("no-wildcard-actions", "allows s3:*")]


def test_wildcard_actions_in_a_roles_own_policies() -> None:
    document = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "x"}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": document}]}}
    with pytest.raises(FindingsError, match=r"at R: allows \*"):
        assert_no_wildcard_actions({"Resources": {"R": role}})


def test_least_privilege() -> None:
    trace = iam.PolicyStatement(actions=["xray:PutTraceSegments"], resources=["*"])
    template = role_that(trace, iam.PolicyStatement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:::q"]))
    assert_least_privilege(template, {"xray:PutTraceSegments": "X-Ray has no resources"})
    assert findings(lambda: assert_least_privilege(template, {})) == [
        ("least-privilege", "allows xray:PutTraceSegments on every resource")
    ]
    empty_reason = {"xray:PutTraceSegments": ""}
    assert len(findings(lambda: assert_least_privilege(template, empty_reason))) == 1
    stale = {"xray:PutTraceSegments": "X-Ray has no resources", "logs:CreateLogDelivery": "gone"}
    assert findings(lambda: assert_least_privilege(template, stale)) == [
        ("least-privilege", "is excused but not in the template")
    ]


def test_tags() -> None:
    def build(stack: cdk.Stack) -> None:
        secure(stack)
        role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:::q"]))
        cdk.Tags.of(stack).add("service", "reports")

    template = template_of(build)
    assert_tagged(template, {"service": "reports"})
    untagged = {found for _, found in findings(lambda: assert_tagged(template, {"service": "other"}))}
    assert "AWS::SQS::Queue has no tag service=other" in untagged
    assert not any("AWS::IAM::Policy" in message for message in untagged)


def test_tags_as_a_map_and_excuses() -> None:
    pipe: Mapping[str, Any] = {"Type": "AWS::Pipes::Pipe", "Properties": {"Tags": {"service": "reports"}}}
    assert_tagged({"Resources": {"P": pipe, "C": {"Type": "Custom::Thing"}}}, {"service": "reports"})
    bare = {"Resources": {"P": {"Type": "AWS::Pipes::Pipe"}}}
    assert len(findings(lambda: assert_tagged(bare, {"service": "reports"}))) == 1
    assert_tagged(bare, {"service": "reports"}, excused={"AWS::Pipes::Pipe": "tagged by hand"})
