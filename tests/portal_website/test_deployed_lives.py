"""Websites on the embedded AWS that come, change and go beside others."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from deployed_sites import Deploy, fail, objects
from folders import SHOP

from naws.cli.errors import CliError
from naws.portal_website import NoAlarms, PortalWebsite, PortalWebsiteProps
from naws.testing import cdk_app

pytestmark = pytest.mark.e2e
GIVEN: dict[str, Any] = {
    "source": SHOP,
    "alarms": NoAlarms(reason="it is tried out"),
    "access_logs": False,
    "removal_policy": cdk.RemovalPolicy.DESTROY,
}


class Lives:
    """A stack whose websites change; each has settings."""

    def __init__(self, deploy: Deploy, aws: Any, folder: Path, name: str) -> None:
        self._deploy, self._aws, self._folder, self.name, self._number = deploy, aws, folder, name, 0

    def has(self, *websites: str, fails: bool = False, boundary: str = "") -> None:
        """Deploy it with these websites."""
        self._number += 1
        out = self._folder / str(self._number)
        app = cdk_app(out)
        stack = cdk.Stack(app, self.name)
        bound = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", boundary) if boundary else None
        made = [
            PortalWebsite(stack, each, PortalWebsiteProps(**GIVEN, config={"of": each}, permissions_boundary=bound))
            for each in websites
        ]
        if fails:
            fail(stack, made[-1])
        app.synth()
        self._deploy(out)

    def resources(self, kind: str) -> dict[str, str]:
        found = self._aws.client("cloudformation").list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found if each["ResourceType"] == kind}

    @property
    def buckets(self) -> set[str]:
        """The buckets of its websites that are there."""
        every = {each["Name"] for each in self._aws.client("s3").list_buckets()["Buckets"]}
        return {each for each in every if each.startswith(self.name.lower())}

    @property
    def failures(self) -> list[str]:
        """Why resources were not deleted."""
        events = self._aws.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        return [each.get("ResourceStatusReason", "") for each in events if each["ResourceStatus"] == "DELETE_FAILED"]

    @property
    def status(self) -> str:
        (stack,) = self._aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return stack["StackStatus"]


def test_a_website_that_leaves_a_stack_leaves_nothing(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    lives = Lives(deploy, aws, tmp_path, "Leaving")
    lives.has("One", "Two")
    assert len(lives.buckets) == 2
    lives.has("One")
    assert (lives.status, lives.failures, len(lives.buckets)) == ("UPDATE_COMPLETE", [], 1)
    lives.has("Renamed")
    assert (lives.status, lives.failures) == ("UPDATE_COMPLETE", [])
    assert lives.buckets == {*lives.resources("AWS::S3::Bucket").values()}
    (bucket,) = lives.buckets
    assert "config.json" in objects(aws, bucket)


def test_an_addition_that_fails_leaves_nothing(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    lives = Lives(deploy, aws, tmp_path, "Adding")
    lives.has("One")
    before = lives.buckets
    with pytest.raises(CliError):
        lives.has("One", "Two", fails=True)
    assert (lives.status, lives.failures, lives.buckets) == ("UPDATE_ROLLBACK_COMPLETE", [], before)


def test_a_boundary_comes_and_goes(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    everything = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    aws.client("iam").create_policy(PolicyName="bounded-websites", PolicyDocument=everything)
    lives = Lives(deploy, aws, tmp_path, "Bounded")
    for boundary in ("", "bounded-websites", ""):
        lives.has("One", boundary=boundary)
        roles = [
            aws.client("iam").get_role(RoleName=each)["Role"] for each in lives.resources("AWS::IAM::Role").values()
        ]
        assert {"PermissionsBoundary" in each for each in roles} == {bool(boundary)}
        (bucket,) = lives.buckets
        assert "config.json" in objects(aws, bucket)
