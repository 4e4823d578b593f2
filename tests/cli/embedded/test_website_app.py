"""A website of CDK's own constructs, deployed and changed: files, release in a function, distribution."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_s3_deployment as deployment

from naws.cli.aws import Aws
from naws.cli.distributions import addresses_of
from naws.cli.stacks import EmbeddedStack
from tests.cli.embedded.distributions import Answer, ask

pytestmark = pytest.mark.e2e

ROUTER = (
    "function handler(event) { var request = event.request;"
    " if (request.uri.split('/').pop().indexOf('.') < 0) request.uri = '/index.html';"
    " request.uri = '/%s' + request.uri; return request; }"
)


def synthesised(site: Path, outdir: Path) -> Path:
    """The cloud assembly of a website of which every release stays."""
    app = cdk.App(outdir=str(outdir))
    stack = cdk.Stack(app, "Website", env=cdk.Environment(account="000000000000", region="us-east-1"))
    bucket = s3.Bucket(
        stack, "Bucket", enforce_ssl=True, auto_delete_objects=False, block_public_access=s3.BlockPublicAccess.BLOCK_ALL
    )
    asset = assets.Asset(stack, "Site", path=str(site))
    release = asset.asset_hash[:12]
    source = deployment.Source.bucket(asset.bucket, asset.s3_object_key)
    config = deployment.Source.json_data("config.json", {"bucket": bucket.bucket_regional_domain_name, "say": '"hi"'})
    common: dict[str, Any] = {"destination_bucket": bucket, "prune": False, "retain_on_delete": True}
    immutable = deployment.BucketDeployment(
        stack,
        "Immutable",
        sources=[source],
        exclude=["*"],
        include=["assets/*"],
        cache_control=[deployment.CacheControl.from_string("public,max-age=31536000,immutable")],
        **common,
    )
    rest = deployment.BucketDeployment(
        stack,
        "Release",
        sources=[source, config],
        exclude=["assets/*"],
        destination_key_prefix=release,
        cache_control=[deployment.CacheControl.no_cache()],
        **common,
    )
    code = cloudfront.FunctionCode.from_inline(ROUTER % release)
    router = cloudfront.Function(stack, "Router", runtime=cloudfront.FunctionRuntime.JS_2_0, code=code)
    router.node.add_dependency(immutable, rest)
    levels = [cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST]
    origin: Any = origins.S3BucketOrigin.with_origin_access_control(bucket, origin_access_levels=levels)
    association = cloudfront.FunctionAssociation(
        function=router, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
    )
    secure = cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS
    cloudfront.Distribution(
        stack,
        "Edge",
        default_root_object="index.html",
        default_behavior=cloudfront.BehaviorOptions(
            origin=origin, viewer_protocol_policy=secure, function_associations=[association]
        ),
        additional_behaviors={"/assets/*": cloudfront.BehaviorOptions(origin=origin, viewer_protocol_policy=secure)},
    )
    return Path(app.synth().directory)


def test_a_release_takes_the_place_of_another_at_once(
    deploy: Callable[[Path], list[EmbeddedStack]], aws: Aws, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    (site / "assets").mkdir(parents=True)
    for number in (1, 2):
        (site / "index.html").write_text(f"<p>release {number}")
        (site / "assets" / f"app-{number}.js").write_text(f"let a = {number}")
        if number > 1:
            (site / "assets" / f"app-{number - 1}.js").unlink()
        stacks = deploy(synthesised(site, tmp_path / f"out{number}"))
        host = next(addresses_of(stacks)).partition("//")[2].partition("/")[0]

        def get(path: str, host: str = host) -> Answer:
            return ask(aws.endpoint_url, host, path)

        for path in ("/", "/deep/link"):
            page = get(path)
            assert (page.text, page.headers["cache-control"]) == (f"<p>release {number}", "no-cache")
        script = get(f"/assets/app-{number}.js")
        assert (script.headers["content-type"], script.headers["cache-control"]) == (
            "text/javascript",
            "public,max-age=31536000,immutable",
        )
        assert get("/missing.js").status == 404
        assert '"say":"\\"hi\\""' in get("/config.json").text
    # A page that was open before still finds its script.
    assert get("/assets/app-1.js").text == "let a = 1"
