"""Websites on the embedded AWS: stacks of two regions, and a release that is switched, pinned and refused."""

import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53 as route53
from folders import SHOP

from naws.cli.errors import CliError
from naws.portal_website import NoAlarms, PortalWebsite, PortalWebsiteProps, WebAcl
from naws.testing import cdk_app

pytestmark = pytest.mark.e2e
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


def test_stacks_of_two_regions(deploy: Deploy, embedded: Any, aws: Any, tmp_path: Path) -> None:
    zone_id = aws.client("route53").create_hosted_zone(Name="two.example.com", CallerReference="two")["HostedZone"][
        "Id"
    ]
    app = cdk_app(tmp_path / "cdk.out")
    env = cdk.Environment(account=embedded.account_id, region="eu-central-1")
    stack = cdk.Stack(app, "TwoRegions", env=env)
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id=zone_id.rpartition("/")[2], zone_name="two.example.com"
    )
    names = ["www.two.example.com", "two.example.com"]
    props = PortalWebsiteProps(source=SHOP, domain_names=names, hosted_zone=zone, web_acl=WebAcl(), access_logs=False)
    PortalWebsite(stack, "Portal", props)
    app.synth()
    deploy(tmp_path / "cdk.out")
    cloudfront, acm, cloudwatch = (aws.client(name) for name in ("cloudfront", "acm", "cloudwatch"))
    (made,) = [
        each
        for each in cloudfront.list_distributions()["DistributionList"]["Items"]
        if names[0] in each["Aliases"].get("Items", [])
    ]
    certificates = {each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"]}
    assert made["ViewerCertificate"]["ACMCertificateArn"] in certificates
    watched = {
        each["Value"]
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
        for metric in alarm.get("Metrics", [])
        for each in metric.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
    }
    assert made["Id"] in watched


def test_a_release_is_switched_pinned_and_refused(deploy: Deploy, embedded: Any, aws: Any, tmp_path: Path) -> None:
    quiet = {"alarms": NoAlarms(reason="it is tried out"), "access_logs": False}

    def deployed(number: int, **given: Any) -> PortalWebsite:
        folder = tmp_path / str(number)
        app = cdk_app(folder)
        props = PortalWebsiteProps(source=str(tmp_path / "site"), **quiet, **given)
        made = PortalWebsite(cdk.Stack(app, "Switched"), "Portal", props)
        app.synth()
        deploy(folder)
        return made

    (tmp_path / "site/assets").mkdir(parents=True)
    (tmp_path / "site/index.html").write_text('<title>1</title><script src="/assets/a-B3k9dx1y.js"></script>')
    (tmp_path / "site/assets/a-B3k9dx1y.js").write_text("1")
    (tmp_path / "site/assets/pic-Zk3mP0aQ.png").write_text("picture 1")
    (tmp_path / "site/logo.webp").write_text("logo 1")
    first = deployed(1)
    bucket = bucket_of(aws, "Switched")
    assert {"assets/a-B3k9dx1y.js", f"{first.release}/index.html", f".releases/{first.release}"} <= objects(aws, bucket)

    for gone in ("assets/a-B3k9dx1y.js", "assets/pic-Zk3mP0aQ.png", "logo.webp"):
        (tmp_path / "site" / gone).unlink()
    (tmp_path / "site/assets/plain.png").write_text("picture 2")
    (tmp_path / "site/assets/b-C4l0ey2z.js").write_text("2")
    (tmp_path / "site/index.html").write_text('<title>2</title><script src="/assets/b-C4l0ey2z.js"></script>')
    second = deployed(2)
    both = {
        "assets/a-B3k9dx1y.js",
        "assets/b-C4l0ey2z.js",
        f"{first.release}/index.html",
        f"{second.release}/index.html",
    }
    assert both <= objects(aws, bucket)
    assert f"{second.release}/assets/plain.png" in objects(aws, bucket)
    site = host_of(aws, "Switched")
    assert shown(embedded, site, "/assets/plain.png") == ("picture 2", "no-cache")
    assert shown(embedded, site, "/assets/pic-Zk3mP0aQ.png") == ("picture 1", "public,max-age=31536000,immutable")

    deployed(3, release=first.release)
    assert [each for each in outputs(aws, "Switched").values() if each == first.release]
    assert shown(embedded, site, "/logo.webp") == ("logo 1", "no-cache")  # the newest build has no such kind of file
    assert shown(embedded, site, "/orders/jane.doe")[0].startswith("<title>1")
    with pytest.raises(CliError) as raised:
        deployed(4, release="0" * 12)
    assert "has no files" in str(getattr(raised.value, "detail", ""))
    assert [each for each in outputs(aws, "Switched").values() if each == first.release]
