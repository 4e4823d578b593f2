"""Intrinsic functions of JSONPath: how their texts are read, what `States.Format` writes, and how they fail.

Source: Step Functions' guide, "Intrinsic functions for JSONPath states": a backslash hides `'`, `{`, `}` and itself,
and what a function cannot do is `States.IntrinsicFailure`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

from naws.testing._expressions import Expressions
from naws.testing._extras import optional
from naws.testing._failures import fail

_ASL = "moto.stepfunctions.parser.asl."
_RUNTIME = _ASL + "antlr.runtime."
_PREPROCESSOR = _ASL + "parse.intrinsic.preprocessor"
_FUNCTIONS = _ASL + "component.intrinsic.function.statesfunction."
_ESCAPE = re.compile(r"\\(['{}\\])")
_PLACEHOLDER = re.compile(r"\\(['{}\\])|\{\}")
# The grammar knows no line end and no tab inside of a text: for its eyes they are characters that nobody uses.
_CONTROLS = {code: 0xE000 + code for code in range(0x20)}
_RESTORED = {replacement: code for code, replacement in _CONTROLS.items()}


class _Literal(str):
    """A text of a function's call, without its escapes."""

    __slots__ = ("escaped",)
    escaped: str
    """The same text with them, by which `States.Format` tells its placeholders."""


def replacements(expressions: Expressions) -> list[tuple[str, str, Any]]:
    """One reading of a call, and chance that repeats.

    The interpreter reads JSON's escapes as its own and passes over what it does not know.
    """
    return [
        (_ASL + "parse.intrinsic.intrinsic_parser", "IntrinsicParser.parse", staticmethod(_parsed)),
        (_PREPROCESSOR, "Preprocessor._text_of_str", staticmethod(_literal)),
        (_PREPROCESSOR, "Preprocessor.visitFunc_arg_float", _fraction),
        (_FUNCTIONS + "generic.string_format", "StringFormat._eval_body", _format),
        (_ASL + "component.common.string.string_expression", "StringIntrinsicFunction._eval_body", _call),
        (_FUNCTIONS + "unique_id_generation.uuid", "long_uid", expressions.unique),
        (_FUNCTIONS + "math_operations.math_random", "MathRandom._eval_body", _random(expressions)),
    ]


def _parsed(written: str) -> tuple[Any, Any]:
    text: str = json.loads(f'"{written}"').translate(_CONTROLS)
    runtime = optional("antlr4")
    lexer = optional(_RUNTIME + "ASLIntrinsicLexer").ASLIntrinsicLexer(runtime.InputStream(text))
    parser = optional(_RUNTIME + "ASLIntrinsicParser").ASLIntrinsicParser(runtime.CommonTokenStream(lexer))
    for reader in (lexer, parser):
        reader.removeErrorListeners()
        reader.addErrorListener(_Refusal(text))
    tree = parser.func_decl()
    return optional(_PREPROCESSOR).Preprocessor().visit(tree), tree


class _Refusal:
    """A listener of the parser that raises errors of the grammar; AWS creates no machine with such a call."""

    def __init__(self, text: str) -> None:
        self._text = text

    def syntaxError(self, *where: Any) -> NoReturn:  # noqa: N802 - the parser's name for it
        raise ValueError(f"'{self._text}' is no call of an intrinsic function: {where[-2]}")

    def __getattr__(self, name: str) -> Any:
        """Reports of ambiguities are nobody's business."""
        return _ignored


def _ignored(*_: Any) -> None:
    pass


def _literal(parse_tree: Any) -> str:
    escaped: str = parse_tree.getText()[1:-1].translate(_RESTORED)
    text = _Literal(_ESCAPE.sub(r"\1", escaped))
    text.escaped = escaped
    return text


def _fraction(_self: Any, ctx: Any) -> Any:
    return optional(_ASL + "component.intrinsic.argument.argument").ArgumentLiteral(float(ctx.getText()))


def _format(self: Any, env: Any) -> None:
    """Every `{}` of the template takes the next value; any other brace is text."""
    self.argument_list.eval(env=env)
    template, *values = env.stack.pop()
    left = iter(values)

    def filled(match: re.Match[str]) -> str:
        return match[1] or self._to_str_repr(next(left))

    escaped = template.escaped if isinstance(template, _Literal) else template
    if len(re.findall(r"(?<!\\)\{\}", escaped)) != len(values):
        raise ValueError(f"{len(values)} values for the places of {template!r}")
    env.stack.append(_PLACEHOLDER.sub(filled, escaped))


def _random(expressions: Expressions) -> Callable[[Any, Any], None]:
    """A whole number from the start up to and without the end; both are rounded to whole ones.

    Source: Step Functions' guide, `States.MathRandom`.
    """

    def _eval_body(self: Any, env: Any) -> None:
        self.argument_list.eval(env=env)
        start, end, *seed = env.stack.pop()
        first, last = math.floor(start + 0.5), math.floor(end + 0.5)
        if first >= last:
            raise ValueError(f"No number lies between {start} and {end}.")
        env.stack.append(first + math.floor(expressions.drawn(*seed) * (last - first)))

    return _eval_body


def _call(self: Any, env: Any) -> None:
    """A function that cannot do what it is asked fails by a name of its own; a path that leads nowhere as any other."""
    passed = (
        optional(_ASL + "component.common.error_name.failure_event").FailureEventException,
        optional(_ASL + "utils.json_path").NoSuchJsonPathError,
    )
    try:
        self.function.eval(env=env)
    except passed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the interpreter's functions raise
        cause = f"The function '{self.intrinsic_function_derivation}' had the following error: {error}"
        fail(env, "States.IntrinsicFailure", cause, "TaskFailed")
