"""JSONata as Step Functions evaluates it, on MiniStack's engine jsonata-python."""

import json
from decimal import ROUND_HALF_UP, Context, Decimal
from importlib import import_module
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.seam import departure, replace

_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)
_PLAIN = range(-6, 21)
"""Powers of ten of the numbers that JavaScript writes without an exponent."""


@departure(
    source="AWS Step Functions Developer Guide, 'Transforming data with JSONata' (JSONata 2.0.6); JSONata 2.0.6, "
    "function string: each number is reduced to 15 significant digits and written as JavaScript writes it",
    replaces=("stepfunctions.jsonata",),
)
def jsonata_text() -> None:
    """``$string`` and ``&`` write numbers with 15 significant digits, whole ones too, and letters as they are."""
    replace(import_module("jsonata.functions").Functions, "_string", lambda _: staticmethod(_string))


def _string(value: Any, pretty: bool) -> str:  # noqa: FBT001  # the engine's own signature
    text = _written(value, "\n" if pretty else "")
    return "" if text == '""' else text  # a function's; the engine asks for no text of text


def _written(value: Any, line: str) -> str:
    """JSON text as JavaScript writes it; ``line`` begins each line, and is empty when there is one only."""
    deeper = line and line + "  "
    if is_array(value):
        # By index: the engine's ranges leave out their last number when iterated.
        return _enclosed("[]", [_written(value[index], deeper) for index in range(len(value))], line)
    if is_object(value):
        colon = ": " if line else ":"
        parts = [_quoted(str(name)) + colon + _written(item, deeper) for name, item in value.items()]
        return _enclosed("{}", parts, line)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if value is None or value is import_module("jsonata.utils").Utils.NULL_VALUE:
        return "null"
    return _quoted(value if isinstance(value, str) else "")


def _enclosed(brackets: str, parts: list[str], line: str) -> str:
    deeper = line and line + "  "
    return brackets[0] + deeper + ("," + deeper).join(parts) + line + brackets[1] if parts else brackets


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def number_text(number: float) -> str:
    """A number in at most 15 significant digits, as JavaScript writes it."""
    rounded = Decimal(float(number)).normalize(_DIGITS)
    if not rounded:
        return "0"
    if rounded.adjusted() in _PLAIN:
        return f"{rounded:f}"
    sign, digits, _ = rounded.as_tuple()
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' * sign}{mantissa}e{rounded.adjusted():+d}"
