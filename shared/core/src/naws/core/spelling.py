"""Suggestions for a misspelt name: the names of a field or an argument that come close to it."""

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

from naws.core.hints import shorthand_of
from naws.core.text import snake

ClassT = TypeVar("ClassT")
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_NEAR = 0.72
_SHORTEST = 3


def nearest(word: str, names: Collection[str]) -> str:
    """The name that is closest to `word`; empty when none comes close."""
    return next(iter(close_matches(word, names)), "")


def close_matches(word: str, names: Collection[str]) -> list[str]:
    """The names that come close to `word`, any of which may be the right one.

    Case and separators do not count, and a part of a name stands for every name that has it: `memory` for
    `memory_limit_mib`.
    """
    wanted = _plain(word)
    by_plain = {_plain(name): name for name in names}
    if wanted in by_plain:
        return [by_plain[wanted]]
    abbreviated = [name for name in names if len(wanted) > 1 and "".join(each[0] for each in _words(name)) == wanted]
    if abbreviated:
        return abbreviated
    begun = [name for name in names if _plain(name).startswith(wanted)] if len(wanted) >= _SHORTEST else []
    whole = [name for name in names if word in _words(name)]
    if begun or whole:
        return list(dict.fromkeys((*begun, *whole)))
    close = difflib.get_close_matches(wanted, by_plain, n=1, cutoff=_NEAR)
    if close:
        return [by_plain[close[0]]]
    words = set(_words(word))
    sharing = {name: len(words & set(_words(name))) for name in names}
    most = max(sharing.values(), default=0)
    return [name for name, count in sharing.items() if count == most > 0]


def suggesting(kind: type[ClassT]) -> type[ClassT]:
    """Class decorator: a dataclass whose error on an unknown field suggests the field that comes closest.

    Its class methods suggest the closest argument in the same way.

    Raises:
        TypeError: on construction, naming every unknown field at once, or the fields that have to be named.
    """
    taken = [field for field in fields(kind) if field.init]  # pyright: ignore[reportArgumentType] - a dataclass
    positional = tuple(field.name for field in taken if not field.kw_only)
    likely = sorted((field.name for field in taken), key=lambda name: name != shorthand_of(kind))
    call = _Call(name=kind.__name__, noun="field", names=tuple(likely), positional=positional)
    kind.__init__ = _with_suggestions(kind.__init__, call)
    for name, member in list(vars(kind).items()):
        if isinstance(member, classmethod):
            function: Any = cast("Any", member).__func__
            setattr(kind, name, classmethod(_with_suggestions(function, _call_of(function, f"{kind.__name__}.{name}"))))
    return kind


def suggesting_arguments(name: str, *more: str) -> Callable[[FunctionT], FunctionT]:
    """Decorator: a method whose error on an unknown argument suggests the one that comes closest.

    Args:
        name: how it is called.
        more: names that it takes beside those in its signature.

    Raises:
        TypeError: when it is called, naming every unknown argument at once.
    """
    return lambda function: _with_suggestions(function, _call_of(function, name, *more))


@dataclass(frozen=True, kw_only=True)
class _Call:
    """What can be called, for the error of a call that it does not take.

    Attributes:
        name: how it is called.
        noun: what it calls that which it takes.
        names: of what it takes.
        positional: those that need no name.
    """

    name: str
    noun: str
    names: tuple[str, ...]
    positional: tuple[str, ...]

    def problem(self, args: Sequence[object], named: Collection[str]) -> str:
        """What is wrong with the arguments; empty when nothing is."""
        unknown = [self._unknown(name) for name in named if name not in self.names]
        count = len(self.positional)
        if unknown or len(args) <= count:
            return "; ".join(unknown)
        others = [f"{name}=…" for name in self.names if name not in self.positional]
        written = ", ".join(("…",) * count + tuple(others[: len(args) - count]))
        taken = f"all but {count} of its" if count else "its"
        return f"{self.name} takes {taken} {self.noun}s by name: {self.name}({written})"

    def _unknown(self, name: str) -> str:
        near = close_matches(name, self.names)
        hint = f"did you mean {' or '.join(near)}?" if near else f"its {self.noun}s are {', '.join(self.names)}"
        return f"{self.name} has no {self.noun} {name!r}: {hint}"


def _call_of(function: Callable[..., Any], name: str, *more: str) -> _Call:
    _, *taken = inspect.signature(function).parameters.values()  # without self or cls
    named = [each for each in taken if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    positional = tuple(each.name for each in named if each.kind is each.POSITIONAL_OR_KEYWORD)
    return _Call(name=name, noun="argument", names=(*(each.name for each in named), *more), positional=positional)


def _with_suggestions(function: FunctionT, call: _Call) -> FunctionT:
    @functools.wraps(function)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        problem = call.problem(args, kwargs)
        if problem:
            raise TypeError(problem)
        return function(self, *args, **kwargs)

    return cast("FunctionT", checked)


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", snake(name))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
