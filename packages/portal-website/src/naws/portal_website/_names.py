"""Names of what CloudFront and log delivery have once an account: they ask for one, and nobody chooses it."""

import aws_cdk as cdk
from constructs import Construct

from naws.core.authoring import asked, kept, known, shortened, stack_of

_LONGEST_REGION = 14
_LONGEST_NAME = 64


def edge_name(scope: Construct, purpose: str, *, longest: int = _LONGEST_NAME) -> str:
    """A name that no other stack of the account has: CloudFront's are those of all regions together.

    Args:
        scope: the website.
        purpose: what tells two of one website apart.
        longest: characters that it may have.
    """
    region = asked(stack_of(scope), "region")
    room = longest - len(purpose) - 2 - (len(region) if known(region) else _LONGEST_REGION)
    whole = kept(scope, "unique name", lambda: cdk.Names.unique_resource_name(scope, max_length=200, separator="-"))
    return f"{shortened(whole, room)}-{purpose}-{region}"
