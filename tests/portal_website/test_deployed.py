"""Websites on the embedded AWS: stacks of two regions, and a release that is switched, pinned and refused."""

import json
import os
import re
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53 as route53
from deployed_sites import Deploy, Site, host_of, outputs, shown
from folders import SHOP
from typer.testing import CliRunner

from naws.cli.errors import CliError
from naws.cli.main import app as cli
from naws.portal_website import PortalWebsite, PortalWebsiteProps, SignIn, WebAcl
from naws.testing import cdk_app
from tests.cli.embedded.memory import MEBIBYTE, peak

pytestmark = pytest.mark.e2e


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
    site = Site(deploy, aws, tmp_path, "Switched")
    site.write(index='<title>1</title><script src="/assets/a-B3k9dx1y.js"></script>', a_B3k9dx1y="1")
    (site.web / "assets" / "pic-Zk3mP0aQ.png").write_text("picture 1")
    (site.web / "logo.webp").write_text("logo 1")
    (site.web / "c++.txt").write_text("a plus")
    first = site.deployed()
    assert {"assets/a-B3k9dx1y.js", f"{first.release}/index.html", f".releases/{first.release}"} <= site.keys

    site.write(index='<title>2</title><script src="/assets/b-C4l0ey2z.js"></script>', b_C4l0ey2z="2")
    (site.web / "assets" / "plain.png").write_text("picture 2")
    (site.web / "assets" / "+d-D5m1fz3a.js").write_text("another")
    (site.web / "c++.txt").write_text("a plus")  # of the release before, and so it is copied
    second = site.deployed()
    both = {
        "assets/a-B3k9dx1y.js",
        "assets/b-C4l0ey2z.js",
        f"{first.release}/index.html",
        f"{second.release}/index.html",
    }
    assert {*both, f"{second.release}/assets/plain.png"} <= site.keys
    host = host_of(aws, "Switched")
    for path in ("/c++.txt", "/c%2b%2B.txt"):
        assert shown(embedded, host, path) == ("a plus", "no-cache")
    assert shown(embedded, host, "/assets/+d-D5m1fz3a.js") == ("another", "public,max-age=31536000,immutable")
    assert shown(embedded, host, "/assets/plain.png") == ("picture 2", "no-cache")
    assert shown(embedded, host, "/assets/pic-Zk3mP0aQ.png") == ("picture 1", "public,max-age=31536000,immutable")

    site.deployed(release=first.release)
    assert [each for each in outputs(aws, "Switched").values() if each == first.release]
    assert shown(embedded, host, "/logo.webp") == ("logo 1", "no-cache")  # the newest build has no such kind of file
    assert shown(embedded, host, "/orders/jane.doe")[0].startswith("<title>1")
    assert shown(embedded, host, "/assets/unknown")[0].startswith("<title>1")
    for path in ("/missing.js", "/assets/gone-B3k9dx1y.js"):
        with pytest.raises(HTTPError) as missing:
            shown(embedded, host, path)
        assert missing.value.code == HTTPStatus.NOT_FOUND
        assert "<h1>Not found</h1>" in missing.value.read().decode()
    # What the rollback shows is complete: its archive may be gone.
    aws.client("s3").delete_object(Bucket=f"cdk-hnb659fds-assets-{embedded.account_id}-us-east-1", Key=site.archive)
    site.write(index="<title>3</title>")
    with pytest.raises(CliError) as raised:
        site.deployed(release="0" * 12)
    assert "has no files" in str(getattr(raised.value, "detail", ""))
    assert [each for each in outputs(aws, "Switched").values() if each == first.release]
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="Switched")["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert len([each for each in site.log if second.release in each]) == 1


def test_what_published_it_is_in_its_logs(
    deploy: Deploy, embedded: Any, aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**embedded.environment(), "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    site = Site(deploy, aws, tmp_path, "Logged")
    site.write(index="<title>1</title>")
    release = site.deployed().release

    def asked(*more: str) -> Any:
        return CliRunner().invoke(cli, ["logs", "Logged/Portal", *more])

    found = json.loads(asked("--json").stdout)
    assert found["logGroup"] == site.group
    assert [each["text"] for each in found["lines"] if each["text"].startswith("release ")] == site.log
    assert release in asked("--grep", release).stdout
    assert "the bucket of its access logs, if it has one" in " ".join(asked().stderr.split())
    assert json.loads(asked("--since", "2999-01-01", "--json").stdout).get("lines", []) == []
    before = {each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]}
    site.deployed(env=cdk.Environment(account=embedded.account_id, region="us-east-1"), access_logs=True)
    buckets = {each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]}
    (named,) = re.findall(r"in the bucket (\S+)\.", " ".join(asked().stderr.split()))
    assert named in buckets - before


def test_what_is_there_is_not_uploaded_again(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    site, s3 = Site(deploy, aws, tmp_path, "Unchanged"), aws.client("s3")
    scripts = {f"a{number}_B3k9dx{number}y": str(number) for number in range(1, 8)}
    tags = "".join(f'<script src="/assets/{each.replace("_", "-")}.js"></script>' for each in scripts)
    site.write(index=tags, **scripts)
    site.deployed()
    before = {key: s3.head_object(Bucket=site.bucket, Key=key)["LastModified"] for key in site.keys}
    site.write(index=f'{tags}<script src="/assets/b-C4l0ey2z.js"></script>', **scripts, b_C4l0ey2z="new")
    second = site.deployed()
    after = {key: s3.head_object(Bucket=site.bucket, Key=key)["LastModified"] for key in site.keys}
    written = {".404.html", ".shown"}
    new = {"assets/b-C4l0ey2z.js", f"{second.release}/index.html", f".releases/{second.release}"}
    assert after.keys() - before.keys() == new
    assert {key: after[key] for key in before if key not in written} == {
        key: before[key] for key in before if key not in written
    }
    assert "'uploaded': 2" in site.log[-1]
    assert "'as it was': 7" in site.log[-1]


def test_files_have_their_types_and_settings_are_of_the_stage(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    site, s3 = Site(deploy, aws, tmp_path, "Typed"), aws.client("s3")
    site.write(index="<title>1</title>")
    (site.web / "fonts").mkdir()
    for name in ("a.woff2", "a.webmanifest", "a.mjs", "a.avif"):
        (site.web / "fonts" / name).write_bytes(os.urandom(100))
    made = site.deployed(config={"stage": 'a "b"', "region": cdk.Aws.REGION})
    kinds = {
        "fonts/a.woff2": "font/woff2",
        "fonts/a.webmanifest": "application/manifest+json",
        "fonts/a.mjs": "text/javascript; charset=utf-8",
        "fonts/a.avif": "image/avif",
        "index.html": "text/html; charset=utf-8",
    }
    found = {name: s3.head_object(Bucket=site.bucket, Key=f"{made.release}/{name}")["ContentType"] for name in kinds}
    assert found == kinds
    settings = s3.get_object(Bucket=site.bucket, Key="config.json")
    assert json.loads(settings["Body"].read()) == {"stage": 'a "b"', "region": "us-east-1"}


def test_settings_leave_with_what_gave_them(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    site = Site(deploy, aws, tmp_path, "Settled")

    def deployed(own: str = "", **given: Any) -> dict[str, Any] | None:
        site.write(index="<title>1</title>")
        if own:
            (site.web / "config.json").write_text(own)
        site.deployed(**given)
        return found()

    def found() -> dict[str, Any] | None:
        if "config.json" not in site.keys:
            return None
        return json.loads(aws.client("s3").get_object(Bucket=site.bucket, Key="config.json")["Body"].read())

    assert deployed() is None
    assert deployed(config={"stage": "one"}) == {"stage": "one"}
    assert deployed() is None
    assert {*(deployed(sign_in=SignIn()) or {})} == {"signIn"}
    assert deployed(config={"stage": "two"}) == {"stage": "two"}
    assert {*(deployed(config={"stage": "two"}, sign_in=SignIn()) or {})} == {"stage", "signIn"}
    assert deployed() is None
    assert deployed(own='{"of": "folder"}') == {"of": "folder"}
    assert deployed(config={"stage": "three"}) == {"stage": "three"}
    assert deployed(own='{"of": "folder"}') == {"of": "folder"}
    assert deployed() is None
    for given in ({"config": {"stage": "failed"}}, {"sign_in": SignIn()}):
        with pytest.raises(CliError):
            deployed(release="0" * 12, **given)
        assert found() is None


@pytest.mark.exhaustive
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_site_of_200_megabytes_costs_little_memory(deploy: Deploy, aws: Any, tmp_path: Path) -> None:
    """Of all that takes part: synthesis, what packs and uploads, the embedded AWS and the function that publishes."""
    site = Site(deploy, aws, tmp_path, "Large")
    site.write(index="<title>1</title>")
    empty = max(peak(os.getpid(), site.deployed) for _ in range(2))
    taken = list[int]()
    for number in range(1000):
        (site.web / "assets" / f"{number}.bin").write_bytes(os.urandom(200_000))
    taken.append(peak(os.getpid(), site.deployed) - empty)
    (site.web / "more.html").write_text("more")
    taken.append(peak(os.getpid(), site.deployed) - empty)
    assert [{*re.findall(r"'(?:uploaded|copied)': \d+", each)} for each in site.log[-2:]] == [
        {"'uploaded': 1000", "'copied': 1"},
        {"'uploaded': 1", "'copied': 1001"},
    ]
    assert max(taken) < 100 * MEBIBYTE, [f"{each / MEBIBYTE:.0f} MiB more" for each in taken]
