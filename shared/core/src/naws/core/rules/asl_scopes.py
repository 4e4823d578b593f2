"""A state machine's definition as its rules look at it: every scope, every state, and where each leads.

Definition ── scopes ──> Scope ── states ──> State ── transitions ──> the names of other states

A scope is an object with `StartAt` and `States`: the machine itself, a branch of a Parallel state, what a Map state
does with an item. Nothing here judges: what has the wrong form is left out, and the rule on that form finds it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import cleandoc
from textwrap import indent
from typing import Any, Literal, TypeGuard, cast

from naws.core.rule import Finding
from naws.core.rules.values import Field, is_text
from naws.core.tokens import has_token

Language = Literal["JSONPath", "JSONata"]

LANGUAGE_SPEC = "https://states-language.net/spec.html"
GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/"
COUNTS = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
_PATHS = {"InputPath", "OutputPath"}
_ON = {*_PATHS, "Assign", "Output", "Next", "End"}
_CALLS = {*_ON, "ResultSelector", "ResultPath", "Retry", "Catch", "Parameters"}
FIELDS: Mapping[str, set[str]] = {
    "Task": {
        *(_CALLS | {"Resource", "Arguments", "Credentials"}),
        *("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"),
    },
    "Pass": {*_ON, "Result", "ResultPath", "Parameters"},
    "Choice": {*_PATHS, "Assign", "Output", "Choices", "Default"},
    "Wait": {*_ON, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Succeed": {*_PATHS, "Output"},
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": {*_CALLS, "Branches", "Arguments"},
    "Map": {
        *(_CALLS | {"ItemProcessor", "Iterator", "Items", "ItemsPath", "ItemSelector", "Label"}),
        *("ItemReader", "ItemBatcher", "ResultWriter", *COUNTS, *(f"{name}Path" for name in COUNTS)),
    },
}
"""The fields of each type of state, without those that every state has.

Source: the Amazon States Language, "Table of State Types and Fields".
"""
_DEEPEST = 60
"""Scopes within scopes that are looked into; AWS refuses far fewer as too deeply nested."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """An object with fields: the machine, a scope, a state, or what a state has in a list, such as a retrier.

    Attributes:
        path: in the user's spelling, such as `states["Load"]`.
        fields: as the definition has them.
    """

    path: str
    fields: Mapping[str, Any]

    def at(self, name: str) -> Field:
        """A field, whose value is None when it is not given."""
        return Field(f"{self.path}.{name}", self.fields.get(name))

    @property
    def given(self) -> set[str]:
        """Names of its fields, those left out whose value is None."""
        return {name for name, value in self.fields.items() if value is not None}

    def inner(self, *names: str) -> "Iterator[Block]":
        """Each object that is the value of one of these fields."""
        for name in names:
            if is_object(self.fields.get(name)):
                yield Block(path=f"{self.path}.{name}", fields=self.fields[name])

    def within(self, *names: str) -> Iterator[tuple[Field, str]]:
        """Every value inside these fields, and their own, each with the key that it stands under."""
        return (found for name in names if name in self.fields for found in within(self.at(name)))

    def finding(self, expected: str, remedy: str, *, shown: str) -> Finding:
        """A finding on the block as a whole, which `shown` is in words."""
        return Field(self.path, self.fields).finding(expected, remedy, shown=shown)

    def blocks(self, *names: str) -> "Iterator[Block]":
        """Each object in the lists of these fields; what else is in them is left out."""
        for name in names:
            for index, each in enumerate(listed(self.fields.get(name))):
                if is_object(each):
                    yield Block(path=f"{self.path}.{name}[{index}]", fields=each)


@dataclass(frozen=True, kw_only=True)
class State(Block):
    """One state.

    Attributes:
        name: in its scope.
        language: its query language; None when only the deployment knows it.
    """

    name: str
    language: Language | None

    @cached_property
    def type(self) -> str:
        """A key of `FIELDS`; empty when it is none of them or unknown."""
        given = self.fields.get("Type")
        return given if isinstance(given, str) and given in FIELDS else ""

    def takes(self, name: str) -> bool:
        """Whether its type has a field."""
        return name in FIELDS.get(self.type, ())

    @cached_property
    def ways(self) -> tuple[Block, ...]:
        """The state itself, its rules and its catchers: each may assign variables, give an output and lead on."""
        return (self, *self.blocks("Choices", "Catch"))

    @property
    def transitions(self) -> Iterator[Field]:
        """Each field with the name of a following state; a token is left out."""
        fields = (self.at("Default"), *(each.at("Next") for each in self.ways))
        return (each for each in fields if is_text(each.value))

    @property
    def opaque(self) -> bool:
        """Whether its type, where it leads, or what it assigns is unknown."""
        fields = [self.fields.get(name) for name in ("Type", "Default", "Choices", "Catch")]
        inner = [each for name in ("Choices", "Catch") for each in listed(self.fields.get(name))]
        deeper = [way.fields.get(name) for way in self.ways for name in ("Next", "Assign")]
        return any(is_unknown(each) for each in (*fields, *inner, *deeper))


@dataclass(frozen=True, kw_only=True)
class Scope(Block):
    """States that may lead to each other.

    Attributes:
        states: by name; what is no object is left out.
        outer: the scope of the state that this one belongs to; None of the machine itself.
        holder: that state.
    """

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
    def chain(self) -> "Iterator[Scope]":
        """The scope and those around it, inner ones first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    @property
    def distributed(self) -> bool:
        """Whether each item is worked on by an execution of its own."""
        return mapping(self.fields.get("ProcessorConfig")).get("Mode") == "DISTRIBUTED"


@dataclass(frozen=True, kw_only=True)
class Definition(Block):
    """A whole definition.

    Attributes:
        language: the machine's query language; None when only the deployment knows it.
        scopes: the machine itself, then those of its states, outer ones first.
        unreadable: why it is no definition at all; empty when it is one, or when only the deployment knows.
    """

    language: Language | None
    scopes: tuple[Scope, ...] = field(default=())
    unreadable: str = ""

    @property
    def states(self) -> Iterator[State]:
        """Every state of every scope."""
        for scope in self.scopes:
            yield from scope.states.values()

    def of(self, *types: str) -> Iterator[State]:
        """The states of these types."""
        return (state for state in self.states if state.type in types)


def jsonata(states: str) -> str:
    """A definition as JSON text, which starts at the first of its states; for examples."""
    return _definition(states, "JSONata")


def jsonpath(states: str) -> str:
    """A definition in JSONPath as JSON text, which starts at the first of its states; for examples."""
    return _definition(states, "JSONPath")


def _definition(states: str, language: Language) -> str:
    start, body = states.split('"', 2)[1], indent(cleandoc(f"\n{states}"), "  ")
    head = f'"QueryLanguage": "{language}", "StartAt": "{start}", "TimeoutSeconds": 3600'
    return f'{{{head}, "States": {{\n{body}\n}}}}'


def read(given: Mapping[str, Any] | str, machine: str = "") -> Definition:
    """A definition, walked once; JSON text is parsed.

    Args:
        given: as data, or as JSON text.
        machine: what stands before each path, such as `lease_reaper.`. Omitted: the machine is the only one.
    """
    path = f"{machine}definition"
    fields, unreadable = _fields(given)
    if unreadable:
        return Definition(path=path, fields={}, language=None, unreadable=unreadable)
    language = _language(fields, "JSONPath")
    found: list[Scope] = []
    spelt = _Spelling(machine)
    waiting: list[tuple[Scope, int]] = [(_scope(Block(path=path, fields=fields), language, spelt), 0)]
    while waiting:
        scope, depth = waiting.pop(0)
        found.append(scope)
        if depth < _DEEPEST:
            waiting += [
                (_scope(inner, language, spelt, scope, state), depth + 1)
                for state in scope.states.values()
                for inner in _scopes_of(state)
            ]
    return Definition(path=path, fields=fields, language=language, scopes=tuple(found))


def _fields(given: Mapping[str, Any] | str) -> tuple[Mapping[str, Any], str]:
    """The object that is given, or why it is none."""
    value: object = given
    if isinstance(given, str):
        try:
            value = json.loads(given, parse_constant=_no_number, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            return {}, f"{error.msg}, line {error.lineno}, column {error.colno}"
        except ValueError as error:
            return {}, str(error)
        except RecursionError:
            return {}, "too deeply nested"
    return (value, "") if is_object(value) else ({}, "no object")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: of two that are the same one would be lost without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name in found if sum(name == each for each, _ in pairs) > 1)
        raise ValueError(f'"{twice}" stands twice in one object')
    return found


@dataclass(frozen=True)
class _Spelling:
    """How the states of a machine are called: by their names, which no two of them share."""

    machine: str
    seen: set[str] = field(default_factory=set[str])

    def path_of(self, name: str, scope: Block) -> str:
        """The path of a state; one whose name another has, which is an issue, is called by where it stands."""
        if name in self.seen:
            return f'{scope.path}.States["{name}"]'
        self.seen.add(name)
        return f'{self.machine}states["{name}"]'


def _scope(
    block: Block,
    language: Language | None,
    spelt: _Spelling,
    outer: Scope | None = None,
    holder: State | None = None,
) -> Scope:
    """A scope; its states inherit the machine's language, not that of the state which holds them (AWS does so)."""
    states = {
        name: State(name=name, path=spelt.path_of(name, block), fields=each, language=_language(each, language))
        for name, each in mapping(block.fields.get("States")).items()
        if is_object(each)
    }
    return Scope(path=block.path, fields=block.fields, states=states, outer=outer, holder=holder)


def _scopes_of(state: State) -> Iterator[Block]:
    if state.type == "Parallel":
        return state.blocks("Branches")
    return state.inner("ItemProcessor", "Iterator") if state.type == "Map" else iter(())


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


def within(field: Field) -> Iterator[tuple[Field, str]]:
    """Every value inside a field's, and itself, each with the key that it stands under."""
    waiting = [(field, "", 0)]
    while waiting:
        each, key, depth = waiting.pop()
        yield each, key
        if depth < _DEEPEST and not isinstance(each.value, str):  # most values are text, and have nothing inside
            named = mapping(each.value).items()
            waiting += [(Field(f"{each.path}.{name}", part), str(name), depth + 1) for name, part in named]
            parts = enumerate(listed(each.value))
            waiting += [(Field(f"{each.path}[{index}]", part), key, depth + 1) for index, part in parts]
