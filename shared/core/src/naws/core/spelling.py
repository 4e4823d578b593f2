"""Suggestions for a misspelt name: the names of a field or an argument that come close to it."""

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from naws.core.hints import elsewhere, shorthand_of
from naws.core.text import snake
from naws.core.type_checks import is_required

ClassT = TypeVar("ClassT")
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_NEAR = 0.72
_SHORTEST = 3
_SAYS_LITTLE = {"size", "name", "id", "max", "min", "number", "count"}
"""Words that many a name has."""


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
    words = set(_words(word)) - _SAYS_LITTLE
    sharing = {name: len(words & set(_words(name))) for name in names}
    most = max(sharing.values(), default=0)
    return [name for name, count in sharing.items() if count == most > 0]


def suggesting(kind: type[ClassT]) -> type[ClassT]:
    """Class decorator: a dataclass whose error on an unknown field suggests the field that comes closest.

    Its class methods suggest the closest argument in the same way.

    Raises:
        TypeError: on construction, naming every unknown field at once, or the fields that have to be named.
    """
    kind.__init__ = _with_suggestions(kind.__init__, kind.__name__, "field", *_fields_of(kind), kind=kind)
    for name, member in list(vars(kind).items()):
        if isinstance(member, classmethod):
            function: Any = cast("Any", member).__func__
            setattr(kind, name, classmethod(_suggesting_argument(function, f"{kind.__name__}.{name}")))
    return kind


class Suggesting:
    """Base of dataclasses whose error on an unknown field suggests the field that comes closest, as `suggesting` does.

    Raises:
        TypeError: on construction, naming every unknown field at once, or the fields that have to be named.
    """

    if not TYPE_CHECKING:  # the signature is that of the dataclass

        def __new__(cls, *args: Any, **kwargs: Any) -> Self:
            """Refuse what the class has no field for; the dataclass does the rest."""
            _refuse_unknown(cls.__name__, "field", *_fields_of(cls), args, kwargs, cls)
            return super().__new__(cls)


def suggesting_arguments(name: str, *more: str) -> Callable[[FunctionT], FunctionT]:
    """Decorator: a method whose error on an unknown argument suggests the one that comes closest.

    Args:
        name: how it is called.
        more: names that it takes beside those in its signature.

    Raises:
        TypeError: when it is called, naming every unknown argument at once.
    """
    return lambda function: _suggesting_argument(function, name, *more)


def _suggesting_argument(function: FunctionT, called: str, *more: str) -> FunctionT:
    _, *taken = inspect.signature(function).parameters.values()  # without self or cls
    named = [each for each in taken if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    positional = [each.name for each in named if each.kind is each.POSITIONAL_OR_KEYWORD]
    return _with_suggestions(function, called, "argument", [*(each.name for each in named), *more], positional)


def hint_for(name: str, names: Sequence[str], kind: type[Any] | None = None) -> str:
    """Where a name belongs that a class has not, or which of its names come close; empty when neither is known."""
    near = close_matches(name, names)
    return elsewhere(kind, name) or (f"did you mean {' or '.join(near)}?" if near else "")


def _with_suggestions(  # noqa: PLR0913  # what a message says of itself
    function: FunctionT,
    called: str,
    noun: str,
    names: Sequence[str],
    positional: Sequence[str],
    *,
    kind: type[Any] | None = None,
) -> FunctionT:
    """A method, called by that name, that takes things of these names, only some of them without their names."""

    @functools.wraps(function)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_unknown(called, noun, names, positional, args, kwargs, kind)
        return function(self, *args, **kwargs)

    return cast("FunctionT", checked)


def _refuse_unknown(  # noqa: PLR0913, PLR0917  # what is called, what it takes and what it is given
    called: str,
    noun: str,
    names: Sequence[str],
    positional: Sequence[str],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    kind: type[Any] | None,
) -> None:
    def unknown(name: str) -> str:
        hint = hint_for(name, names, kind) or f"its {noun}s are {', '.join(names)}"
        return f"{called} has no {noun} {name!r}: {hint}"

    if wrong := [unknown(name) for name in kwargs if name not in names]:
        raise TypeError("; ".join(wrong))
    count = len(positional)
    if len(args) > count:
        others = [f"{name}=…" for name in names if name not in positional]
        written = ", ".join((*["…"] * count, *others[: len(args) - count]))
        taken = f"all but {count} of its" if count else "its"
        raise TypeError(f"{called} takes {taken} {noun}s by name: {called}({written})")


@functools.cache
def _fields_of(kind: type[Any]) -> tuple[Sequence[str], Sequence[str]]:
    """The fields that a dataclass takes, the likeliest first, and those that it takes without their names."""
    taken = [field for field in fields(kind) if field.init]
    likely = sorted(taken, key=lambda each: (each.name != shorthand_of(kind), not is_required(each)))
    return [field.name for field in likely], [field.name for field in taken if not field.kw_only]


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", snake(name))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
