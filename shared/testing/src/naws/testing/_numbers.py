"""Numbers of JSONata 2.0.6, the version that Step Functions names: doubles, written with 15 significant digits.

Its source is in JavaScript: a number is a double there, and `$string` and `&` write `Number(n.toPrecision(15))`.
What Step Functions really runs may keep more (docs/unproven.md); this is the form that loses the most.
"""

from __future__ import annotations

import json
import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from naws.testing._json import is_array, is_object

_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
# ECMAScript, Number::toString: outside of these a number is written with an exponent.
_SMALLEST, _LARGEST = 1e-6, 1e21


def as_double(value: Any) -> Any:
    """What is left of a number as a double, an integer where it is whole; other values as they are."""
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
