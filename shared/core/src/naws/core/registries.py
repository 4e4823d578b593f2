"""Private registries of ECR, by the name of an image."""

import re
from dataclasses import dataclass

from naws.core.homes import Home

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com|on\.aws)(?:\.cn)?/"
    r"(?P<repository>[^:@\s]+)"
)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository of ECR: where its registry is, and its name in it."""

    home: Home
    name: str


def repository_of(image: str) -> Repository | None:
    """The ECR repository of an image such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com/reports:1.0`, or None.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html#registry_auth
    """
    named = _IMAGE.match(image)
    if named is None:
        return None
    return Repository(home=Home(account=named["account"], region=named["region"]), name=named["repository"])
