"""Departures: functions that replace those of MiniStack where it differs from AWS, and their installation."""

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, update_wrapper
from importlib import metadata
from typing import Any, TypeVar

from naws.cli.embedded.departures.json_values import is_object

MINISTACK_VERSION = "1.5.33"
Names = str | tuple[str, ...]
Original = Callable[..., Any]
"""A function of MiniStack, which what replaces it is given first."""
_Value = TypeVar("_Value")


class PatchingError(RuntimeError):
    """MiniStack is not the version the departures were written for."""


@dataclass(frozen=True)
class Departure:
    """One difference between MiniStack and AWS, and the function that closes it.

    ``install.__doc__`` has what AWS does; ``source`` where AWS writes so.
    """

    install: Callable[[], None]
    source: str


def departure(source: str) -> Callable[[Callable[[], None]], Departure]:
    """Make a :class:`Departure` of the function that closes it."""
    return lambda install: Departure(install, source)


def patch(how: Callable[..., None], *where: Any) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Make of a function that replaces one of MiniStack's the function that installs it, such as by ``wrap``."""

    def decorate(function: Callable[..., Any]) -> Callable[[], None]:
        return update_wrapper(partial(how, *where, function), function)

    return decorate


def replace(module: Any, name: str, new: Any) -> None:
    """Replace ``module.name``, in the module's tables of actions too.

    Raises:
        PatchingError: the installed version has no such name.
    """
    if not hasattr(module, name):
        raise PatchingError(f"{module.__name__} has no {name}; the departures are written for {MINISTACK_VERSION}")
    original = getattr(module, name)
    setattr(module, name, new)
    tables: list[Any] = list(module.__dict__.values())
    for table in filter(is_object, tables):
        table.update({key: new for key, value in table.items() if value is original})


def wrap(module: Any, names: Names, function: Callable[..., Any]) -> None:
    """Replace functions of a module by one that is given the original, and then what the original would be given."""
    for name in (names,) if isinstance(names, str) else names:
        replace(module, name, partial(function, getattr(module, name, None)))


def before(module: Any, names: Names, check: Callable[..., None]) -> None:
    """Let ``check`` see the arguments of each call first."""

    def call(original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        check(*arguments)
        return original(*arguments, **named)

    wrap(module, names, call)


def edit(module: Any, name: str, *lines: tuple[str, str], names: dict[str, Any]) -> None:
    """Put other lines into a function of a module, which may use further names.

    For what happens in the midst of a function that is too long to be written again.

    Raises:
        PatchingError: the installed version's function has not just one such line.
    """
    original = getattr(module, name, None)
    source = inspect.getsource(original) if original else ""
    for old, new in lines:
        if source.count(old) != 1:
            raise PatchingError(f"{module.__name__}.{name} has not one {old!r}: it is not of {MINISTACK_VERSION}")
        source = source.replace(old, new)
    module.__dict__.update(names)
    made: dict[str, Any] = {}
    exec(compile(source, f"{module.__file__}:{name}", "exec"), module.__dict__, made)  # noqa: S102  # MiniStack's own
    replace(module, name, made[name])


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""


@contextmanager
def bound(variable: ContextVar[_Value], value: _Value) -> Generator[None]:
    """Set a variable of the context until the end."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def check_version() -> None:
    """Refuse any version of MiniStack but the one that the departures are written for.

    Raises:
        PatchingError: the installed version is not the pinned one.
    """
    installed = metadata.version("ministack")
    if installed != MINISTACK_VERSION:
        raise PatchingError(f"MiniStack {installed} is installed; the departures are written for {MINISTACK_VERSION}")
