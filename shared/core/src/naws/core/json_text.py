"""JSON text made at synthesis: of inputs, patterns and definitions.

What Python hands to Node as a value comes back without each None and with whole numbers rounded beyond 2^53. So the
text is made here, and Node sees only what it alone can write: tokens, each with the type that it has.
"""

import json
from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
from constructs import Construct

from naws.core.tokens import has_token

_BETWEEN = '","'


def json_text(scope: Construct, value: object) -> str:
    """The shortest JSON of a value; a text with tokens in it is known when it is deployed.

    Args:
        scope: in the stack that the text is for.
        value: JSON, with tokens in the place of texts, numbers and lists.

    Raises:
        ValueError: a number is not finite, which the rules on payloads tell before.
    """
    return _Writer(cdk.Stack.of(scope)).text(value)


class _Writer:
    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self._written: dict[str, str] = {}

    def text(self, value: object) -> str:
        match value:
            case None | bool():
                return json.dumps(value)
            case str():
                return self._with_tokens(value) if has_token(value) else json.dumps(value, ensure_ascii=False)
            case int() | float():
                return self._stack.to_json_string(value) if has_token(value) else json.dumps(value, allow_nan=False)
            case Mapping():
                entries = cast("Mapping[str, object]", value).items()
                return "{" + ",".join(f"{self.text(key)}:{self.text(part)}" for key, part in entries) + "}"
            case list() | tuple():
                return self._list(cast("Sequence[object]", value))
            case _:
                return self._stack.to_json_string(value)

    def _list(self, parts: Sequence[object]) -> str:
        if len(parts) == 1 and isinstance(parts[0], str) and parts[0].startswith("#{Token["):
            # CDK's own way is a custom resource with a function; the texts of such a list are ids, without quotes.
            return f'["{cdk.Fn.join(_BETWEEN, cast("list[str]", list(parts)))}"]'
        return "[" + ",".join(map(self.text, parts)) + "]"

    def _with_tokens(self, text: str) -> str:
        if text not in self._written:
            self._written[text] = self._stack.to_json_string(text)
        return self._written[text]


def json_literal(scope: Construct, value: object) -> float:
    """A value for what Node writes as JSON, such as a state of a workflow: the text that `json_text` makes of it.

    CDK writes a token for a number without quotes, and puts a text of one part into the text around it.
    """
    return cdk.Token.as_number({"Fn::Join": ["", [json_text(scope, value)]]})
