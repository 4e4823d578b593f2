"""JSON texts, and the texts of their members: what Python reads and writes again may lose digits of a number."""

import json
import re
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")


def parsed(text: str) -> Any:
    """The value of a JSON text; None when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


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
