"""Destinations of a stack's assets in the embedded AWS: bucket and key of files, names of images."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """The account and region that CDK's placeholders stand for."""

    account: str
    region: str

    def resolve(self, text: str) -> str:
        """Fill in `${AWS::AccountId}` and its siblings."""
        for name, value in {"AccountId": self.account, "Region": self.region, "Partition": "aws"}.items():
            text = text.replace(f"${{AWS::{name}}}", value)
        return text


def file_destinations(asset: dict[str, Any], target: Target) -> list[tuple[str, str]]:
    """Bucket and key, for each destination of a file asset."""
    return [
        (target.resolve(one["bucketName"]), target.resolve(one["objectKey"])) for one in asset["destinations"].values()
    ]


def image_names(asset: dict[str, Any], target: Target) -> list[str]:
    """The names by which task definitions refer to an image asset."""
    return [
        f"{target.account}.dkr.ecr.{one.get('region', target.region)}.amazonaws.com/"
        f"{target.resolve(one['repositoryName'])}:{target.resolve(one['imageTag'])}"
        for one in asset["destinations"].values()
    ]
