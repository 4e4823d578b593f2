"""Checks of single values that need nothing else of the plan: numbers in bounds, durations, text.

Unknown is not wrong: a token passes everywhere, and a value of the wrong type is left to the rule on types.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from naws.core.rule import Finding
from naws.core.text import Verbatim, format_duration
from naws.core.tokens import known


@dataclass(frozen=True)
class Field:
    """A value and the field that it was given in.

    Attributes:
        path: the field in the user's spelling.
        value: what was given; None when nothing was.
    """

    path: str
    value: Any = None

    @property
    def name(self) -> str:
        """The last part of the path, as it is written in a call."""
        return self.path.rsplit(".", 1)[-1]

    def finding(self, expected: str, remedy: str, *, shown: str = "", source: str = "") -> Finding:
        """A finding on the value.

        Args:
            expected: what would be accepted.
            remedy: a line to paste; further lines are alternatives.
            shown: the value in words. Omitted: the value itself.
            source: the AWS page behind it, where a rule has several. Omitted: the rule's.
        """
        value = Verbatim(shown) if shown else self.value
        return Finding(path=self.path, value=value, expected=expected, remedy=remedy, source=source)


def format_number(value: float) -> str:
    """A number without a needless fraction, with thousands apart: `1,209,600`."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,}"
    return f"{int(value):,}"


def as_number(value: float) -> str:
    """A number as it is written in Python."""
    return f"{value:g}" if abs(value) < 1e6 else str(int(value))  # noqa: PLR2004  # %g would round from here on


def as_duration(value: float) -> str:
    """Seconds as a CDK duration in the largest whole unit."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if value >= size and value % size == 0:
            return f"cdk.Duration.{unit}({as_number(value // size)})"
    return f"cdk.Duration.seconds({as_number(value)})"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """A range of numbers, both ends included.

    Attributes:
        low, high: the ends.
        unit: what the numbers count, for the reader.
        write: a number as the user would write it in a call.
        in_words: a number as a message writes it, with its unit; None for the number alone.
        whole: whether only whole numbers count.
    """

    low: float
    high: float
    unit: str
    write: Callable[[float], str] = as_number
    in_words: Callable[[float], str] | None = None
    whole: bool = True

    def check(self, field: Field) -> Iterator[Finding]:
        """A finding when the value is known and lies outside; the remedy is the nearest end."""
        value = field.value
        if not is_number(value) or (self.low <= value <= self.high and (value == int(value) or not self.whole)):
            return
        undefined = isinstance(value, float) and math.isnan(value)  # an int of any size is defined, and no float
        nearest = self.low if undefined else min(max(value, self.low), self.high)
        low, high = (self.in_words or format_number)(self.low), (self.in_words or format_number)(self.high)
        whole = "whole " if self.whole and value % 1 else ""
        yield field.finding(
            f"{low} to {high}" + (f", in {whole}{self.unit}" if self.in_words else f" {whole}{self.unit}"),
            f"{field.name}={self.write(math.ceil(nearest) if self.whole else nearest)}",
            shown=self.in_words(value) if self.in_words else "",
        )


def span(low: float, high: float) -> Bounds:
    """A range of times in whole seconds, which messages write as durations."""
    return Bounds(low=low, high=high, unit="seconds", write=as_duration, in_words=format_duration)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether `value` is a number that is known."""
    return isinstance(value, int | float) and not isinstance(value, bool) and known(value)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether `value` is a whole number that is known."""
    return isinstance(value, int) and is_number(value)


def is_text(value: object) -> TypeGuard[str]:
    """Whether `value` is text that is known."""
    return isinstance(value, str) and known(value)


def one_of(names: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
