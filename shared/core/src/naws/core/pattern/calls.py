"""The call of a pattern or of its ready stack, and the error for one in the manner of CDK's own constructs.

Pattern(self, "P", image=image)                the habit: properties by name
Pattern(self, "P", Props(image=…))             what the error writes
"""

import functools
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain
from typing import Any, cast

from constructs import Construct, IConstruct

from naws.core.issues import Issue, PatternValidationError
from naws.core.rules.types import declared_type
from naws.core.secrecy import redact_repr
from naws.core.spelling import close_matches, hint_for
from naws.core.stacks import child_path
from naws.core.text import as_list
from naws.core.type_checks import given_fields, is_required, matches

_FIRST = ("scope", "construct_id")


@dataclass(frozen=True, kw_only=True)
class Call:
    """The signature of a class that is called with a scope, an id and props.

    Attributes:
        name: of the class.
        props: the class of the props.
        argument: by which name it takes them.
        by_id: whether it takes one for each construct id, as a ready stack does.
        more: names of further arguments that it takes.
        default: the props when none are given. None: they have to be.
    """

    name: str
    props: type[Any]
    argument: str = "props"
    by_id: bool = False
    more: Collection[str] = ()
    default: object = None

    def error(self, given: Sequence[Any], named: Mapping[str, Any]) -> PatternValidationError | None:
        """The error that shows the right call, with what was given; None when it fits, or others say what is wrong.

        Args:
            given: the arguments without a name.
            named: those that have one.
        """
        bound = {**dict(zip((*_FIRST, self.argument)[: 2 if self.by_id else 3], given, strict=False)), **named}
        found = [*self._misplaced(bound), *self._without_props(bound, given, named)]
        if not found:
            return None
        ids = (each for each in (*given, bound.get("construct_id"), named.get("id")) if isinstance(each, str))
        scopes = (each for each in (*given, named.get("scope")) if isinstance(each, Construct))
        construct_id, scope = next(ids, "…"), next(scopes, None)
        path, value, _ = found[0]
        issue = Issue(
            code=declared_type.code,
            level=declared_type.level,
            path=path,
            value=value,
            expected="; ".join(expected for *_, expected in found),
            remedy=self._written(construct_id, self._given(given, named)),
            source=declared_type.source,
        )
        return PatternValidationError(construct_id if scope is None else child_path(scope, construct_id), [issue])

    def _misplaced(self, bound: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        """What is wrong with the scope and the id: the argument, its value, what is expected."""
        if "scope" in bound and not matches(bound["scope"], IConstruct):
            what = "an app or a stage" if self.by_id else "a stack, or a construct in one,"
            yield "scope", redact_repr(bound["scope"]), f"{what} as the first argument"
        if "construct_id" in bound and not isinstance(bound["construct_id"], str):
            yield "construct_id", redact_repr(bound["construct_id"]), "text as the second argument"
        elif "id" in bound and "construct_id" not in bound:
            yield "id", redact_repr(bound["id"]), "construct_id=…, or no name: it is the second argument"

    def _without_props(
        self, bound: Mapping[str, Any], given: Sequence[Any], named: Mapping[str, Any]
    ) -> Iterator[tuple[str, str, str]]:
        """Whether the props are not where they belong; a misspelt argument of a stack is left to its constructor."""
        others, beyond, kind = self._others(named), given[len(_FIRST) :], self.props
        props: Any = bound.get(self.argument, self.default)
        if self.by_id:
            of_props = [name for name, each in others.items() if name in self._names or isinstance(each, kind)]
            wrong = of_props or beyond or (not others and not isinstance(props, Mapping))
            wanted = f"{self.argument}=…, a dict of construct ids to {kind.__name__}"
        else:
            wrong, wanted = others or not isinstance(props, kind), f"{kind.__name__} as the third and last argument"
        if wrong:
            names = dict.fromkeys(name for each in self._given(given, named).values() for name in each)
            hints = {name: hint_for(name, self._names, kind) for name in names if name not in self._names}
            unknown = [f"{kind.__name__} has no field {n!r}{hint and f': {hint}'}" for n, hint in hints.items()]
            as_fields = others or (names if isinstance(props, Mapping) and not self.by_id else ())
            shown = ", ".join(f"{name}=…" for name in as_fields)
            placed: tuple[Any, ...] = (*beyond, *([props] if self.argument in named else []))
            yield (
                self.argument,
                shown or ", ".join(map(redact_repr, placed)) or "not given",
                "; ".join((wanted, *unknown)),
            )

    @property
    def _names(self) -> list[str]:
        return [field.name for field in fields(self.props)]

    def _others(self, named: Mapping[str, Any]) -> dict[str, Any]:
        """What is given by a name that no argument has."""
        taken = (*_FIRST, "id", self.argument, *self.more)
        return {name: each for name, each in named.items() if name not in taken}

    def _given(self, given: Sequence[Any], named: Mapping[str, Any]) -> dict[str, list[str]]:
        """The names of the fields that were given, wherever they stand, by construct id; under an ellipsis without."""
        others = self._others(named)
        placed = [*given, named.get(self.argument), *(each for each in others.values() if isinstance(each, self.props))]
        for each in placed if self.by_id else ():
            if isinstance(each, Mapping) and each:
                return {str(name): self._fields(props) for name, props in cast("Mapping[Any, Any]", each).items()}
        names = [name for name, each in others.items() if not isinstance(each, self.props)]
        return {"…": [*names, *(name for each in placed for part in as_list(each) for name in self._fields(part))]}

    def _fields(self, props: object) -> list[str]:
        """The names of the fields that props, or a dict of them, give."""
        if isinstance(props, self.props):
            return [each.name for each in given_fields(props)]
        return [str(name) for name in cast("Mapping[Any, Any]", props)] if isinstance(props, Mapping) else []

    def _written(self, construct_id: str, given: Mapping[str, Sequence[str]]) -> str:
        required = [each.name for each in fields(self.props) if is_required(each)]
        props: dict[str, str] = {}
        for key, names in given.items():
            near = [[name] if name in self._names else close_matches(name, self._names)[:1] for name in names]
            values = ", ".join(f"{name}=…" for name in dict.fromkeys([*required, *chain(*near)]))
            props[key] = f"{self.props.__name__}({values})"
        if self.by_id:
            by_id = ", ".join(f'"{name}": {each}' for name, each in props.items())
            return f'{self.name}(app, "{construct_id}", {self.argument}={{{by_id}}})'
        return f'{self.name}(self, "{construct_id}", {props["…"]})'


def called_with_props(init: Callable[..., None], call: Call) -> Callable[..., None]:
    """A constructor that says how it is called when the props are not where they belong.

    Raises:
        PatternValidationError: when it is called so; nothing has been built then.
    """

    @functools.wraps(init)
    def checked(self: Any, *given: Any, **named: Any) -> None:
        wrong = call.error(given, named)
        if wrong is not None:
            raise wrong
        init(self, *given, **named)

    return checked


def props_of(init: Callable[..., None] | None) -> type[Any] | None:
    """The class of the props that a constructor declares; None when it has none of its own, or takes something else."""
    props = None if init is None else inspect.signature(init).parameters.get("props")
    kind: Any = None if props is None else props.annotation
    return kind if isinstance(kind, type) and is_dataclass(kind) else None
