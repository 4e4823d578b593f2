"""Durations as plain seconds, so that checks never cross into Node.

To read one takes a call: a `cdk.Duration` is an object of Node, of which Python knows only a number that stands for it.
"""

import struct
from functools import lru_cache
from typing import Self

import aws_cdk as cdk

from naws.core.tokens import has_token

# A number token of no value, so that a rule on numbers lets it pass; see `naws.core.tokens`.
_UNKNOWN: float = struct.unpack(">d", b"\xfb\xff" + bytes(6))[0]


class Unconverted(float):
    """A time that is a token in another unit than is needed: CloudFormation cannot convert it, and nor can CDK.

    Attributes:
        unit: the unit that it was given in: `minutes`.
        needed: the unit that AWS takes: `seconds`.
    """

    unit: str
    needed: str

    def __new__(cls, unit: str, needed: str) -> Self:
        """Unknown to every check but the one on units."""
        unknown = super().__new__(cls, _UNKNOWN)
        unknown.unit, unknown.needed = unit, needed
        return unknown


def seconds(duration: cdk.Duration | None, default: float) -> float:
    """`duration` in seconds, `default` when there is none; a token stays a number token.

    A fraction is kept: a rule checks whole seconds where AWS takes no others. A token in another unit than seconds is
    an `Unconverted`, which nothing may build with.
    """
    if duration is None:
        return default
    try:
        return duration.to_seconds(integral=False)
    except RuntimeError:  # jsii's, of a token in another unit
        return Unconverted(duration.unit_label(), "seconds")


def window(duration: cdk.Duration | None) -> float | None:
    """A time that AWS counts in minutes: in seconds when it is known, a token of minutes when it is not."""
    if duration is None:
        return None
    in_seconds = seconds(duration, 0)
    if not has_token(in_seconds):
        return in_seconds
    try:
        return duration.to_minutes(integral=False)
    except RuntimeError:  # as above
        return Unconverted(duration.unit_label(), "minutes")


@lru_cache(maxsize=256)
def duration(value: float) -> cdk.Duration:
    """Seconds as CDK's type; one never changes, so that Node makes each once."""
    return cdk.Duration.seconds(value)
