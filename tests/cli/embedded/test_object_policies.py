"""What a request about an object asks for beyond its own action: to list, to tag, to use a key, and for each key."""

import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest

from tests.cli.embedded.policies import allow, as_session, bucket, deny, document, refusal, session


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
