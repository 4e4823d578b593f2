"""Where the assets of a stack go in the embedded AWS."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """The account and region that CDK's placeholders stand for."""

    account: str
    region: str

    def resolve(self, text: str) -> str:
        """Fill in `${AWS::AccountId}` and its siblings."""
        for name, value in {"AccountId": self.account, "Region": self.region, "Partition": "aws"}.items():
            text = text.replace(f"${{AWS::{name}}}", value)
        return text


def file_destinations(asset: dict[str, Any], place: Place) -> list[tuple[str, str]]:
    """Bucket and key, for each destination of a file asset."""
    return [
        (place.resolve(one["bucketName"]), place.resolve(one["objectKey"])) for one in asset["destinations"].values()
    ]


def image_names(asset: dict[str, Any], place: Place) -> list[str]:
    """The names by which task definitions refer to an image asset."""
    return [
        f"{place.account}.dkr.ecr.{one.get('region', place.region)}.amazonaws.com/"
        f"{place.resolve(one['repositoryName'])}:{place.resolve(one['imageTag'])}"
        for one in asset["destinations"].values()
    ]
