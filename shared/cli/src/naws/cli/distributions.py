"""Where the distributions of a deployed stack are opened in a browser."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from naws.cli.embedded.distribution_urls import url_of
from naws.cli.stacks import EmbeddedStack

_KIND = "AWS::CloudFront::Distribution"
_RESOURCE = re.compile(r"(/Resource)+$")


def paths_of(stack: EmbeddedStack) -> dict[str, str]:
    """The construct path of each distribution of a stack, by its ARN."""
    named = stack.of_type(_KIND)
    if not named:
        return {}
    paths, owner = stack.artifact.paths, f"arn:aws:cloudfront::{stack.aws.target.account}:distribution"
    return {f"{owner}/{each}": _RESOURCE.sub("", paths.get(name, name)).strip("/") for name, each in named.items()}


def addresses_of(stacks: Iterable[EmbeddedStack]) -> Iterator[str]:
    """Lines with the address of each distribution, and with requests for the names that it has besides."""
    for stack in stacks:
        for arn, path in paths_of(stack).items():
            client: Any = stack.aws.client("cloudfront")
            found = client.get_distribution(Id=arn.rpartition("/")[2])["Distribution"]
            yield f"{url_of(stack.aws.endpoint_url, found['DomainName'])}/  {path}"
            for alias in found["DistributionConfig"].get("Aliases", {}).get("Items", ()):
                name = alias.replace("*", "any")
                yield f"curl -H 'Host: {name}' -H 'X-Forwarded-Proto: https' {stack.aws.endpoint_url}/"
