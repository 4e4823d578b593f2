"""Differences between Step Functions' JSONata and JSONata 2.0.6, and how that version writes numbers.

What an argument that is missing, of another type or out of range gives was measured on AWS with TestState
(floci-io/floci, pull request 2676, August 2026). A function gives None for JSONata's "nothing". The workflow
interpreter of naws-testing and the embedded AWS of naws-cli evaluate with these.

JSONata's source is in JavaScript: a number is a double there, and `$string` and `&` write `Number(n.toPrecision(15))`.
What Step Functions really runs may keep more (docs/unproven.md); this is the form that loses the most.
"""

import hashlib
import json
import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from naws.core.parsed_json import is_array, is_object

_ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")
_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
# ECMAScript, Number::toString: outside of these a number is written with an exponent.
_SMALLEST, _LARGEST = 1e-6, 1e21
_DRAW, _MASK = 0x5DEECE66D, (1 << 48) - 1


class ExpressionError(ValueError):
    """An expression that Step Functions answers with `States.QueryEvaluationError`."""


def partition(items: Any = None, size: Any = None) -> Any:
    """Chunks of `size` items, the last one shorter; one chunk without a size."""
    if items is None:
        return None
    if not is_array(items):
        raise ExpressionError("$partition takes an array")
    step = len(items) if size is None else _whole(size)
    if step < 0:
        raise ExpressionError("$partition takes no chunks of less than nothing")
    return [items[start : start + step] for start in range(0, len(items), step)] if items and step else None


def numbers(first: Any = None, last: Any = None, step: Any = None) -> Any:
    """`$range`: unlike Python's, the end belongs to it; a single number is no array."""
    first, last, step = _whole(first), _whole(last), None if step is None else _whole(step)
    if not step:
        return None
    found = list(range(first, last + (1 if step > 0 else -1), step))
    return found if len(found) > 1 else (found or [None])[0]


def digest(text: Any = None, algorithm: Any = None) -> str | None:
    """`$hash`, whose algorithms are written in one way only."""
    if not isinstance(text, str):
        raise ExpressionError("$hash takes a string")
    if algorithm is None:
        return None
    if algorithm not in _ALGORITHMS:
        raise ExpressionError(f"$hash knows {', '.join(_ALGORITHMS)}, not {algorithm!r}")
    return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()


def drawn(seed: Any) -> float:
    """`$random(seed)`: what java.util.Random draws first, to the bit."""
    state = (_whole(seed) ^ _DRAW) & _MASK
    bits = list[int]()
    for width in (26, 27):
        state = (state * _DRAW + 0xB) & _MASK
        bits.append(state >> (48 - width))
    return ((bits[0] << 27) + bits[1]) / (1 << 53)


def parsed(text: Any = None) -> Any:
    """`$parse`: one JSON document, without repeated keys and without numbers that JSON does not have."""
    if not isinstance(text, str):
        raise ExpressionError("$parse takes a string")
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)


def no_eval(*_: Any) -> None:
    """`$eval` is no function on AWS."""
    raise ExpressionError("$eval is not supported by Step Functions; $parse reads JSON.")


def _whole(number: Any) -> int:
    """A number without its fraction: AWS rounds towards zero."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ExpressionError(f"a number is needed, not {number!r}")
    return int(number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ExpressionError("a key is repeated")
    return dict(pairs)


def _no_number(text: str) -> Any:
    raise ExpressionError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if number - number == 0 else _no_number(text)


def as_double(value: Any) -> Any:
    """Convert a number to a double, or to an integer where that is whole; other values stay as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    double = float(value)
    return int(double) if double.is_integer() else double


def written(value: Any, indent: int | None = None, depth: int = 1) -> str:
    """JSON text of a value as `JSON.stringify` of JSONata 2.0.6 writes it."""
    if is_object(value):
        colon = ":" if indent is None else ": "
        parts = [f"{_quoted(key)}{colon}{written(item, indent, depth + 1)}" for key, item in value.items()]
        return _enclosed("{", parts, "}", indent, depth)
    if is_array(value):
        return _enclosed("[", [written(item, indent, depth + 1) for item in value], "]", indent, depth)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _quoted(value)
    return _number(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _enclosed(opening: str, parts: list[str], closing: str, indent: int | None, depth: int) -> str:
    if indent is None or not parts:
        return f"{opening}{','.join(parts)}{closing}"
    lines = f",\n{' ' * indent * depth}".join(parts)
    return f"{opening}\n{' ' * indent * depth}{lines}\n{' ' * indent * (depth - 1)}{closing}"


def _number(value: float) -> str:
    rounded = float(_DIGITS.create_decimal(Decimal(float(value))))
    if rounded == 0 or not math.isfinite(rounded):
        return "0" if rounded == 0 else "null"
    digits = Decimal(repr(rounded)).normalize()
    if _SMALLEST <= abs(rounded) < _LARGEST:
        return f"{digits:f}"
    # repr pads the exponent to two digits; ECMAScript does not.
    mantissa, _, exponent = f"{digits:e}".partition("e")
    return f"{mantissa}e{int(exponent):+d}"
