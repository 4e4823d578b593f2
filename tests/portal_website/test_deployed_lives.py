"""Websites on the embedded AWS that come, change and go beside others."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from deployed_sites import Deploy, Site, fail, objects
from folders import SHOP
from typer.testing import CliRunner

from naws.cli.errors import CliError
from naws.cli.main import app as cli
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


def test_a_website_that_is_deployed_again_has_access_logs_again(
    deploy: Deploy, embedded: Any, aws: Any, tmp_path: Path
) -> None:
    def deployed(number: int, **given: Any) -> None:
        app = cdk_app(tmp_path / str(number))
        env = cdk.Environment(account=embedded.account_id, region="eu-central-1")
        PortalWebsite(cdk.Stack(app, "Again", env=env), "Shop", PortalWebsiteProps(source=SHOP, **given))
        app.synth()
        deploy(tmp_path / str(number))

    def sources() -> dict[str, str]:
        found = logs.describe_delivery_sources()["deliverySources"]
        return {each["name"]: each["resourceArns"][0] for each in found if each["name"].startswith("Again")}

    logs = aws.client("logs")
    cloudformation = aws.at(None, "eu-central-1").client("cloudformation")
    deployed(1, alarms=NoAlarms(reason="there are some later: a stack whose template is the same is not updated"))
    before = sources()
    assert all(len(name) <= 60 and name.endswith(arn.rpartition("/")[2]) for name, arn in before.items())
    cloudformation.delete_stack(StackName="Again")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="Again", WaiterConfig={"Delay": 1})
    deployed(2)
    after = sources()
    assert len(before) == len(after) == 1
    assert before != after
    deliveries = logs.describe_deliveries()["deliveries"]
    assert [each for each in deliveries if each["deliverySourceName"] in {*before, *after} - {*after}] == []
    assert [each for each in deliveries if each["deliverySourceName"] in after]


class Back:
    """`naws rollback` of a site."""

    def __init__(self, embedded: Any, site: Site, patch: pytest.MonkeyPatch) -> None:
        for name, value in {**embedded.environment(), "NO_PROXY": "127.0.0.1"}.items():
            patch.setenv(name, value)
        self._site = site

    def __call__(self, *more: str) -> str:
        """The release that it shows."""
        found = CliRunner().invoke(cli, ["rollback", f"{self._site.name}/Portal", "--json", *more])
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)["after"]


@pytest.fixture
def site(deploy: Deploy, aws: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    return Site(deploy, aws, tmp_path, request.node.name.replace("_", "-"))


@pytest.fixture
def back(embedded: Any, site: Site, monkeypatch: pytest.MonkeyPatch) -> Back:
    return Back(embedded, site, monkeypatch)


def released(site: Site, *numbers: int, **given: Any) -> list[str]:
    """Deploy releases; their ids."""
    found = list[str]()
    for number in numbers:
        site.write(index=f"<title>{number}</title>")
        found.append(site.deployed(**given).release)
    return found


def test_the_one_before_is_never_one_that_failed(site: Site, back: Back) -> None:
    first, second = released(site, 1, 2)
    with pytest.raises(CliError):
        released(site, 3, fails=True)
    assert back("--dry-run") == first
    assert back("--yes") == first
    with pytest.raises(CliError):
        released(site, 4, fails=True)
    assert back("--dry-run") == first  # CloudFormation shows the second again
    released(site, 5)
    assert back("--dry-run") == second


def test_the_one_before_is_never_one_that_was_pinned_away_from(site: Site, back: Back) -> None:
    first, second, third = released(site, 1, 2, 3)
    site.deployed(release=second)
    assert back("--dry-run") == first
    assert back("--yes", third) == third
    assert back("--dry-run") == second


def test_after_a_rollback_the_one_before_is_what_it_showed(site: Site, back: Back) -> None:
    first, second, _, fourth = released(site, 1, 2, 3, 4)
    assert back("--yes", second) == second
    (fifth,) = released(site, 5)
    assert back("--dry-run") == second
    assert back("--yes") == second
    assert back("--yes") == first
    assert back("--yes", fifth) == fifth
    assert back("--dry-run") == first
    assert back("--dry-run", fourth) == fourth
