"""What AWS refuses of a policy when it is put: by API and by template."""

import json
import uuid
from typing import Any

import pytest

from tests.cli.embedded.policies import ACCOUNT, allow, bucket, document, refusal

pytestmark = pytest.mark.e2e

NOBODY = f"arn:aws:iam::{ACCOUNT}:role/nobody"
PATTERN = f"arn:aws:iam::{ACCOUNT}:role/*"
ELSEWHERE = "arn:aws:iam::111111111111:role/unknown-here"


def policy(principal: Any, action: Any, *, on: Any = "*") -> Any:
    named = {**allow(action, on=on), "Principal": {"AWS": principal}}
    if action == "sts:AssumeRole":
        del named["Resource"]
    return document(named)


def put(bench: Any, kind: Any, principal: Any, action: Any) -> Any:
    """Put a policy that names the principal on a new thing of a kind; the refusal, or None."""
    name = f"x-{uuid.uuid4().hex[:8]}"
    if kind == "role":
        text = policy(principal, action)
        return refusal(lambda: bench.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=text))
    if kind == "bucket":
        there = bucket(bench)
        text = policy(principal, action, on=f"arn:aws:s3:::{there}/*")
        return refusal(lambda: bench.client("s3").put_bucket_policy(Bucket=there, Policy=text))
    if kind == "queue":
        url, arn = bench.queue()
        text = policy(principal, action, on=arn)
        return refusal(lambda: bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text}))
    if kind == "topic":
        sns = bench.client("sns")
        arn = sns.create_topic(Name=name)["TopicArn"]
        text = policy(principal, action, on=arn)
        return refusal(lambda: sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text))
    return refusal(lambda: bench.client("kms").create_key(Policy=policy(principal, action)))


KINDS = {
    "role": ("sts:AssumeRole", "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{NOBODY}"'),
    "bucket": ("s3:GetObject", "MalformedPolicy", "Invalid principal in policy"),
    "queue": ("sqs:SendMessage", "InvalidAttributeValue", "Invalid value for the parameter Policy."),
    "topic": ("sns:Publish", "InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
    "key": (
        "kms:*",
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_principal_of_this_account_is_there(bench: Any, kind: Any) -> None:
    action, code, message = KINDS[kind]
    assert put(bench, kind, NOBODY, action) == (code, message)
    assert put(bench, kind, [bench.role, NOBODY], action) == (code, message)
    for known in (bench.role, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ELSEWHERE):
        assert put(bench, kind, known, action) is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_pattern_names_a_principal(bench: Any, kind: Any) -> None:
    action, code, _ = KINDS[kind]
    for pattern in (PATTERN, f"arn:aws:iam::{ACCOUNT}:*", "arn:aws:iam::*:root"):
        assert put(bench, kind, pattern, action)[0] == code


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("bucket", ("MalformedPolicy", "Policy has invalid action")),
        ("queue", ("InvalidAttributeValue", "Invalid value for the parameter Policy.")),
        ("topic", ("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!")),
    ],
)
def test_an_action_is_the_services_own(bench: Any, kind: Any, refused: Any) -> None:
    assert put(bench, kind, bench.role, "dynamodb:GetItem") == refused


def reasons(bench: Any, kind: Any, **properties: Any) -> Any:
    stack, _ = bench.deploy({"It": {"Type": f"AWS::{kind}", "Properties": properties}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = bench.client("cloudformation").describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_a_template_is_refused_like_the_api(bench: Any) -> None:
    named = f'Invalid principal in policy: "AWS":"{NOBODY}"'
    url, arn = bench.queue()
    trust, opened = (json.loads(policy(NOBODY, action)) for action in ("sts:AssumeRole", "sqs:SendMessage"))
    assert named in reasons(bench, "IAM::Role", AssumeRolePolicyDocument=trust)
    assert named in reasons(bench, "SQS::QueuePolicy", Queues=[url], PolicyDocument=opened)
    other = json.loads(policy(bench.role, "sns:Publish", on=arn))
    assert "out of service scope" in reasons(bench, "SQS::QueuePolicy", Queues=[url], PolicyDocument=other)


def test_a_policy_that_is_not_there_is_not_attached(bench: Any) -> None:
    iam, role = bench.client("iam"), bench.role_of().rpartition("/")[2]
    missing = f"arn:aws:iam::{ACCOUNT}:policy/none"
    refused = ("NoSuchEntity", f"Policy {missing} does not exist or is not attachable.")
    assert refusal(lambda: iam.attach_role_policy(RoleName=role, PolicyArn=missing)) == refused
    short = refusal(lambda: iam.attach_role_policy(RoleName=role, PolicyArn="longer-than-twenty-characters"))
    assert short == ("ValidationError", "Invalid ARN:  Could not be parsed!")
    trust = json.loads(policy(ACCOUNT, "sts:AssumeRole"))
    told = reasons(bench, "IAM::Role", AssumeRolePolicyDocument=trust, ManagedPolicyArns=[missing])
    assert refused[1] in told


def test_a_name_is_one_statements(bench: Any) -> None:
    twice = document(*({**allow("sqs:SendMessage"), "Sid": "Send"} for _ in range(2)))
    once = document({**allow("sqs:SendMessage"), "Sid": "Send"}, allow("sqs:SendMessage"), allow("sqs:SendMessage"))
    iam, role = bench.client("iam"), bench.role_of().rpartition("/")[2]
    refused = ("MalformedPolicyDocument", "Statement IDs (SID) in a single policy must be unique.")
    assert refusal(lambda: iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=twice)) == refused
    assert refusal(lambda: iam.create_policy(PolicyName=uuid.uuid4().hex, PolicyDocument=twice)) == refused
    assert refusal(lambda: iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=once)) is None
    named = {"PolicyName": "p", "PolicyDocument": json.loads(twice)}
    assert refused[1] in reasons(bench, "IAM::Policy", Roles=[role], **named)
    assert refused[1] in reasons(bench, "IAM::ManagedPolicy", PolicyDocument=named["PolicyDocument"])
    trust = json.loads(policy(ACCOUNT, "sts:AssumeRole"))
    assert refused[1] in reasons(bench, "IAM::Role", AssumeRolePolicyDocument=trust, Policies=[named])
