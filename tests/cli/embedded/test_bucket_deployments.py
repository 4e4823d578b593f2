"""Files are deployed into buckets as CDK's handler and the AWS CLI do it."""

import json
import time
from typing import Any

import pytest

from tests.cli.embedded.distributions import Edge
from tests.cli.embedded.sites import READS, WRITES, Deployments

pytestmark = pytest.mark.e2e

SITE: dict[str, bytes | str] = {
    "index.html": "<p>",
    "assets/app.js": "let a",
    "assets/app.css": "a{}",
    "assets/font.woff2": b"w",
    "docs/a/b.txt": "b",
}


@pytest.fixture
def deployments(bench: Any) -> Deployments:
    return Deployments(bench)


def test_files_are_objects_under_a_prefix_with_guessed_types(deployments: Deployments) -> None:
    properties = deployments.properties(SITE, {"index.html": "later"}, DestinationBucketKeyPrefix="r1")
    _, outputs = deployments.stack(properties)
    assert deployments.objects() == sorted(f"r1/{name}" for name in SITE)
    assert deployments.text("r1/index.html") == "later"
    assert outputs["Keys"] == ",".join(properties["SourceObjectKeys"])
    types = {
        key: deployments.s3.head_object(Bucket=deployments.destination, Key=key)["ContentType"]
        for key in deployments.objects()
    }
    assert types == {
        "r1/assets/app.css": "text/css",
        "r1/assets/app.js": "text/javascript",
        "r1/assets/font.woff2": "binary/octet-stream",
        "r1/docs/a/b.txt": "text/plain",
        "r1/index.html": "text/html",
    }


@pytest.mark.parametrize(
    ("exclude", "include", "found"),
    [
        (["*"], ["assets/*"], ["assets/app.css", "assets/app.js", "assets/font.woff2"]),
        (["assets/*"], [], ["docs/a/b.txt", "index.html"]),
        (["*.js", "docs/*"], ["assets/*"], ["assets/app.css", "assets/app.js", "assets/font.woff2", "index.html"]),
        (["/assets/*"], [], sorted(SITE)),
        (["assets"], [], sorted(SITE)),
        (["*.?ss", "[di]*"], [], ["assets/app.js", "assets/font.woff2"]),
    ],
)
def test_the_last_filter_that_matches_decides(
    deployments: Deployments, exclude: list[str], include: list[str], found: list[str]
) -> None:
    deployments.stack(deployments.properties(SITE, Exclude=exclude, Include=include))
    assert deployments.objects() == found


def test_pruning_spares_what_filters_leave_out_and_folders(deployments: Deployments) -> None:
    for key in ("old.html", "assets/old.js", "kept/old.txt", "folder/"):
        deployments.s3.put_object(Bucket=deployments.destination, Key=key, Body=b"" if key.endswith("/") else b"x")
    stack, _ = deployments.stack(deployments.properties(SITE, Exclude=["assets/*"], Prune=False))
    assert {"old.html", "assets/old.js"} <= set(deployments.objects())
    kept = {"Exclude": ["assets/*", "kept/*"]}
    deployments.update(stack, deployments.properties({"index.html": "2"}, **kept))
    assert deployments.objects() == ["assets/old.js", "folder/", "index.html", "kept/old.txt"]


def test_markers_are_replaced_and_escaped_in_json(deployments: Deployments) -> None:
    sources: list[dict[str, bytes | str]] = [
        {"config.json": '{"a":"<<1>>"}', "same.txt": "<<1>>\n<<1>>"},
        {"plain.txt": "<<1>>"},
        {"none.txt": "<<1>>"},
    ]
    markers = [{"<<1>>": 'say "hi"'}, {"<<1>>": 'say "hi"'}, {}]
    escaped = [{"jsonEscape": True}, {}, {}]
    given = deployments.properties(*sources, SourceMarkers=markers, SourceMarkersConfig=escaped)
    deployments.stack(given)
    assert json.loads(deployments.text("config.json")) == {"a": 'say "hi"'}
    assert deployments.text("plain.txt") == 'say "hi"'
    assert deployments.text("none.txt") == "<<1>>"


def test_metadata_is_that_of_every_object(deployments: Deployments) -> None:
    given = deployments.properties(
        {"a.bin": "1"},
        SystemMetadata={
            "cache-control": "public, max-age=31536000",
            "content-type": "text/x",
            "expires": "Wed, 01 Jan 2031 00:00:00 GMT",
        },
        UserMetadata={"Author": "me"},
    )
    deployments.stack(given)
    found = deployments.s3.head_object(Bucket=deployments.destination, Key="a.bin")
    assert (found["CacheControl"], found["ContentType"]) == ("public, max-age=31536000", "text/x")
    assert (found["Metadata"], found["ExpiresString"]) == ({"author": "me"}, "Wed, 01 Jan 2031 00:00:00 GMT")


def test_an_archive_may_stay_one(deployments: Deployments) -> None:
    given = deployments.properties({"a.txt": "1"}, Extract=False, DestinationBucketKeyPrefix="in/")
    deployments.stack(given)
    assert deployments.objects() == [f"in/{given['SourceObjectKeys'][0]}"]


@pytest.mark.parametrize(("retained", "left"), [(True, ["r1/index.html", "r2/index.html"]), (False, ["r2/index.html"])])
def test_another_prefix_takes_the_place_of_the_old_one_unless_that_is_retained(
    deployments: Deployments, *, retained: bool, left: list[str]
) -> None:
    given = {"RetainOnDelete": retained, "DestinationBucketKeyPrefix": "r1"}
    stack, _ = deployments.stack(deployments.properties({"index.html": "1"}, **given))
    assert (
        deployments.update(
            stack, deployments.properties({"index.html": "2"}, **given | {"DestinationBucketKeyPrefix": "r2"})
        )
        == "UPDATE_COMPLETE"
    )
    assert deployments.objects() == left
    deployments.delete(stack)
    assert deployments.objects() == (left if retained else [])


def test_a_bucket_that_another_deployment_owns_keeps_its_objects(deployments: Deployments) -> None:
    tags = {"TagSet": [{"Key": "aws-cdk:cr-owned:r1:12345678", "Value": "true"}]}
    deployments.s3.put_bucket_tagging(Bucket=deployments.destination, Tagging=tags)
    given = {"RetainOnDelete": False, "DestinationBucketKeyPrefix": "r1"}
    stack, _ = deployments.stack(deployments.properties({"index.html": "1"}, **given))
    assert deployments.delete(stack) == "DELETE_COMPLETE"
    assert deployments.objects() == ["r1/index.html"]


def test_every_file_is_written_again_as_its_copy_is_newer(deployments: Deployments) -> None:
    given = deployments.properties({"a.txt": "same"})
    stack, _ = deployments.stack(given)
    before = deployments.s3.head_object(Bucket=deployments.destination, Key="a.txt")["LastModified"]
    time.sleep(1.1)
    assert deployments.update(stack, {**given, "UserMetadata": {}}) == "UPDATE_COMPLETE"
    assert deployments.s3.head_object(Bucket=deployments.destination, Key="a.txt")["LastModified"] > before


def test_a_missing_permission_fails_the_stack(deployments: Deployments) -> None:
    allow, source, target = deployments.bench.permissions.allow, deployments.assets, deployments.destination
    reads = allow(*READS, on=[f"arn:aws:s3:::{source}", f"arn:aws:s3:::{source}/*", f"arn:aws:s3:::{target}"])
    writes = allow(*WRITES, on=[f"arn:aws:s3:::{target}/*"])
    for statements, command in (([writes], "'s3', 'cp'"), ([reads], "'s3', 'sync'")):
        given = deployments.properties(SITE) | {"ServiceToken": deployments.handler(*statements)}
        stack, _ = deployments.stack(given)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert f"Command '['/opt/awscli/aws', {command}" in deployments.failure(stack)
        assert "returned non-zero exit status 1." in deployments.failure(stack)
    assert deployments.objects() == []


def test_what_does_not_find_place_on_the_disk_fails_the_stack(deployments: Deployments) -> None:
    files: dict[str, bytes | str] = {f"{number}.bin": bytes(2**25) for number in range(17)}
    stack, _ = deployments.stack(deployments.properties(files))
    assert "No space left on device" in deployments.failure(stack)


def test_a_distribution_fetches_the_files_anew(deployments: Deployments) -> None:
    edge = Edge(deployments.bench)
    edge.put("a.txt", "one")
    edge.put("b/a.txt", "one")
    assert (edge.ask("/a.txt").text, edge.ask("/b/a.txt").text) == ("one", "one")
    edge.put("a.txt", "two")
    edge.put("b/a.txt", "two")
    given = deployments.properties({"c": "c"}, DistributionId=edge.id, DestinationBucketKeyPrefix="b")
    assert deployments.stack(given)[0]["StackStatus"] == "CREATE_COMPLETE"
    assert (edge.ask("/a.txt").text, edge.ask("/b/a.txt").text) == ("one", "two")


def test_a_bucket_is_emptied_before_it_goes_if_its_tag_says_so(bench: Any) -> None:
    allow, deployments = bench.permissions.allow, Deployments(bench)
    for tagged in (True, False):
        name = f"kept-{time.time_ns()}"
        arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        actions = ("s3:PutBucketPolicy", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*")
        tags = {"Tags": [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}]} if tagged else {}
        bucket = {"BucketName": name, "VersioningConfiguration": {"Status": "Enabled"}, **tags}
        token = deployments.handler(allow(*actions, on=arns))
        emptied = {"ServiceToken": token, "BucketName": {"Ref": "Bucket"}}
        resources = {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
            "Emptied": {"Type": "Custom::S3AutoDeleteObjects", "Properties": emptied},
        }
        stack, _ = bench.deploy(resources)
        for body in (b"1", b"2"):
            deployments.s3.put_object(Bucket=name, Key="a", Body=body)
        assert deployments.delete(stack) == ("DELETE_COMPLETE" if tagged else "DELETE_FAILED")
