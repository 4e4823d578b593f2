"""What a user does with a remedy: its first line, pasted where the issue is."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, cast

from naws.core.issues import Issue
from naws.ecs_task_processor import Conventions

Said = dict[str, Any]
_STEP = re.compile(r"\.?(\w+)|\[(\"[^\"]*\"|-?\d+)\]")


def pasted(said: Said, issue: Issue, evaluate: Callable[[str], Said]) -> Said | None:
    """`said` with the first line of the issue's remedy in its place; None when that line is no Python to paste.

    Args:
        said: the props, with `conventions` when there are any.
        issue: what was found in them.
        evaluate: keyword arguments from their source text.
    """
    line = re.sub(r"\s+#.*$", "", issue.remedy.splitlines()[0])
    if "…" in line:
        return None
    steps = _steps(issue.path)
    if line.startswith("omit"):
        name = re.split(r"[\s:]+", line)[1]
        return None if "," in line else _omitted(said, steps, steps[-1] if name == "it" else name)
    entry = re.fullmatch(r"(\"[^\"]*\"|-?\d+): (.*)", line)
    try:
        if entry:
            return _entry(said, steps, evaluate(f"it={{{line}}}")["it"])
        if re.match(r"\w+=[^=]", line):
            return _fields(said, steps, evaluate(line))
        return _put(said, steps, evaluate(f"it={line}")["it"])
    except SyntaxError:
        return None


def _steps(path: str) -> list[str | int]:
    parts = _STEP.findall(path)
    steps: list[str | int] = ["conventions" if word == "Conventions" else word or eval(key) for word, key in parts]
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


def _entry(said: Said, steps: list[str | int], entry: Mapping[Any, Any]) -> Said:
    """One entry of a dict instead of another."""
    *above, old = steps
    whole = said
    for step in above:
        whole = _part(whole, step)
    kept = {key: part for key, part in whole.items() if key != old}
    return _put(said, above, {**kept, **entry})


def _fields(said: Said, steps: list[str | int], named: Said) -> Said:
    """Fields of the innermost dataclass on the path that has them all; else of the props."""
    for depth in range(len(steps) - 1, 0, -1):
        whole: Any = said
        for step in steps[:depth]:
            whole = _part(whole, step)
        if is_dataclass(whole) and set(named) <= {field.name for field in fields(whole)}:
            return _put(said, steps[:depth], replace(cast("Any", whole), **named))
    if steps == ["conventions"]:
        return {**said, "conventions": replace(said["conventions"], **named)}
    return {**said, **named}


def _omitted(said: Said, steps: list[str | int], name: str | int) -> Said:
    for depth in range(len(steps) - 1, 0, -1):
        whole: Any = said
        for step in steps[:depth]:
            whole = _part(whole, step)
        if isinstance(whole, Mapping) and name in whole:
            return _entry(said, steps, {})
        found = next((f for f in fields(whole) if f.name == name), None) if is_dataclass(whole) else None
        if found is not None:
            default = found.default_factory() if found.default_factory is not MISSING else found.default
            return _put(said, [*steps[:depth], str(name)], default)
    return {key: value for key, value in said.items() if key != name} | (
        {"conventions": Conventions()} if name == "conventions" else {}
    )
