"""What a misspelt name was probably meant to be."""

import difflib
import functools
import re
from collections.abc import Collection
from dataclasses import fields
from typing import Any, TypeVar

ClassT = TypeVar("ClassT")

_NEAR = 0.72


def nearest(word: str, names: Collection[str]) -> str:
    """The name that `word` was probably meant to be; empty when none comes close."""
    return next(iter(alike(word, names)), "")


def alike(word: str, names: Collection[str]) -> list[str]:
    """The names that `word` may have been meant to be.

    Case and separators do not count, and a part of a name stands for every name that has it: `memory` for
    `memory_limit_mib`.
    """
    wanted = _plain(word)
    by_plain = {_plain(name): name for name in names}
    if wanted in by_plain:
        return [by_plain[wanted]]
    close = difflib.get_close_matches(wanted, by_plain, n=1, cutoff=_NEAR)
    if close:
        return [by_plain[close[0]]]
    words = set(_words(word))
    sharing = {name: len(words & set(_words(name))) for name in names}
    most = max(sharing.values(), default=0)
    return [name for name, count in sharing.items() if count == most > 0]


def suggesting(kind: type[ClassT]) -> type[ClassT]:
    """Class decorator: a dataclass that answers an unknown field with the field that was probably meant.

    Raises:
        TypeError: on construction, naming every unknown field at once.
    """
    original: Any = kind.__init__
    names = [field.name for field in fields(kind) if field.init]  # pyright: ignore[reportArgumentType] - a dataclass

    @functools.wraps(original)
    def init(self: ClassT, *args: Any, **kwargs: Any) -> None:
        unknown = [name for name in kwargs if name not in names]
        if unknown:
            raise TypeError("; ".join(_unknown(kind.__name__, name, names) for name in unknown))
        original(self, *args, **kwargs)

    kind.__init__ = init
    return kind


def _unknown(kind: str, name: str, names: Collection[str]) -> str:
    near = alike(name, names)
    hint = f"did you mean {' or '.join(near)}?" if near else f"its fields are {', '.join(names)}"
    return f"{kind} has no field {name!r}: {hint}"


def _words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
