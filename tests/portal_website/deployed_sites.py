"""Websites on the embedded AWS, deployed again and again, and what is there of them."""

import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from naws.portal_website import NoAlarms, PortalWebsite, PortalWebsiteProps
from naws.testing import cdk_app

Deploy = Callable[[Path], Any]


def objects(aws: Any, bucket: str) -> set[str]:
    found = aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return {each["Key"] for each in found}


def outputs(aws: Any, name: str) -> dict[str, str]:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def bucket_of(aws: Any, name: str) -> str:
    found = aws.client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
    (bucket,) = [each["PhysicalResourceId"] for each in found if each["ResourceType"] == "AWS::S3::Bucket"]
    return bucket


def host_of(aws: Any, name: str) -> str:
    """The name by which the distribution of a stack is asked."""
    (url,) = [each for each in outputs(aws, name).values() if ".cloudfront." in each]
    return url.partition("://")[2].rstrip("/").replace(".net", ".localhost")


def shown(embedded: Any, host: str, path: str) -> tuple[str, str]:
    """What a browser gets, and how long it keeps it."""
    request = urllib.request.Request(embedded.endpoint_url + path, headers={"Host": host})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode(), answer.headers["cache-control"]


def fail(stack: cdk.Stack, after: PortalWebsite) -> None:
    """Have the deployment fail when a website is there."""
    sqs.CfnQueue(stack, "Refused", queue_name="a name with spaces").node.add_dependency(after)


class Site:
    """A folder that is deployed again and again, as one stack."""

    def __init__(self, deploy: Deploy, aws: Any, folder: Path, name: str) -> None:
        self.web, self._deploy, self._aws, self._out, self.name = folder / "web", deploy, aws, folder / "out", name
        self._number = 0

    def write(self, **files: str) -> None:
        """The folder, anew; `index` is the page, all else a script."""
        shutil.rmtree(self.web, ignore_errors=True)
        (self.web / "assets").mkdir(parents=True)
        for name, text in files.items():
            (self.web / ("index.html" if name == "index" else f"assets/{name.replace('_', '-')}.js")).write_text(text)

    def deployed(self, *, env: cdk.Environment | None = None, fails: bool = False, **given: Any) -> PortalWebsite:
        self._number += 1
        app = cdk_app(self._out / str(self._number))
        quiet = {"alarms": NoAlarms(reason="it is tried out"), "access_logs": False}
        stack = cdk.Stack(app, self.name, env=env)
        made = PortalWebsite(stack, "Portal", PortalWebsiteProps(source=str(self.web), **{**quiet, **given}))
        if fails:
            fail(stack, made)
        app.synth()
        self._deploy(self._out / str(self._number))
        return made

    @property
    def bucket(self) -> str:
        return bucket_of(self._aws, self.name)

    @property
    def keys(self) -> set[str]:
        return objects(self._aws, self.bucket)

    @property
    def archive(self) -> str:
        """The key of what the last deployment published."""
        cloudformation = self._aws.client("cloudformation")
        template = cloudformation.get_template(StackName=self.name)["TemplateBody"]
        (found,) = [
            each["Properties"] for each in template["Resources"].values() if each["Type"] == "Custom::NawsRelease"
        ]
        return str(found["ArchiveKey"])

    @property
    def group(self) -> str:
        """Where the function writes."""
        resources = self._aws.client("cloudformation").list_stack_resources(StackName=self.name)
        (group,) = [
            each["PhysicalResourceId"]
            for each in resources["StackResourceSummaries"]
            if each["ResourceType"] == "AWS::Logs::LogGroup"
        ]
        return str(group)

    @property
    def log(self) -> list[str]:
        """What the function wrote."""
        events = self._aws.client("logs").filter_log_events(logGroupName=self.group)["events"]
        return [each["message"].strip() for each in events if each["message"].startswith("release ")]
