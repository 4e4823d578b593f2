"""Paste a remedy as a user does: its first line, where the issue is."""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, cast

from naws.core.conventions import Conventions
from naws.core.issues import Issue

Given = dict[str, Any]
_STEP = re.compile(r"\.?(\w+)|\[(\"[^\"]*\"|-?\d+)\]")


def pasted(given: Given, issue: Issue, evaluate: Callable[[str], Given]) -> Given | None:
    """`given` with the first line of the issue's remedy in its place; None when that line is no Python to paste.

    Args:
        given: the props, with `conventions` when there are any.
        issue: what was found in them.
        evaluate: keyword arguments from their source text.
    """
    line = re.sub(r"\s+#.*$", "", issue.remedy.splitlines()[0])
    if "…" in line:
        return None
    steps = _steps(issue.path)
    if line.startswith("omit"):
        name = re.split(r"[\s:]+", line)[1]
        return None if "," in line else _omitted(given, steps, steps[-1] if name == "it" else name)
    entry = re.fullmatch(r"(\"[^\"]*\"|-?\d+): (.*)", line)
    try:
        if entry:
            return _entry(given, steps, evaluate(f"it={{{line}}}")["it"])
        if re.match(r"\w+=[^=]", line):
            return _fields(given, steps, evaluate(line))
        return _put(given, steps, evaluate(f"it={line}")["it"])
    except SyntaxError:
        return None


def _steps(path: str) -> list[str | int]:
    parts = _STEP.findall(path)
    steps: list[str | int] = [
        "conventions" if word == "Conventions" else word or ast.literal_eval(key) for word, key in parts
    ]
    return steps


def _part(whole: object, step: str | int) -> Any:
    if isinstance(whole, Mapping):
        return cast("Mapping[Any, Any]", whole).get(step)
    if isinstance(whole, Sequence):
        return cast("Sequence[Any]", whole)[int(step)]
    return getattr(whole, str(step))


def _with(whole: Any, step: str | int, part: object) -> Any:
    if isinstance(whole, Mapping):
        return {**cast("Mapping[Any, Any]", whole), step: part}
    if isinstance(whole, Sequence):
        return [part if index == step else each for index, each in enumerate(cast("Sequence[Any]", whole))]
    if not is_dataclass(whole):  # a struct of jsii's
        return type(whole)(**{**vars(whole)["_values"], str(step): part})
    return replace(cast("Any", whole), **{str(step): part})


def _put(whole: Any, steps: Sequence[str | int], part: object) -> Any:
    first, *rest = steps
    return _with(whole, first, _put(_part(whole, first), rest, part) if rest else part)


def _entry(given: Given, steps: list[str | int], entry: Mapping[Any, Any]) -> Given:
    """One entry of a dict instead of another."""
    *above, old = steps
    whole = given
    for step in above:
        whole = _part(whole, step)
    kept = {key: part for key, part in whole.items() if key != old}
    return _put(given, above, {**kept, **entry})


def _fields(given: Given, steps: list[str | int], named: Given) -> Given:
    """Fields of the innermost dataclass on the path that has them all; else of the props."""
    for depth in range(len(steps) - 1, 0, -1):
        whole: Any = given
        for step in steps[:depth]:
            whole = _part(whole, step)
        if is_dataclass(whole) and set(named) <= {field.name for field in fields(whole)}:
            return _put(given, steps[:depth], replace(cast("Any", whole), **named))
    if steps == ["conventions"]:
        return {**given, "conventions": replace(given["conventions"], **named)}
    return {**given, **named}


def _omitted(given: Given, steps: list[str | int], name: str | int) -> Given:
    for depth in range(len(steps) - 1, 0, -1):
        whole: Any = given
        for step in steps[:depth]:
            whole = _part(whole, step)
        if isinstance(whole, Mapping) and name in whole:
            return _entry(given, steps, {})
        described = fields(cast("Any", whole)) if is_dataclass(cast("object", whole)) else ()
        found = next((field for field in described if field.name == name), None)
        if found is not None:
            default = found.default_factory() if found.default_factory is not MISSING else found.default
            return _put(given, [*steps[:depth], str(name)], default)
    return {key: value for key, value in given.items() if key != name} | (
        {"conventions": Conventions()} if name == "conventions" else {}
    )
