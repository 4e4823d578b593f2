"""What a request about an object asks for beyond its own action: to list, to tag, to use a key, and for each key."""

import http.client
import json
import urllib.error
import urllib.request
import uuid
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.cli.embedded.policies import allow, as_session, bucket, deny, document, refusal, session

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_only_who_may_list_learns_that_an_object_is_not_there(bench: Any, operation: Any) -> None:
    name = bucket(bench)
    arn = f"arn:aws:s3:::{name}"
    blind = session(bench, bench.role_of(allow("s3:GetObject")), "s3")
    code, message = refusal(lambda: getattr(blind, operation)(Bucket=name, Key="missing"))
    assert code == ("AccessDenied" if operation == "get_object" else "403")
    if operation == "get_object":
        assert f's3:ListBucket on resource: "{arn}"' in message
    seeing = session(bench, bench.role_of(allow("s3:GetObject"), allow("s3:ListBucket", on=arn)), "s3")
    for client in (seeing, bench.client("s3")):
        code, _ = refusal(lambda client=client: getattr(client, operation)(Bucket=name, Key="missing"))
        assert code == ("NoSuchKey" if operation == "get_object" else "404")
    gone = f"b-{uuid.uuid4().hex[:8]}"
    assert refusal(lambda: getattr(blind, operation)(Bucket=gone, Key="k"))[0] in {"NoSuchBucket", "404"}


@pytest.mark.parametrize(
    ("header", "action"),
    [
        ({"Tagging": "a=b"}, "s3:PutObjectTagging"),
        ({"ACL": "bucket-owner-full-control"}, "s3:PutObjectAcl"),
        ({"GrantFullControl": "id=1"}, "s3:PutObjectAcl"),
    ],
)
def test_tags_and_lists_of_a_written_object_need_their_own_permission(bench: Any, header: Any, action: Any) -> None:
    name = bucket(bench)
    bench.client("s3").put_object(Bucket=name, Key="source", Body=b"x")
    client = session(bench, bench.role_of(allow("s3:PutObject", "s3:GetObject")), "s3")
    copied = {"CopySource": f"{name}/source", "TaggingDirective": "REPLACE"}
    calls = (
        lambda **more: client.put_object(Bucket=name, Key="k", Body=b"x", **more),
        lambda **more: client.copy_object(Bucket=name, Key="k", **copied, **more),
        lambda **more: client.create_multipart_upload(Bucket=name, Key="k", **more),
    )
    for call in calls:
        assert refusal(call) is None
        code, message = refusal(lambda call=call: call(**header))
        assert code == "AccessDenied"
        assert f'{action} on resource: "arn:aws:s3:::{name}/k"' in message
    both = session(bench, bench.role_of(allow("s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl")), "s3")
    written = refusal(lambda: both.put_object(Bucket=name, Key="k", Body=b"x", **header))
    assert written is None or written[0] != "AccessDenied"


def test_nobody_lists_buckets_without_a_signature(bench: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{bench.aws.endpoint_url}/")
    assert refused.value.code == 403
    assert b"<Code>AccessDenied</Code>" in refused.value.read()
    assert refusal(bench.client("s3").list_buckets) is None


def test_each_key_of_a_deletion_is_judged_by_itself(bench: Any) -> None:
    name = bucket(bench)
    s3 = bench.client("s3")
    for key in ("a/1", "b/1", "b/2"):
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    role = bench.role_of(allow("s3:DeleteObject", on=f"arn:aws:s3:::{name}/a/*"))
    keys = [{"Key": key} for key in ("b/1", "a/1", "b/2")]
    answer = session(bench, role, "s3").delete_objects(Bucket=name, Delete={"Objects": keys})
    assert [item["Key"] for item in answer["Deleted"]] == ["a/1"]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [
        ("b/1", "AccessDenied"),
        ("b/2", "AccessDenied"),
    ]
    assert answer["Errors"][0]["Message"] == (
        f"User: {as_session(role)} is not authorized to perform: s3:DeleteObject on resource: "
        f'"arn:aws:s3:::{name}/b/1" because no identity-based policy allows the s3:DeleteObject action'
    )
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=name)["Contents"]] == ["b/1", "b/2"]
    policy = {**deny("s3:DeleteObject", on=f"arn:aws:s3:::{name}/b/2"), "Principal": "*"}
    s3.put_bucket_policy(Bucket=name, Policy=document(policy))
    every = session(bench, bench.role_of(allow("s3:DeleteObject")), "s3")
    answer = every.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    assert "Deleted" not in answer
    assert [item["Key"] for item in answer["Errors"]] == ["b/2"]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=name)["Contents"]] == ["b/2"]


def test_an_object_is_written_and_read_with_the_key_that_its_write_names(bench: Any) -> None:
    name = bucket(bench)
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    without = session(bench, bench.role_of(allow("s3:PutObject", "s3:GetObject")), "s3")
    calls = (
        lambda client: client.put_object(Bucket=name, Key="k", Body=b"x", **encrypted),
        lambda client: client.create_multipart_upload(Bucket=name, Key="k", **encrypted),
    )
    for call in calls:
        code, message = refusal(lambda call=call: call(without))
        assert code == "AccessDenied"
        assert f"kms:GenerateDataKey on resource: {key} " in message
    via = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    keyed = allow("kms:GenerateDataKey", "kms:Decrypt", on=key, StringEquals=via)
    right = session(bench, bench.role_of(allow("s3:PutObject", "s3:GetObject"), keyed), "s3")
    for call in calls:
        assert refusal(lambda call=call: call(right)) is None
    _, message = refusal(lambda: without.get_object(Bucket=name, Key="k"))
    assert f"kms:Decrypt on resource: {key} " in message
    assert refusal(lambda: right.get_object(Bucket=name, Key="k")) is None
    assert refusal(lambda: without.put_object(Bucket=name, Key="k", Body=b"x")) is None
    assert refusal(lambda: without.get_object(Bucket=name, Key="k")) is None


def test_a_write_that_names_no_key_of_kms_does_not_need_the_buckets(bench: Any) -> None:
    name = bucket(bench)
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    bench.client("s3").put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
    client = session(bench, bench.role_of(allow("s3:PutObject", "s3:GetObject")), "s3")
    _, message = refusal(lambda: client.put_object(Bucket=name, Key="k", Body=b"x"))
    assert f"kms:GenerateDataKey on resource: {key} " in message
    plain = {"ServerSideEncryption": "AES256"}
    assert refusal(lambda: client.put_object(Bucket=name, Key="k", Body=b"x", **plain)) is None
    assert refusal(lambda: client.get_object(Bucket=name, Key="k")) is None


def test_each_part_of_an_upload_needs_to_decrypt_with_the_uploads_key(bench: Any) -> None:
    name = bucket(bench)
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    upload = bench.client("s3").create_multipart_upload(
        Bucket=name, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )["UploadId"]
    part = {"Bucket": name, "Key": "k", "UploadId": upload, "PartNumber": 1, "Body": b"x"}
    half = session(bench, bench.role_of(allow("s3:PutObject"), allow("kms:GenerateDataKey", on=key)), "s3")
    code, message = refusal(lambda: half.upload_part(**part))
    assert code == "AccessDenied"
    assert f"kms:Decrypt on resource: {key} " in message
    whole = allow("kms:GenerateDataKey", "kms:Decrypt", on=key)
    right = session(bench, bench.role_of(allow("s3:PutObject"), whole), "s3")
    assert refusal(lambda: right.upload_part(**part)) is None


def test_a_version_is_read_with_the_key_that_it_was_written_with(bench: Any) -> None:
    name = bucket(bench)
    s3 = bench.client("s3")
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    first = s3.put_object(Bucket=name, Key="k", Body=b"x", **encrypted)["VersionId"]
    second = s3.put_object(Bucket=name, Key="k", Body=b"x")["VersionId"]
    client = session(bench, bench.role_of(allow("s3:GetObjectVersion")), "s3")
    _, message = refusal(lambda: client.get_object(Bucket=name, Key="k", VersionId=first))
    assert f"kms:Decrypt on resource: {key} " in message
    assert refusal(lambda: client.get_object(Bucket=name, Key="k", VersionId=second)) is None


def test_a_copy_of_a_version_needs_the_key_of_that_version(bench: Any) -> None:
    name = bucket(bench)
    s3 = bench.client("s3")
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    first = s3.put_object(Bucket=name, Key="k", Body=b"x", **encrypted)["VersionId"]
    second = s3.put_object(Bucket=name, Key="k", Body=b"x")["VersionId"]
    client = session(bench, bench.role_of(allow("s3:GetObjectVersion", "s3:PutObject")), "s3")

    def copied(version: Any) -> Any:
        source = {"Bucket": name, "Key": "k", "VersionId": version}
        return refusal(lambda: client.copy_object(Bucket=name, Key="to", CopySource=source))

    assert f"kms:Decrypt on resource: {key} " in copied(first)[1]
    assert copied(second) is None


def test_what_a_key_of_kms_encrypts_is_read_by_nobody_who_does_not_sign(bench: Any) -> None:
    name = bucket(bench)
    s3 = bench.client("s3")
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_policy(
        Bucket=name, Policy=document({**allow("s3:GetObject", on=f"arn:aws:s3:::{name}/*"), "Principal": "*"})
    )
    s3.put_object(Bucket=name, Key="open", Body=b"x")
    s3.put_object(Bucket=name, Key="kept", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    unsigned = boto3.session.Session().client(
        "s3", endpoint_url=bench.aws.endpoint_url, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    assert unsigned.get_object(Bucket=name, Key="open")["Body"].read() == b"x"
    code, message = refusal(lambda: unsigned.get_object(Bucket=name, Key="kept"))
    assert code == "InvalidArgument"
    assert message.endswith("require AWS Signature Version 4.")
    assert refusal(lambda: unsigned.head_object(Bucket=name, Key="kept")) is not None


def test_a_plus_in_the_path_of_a_request_is_a_blank(bench: Any) -> None:
    name, client = bucket(bench), bench.client("s3")
    for key in ("a+b", "a b", "c+d"):
        client.put_object(Bucket=name, Key=key, Body=key.encode())
        assert client.get_object(Bucket=name, Key=key)["Body"].read() == key.encode()
    public = {"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    reads = {**public, "Resource": [f"arn:aws:s3:::{name}/a b", f"arn:aws:s3:::{name}/c+d"]}
    client.delete_public_access_block(Bucket=name)
    client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [reads]}))
    root = bench.aws.endpoint_url.partition("//")[2]
    by_host = {"Host": f"{name}.s3.us-east-1.amazonaws.com"}
    for path, host in ((f"/{name}/", {"Host": "s3.us-east-1.amazonaws.com"}), ("/", by_host)):
        for key, status in (("a+b", 200), ("a%20b", 200), ("a%2Bb", 403), ("c%2Bd", 200), ("c+d", 403)):
            connection = http.client.HTTPConnection(root, timeout=30)
            connection.request("GET", path + key, headers=host)
            answer = connection.getresponse()
            assert (answer.status, path, key) == (status, path, key), answer.read()
            connection.close()
