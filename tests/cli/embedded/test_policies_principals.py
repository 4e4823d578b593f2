"""Who is asked: the account's root too, who a trust policy names, and what the embedded AWS does not know of a role."""

import uuid
from typing import Any

import boto3
import pytest

from tests.cli.embedded.policies import ACCOUNT, allow, as_session, bucket, deny, document, refusal, session

pytestmark = pytest.mark.e2e

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
EXPLICIT = "with an explicit deny in a resource-based policy"


def plain(bench: Any, service: Any) -> Any:
    """A client of the account's root whose requests say that they came over HTTP."""
    client = bench.aws.client(service)
    client.meta.events.register(
        "before-send", lambda request, **_: request.headers.__setitem__("x-forwarded-proto", "http")
    )
    return client


def sentences(bench: Any) -> Any:
    return [denial.sentence for denial in bench.aws.denials()]


def test_root_is_subject_to_a_bucket_policys_deny(bench: Any) -> None:
    name, s3 = bucket(bench), bench.client("s3")
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    tls = {**deny("s3:*", on=f"arn:aws:s3:::{name}/*", Bool={"aws:SecureTransport": "false"}), "Principal": "*"}
    s3.put_bucket_policy(Bucket=name, Policy=document(tls))
    assert refusal(lambda: s3.get_object(Bucket=name, Key="k")) is None
    code, message = refusal(lambda: plain(bench, "s3").get_object(Bucket=name, Key="k"))
    assert code == "AccessDenied"
    assert message == (
        f'User: {ROOT} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{name}/k" {EXPLICIT}'
    )
    assert message in sentences(bench)


def test_root_can_always_change_the_bucket_policy(bench: Any) -> None:
    name, s3 = bucket(bench), bench.client("s3")
    everything = document({**deny("s3:*", on=f"arn:aws:s3:::{name}"), "Principal": "*"})
    s3.put_bucket_policy(Bucket=name, Policy=everything)
    assert refusal(lambda: s3.list_objects_v2(Bucket=name))[1].endswith(EXPLICIT)
    assert refusal(lambda: s3.get_bucket_policy(Bucket=name)) is None
    assert refusal(lambda: s3.put_bucket_policy(Bucket=name, Policy=everything)) is None
    assert refusal(lambda: s3.delete_bucket_policy(Bucket=name)) is None
    assert refusal(lambda: s3.list_objects_v2(Bucket=name)) is None


def test_what_a_queue_and_a_topic_deny_root_is_among_the_denials(bench: Any) -> None:
    url, arn = bench.queue()
    topic = bench.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    http = {"Bool": {"aws:SecureTransport": "false"}}
    bench.permissions.on_queue(url, {**deny("sqs:*", on=arn, **http), "Principal": "*"})
    bench.permissions.on_topic(topic, {**deny("sns:Publish", on=topic, **http), "Principal": "*"})
    for call in (
        lambda: plain(bench, "sqs").send_message(QueueUrl=url, MessageBody="m"),
        lambda: plain(bench, "sns").publish(TopicArn=topic, Message="m"),
    ):
        message = refusal(call)[1]
        assert message.endswith(EXPLICIT)
        assert message in sentences(bench)


def trusting(bench: Any, *principals: Any, **condition: Any) -> Any:
    role = bench.role_of()
    trust = {**allow("sts:AssumeRole", **condition), "Principal": {"AWS": list(principals)}}
    del trust["Resource"]
    bench.client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document(trust))
    return role


def assumed(client: Any, role: Any, **more: Any) -> Any:
    return refusal(lambda: client.assume_role(RoleArn=role, RoleSessionName="a1", **more))


def test_a_trust_policy_that_names_the_role_itself_suffices(bench: Any) -> None:
    caller = bench.role_of()
    sts = session(bench, caller, "sts")
    assert assumed(sts, trusting(bench, caller)) is None
    code, message = assumed(sts, trusting(bench, ROOT))
    assert code == "AccessDenied"
    assert message.startswith(f"User: {as_session(caller)} is not authorized to perform: sts:AssumeRole on resource: ")
    assert assumed(sts, trusting(bench, bench.role)) is not None
    allowed = bench.role_of(allow("sts:AssumeRole"))
    assert assumed(session(bench, allowed, "sts"), trusting(bench, ROOT)) is None
    forbidden = bench.role_of(deny("sts:AssumeRole"))
    assert assumed(session(bench, forbidden, "sts"), trusting(bench, forbidden)) is not None


def test_a_trust_policys_condition_holds_for_whom_it_names(bench: Any) -> None:
    caller = bench.role_of()
    sts = session(bench, caller, "sts")
    role = trusting(bench, caller, StringEquals={"sts:ExternalId": "secret"})
    assert assumed(sts, role) is not None
    assert assumed(sts, role, ExternalId="other") is not None
    assert assumed(sts, role, ExternalId="secret") is None


def test_a_trust_policy_that_names_the_user_itself_suffices(bench: Any) -> None:
    iam, name = bench.client("iam"), f"u-{uuid.uuid4().hex[:8]}"
    user = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    sts = boto3.session.Session().client(
        "sts",
        endpoint_url=bench.aws.endpoint_url,
        region_name=bench.aws.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    assert assumed(sts, trusting(bench, ROOT)) is not None
    assert assumed(sts, trusting(bench, user, StringEquals={"sts:RoleSessionName": "${aws:username}"})) is not None
    assert assumed(sts, trusting(bench, user)) is None


def test_a_denial_names_the_managed_policies_that_are_unknown(bench: Any) -> None:
    unknown = "arn:aws:iam::aws:policy/AmazonTextractNobodyKnows"
    trust = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "ManagedPolicyArns": [unknown],
    }
    _, outputs = bench.deploy(
        {"R": {"Type": "AWS::IAM::Role", "Properties": properties}},
        {"Arn": {"Value": {"Fn::GetAtt": ["R", "Arn"]}}},
    )
    url, _ = bench.queue()
    _, message = refusal(lambda: session(bench, outputs["Arn"], "sqs").send_message(QueueUrl=url, MessageBody="m"))
    assert "AmazonTextractNobodyKnows" not in message
    assert f"{message} (the embedded AWS does not know the attached {unknown})" in sentences(bench)


def test_a_role_of_a_template_has_its_boundary(bench: Any) -> None:
    boundary = bench.client("iam").create_policy(
        PolicyName=f"p-{uuid.uuid4().hex[:8]}", PolicyDocument=document(allow("s3:*"))
    )["Policy"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
        "PermissionsBoundary": boundary,
    }
    _, outputs = bench.deploy(
        {"R": {"Type": "AWS::IAM::Role", "Properties": properties}},
        {"Arn": {"Value": {"Fn::GetAtt": ["R", "Arn"]}}},
    )
    url, _ = bench.queue()
    _, message = refusal(lambda: session(bench, outputs["Arn"], "sqs").send_message(QueueUrl=url, MessageBody="m"))
    assert "because no permissions boundary allows" in message
