"""How statements are read: the caller's ARN, variables in values, and everybody but those who are named."""

import json
import uuid
from typing import Any

import pytest

from tests.cli.embedded.policies import (
    ACCOUNT,
    allow,
    as_session,
    bucket,
    deny,
    document,
    failure,
    refusal,
    session,
    task,
)

pytestmark = pytest.mark.e2e

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
EXPLICIT = "with an explicit deny in a resource-based policy"


@pytest.mark.parametrize("operator", ["ArnNotEquals", "ArnNotLike", "StringNotEquals"])
def test_a_sessions_principal_is_its_role(bench: Any, operator: Any) -> None:
    url, arn = bench.queue()
    role = bench.role_of(allow("sqs:SendMessage", on=arn))
    other = bench.role_of(allow("sqs:SendMessage", on=arn))
    only = {**deny("sqs:SendMessage", on=arn, **{operator: {"aws:PrincipalArn": role}}), "Principal": "*"}
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(only)})
    assert refusal(lambda: session(bench, role, "sqs").send_message(QueueUrl=url, MessageBody="m")) is None
    _, message = refusal(lambda: session(bench, other, "sqs").send_message(QueueUrl=url, MessageBody="m"))
    assert message.endswith(EXPLICIT)


def test_a_workflows_principal_is_its_role_with_its_path(bench: Any) -> None:
    url, arn = bench.queue()
    iam, name = bench.client("iam"), f"r-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, Path="/deep/er/", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    send = task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "m"})
    for named, status in ((role, "SUCCEEDED"), (f"arn:aws:iam::{ACCOUNT}:role/{name}", "FAILED")):
        only = deny("sqs:SendMessage", ArnNotLike={"aws:PrincipalArn": named})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(allow("sqs:*", on=arn), only))
        execution = bench.finished(bench.start(bench.machine(send, role=role)))
        assert execution["status"] == status, execution
    assert "with an explicit deny in an identity-based policy" in failure(execution)[1]


def test_variables_have_the_requests_values(bench: Any) -> None:
    name = bucket(bench)
    for key in (f"{ACCOUNT}/x", "mine/x", "fallback/x", "*/x", "a/x"):
        bench.client("s3").put_object(Bucket=name, Key=key, Body=b"x")

    def got(where: Any, key: Any, **condition: Any) -> Any:
        role = bench.role_of(allow("s3:GetObject", on=f"arn:aws:s3:::{name}/{where}", **condition))
        bench.client("iam").tag_role(RoleName=role.rpartition("/")[2], Tags=[{"Key": "team", "Value": "mine"}])
        return refusal(lambda: session(bench, role, "s3").get_object(Bucket=name, Key=key)) is None

    assert got("${aws:PrincipalAccount}/*", f"{ACCOUNT}/x")
    assert not got("${aws:PrincipalAccount}/*", "a/x")
    assert got("${aws:PrincipalTag/team}/*", "mine/x")
    assert got("${aws:PrincipalTag/none, 'fallback'}/*", "fallback/x")
    assert not got("${aws:username}/*", "a/x")
    assert got("${*}/x", "*/x")
    assert not got("${*}/x", "a/x")
    assert got("*", "a/x", StringEquals={"aws:PrincipalAccount": "${aws:ResourceAccount}"})
    assert not got("*", "a/x", StringEquals={"aws:PrincipalAccount": "${aws:username}"})


def test_variables_of_a_users_name_and_of_denials(bench: Any) -> None:
    url, arn = bench.queue()
    role = bench.role_of(allow("sqs:*", on=arn), deny("sqs:SendMessage", on="arn:aws:sqs:*:${aws:PrincipalAccount}:*"))
    _, message = refusal(lambda: session(bench, role, "sqs").send_message(QueueUrl=url, MessageBody="m"))
    assert message.endswith("with an explicit deny in an identity-based policy")
    unknown = bench.role_of(allow("sqs:*", on=arn), deny("sqs:*", StringNotEquals={"aws:userid": "${aws:username}"}))
    assert refusal(lambda: session(bench, unknown, "sqs").send_message(QueueUrl=url, MessageBody="m")) is None


def test_variables_in_a_resources_policy_need_the_version(bench: Any) -> None:
    name = bucket(bench)
    s3 = bench.client("s3")
    s3.put_object(Bucket=name, Key=f"{ACCOUNT}/x", Body=b"x")
    role = bench.role_of()
    own = {**allow("s3:GetObject", on=f"arn:aws:s3:::{name}/${{aws:PrincipalAccount}}/*"), "Principal": {"AWS": role}}

    def got() -> Any:
        return refusal(lambda: session(bench, role, "s3").get_object(Bucket=name, Key=f"{ACCOUNT}/x")) is None

    s3.put_bucket_policy(Bucket=name, Policy=document(own))
    assert got()
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2008-10-17", "Statement": [own]}))
    assert not got()


def test_not_principal_denies_all_but_those_named(bench: Any) -> None:
    url, arn = bench.queue()
    role, other = (bench.role_of(allow("sqs:SendMessage", on=arn)) for _ in range(2))
    boundary = bench.client("iam").create_policy(
        PolicyName=f"p-{uuid.uuid4().hex[:8]}", PolicyDocument=document(allow("*"))
    )["Policy"]["Arn"]
    bounded = bench.role_of(allow("sqs:SendMessage", on=arn), boundary=boundary)

    def sent(by: Any, *names: Any) -> Any:
        only = {**deny("sqs:SendMessage", on=arn), "NotPrincipal": {"AWS": list(names)}}
        bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(only)})
        return refusal(lambda: session(bench, by, "sqs").send_message(QueueUrl=url, MessageBody="m"))

    assert sent(role, ROOT, role) is None
    assert sent(role, ROOT, as_session(role)) is None
    for by, *names in ((other, ROOT, role), (role, role), (role, ROOT), (bounded, ROOT, bounded)):
        assert sent(by, *names)[1].endswith(EXPLICIT), (by, names)


def test_a_queues_and_a_topics_deny_knows_who_calls(bench: Any) -> None:
    url, arn = bench.queue()
    topic = bench.client("sns").create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    role, other = (bench.role_of(allow("sqs:SendMessage", "sns:Publish")) for _ in range(2))
    bench.client("iam").tag_role(RoleName=role.rpartition("/")[2], Tags=[{"Key": "team", "Value": "mine"}])
    own = {"StringNotEquals": {"aws:PrincipalTag/team": "mine"}}
    user = {"StringNotEquals": {"aws:PrincipalType": "AssumedRole"}}
    for condition in (own, user):
        bench.permissions.on_queue(url, {**deny("sqs:SendMessage", on=arn, **condition), "Principal": "*"})
        bench.permissions.on_topic(topic, {**deny("sns:Publish", on=topic, **condition), "Principal": "*"})
        assert refusal(lambda: session(bench, role, "sqs").send_message(QueueUrl=url, MessageBody="m")) is None
        assert refusal(lambda: session(bench, role, "sns").publish(TopicArn=topic, Message="m")) is None
        refused = refusal(lambda: session(bench, other, "sqs").send_message(QueueUrl=url, MessageBody="m"))
        assert (refused is None) == (condition is user)


def test_not_principal_may_name_services(bench: Any, permissions: Any, until: Any) -> None:
    events, name = bench.client("events"), f"r-{uuid.uuid4().hex[:8]}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    queues = {}
    for service in ("events.amazonaws.com", "sns.amazonaws.com"):
        url, arn = bench.queue()
        only = {**deny("sqs:SendMessage", on=arn), "NotPrincipal": {"Service": service}}
        permissions.on_queue(url, permissions.allow("sqs:SendMessage", on=arn, to="events.amazonaws.com"), only)
        events.put_targets(Rule=name, Targets=[{"Id": service.partition(".")[0], "Arn": arn}])
        queues[service] = url, arn
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"}])
    assert bench.messages(queues["events.amazonaws.com"][0])
    refused = queues["sns.amazonaws.com"][1]
    denial = until(lambda: next((item for item in bench.aws.denials() if item.resource == refused), None))
    assert denial.sentence.endswith(EXPLICIT)
