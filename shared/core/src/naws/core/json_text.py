"""JSON text made at synthesis: of inputs, patterns and definitions.

What Python hands to Node as a value comes back without each None and with whole numbers rounded beyond 2^53. So a text
without tokens is made here. One with tokens is made by Node, which alone can write each with the type that it has, and
gets what would change on the way as text.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import aws_cdk as cdk
from constructs import Construct

from naws.core.stacks import stack_of
from naws.core.tokens import has_token

_BETWEEN = '","'
_EXACT = 2**53


def json_text(scope: Construct, value: object) -> str:
    """The shortest JSON of a value; a text with tokens in it is known when it is deployed.

    Args:
        scope: in the stack that the text is for.
        value: JSON, with tokens for texts, numbers and lists.

    Raises:
        ValueError: a number is not finite, which the rules on payloads report before.
    """
    if not has_token(value):
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except TypeError:  # an object of CDK's that becomes a value when it is deployed
            pass
    return _written(stack_of(scope), value)


def json_literal(scope: Construct, value: object) -> float:
    """A value for what Node writes as JSON, such as a state of a workflow: the text that `json_text` makes of it."""
    return _literal(json_text(scope, value))


def json_fields(scope: Construct, value: Any) -> Any:
    """A value for a field of a state, without loss: text as it is, each value of an object by `json_literal`."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        given = cast("Mapping[str, object]", value)
        return {name: json_literal(scope, part) for name, part in given.items()}
    return json_literal(scope, value)


def _written(stack: cdk.Stack, value: object) -> str:
    """A text with tokens. CDK takes none as a name, so that the entries around such a name are written one by one."""
    if not _has_token_as_name(value):
        return stack.to_json_string(_for_node(value))
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value).items()
        return "{" + ",".join(f"{json_text(stack, key)}:{json_text(stack, part)}" for key, part in entries) + "}"
    return "[" + ",".join(json_text(stack, part) for part in cast("Sequence[object]", value)) + "]"


def _has_token_as_name(value: object) -> bool:
    match value:
        case Mapping():
            entries = cast("Mapping[str, object]", value).items()
            return any(has_token(name) or _has_token_as_name(part) for name, part in entries)
        case list() | tuple():
            return any(map(_has_token_as_name, cast("Sequence[object]", value)))
        case _:
            return False


def _for_node(value: object) -> Any:
    """The same value, with what Node would change as a literal."""
    match value:
        case None:
            return _literal("null")
        case bool() | str():
            return value
        case int() | float():
            exact = has_token(value) or (isinstance(value, int) and abs(value) < _EXACT)
            return value if exact else _literal(json.dumps(value, allow_nan=False))
        case Mapping():
            entries = cast("Mapping[str, object]", value).items()
            return {name: _for_node(part) for name, part in entries}
        case list() | tuple():
            return _list(cast("Sequence[object]", value))
        case _:
            return value


def _list(parts: Sequence[object]) -> Any:
    if len(parts) == 1 and isinstance(parts[0], str) and parts[0].startswith("#{Token["):
        # CDK's own way is a custom resource with a function; the texts of such a list are ids, without quotes.
        return _literal(f'["{cdk.Fn.join(_BETWEEN, cast("list[str]", list(parts)))}"]')
    return [_for_node(part) for part in parts]


@cache
def _literal(text: str) -> float:
    """CDK writes a token for a number without quotes, and puts a text of one part into the text around it."""
    return cdk.Token.as_number({"Fn::Join": ["", [text]]})
