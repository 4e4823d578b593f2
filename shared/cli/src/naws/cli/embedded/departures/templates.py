"""CloudFormation's handlers by type of resource: functions that create, update and delete, in a table of MiniStack.

They are called as ``create(logical_id, properties, stack)``, ``update(physical_id, old, new, stack)`` and
``delete(physical_id, properties)``; the first two give the physical id and the attributes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from naws.cli.embedded.departures.patching import Original
from naws.cli.embedded.departures.services import provisioners

Made = tuple[str, dict[str, str]]
_PROPERTIES_AT = {"create": 1, "update": 2}
BOTH = ("create", "update")


def provide(kind: str, create: Any, update: Any, delete: Any, **flags: bool) -> None:
    """Give a type, named without ``AWS::``, its functions."""
    table = provisioners._RESOURCE_HANDLERS
    table[f"AWS::{kind}"] = {"create": create, "update": update, "delete": delete, **flags}


def provide_custom(kind: str, create: Any, update: Any, delete: Any) -> None:
    """Give a custom resource, whose name begins with ``Custom::``, its functions in the place of a provider."""
    provisioners._RESOURCE_HANDLERS[f"Custom::{kind}"] = {"create": create, "update": update, "delete": delete}


def wrap_template(kind: str, **functions: Callable[..., Any]) -> None:
    """Replace functions of a type; each is given the original, and then what the original would be given."""
    handlers = provisioners._RESOURCE_HANDLERS[f"AWS::{kind}"]
    handlers.update({verb: partial(function, handlers[verb]) for verb, function in functions.items()})


def check_template(kind: str, verbs: tuple[str, ...], check: Callable[[dict[str, Any]], None]) -> None:
    """Let ``check`` see the properties of each resource of a template first; a ``ValueError`` fails its stack."""

    def checked(at: int, original: Original, *arguments: Any, **named: Any) -> Made:
        check(arguments[at])
        return original(*arguments, **named)

    wrap_template(kind, **{verb: partial(checked, _PROPERTIES_AT[verb]) for verb in verbs})


def complete_template(kind: str, verbs: tuple[str, ...], complete: Callable[[str, dict[str, Any]], None]) -> None:
    """Let ``complete`` finish each resource, by its physical id and properties, once CloudFormation has made it."""

    def completed(at: int, original: Original, *arguments: Any, **named: Any) -> Made:
        made = original(*arguments, **named)
        complete(made[0], arguments[at])
        return made

    wrap_template(kind, **{verb: partial(completed, _PROPERTIES_AT[verb]) for verb in verbs})


def physical_name(properties: dict[str, Any], field: str, stack: str, logical_id: str, longest: int) -> str:
    """The name that a template gives a resource, or the one that CloudFormation makes."""
    return properties.get(field) or provisioners._physical_name(stack, logical_id, max_len=longest)


def is_true(value: Any) -> bool:
    """Whether a property is true: templates have booleans, or their text."""
    return str(value).lower() == "true"
