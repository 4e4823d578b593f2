"""A state machine's definition as its rules look at it: every scope, every state, and where each leads.

Definition ── scopes ──> Scope ── states ──> State ── transitions ──> the names of other states

A scope is an object with `StartAt` and `States`: the machine itself, a branch of a Parallel state, what a Map state
does with an item. Nothing here judges: what has the wrong form is left out, and the rule on that form finds it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeGuard, cast

from naws.core.rules.values import is_text
from naws.core.tokens import has_token

Language = Literal["JSONPath", "JSONata"]

LANGUAGE_SPEC = "https://states-language.net/spec.html"
GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/"
TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
"""Source: the Amazon States Language, "States"."""
_DEEPEST = 60
"""Scopes within scopes that are looked into; AWS refuses far fewer as too deeply nested."""


@dataclass(frozen=True, kw_only=True)
class State:
    """One state.

    Attributes:
        name: in its scope.
        path: in the user's spelling, such as `definition.States["Load"]`.
        fields: as the definition has them.
        language: its query language; None when only the deployment knows it.
    """

    name: str
    path: str
    fields: Mapping[str, Any]
    language: Language | None

    @property
    def type(self) -> str:
        """One of `TYPES`; empty when it is none of them or unknown."""
        given = self.fields.get("Type")
        return given if isinstance(given, str) and given in TYPES else ""

    @property
    def transitions(self) -> Iterator[tuple[str, str]]:
        """Where each name of a following state stands, and the name; a token is left out."""
        for name in ("Next", "Default"):
            if is_text(self.fields.get(name)):
                yield f"{self.path}.{name}", self.fields[name]
        for name in ("Choices", "Catch"):
            for path, each in objects(self.fields.get(name), f"{self.path}.{name}"):
                if is_text(each.get("Next")):
                    yield f"{path}.Next", each["Next"]

    @property
    def opaque(self) -> bool:
        """Whether its type, where it leads, or what it assigns is unknown."""
        fields = [self.fields.get(name) for name in ("Type", "Next", "Default", "Assign", "Choices", "Catch")]
        inner = [each for name in ("Choices", "Catch") for each in listed(self.fields.get(name))]
        deeper = [mapping(each).get(name) for each in inner for name in ("Next", "Assign")]
        return any(is_unknown(each) for each in (*fields, *inner, *deeper))


@dataclass(frozen=True, kw_only=True)
class Scope:
    """States that may lead to each other.

    Attributes:
        path: of the object with `StartAt` and `States`.
        fields: of that object.
        states: by name; what is no object is left out.
        outer: the scope of the state that this one belongs to; None of the machine itself.
        holder: that state.
    """

    path: str
    fields: Mapping[str, Any]
    states: Mapping[str, State]
    outer: "Scope | None" = None
    holder: State | None = None

    @property
    def names(self) -> list[str]:
        """Names of its states, also of those that are no objects."""
        return list(mapping(self.fields.get("States")))

    @cached_property
    def opaque(self) -> bool:
        """Whether some of its states, or what they do, is unknown."""
        states = self.fields.get("States")
        unknown = any(is_unknown(each) for each in (states, *self.names, *mapping(states).values()))
        return unknown or any(state.opaque for state in self.states.values())

    @property
    def distributed(self) -> bool:
        """Whether each item is worked on by an execution of its own."""
        return mapping(self.fields.get("ProcessorConfig")).get("Mode") == "DISTRIBUTED"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A whole definition.

    Attributes:
        path: how the user calls it.
        fields: as given.
        language: the machine's query language; None when only the deployment knows it.
        scopes: the machine itself, then those of its states, outer ones first.
        unreadable: why it is no definition at all; empty when it is one, or when only the deployment knows.
    """

    path: str
    fields: Mapping[str, Any]
    language: Language | None
    scopes: tuple[Scope, ...] = field(default=())
    unreadable: str = ""

    @property
    def states(self) -> Iterator[State]:
        """Every state of every scope."""
        for scope in self.scopes:
            yield from scope.states.values()


def read(given: Mapping[str, Any] | str, path: str = "definition") -> Definition:
    """A definition, walked once; JSON text is parsed."""
    fields, unreadable = _fields(given)
    if unreadable:
        return Definition(path=path, fields={}, language=None, unreadable=unreadable)
    language = _language(fields, "JSONPath")
    found: list[Scope] = []
    waiting: list[tuple[Scope, int]] = [(_scope(fields, path, language, None, None), 0)]
    while waiting:
        scope, depth = waiting.pop(0)
        found.append(scope)
        if depth < _DEEPEST:
            waiting += [
                (_scope(inner, where, language, scope, state), depth + 1)
                for state in scope.states.values()
                for where, inner in _inner(state)
            ]
    return Definition(path=path, fields=fields, language=language, scopes=tuple(found))


def _fields(given: Mapping[str, Any] | str) -> tuple[Mapping[str, Any], str]:
    """The object that is given, or why it is none."""
    value: object = given
    if isinstance(given, str):
        try:
            value = json.loads(given)
        except json.JSONDecodeError as error:
            return {}, f"{error.msg}, line {error.lineno}, column {error.colno}"
        except RecursionError:
            return {}, "too deeply nested"
    return (value, "") if is_object(value) else ({}, "no object")


def _scope(
    fields: Mapping[str, Any], path: str, language: Language | None, outer: Scope | None, holder: State | None
) -> Scope:
    """A scope; its states inherit the machine's language, not that of the state which holds them (AWS does so)."""
    states = {
        name: State(name=name, path=f'{path}.States["{name}"]', fields=each, language=_language(each, language))
        for name, each in mapping(fields.get("States")).items()
        if is_object(each)
    }
    return Scope(path=path, fields=fields, states=states, outer=outer, holder=holder)


def _inner(state: State) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if state.type == "Parallel":
        yield from objects(state.fields.get("Branches"), f"{state.path}.Branches")
    if state.type == "Map":
        for name in ("ItemProcessor", "Iterator"):
            if is_object(state.fields.get(name)):
                yield f"{state.path}.{name}", state.fields[name]


def _language(fields: Mapping[str, Any], inherited: Language | None) -> Language | None:
    given = fields.get("QueryLanguage")
    if given is None:
        return inherited
    if has_token(given):
        return None
    return "JSONPath" if given == "JSONPath" else "JSONata"


def is_unknown(value: object) -> bool:
    """Whether only the deployment knows all of a value; what is inside an object or a list is not looked at."""
    return isinstance(value, str) and has_token(value)


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a JSON object: each of its keys is text."""
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in cast("Mapping[object, object]", value))


def mapping(value: object) -> Mapping[str, Any]:
    """An object of the definition; empty when it is none."""
    return value if is_object(value) else {}


def listed(value: object) -> list[Any]:
    """A list of the definition; empty when it is none."""
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []


def objects(value: object, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each object in a list, with its path; what else is in the list is left out."""
    for index, each in enumerate(listed(value)):
        if is_object(each):
            yield f"{path}[{index}]", each


def within(value: object, path: str) -> Iterator[tuple[str, str, object]]:
    """Every value inside `value` and itself: its path, the key that it stands under, the value."""
    waiting: list[tuple[str, str, object, int]] = [(path, "", value, 0)]
    while waiting:
        where, key, each, depth = waiting.pop()
        yield where, key, each
        if depth < _DEEPEST:
            waiting += [(f"{where}.{name}", str(name), part, depth + 1) for name, part in mapping(each).items()]
            waiting += [(f"{where}[{index}]", key, part, depth + 1) for index, part in enumerate(listed(each))]
