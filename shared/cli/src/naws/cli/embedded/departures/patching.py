"""How a departure is written down and installed."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

from naws.cli.embedded.departures.json_values import is_object

MINISTACK_VERSION = "1.5.33"


class PatchingError(RuntimeError):
    """MiniStack is not the version the departures were written for."""


@dataclass(frozen=True)
class Departure:
    """One difference between MiniStack and AWS, and the function that closes it.

    ``install.__doc__`` says what AWS does; ``source`` where AWS says so; ``replaces`` names what is replaced or
    relied upon inside MiniStack, as ``module.attribute``; of what is no service, as ``core.module.attribute``.
    """

    install: Callable[[], None]
    source: str
    replaces: tuple[str, ...]


def departure(*, source: str, replaces: tuple[str, ...]) -> Callable[[Callable[[], None]], Departure]:
    """Make a :class:`Departure` of the function that closes it."""

    def decorate(install: Callable[[], None]) -> Departure:
        return Departure(install, source, replaces)

    return decorate


def service(name: str) -> Any:
    """Return MiniStack's module of a service; its private names are what the departures are about."""
    return import_module(f"ministack.services.{name}")


def core(name: str) -> Any:
    """Return one of MiniStack's modules that all services share."""
    return import_module(f"ministack.core.{name}")


def replace(module: Any, name: str, build: Callable[[Any], Any]) -> None:
    """Replace ``module.name`` by what ``build`` makes of the original, in the module's tables of actions too."""
    original = getattr(module, name)
    replacement = build(original)
    setattr(module, name, replacement)
    attributes: list[Any] = list(module.__dict__.values())
    for table in attributes:
        if is_object(table):
            table.update({key: replacement for key, value in table.items() if value is original})


def before(check: Callable[..., None]) -> Callable[[Any], Any]:
    """Make a ``build`` for :func:`replace`: ``check`` sees the arguments of each call first and may refuse it."""

    def build(original: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            check(*arguments)
            return original(*arguments, **named)

        return call

    return build


def judge_template(kind: str, judge: Callable[[dict[str, Any]], None]) -> None:
    """Let ``judge`` see the properties of each thing of this type that a template creates or updates.

    Args:
        kind: the type, without ``AWS::``.
        judge: raises ``ValueError`` with what AWS says of properties that it refuses.
    """
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS[f"AWS::{kind}"]  # noqa: SLF001  # a table of private functions

    def at(position: int) -> Callable[..., None]:
        return lambda *arguments: judge(arguments[position])

    handlers["create"] = before(at(1))(handlers["create"])
    handlers["update"] = before(at(2))(handlers["update"])


def unless(refuse: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make a ``build`` for :func:`replace`: what ``refuse`` returns for a call, other than None, is its answer."""

    def build(original: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            refusal = refuse(*arguments, **named)
            return original(*arguments, **named) if refusal is None else refusal

        return call

    return build


def resolve(dotted: str) -> Any:
    """Return the MiniStack object that ``module.attribute`` names: of a service, or of ``core.…`` or ``app``.

    Raises:
        PatchingError: it does not exist in the installed version.
    """
    module, _, attribute = dotted.rpartition(".")
    shared = module == "app" or module.startswith("core.")
    try:
        return getattr(import_module(f"ministack.{module}") if shared else service(module), attribute)
    except (ImportError, AttributeError) as error:
        raise PatchingError(f"MiniStack has no {dotted}; the departures are written for {MINISTACK_VERSION}") from error


def check_version() -> None:
    """Refuse any other MiniStack.

    Raises:
        PatchingError: the installed version is not the pinned one.
    """
    installed = metadata.version("ministack")
    if installed != MINISTACK_VERSION:
        raise PatchingError(f"MiniStack {installed} is installed; the departures are written for {MINISTACK_VERSION}")
