"""What each setting of a pattern comes to, and where it came from, for `naws config`.

Nothing is recorded unless the environment names a file for it: a synthesis pays nothing.
"""

import ast
import inspect
import json
import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from constructs import Construct

from naws.core.conventions import Conventions, given_at
from naws.core.plans.pattern import PatternPlan
from naws.core.secrecy import redact_repr
from naws.core.stacks import scopes_of
from naws.core.text import Verbatim, format_duration
from naws.core.tokens import has_token
from naws.core.type_checks import declared, members
from naws.core.units import seconds

FILE = "NAWS_SETTINGS_FILE"
"""The environment variable that names the file: a JSON object a line, the last one of a path counts."""
_LONGEST = 200
_NAMED_OTHERWISE = {"alarms.topic": "alarm_topic"}
"""Settings for which a convention of another name stands in."""
_ATTRIBUTE = re.compile(r"^ {4}([a-z][a-z0-9_]*): (.*(?:\n {8}.*)*)", re.MULTILINE)
_OMITTED = re.compile(r"Omitted: (.+?)(?:\.(?=\s)|\.?$)")

_BY_CONVENTION = re.compile(r"^the convention's( topic)?, else ")


@dataclass(frozen=True)
class _Setting:
    """One field.

    Attributes:
        name: the field; of a value within another as in `retry.interval`.
        value: what is in force; None when nothing is.
        origin: "props", "conventions", "default", or "props or default", when what is the default may have been given.
        at: the path of the construct whose conventions give it; empty for the app.
        left_out: what leaving it out does, when nothing is in force.
    """

    name: str
    value: object
    origin: str
    at: str | None = None
    left_out: str = ""

    def data(self) -> dict[str, Any]:
        """The same for a program: numbers, None, True and False as they are, everything else as text."""
        plain = isinstance(self.value, int | float | None) and not has_token(self.value)
        value = self.value if plain else _cut(_shown(self.value, self.name))
        return {"name": self.name, "value": value, "from": self.origin, "at": self.at, "omitted": self.left_out}


def record_settings(name: str, plan: PatternPlan, scope: Construct, acknowledged: Mapping[str, str]) -> None:
    """Add a pattern's settings to the file that the environment names, if it names one.

    Args:
        name: the pattern's name.
        plan: what was decided.
        scope: the pattern's parent.
        acknowledged: the practices that are broken on purpose by now.
    """
    file = os.environ.get(FILE)
    if file is None:
        return
    path = plan.context.path
    props = cast("Mapping[str, object]", vars(plan.props))
    steps = path.split("/")
    places = {field: "/".join(steps[:index]) for field, index in given_at(scopes_of(scope)).items()}
    settings = _Settings(plan, places).all({**props, "acknowledge": dict(acknowledged)})
    line = json.dumps({"path": path, "pattern": name, "settings": [each.data() for each in settings]})
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")


class _Settings:
    """The settings of one plan.

    Args:
        plan: it.
        places: the path of the construct whose conventions give a field that is in force.
    """

    def __init__(self, plan: PatternPlan, places: Mapping[str, str]) -> None:
        self._conventions, self._places = plan.context.conventions, places
        parts = {name: part for name, part in vars(plan).items() if name not in ("props", "context")}
        self._parts = [plan, *(part for part in parts.values() if is_dataclass(part))]
        self._kind: type[Any] = type(plan.props)

    def all(self, given: Mapping[str, object]) -> Iterator[_Setting]:
        """Those of the props, then those that only conventions have and that are given."""
        yield from self._of_fields(self._kind, given, "")
        taken = {*given, *_NAMED_OTHERWISE.values()}
        for field in fields(Conventions):
            if field.name in self._places and field.name not in taken:
                value = getattr(self._conventions, field.name)
                yield _Setting(f"Conventions.{field.name}", value, "conventions", self._places[field.name])

    def _of_fields(self, kind: type[Any], given: Mapping[str, Any], within: str) -> Iterator[_Setting]:
        for field, annotation in declared(kind):
            name, value = f"{within}{field.name}", given[field.name]
            if is_dataclass(value) and not isinstance(value, type) and type(value) is type(_default(field)):
                yield from self._of_fields(type(value), vars(value), f"{name}.")
            else:
                found = self._setting(field, value, name, kind)
                is_time = cdk.Duration in members(annotation)
                yield replace(found, value=_time(found.value)) if is_time else found

    def _setting(self, field: Field[Any], value: object, name: str, kind: type[Any]) -> _Setting:
        if value != _default(field):
            return _Setting(name, value, "props")
        convention = _NAMED_OTHERWISE.get(name, name)
        of_conventions = getattr(self._conventions, convention, None)
        if of_conventions is not None:
            return _Setting(name, of_conventions, "conventions", self._places.get(convention))
        decided = next(filter(_is_simple, self._decided(name, field.name, kind)), None)
        if value is None:
            # That no convention is in force is known here.
            omitted = _BY_CONVENTION.sub("", left_out(kind).get(field.name, ""))
            return _Setting(name, decided, "default", left_out=omitted if decided is None else "")
        if isinstance(value, bool) and decided is (not value):
            # It is on unless something else forbids it.
            return _Setting(name, decided, "default")
        return _Setting(name, value, "props or default")

    def _decided(self, name: str, last: str, kind: type[Any]) -> Iterator[object]:
        """What the parts of the plan have under the name of a field, those that have the most of its kind first."""
        above = name.partition(".")[0]
        inner = [getattr(part, above) for part in self._parts if "." in name and hasattr(part, above)]
        siblings = [each.name for each in fields(kind)] if "." in name else []
        parts = sorted(self._parts, key=lambda part: -sum(hasattr(part, each) for each in siblings))
        yield from (getattr(part, last) for part in (*inner, *parts) if hasattr(part, last))


@lru_cache
def left_out(kind: type[Any]) -> Mapping[str, str]:
    """What leaving out each field of a dataclass does, by its documentation: `Omitted: …`."""
    documented: dict[str, str] = {}
    for each in reversed([each for each in kind.__mro__ if is_dataclass(each)]):
        documented |= dict(_ATTRIBUTE.findall(inspect.cleandoc(each.__doc__ or "")))
        body = cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]).body
        for field, text in pairwise(body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    documented[name] = words
                case _:
                    pass
    found = {name: _OMITTED.search(" ".join(text.split())) for name, text in documented.items()}
    return {name: match[1] for name, match in found.items() if match}


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _is_simple(value: object) -> bool:
    return isinstance(value, str | int | float | bool | Enum)


def _time(value: Any) -> object:
    """A time in words; a token stays what it is."""
    whole = seconds(value, 0) if isinstance(value, cdk.Duration) else value
    return Verbatim(format_duration(whole)) if isinstance(whole, int | float) and not has_token(whole) else value


def _shown(value: object, name: str) -> str:
    """A value as Python writes it, without secrets; a thing of CDK by its class."""
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_shown(each, name) for each in cast('list[object]', value))}]"
    if is_dataclass(value) and not isinstance(value, type):
        of_value = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
        given = (f"{field}={_shown(part, f'{name}.{field}')}" for field, part, default in of_value if part != default)
        return f"{type(value).__name__}({', '.join(given)})"
    return redact_repr(value, name=name)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
