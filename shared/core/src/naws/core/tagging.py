"""Tags that a pattern derives for itself; what an organisation wants comes from `Conventions`."""

import aws_cdk as cdk
from constructs import Construct


def tag_pattern(scope: Construct, pattern: str) -> None:
    """Tag everything of one pattern with what it is.

    The library's version is never a tag: each upgrade would be a change of every resource.
    """
    cdk.Tags.of(scope).add("naws:pattern", pattern)
