"""Which constructs of this app a text refers to."""

from collections.abc import Iterator

import aws_cdk as cdk
from constructs import IConstruct

from naws.core.tokens import has_token


def targets_of(text: str) -> Iterator[IConstruct]:
    """The constructs whose attributes stand in a text, in its order; none of a text that is known."""
    if has_token(text):
        for token in cdk.Tokenization.reverse_string(text).tokens:
            if isinstance(token, cdk.Reference):
                yield token.target
