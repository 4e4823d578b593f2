"""Policies of requests over HTTP: who may do what, on what, under which conditions, and in whose words a denial is."""

import json
import urllib.request
import uuid
from typing import Any

import boto3
import pytest

from tests.cli.embedded.policies import allow, as_session, bucket, deny, document, refusal, session

pytestmark = pytest.mark.e2e

KEYS = ("kms:Decrypt", "kms:GenerateDataKey")


def test_a_role_may_do_what_its_policy_allows_and_nothing_else(bench: Any) -> None:
    name = bucket(bench)
    role = bench.role_of(allow("s3:GetObject", on=f"arn:aws:s3:::{name}/in/*"))
    for key in ("in/a", "out/a"):
        bench.client("s3").put_object(Bucket=name, Key=key, Body=b"x")
    s3 = session(bench, role, "s3")
    assert refusal(lambda: s3.get_object(Bucket=name, Key="in/a")) is None
    code, message = refusal(lambda: s3.get_object(Bucket=name, Key="out/a"))
    assert code == "AccessDenied"
    assert message == (
        f'User: {as_session(role)} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{name}/out/a" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    denial = next(denial for denial in bench.aws.denials() if denial.sentence == message)
    assert (denial.principal, denial.action) == (as_session(role), "s3:GetObject")


def test_a_condition_of_a_listing(bench: Any) -> None:
    name = bucket(bench)
    on = f"arn:aws:s3:::{name}"
    role = bench.role_of(allow("s3:ListBucket", on=on, StringLike={"s3:prefix": ["in/*"]}))
    s3 = session(bench, role, "s3")
    assert refusal(lambda: s3.list_objects_v2(Bucket=name, Prefix="in/")) is None
    assert refusal(lambda: s3.list_objects_v2(Bucket=name, Prefix="out/"))[0] == "AccessDenied"
    assert refusal(lambda: s3.list_objects_v2(Bucket=name))[0] == "AccessDenied"


def test_what_is_not_tls_can_be_denied(bench: Any) -> None:
    url, arn = bench.queue()
    role = bench.role_of(allow("sqs:SendMessage", on=arn))
    statement = {**deny("sqs:*", on=arn, Bool={"aws:SecureTransport": "false"}), "Principal": "*"}
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(statement)})
    secure, plain = session(bench, role, "sqs"), session(bench, role, "sqs", plain=True)
    assert refusal(lambda: secure.send_message(QueueUrl=url, MessageBody="m")) is None
    _, message = refusal(lambda: plain.send_message(QueueUrl=url, MessageBody="m"))
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_a_boundary_limits_and_a_deny_wins(bench: Any) -> None:
    url, arn = bench.queue()
    boundary = bench.client("iam").create_policy(
        PolicyName=f"p-{uuid.uuid4().hex[:8]}", PolicyDocument=document(allow("s3:*"))
    )["Policy"]["Arn"]
    bounded = bench.role_of(allow("sqs:SendMessage", on=arn), boundary=boundary)
    code, message = refusal(lambda: session(bench, bounded, "sqs").send_message(QueueUrl=url, MessageBody="m"))
    assert code == "AccessDenied"
    assert message == (
        f"User: {as_session(bounded)} is not authorized to perform: sqs:sendmessage on resource: {arn} "
        "because no permissions boundary allows the sqs:sendmessage action"
    )
    denied = bench.role_of(allow("sqs:*"), deny("sqs:SendMessage", on=arn))
    _, message = refusal(lambda: session(bench, denied, "sqs").send_message(QueueUrl=url, MessageBody="m"))
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_another_account_needs_the_resources_policy_too(bench: Any) -> None:
    url, arn = bench.queue()
    other = boto3.session.Session().client(
        "sqs",
        endpoint_url=bench.aws.endpoint_url,
        region_name=bench.aws.region,
        aws_access_key_id="111111111111",
        aws_secret_access_key="x",
    )
    assert refusal(lambda: other.send_message(QueueUrl=url, MessageBody="m")) is not None
    opened = {**allow("sqs:SendMessage", on=arn), "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}
    bench.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(opened)})
    assert refusal(lambda: other.send_message(QueueUrl=url, MessageBody="m")) is None


def test_a_batch_needs_the_permission_of_its_single_call(bench: Any) -> None:
    url, arn = bench.queue()
    role = bench.role_of(allow("sqs:SendMessage", on=arn))
    sqs = session(bench, role, "sqs")
    entries = [{"Id": "1", "MessageBody": "m"}]
    assert refusal(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries)) is None
    (message,) = bench.messages(url)
    handles = [{"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}]
    assert "sqs:deletemessage" in refusal(lambda: sqs.delete_message_batch(QueueUrl=url, Entries=handles))[1]


def test_metrics_are_bound_to_their_namespace(bench: Any) -> None:
    role = bench.role_of(allow("cloudwatch:PutMetricData", StringEquals={"cloudwatch:namespace": "Mine"}))
    cloudwatch = session(bench, role, "cloudwatch")
    data = [{"MetricName": "m", "Value": 1}]
    assert refusal(lambda: cloudwatch.put_metric_data(Namespace="Mine", MetricData=data)) is None
    _, message = refusal(lambda: cloudwatch.put_metric_data(Namespace="Other", MetricData=data))
    assert "cloudwatch:PutMetricData" in message


def test_events_are_bound_to_their_source_each_of_them(bench: Any) -> None:
    only = {"events:source": "mine"}
    role = bench.role_of(
        allow("events:PutEvents", **{"ForAllValues:StringEquals": only, "Null": {"events:source": "false"}})
    )
    events = session(bench, role, "events")

    def put(*sources: str) -> Any:
        entries = [{"Source": source, "DetailType": "Sold", "Detail": "{}"} for source in sources]
        return refusal(lambda: events.put_events(Entries=entries))

    assert put("mine") is None
    assert put("mine", "mine") is None
    for sources in (("theirs",), ("mine", "theirs")):
        assert "events:PutEvents" in put(*sources)[1]


def test_every_parameter_is_asked_for(bench: Any) -> None:
    ssm = bench.client("ssm")
    names = [f"/{uuid.uuid4().hex[:8]}/{place}" for place in ("mine", "theirs")]
    for name in names:
        ssm.put_parameter(Name=name, Value="v", Type="String")
    role = bench.role_of(allow("ssm:GetParameters", on=f"arn:aws:ssm:*:*:parameter{names[0]}"))
    mine = session(bench, role, "ssm")
    assert refusal(lambda: mine.get_parameters(Names=names[:1])) is None
    code, message = refusal(lambda: mine.get_parameters(Names=names))
    assert code == "AccessDeniedException"
    assert f"parameter{names[1]}" in message


def test_who_reads_an_encrypted_thing_needs_its_key_through_its_service(bench: Any) -> None:
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    url, arn = bench.queue(KmsMasterKeyId=key)
    via = {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}
    without = bench.role_of(allow("sqs:SendMessage", on=arn))
    elsewhere = bench.role_of(
        allow("sqs:SendMessage", on=arn),
        allow(*KEYS, on=key, StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
    )
    right = bench.role_of(allow("sqs:SendMessage", on=arn), allow(*KEYS, on=key, StringEquals=via))
    for role in (without, elsewhere):
        code, message = refusal(
            lambda role=role: session(bench, role, "sqs").send_message(QueueUrl=url, MessageBody="m")
        )
        assert "KMS" in code
        assert "kms:GenerateDataKey" in message
    assert refusal(lambda: session(bench, right, "sqs").send_message(QueueUrl=url, MessageBody="m")) is None


def test_a_secret_with_a_key_is_refused_in_its_own_words(bench: Any) -> None:
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    made = bench.client("secretsmanager").create_secret(Name=uuid.uuid4().hex, SecretString="s", KmsKeyId=key)["ARN"]
    role = bench.role_of(allow("secretsmanager:GetSecretValue", on=made))
    told = refusal(lambda: session(bench, role, "secretsmanager").get_secret_value(SecretId=made))
    assert told == ("AccessDeniedException", "Access to KMS is not allowed")


def test_a_call_whose_permission_is_unknown_is_named(bench: Any) -> None:
    role = bench.role_of(allow("*"))
    client = session(bench, role, "pipes")
    client.meta.events.register(
        "before-sign", lambda request, **_: setattr(request, "url", f"{bench.aws.endpoint_url}/v9/nothing")
    )
    _, message = refusal(client.list_pipes)
    assert "GET /v9/nothing of pipes" in message
    assert "--without-policies" in message
    assert any("/v9/nothing" in denial.action for denial in bench.aws.denials())


def test_the_usual_keys_of_emulators_are_nobodys(bench: Any) -> None:
    client = boto3.session.Session().client(
        "sqs",
        endpoint_url=bench.aws.endpoint_url,
        region_name=bench.aws.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    assert refusal(client.list_queues)[0] == "InvalidClientTokenId"


def test_who_signs_wrongly_is_nobody(bench: Any) -> None:
    request = urllib.request.Request(
        bench.aws.endpoint_url, data=b"{}", headers={"x-amz-target": "AmazonSQS.ListQueues"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403
    assert "denied" in json.loads(refused.value.read())["message"]
