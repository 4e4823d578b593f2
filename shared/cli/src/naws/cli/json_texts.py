"""JSON texts, and the texts of their members: what Python reads and writes again may lose digits of a number."""

import json
import re
from typing import Any, NoReturn

_SPACE = re.compile(r"[ \t\r\n]*")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')


class NotJsonError(ValueError):
    """A text is not JSON.

    Attributes:
        at: Where, in characters from its beginning.
    """

    def __init__(self, text: str, at: int) -> None:
        super().__init__(text)
        self.at = at


def parsed(text: str) -> Any:
    """The value of a JSON text; None when it is none."""
    try:
        return check_json(text)
    except NotJsonError:
        return None


def check_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        NotJsonError: It is none, or has numbers that Python alone reads: `NaN`, `Infinity`.
    """

    def refuse(constant: str) -> NoReturn:
        # What stands before it was read, so that the first one outside of a string is this one.
        at = next(found.start() for found in _CONSTANT.finditer(text) if found[1])
        raise NotJsonError(f"JSON has no {constant}", at)

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise NotJsonError(error.msg, error.pos) from None
    except RecursionError:
        raise NotJsonError("Nested too deeply", 0) from None


def members(text: str) -> dict[str, str]:
    """The text of each member of an object, as it stands in the object's own text.

    Args:
        text: That is known to be an object.
    """
    decoder, found = json.JSONDecoder(), dict[str, str]()
    at = _after(text, text.index("{") + 1)
    while text[at] != "}":
        name, end = decoder.raw_decode(text, at)
        start = _after(text, _after(text, end) + 1)  # behind the colon
        _, end = decoder.raw_decode(text, start)
        found[name] = text[start:end]
        at = _after(text, end)
        if text[at] == ",":
            at = _after(text, at + 1)
    return found


def _after(text: str, at: int) -> int:
    """The place of what follows spaces."""
    matched = _SPACE.match(text, at)
    return at if matched is None else matched.end()
