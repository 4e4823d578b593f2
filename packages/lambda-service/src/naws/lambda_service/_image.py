"""The container image of a function, if its app builds one."""

import platform
from collections.abc import Iterator

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_lambda as lambda_

from naws.core.authoring import ImageView, node_of, platforms_of

_ARCHITECTURES = {"arm64": "ARM64", "x86_64": "X86_64"}


def image_views(function: lambda_.Function, architecture: str, *, image: bool) -> Iterator[ImageView]:
    """The image that `Code.from_asset_image` made below the function, under the id that CDK gives to it.

    Args:
        function: it.
        architecture: "arm64" or "x86_64"; of another, such as a token, nothing is known.
        image: whether its code is a container image.
    """
    made = node_of(function).try_find_child("AssetImage") if image else None
    if isinstance(made, ecr_assets.DockerImageAsset):
        for each in platforms_of(made):
            yield ImageView(
                path="code",
                platform=each,
                architecture=_ARCHITECTURES.get(architecture, architecture),
                machine=platform.machine(),
            )
