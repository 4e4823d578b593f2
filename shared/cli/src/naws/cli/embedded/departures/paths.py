"""The values at JSONPaths of an execution, and the errors of paths that lead nowhere."""

import re
from typing import Any

from naws.cli.embedded.departures.context_objects import context_object, current, failed, variables
from naws.core.json_paths import BeyondError, NotFoundError, segments, walk

_ROOT = re.compile(r"\$(?P<name>\$|[^\W\d]\w*)?")


def read(path: str, data: Any, ctx: dict[str, Any] | None = None, field: str | None = None) -> Any:
    """The value at a path: ``$`` of the data, ``$$`` of the context object or ``$name`` of a variable.

    In a payload template, whose fields end in ``.$``, an index behind the end of an array gives null (measured on AWS:
    floci-io/floci, AslExecutorIntrinsicMissingArgumentTest, 2026-09-03).

    Raises:
        _ExecutionError: ``States.Runtime``: the path is none, or a path to one value leads to none.
    """
    try:
        return find(path, data, ctx)
    except (NotFoundError, ValueError) as error:
        if isinstance(error, BeyondError) and field is not None and field.endswith(".$"):
            return None
        cause = f"Invalid path '{path}' : {error}"
        if field is not None:
            cause = f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input"
        raise failed("States.Runtime", cause) from error


def find(path: str, data: Any, ctx: dict[str, Any] | None = None) -> Any:
    """Return the value at a path, as :func:`read` does, without the errors of an execution.

    Raises:
        NotFoundError: a path to one value leads to none.
        ValueError: the path is none.
    """
    match = _ROOT.match(path)
    if match is None:
        raise ValueError("A path begins with $")
    name, start = match["name"], data
    if name == "$":
        start = context_object(current(ctx))
    elif name:
        seen = variables(ctx)
        if name not in seen:
            raise NotFoundError(f"There is no variable ${name}")
        start = seen[name]
    return walk(segments(path[match.end() :]), start)
