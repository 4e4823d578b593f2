"""How a release comes to be shown: uploaded, looked for, noted, switched; old ones go."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aws_cdk as cdk
import pytest
from folders import SHOP
from websites import HERE, THERE

from naws.portal_website import PortalWebsite, PortalWebsiteProps, SignIn
from naws.portal_website._publisher import _CODE
from naws.testing import cdk_app, synth_template
from naws.testing.rules import resources_of
from naws.testing.templates import of_type

OLD = "0123456789ab"


def website(env: cdk.Environment | None = HERE, **given: Any) -> PortalWebsite:
    return PortalWebsite(cdk.Stack(cdk_app(), "Portal", env=env), "Shop", PortalWebsiteProps(source=SHOP, **given))


def template_of(made: PortalWebsite) -> dict[str, Any]:
    return synth_template(cdk.Stack.of(made))


def waits_for(template: dict[str, Any], logical_id: str) -> set[str]:
    """All that a resource waits for, by what it names and what it depends on."""
    found: set[str] = set()
    left = [logical_id]
    while left:
        resource = template["Resources"][left.pop()]
        text = json.dumps(resource.get("Properties", {}))
        named = {each for each in template["Resources"] if f'"Ref": "{each}"' in text or f'GetAtt": ["{each}"' in text}
        new = {*named, *resource.get("DependsOn", [])} - found
        found |= new
        left += new
    return found


def test_files_are_there_before_the_switch() -> None:
    template = template_of(website(config={"stage": "prod"}))
    (function,) = resources_of(template, "AWS::CloudFront::Function")
    uploads = resources_of(template, "Custom::CDKBucketDeployment")
    assert len(uploads) == 3
    assert {*uploads, *resources_of(template, "Custom::NawsRelease")} <= waits_for(template, function)


def test_what_is_immutable_is_at_the_root_and_all_else_in_the_release() -> None:
    made = website()
    uploads = of_type(template_of(made), "Custom::CDKBucketDeployment")
    whole = {each.get("DestinationBucketKeyPrefix", ""): each for each in uploads}
    assert whole.keys() == {"", made.release}
    assert {each["Prune"] for each in uploads} == {False}
    assert {each["RetainOnDelete"] for each in uploads} == {True}
    assert not any("DistributionId" in each for each in uploads)
    assert whole[""]["Include"] == ["assets/*"]
    assert "assets/*" in whole[made.release]["Exclude"]
    assert whole[""]["SystemMetadata"] == {"cache-control": "public,max-age=31536000,immutable"}
    assert whole[made.release]["SystemMetadata"] == {"cache-control": "no-cache"}


def test_a_pinned_release_is_shown_and_the_folders_own_is_uploaded() -> None:
    own, pinned = website(), website(release=OLD)
    template = template_of(pinned)
    assert pinned.release == OLD != own.release
    (release,) = of_type(template, "Custom::NawsRelease")
    assert (release["Release"], release["Uploaded"]) == (OLD, own.release)
    (function,) = of_type(template, "AWS::CloudFront::Function")
    assert OLD in function["FunctionCode"]
    assert own.release not in function["FunctionCode"]


def test_settings_of_sign_in_come_after_the_switch_when_they_need_the_name_of_the_distribution() -> None:
    template = template_of(website(THERE, sign_in=SignIn()))
    (distribution,) = resources_of(template, "AWS::CloudFront::Distribution")
    uploads = resources_of(template, "Custom::CDKBucketDeployment")
    config = next(each for each in uploads if each.startswith("ShopConfig"))
    assert distribution in waits_for(template, config)
    assert config not in waits_for(template, distribution)


def test_nothing_waits_for_itself() -> None:
    for given in ({}, {"sign_in": SignIn()}, {"release": OLD, "config": {"a": "b"}}):
        template = template_of(website(**given))
        assert [each for each in template["Resources"] if each in waits_for(template, each)] == []


class Bucket:
    """S3, as far as the function asks it."""

    def __init__(self) -> None:
        self.objects: dict[str, datetime] = {}
        self.now = datetime(2026, 12, 1, tzinfo=UTC)

    def put_object(self, **given: Any) -> None:
        self.now += timedelta(minutes=1)
        self.objects[given["Key"]] = self.now

    def list_objects_v2(self, **given: Any) -> dict[str, Any]:
        found = [each for each in sorted(self.objects) if each.startswith(given["Prefix"])]
        contents = [{"Key": each, "LastModified": self.objects[each]} for each in found]
        return {"KeyCount": len(found), "Contents": contents} if found else {"KeyCount": 0}

    def get_paginator(self, _: str) -> Any:
        bucket = self

        class Pages:
            def paginate(self, **given: Any) -> Iterator[dict[str, Any]]:
                yield bucket.list_objects_v2(**given)

        return Pages()

    def delete_objects(self, **given: Any) -> dict[str, Any]:
        for each in given["Delete"]["Objects"]:
            del self.objects[each["Key"]]
        return {}

    def delete_object(self, **given: Any) -> None:
        del self.objects[given["Key"]]

    def upload(self, release: str) -> None:
        for name in ("index.html", "about/index.html"):
            self.put_object(Key=f"{release}/{name}")


class Function:
    """The function as it is deployed, with S3 and CloudFormation's answer in the place of AWS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bucket, self.answers = Bucket(), list[dict[str, Any]]()
        self._monkeypatch, self._names = monkeypatch, dict[str, Any]()
        monkeypatch.setattr("boto3.client", lambda _: self.bucket)
        exec(compile(_CODE, "<index>", "exec"), self._names)
        monkeypatch.setattr("urllib.request.urlopen", self._answered)

    def _answered(self, request: Any) -> io.BytesIO:
        self.answers.append(json.loads(request.data))
        return io.BytesIO()

    def __call__(self, release: str, *, uploaded: str = "", kind: str = "Update", empty: str = "false") -> str:
        given = {"Bucket": "site", "Release": release, "Uploaded": uploaded or release, "Keep": "10", "Empty": empty}
        ids = {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "ResponseURL": "https://example.com/"}
        self._names["handler"]({"RequestType": kind, "ResourceProperties": given, **ids}, None)
        answer = self.answers[-1]
        assert answer["PhysicalResourceId"] == "site"
        return answer["Status"] + (f": {answer['Reason']}" if answer["Reason"] else "")


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Function:
    return Function(monkeypatch)


def releases(bucket: Bucket) -> list[str]:
    return sorted({each.partition("/")[0] for each in bucket.objects if not each.startswith((".", "assets"))})


def test_the_newest_ten_are_kept_and_what_is_immutable_always_is(function: Function) -> None:
    function.bucket.put_object(Key="assets/app-1.js")
    every = [f"{number:012x}" for number in range(14)]
    for each in every:
        function.bucket.upload(each)
        assert function(each) == "SUCCESS"
    assert releases(function.bucket) == every[4:]
    assert "assets/app-1.js" in function.bucket.objects


def test_one_that_is_shown_again_is_new_again(function: Function) -> None:
    every = [f"{number:012x}" for number in range(10)]
    for each in every:
        function.bucket.upload(each)
        function(each)
    assert function(every[0], uploaded=every[9]) == "SUCCESS"
    function.bucket.upload("a" * 12)
    function("a" * 12)
    assert releases(function.bucket) == sorted([every[0], *every[2:], "a" * 12])


def test_one_that_is_not_there_is_not_shown(function: Function) -> None:
    function.bucket.upload("a" * 12)
    assert function("a" * 12) == "SUCCESS"
    assert function("b" * 12, uploaded="a" * 12).startswith("FAILED: LookupError: release bbbbbbbbbbbb has no files")
    assert ".releases/" + "b" * 12 not in function.bucket.objects


def test_a_website_that_goes_is_emptied_only_when_its_bucket_goes(function: Function) -> None:
    function.bucket.upload("a" * 12)
    function("a" * 12)
    assert function("a" * 12, kind="Delete") == "SUCCESS"
    assert function.bucket.objects
    assert function("a" * 12, kind="Delete", empty="true") == "SUCCESS"
    assert not function.bucket.objects


def test_the_code_fits_into_a_template() -> None:
    assert len(_CODE.encode()) <= 4096
