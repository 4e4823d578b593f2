"""Checks of a function's container image, as its app will build it: CDK knows its platform at synthesis alone."""

from collections.abc import Iterator

from naws.core.authoring import Finding, ImageView, advice, limit

_ARM = "ecr_assets.Platform.LINUX_ARM64"
_IMAGES = "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html"
_ASSETS = "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecr_assets-readme.html"


def _line(image: ImageView) -> str:
    return f"code=lambda_.Code.from_asset_image(…, {image.fitting})"


@limit(
    code="NAWS-FN-043",
    title="An image is built for the function's CPU architecture",
    source=_IMAGES,
    example='code=lambda_.Code.from_asset_image("orders", platform=ecr_assets.Platform.LINUX_AMD64)',
    fix=f'code=lambda_.Code.from_asset_image("orders", platform={_ARM})',
)
def same_architecture(image: ImageView) -> Iterator[Finding]:
    """Lambda runs no programs of another one: each invocation would fail with `Runtime.InvalidEntrypoint`."""
    if image.wrong:
        constant = {"ARM64": "ARM_64"}.get(image.built_for or "", image.built_for)
        turn = f"architecture=lambda_.Architecture.{constant}\n" if constant else ""
        expected, shown = f"an image for the function's CPU architecture, {image.architecture}", image.platform
        yield image.finding(expected, f"{turn}{_line(image)}", shown=f"an image for {shown}")


@advice(
    code="NAWS-FN-044",
    title="An image that is built on another CPU architecture has a platform",
    source=_ASSETS,
    example='code=lambda_.Code.from_asset_image("orders")',
    fix=f'code=lambda_.Code.from_asset_image("orders", platform={_ARM})',
)
def built_elsewhere(image: ImageView) -> Iterator[Finding]:
    """Without a platform an image is for the machine that builds it, whose CPU architecture is not the function's here.

    Deployed from here, each invocation would fail.
    """
    if image.here:
        yield image.finding(
            f"a platform, since the function is for {image.architecture} and this machine is {image.here}",
            _line(image),
            shown="an image without a platform",
        )


IMAGE_RULES = (same_architecture, built_elsewhere)
