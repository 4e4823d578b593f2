"""The options of a pattern, for the table of what each of them lets its roles do."""

from collections.abc import Callable
from typing import Any, NamedTuple

import aws_cdk as cdk

Given = Callable[[cdk.Stack], dict[str, Any]]
"""Props from the stack that holds what they need."""


class Option(NamedTuple):
    """Props beside those that every pattern of its kind has.

    Attributes:
        given: the further props.
        beyond: the option whose permissions are not listed again. Empty: the first.
    """

    given: Given
    beyond: str = ""
