"""The call of a pattern or of its ready stack, and the error for one in the manner of CDK's own constructs.

Pattern(self, "P", image=image)                the habit: properties by name
Pattern(self, "P", Props(image=…))             what the error writes
"""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, cast

from constructs import Construct

from naws.core.issues import Issue, PatternValidationError
from naws.core.rules.types import declared_type
from naws.core.spelling import close_matches
from naws.core.stacks import child_path

_SCOPE_AND_ID = 2


@dataclass(frozen=True, kw_only=True)
class Call:
    """The signature of a class that is called with props.

    Attributes:
        name: of the class.
        props: the class of the props.
        argument: by which name it takes them.
        by_id: whether it takes one for each construct id, as a ready stack does.
        more: names of further arguments that it takes.
    """

    name: str
    props: type[Any]
    argument: str = "props"
    by_id: bool = False
    more: Collection[str] = ()

    def is_wrong(self, bound: Mapping[str, Any], named: Mapping[str, Any]) -> bool:
        """Whether the props are not where they belong; what else is wrong others report.

        Args:
            bound: the arguments by name; empty when the call does not fit.
            named: those that were given by name.
        """
        props = bound.get(self.argument)
        if not self.by_id:
            return not isinstance(props, self.props)
        others = self._others(named)
        by_name = any(name in self._names for name in others)
        return by_name or (not others and (self.argument not in bound or isinstance(props, self.props)))

    def error(self, given: Sequence[Any], named: Mapping[str, Any]) -> PatternValidationError:
        """The error that shows the right call, with the fields that were given as arguments, or as a dict."""
        beyond = (*given[_SCOPE_AND_ID:], *(each for name, each in named.items() if name == self.argument))
        dicts = (cast("Mapping[Any, Any]", each) for each in beyond if isinstance(each, Mapping) and not self.by_id)
        fields_given = [*self._others(named), *(str(name) for each in dicts for name in each)]
        near = {name: [name] if name in self._names else close_matches(name, self._names) for name in fields_given}
        props = self.props.__name__
        by_id = f"{self.argument}, a dict of construct ids to {props}"
        wanted = by_id if self.by_id else f"{props} as the third and last argument"
        hints = {name: f", did you mean {' or '.join(close)}?" if close else "" for name, close in near.items()}
        unknown = [f"{props} has no field {name!r}{hint}" for name, hint in hints.items() if name not in self._names]
        construct_id = next((each for each in (*given[1:], *named.values()) if isinstance(each, str)), "…")
        scope = given[0] if given and isinstance(given[0], Construct) else None
        issue = Issue(
            code=declared_type.code,
            level=declared_type.level,
            path=self.argument,
            value=", ".join(f"{name}=…" for name in fields_given) or ("something else" if beyond else "not given"),
            expected="; ".join((wanted, *unknown)),
            remedy=self._written(construct_id, [each[0] for each in near.values() if each]),
            source=declared_type.source,
        )
        return PatternValidationError(construct_id if scope is None else child_path(scope, construct_id), [issue])

    @property
    def _names(self) -> list[str]:
        return [field.name for field in fields(self.props)]

    def _others(self, named: Mapping[str, Any]) -> list[str]:
        """Names of what is given that are no arguments."""
        return [name for name in named if name not in ("scope", "construct_id", "id", self.argument, *self.more)]

    def _written(self, construct_id: str, names: Sequence[str]) -> str:
        required = [each.name for each in fields(self.props) if each.default is each.default_factory is MISSING]
        props = f"{self.props.__name__}({', '.join(f'{name}=…' for name in dict.fromkeys((*required, *names)))})"
        if self.by_id:
            return f'{self.name}(app, "{construct_id}", {self.argument}={{"…": {props}}})'
        return f'{self.name}(self, "{construct_id}", {props})'


def called_with_props(init: Callable[..., None], call: Call) -> Callable[..., None]:
    """A constructor that says how it is called when the props are not where they belong.

    Raises:
        PatternValidationError: when it is called so; nothing has been built then.
    """
    signature = inspect.signature(init)

    @functools.wraps(init)
    def checked(self: Any, *given: Any, **named: Any) -> None:
        try:
            bound = signature.bind(self, *given, **named)
            bound.apply_defaults()
            arguments = bound.arguments
        except TypeError:
            arguments = {}
        if call.is_wrong(arguments, named):
            raise call.error(given, named)
        init(self, *given, **named)

    return checked


def props_of(init: Callable[..., None] | None) -> type[Any] | None:
    """The class of the props that a constructor declares; None when it has none of its own, or takes something else."""
    props = None if init is None else inspect.signature(init).parameters.get("props")
    kind: Any = None if props is None else props.annotation
    return kind if isinstance(kind, type) and is_dataclass(kind) else None
