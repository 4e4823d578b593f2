"""Texts that a person gives to a command: as they are, in a file, or on stdin."""

import sys
from pathlib import Path
from typing import Any, cast

from naws.cli.errors import CliError
from naws.cli.json_texts import NotJsonError, check_json

_MARK = "\ufeff"
_MOST = 200
"""Characters of a line that are shown."""


def read_json(given: str, what: str) -> str:
    """JSON text, as it was given, without the mark that Windows begins files with.

    Args:
        given: The text, `@` and a file, or `-` for stdin.
        what: What it is, for the error.

    Raises:
        CliError: It is not JSON, or there is no such file.
    """
    text = read_text(given).removeprefix(_MARK)
    _checked(text, what)
    return text


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        CliError: It is none, or cannot be read.
    """
    value = _checked(read_text(f"@{path}").removeprefix(_MARK), str(path))
    if not isinstance(value, dict):
        raise CliError(f"{path} is not JSON of an object.", 'It begins with "{".', code=2)
    return cast("dict[str, Any]", value)


def read_text(given: str) -> str:
    """Text that can be sent.

    Args:
        given: As for `read_json`.

    Raises:
        CliError: It is not UTF-8, or there is no such file.
    """
    try:
        if given == "-":
            return sys.stdin.buffer.read().decode()
        if given.startswith("@"):
            return Path(given[1:]).read_bytes().decode()
        return given.encode().decode()
    except (OSError, UnicodeError) as error:
        name = "Standard input" if given == "-" else given[1:] if given.startswith("@") else "The text"
        raise CliError(f"{name} cannot be read.", str(error), code=2) from None


def _checked(text: str, what: str) -> Any:
    try:
        return check_json(text)
    except NotJsonError as error:
        raise CliError(f"{what} is not JSON.", _shown(text, error), code=2) from None


def _shown(text: str, error: NotJsonError) -> str:
    """What is wrong, and where: its line with a caret below it."""
    before = text[: error.at].splitlines(keepends=True) or [""]
    before += [""] if before[-1].endswith(("\r", "\n")) else []
    column = len(before[-1])
    line = (text.splitlines() or [""])[min(len(before), len(text.splitlines()) or 1) - 1]
    start = max(0, column - _MOST // 2)
    shown = line[start : start + _MOST]
    return f"{error} at line {len(before)}, column {column + 1}:\n{shown}\n{' ' * (column - start)}^"
