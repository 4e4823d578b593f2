"""The functions that Step Functions adds to JSONata, and `$eval`, which it takes away.

What an argument that is missing, of another type or out of range gives was measured on AWS with TestState
(floci-io/floci, pull request 2676, August 2026). A function gives None for JSONata's "nothing".
"""

import hashlib
import json
import random
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, no_number

_ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
# java.util.Random: a linear congruence of 48 bits.
_FACTOR, _MASK = 0x5DEECE66D, (1 << 48) - 1


def partition(items: Any = None, size: Any = None) -> Any:
    """Chunks of ``size`` items; one chunk without a size."""
    if items is None:
        return None
    if not is_array(items):
        raise ValueError("$partition takes an array")
    length = len(items) if size is None else _whole(size)
    if length < 0:
        raise ValueError("a chunk has no fewer items than none")
    return [items[start : start + length] for start in range(0, len(items), length)] if items and length else None


def numbers(first: Any = None, last: Any = None, step: Any = None) -> Any:
    """The end belongs to a range; a single number is no array (recorded 2024-11)."""
    begin, end, by = _whole(first), _whole(last), 0 if step is None else _whole(step)
    found = list(range(begin, end + (1 if by > 0 else -1), by)) if by else []
    return found if len(found) > 1 else next(iter(found), None)


def digest(text: Any = None, algorithm: Any = None) -> str | None:
    """The digest of a text in hexadecimal digits."""
    if not isinstance(text, str):
        raise ValueError("$hash takes a string")  # noqa: TRY004  # the engine makes one error of any message
    if algorithm is None:
        return None
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"$hash knows {', '.join(_ALGORITHMS)}")
    return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()


def drawn(seed: Any = None) -> float:
    """With a seed what java.util.Random draws first."""
    if seed is None:
        return random.random()  # noqa: S311  # what a workflow draws guards nothing here
    first = ((_whole(seed) ^ _FACTOR) * _FACTOR + 0xB) & _MASK
    second = (first * _FACTOR + 0xB) & _MASK
    return ((first >> 22 << 27) + (second >> 21)) / (1 << 53)


def parsed(text: Any = None) -> Any:
    """One JSON document, without repeated keys and without numbers that JSON has not."""
    if not isinstance(text, str):
        raise ValueError("$parse takes a string")  # noqa: TRY004  # as above
    return json.loads(text, object_pairs_hook=_once, parse_constant=no_number)


def no_eval(*_: Any) -> None:
    """``$eval`` is no function on AWS."""
    raise ValueError("T1006: Attempted to invoke a non-function")


def _whole(number: Any) -> int:
    """A number without its fraction."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValueError(f"a number is needed, not {number!r}")  # noqa: TRY004  # as above
    return int(number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)
