"""Hints beside the fields of props, for the line to paste that answers a value of the wrong type.

A class of props has them as `_hints = {"cpu": VCPU}`; a class that stands for one of its fields, when somebody gives a
bare number or text in its place, names it by `_shorthand = "limit"`. What people look for in vain among the fields is
in `_elsewhere`, with what to write instead. All are inherited.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Hint:
    """The unit of a field's number or text, and examples of its values.

    Attributes:
        bytes: bytes of one, for a size such as "4GB". 0: no size.
        of_size: the method of `cdk.Size` that counts the same.
        whole: so many are one whole, of which a fraction may be given: 1,024 CPU units are a vCPU. 0: nothing.
        least: of a size: so few MiB were counted in GiB.
        seconds: of a duration: how many a bare number counts.
        zero: of a duration: whether none at all is a value.
        between: of a list of text: what stands between the items in one text. Empty: blanks, as in a shell.
        line: of a list of text: whether one text is a line of shell, which stands whole behind `CMD-SHELL`.
        example: what may be given, as Python, when the value does not show it.
        number: of text with an example: whether a number above 0 is one, too.
        instead: by a value's text or its class, what to write in place of the whole field.
    """

    bytes: int = 0
    of_size: str = ""
    whole: int = 0
    least: int = 0
    seconds: int = 1
    zero: bool = False
    between: str = ""
    line: bool = False
    example: str = ""
    number: bool = False
    instead: Mapping[str, str] = field(default_factory=dict[str, str])


Hints = Mapping[str, Hint]

BYTES = Hint(bytes=1, of_size="to_bytes")
MIB = Hint(bytes=1024**2, of_size="to_mebibytes")
GIB = Hint(bytes=1024**3, of_size="to_gibibytes")
VCPU = Hint(whole=1024)
MINUTES = Hint(seconds=60)
MAY_BE_ZERO = Hint(zero=True)


_NO_HINT = Hint()


def hint_of(owner: type[Any] | None, name: str) -> Hint:
    """The hint of a class's field; an empty one when there is none. A size counts what its name ends with."""
    for each in owner.__mro__ if owner is not None else ():
        hints: Hints = vars(each).get("_hints", {})
        if name in hints:
            return hints[name]
    return MIB if name.endswith("_mib") else GIB if name.endswith("_gib") else _NO_HINT


def shorthand_of(kind: type[Any]) -> str:
    """The field that a bare value stands for; empty when the class names none."""
    return str(getattr(kind, "_shorthand", ""))


def elsewhere(kind: type[Any] | None, name: str) -> str:
    """What to write in place of a field that the class has not; empty when it says nothing of that name."""
    every = (vars(each).get("_elsewhere", {}) for each in (kind.__mro__ if kind is not None else ()))
    return next((str(each[name]) for each in every if name in each), "")
