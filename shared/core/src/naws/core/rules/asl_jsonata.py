"""Rules on the text of JSONata expressions: whether one parses, and whether it begins with something that is there.

`jsonata-python` parses it where it is installed. What needs no parser is judged without: brackets, `$eval`, and what
reads the input of the whole expression, of which Step Functions gives none.
"""

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from naws.core.rule import Finding, limit
from naws.core.rules.asl_expressions import Expression, expressions
from naws.core.rules.asl_scopes import GUIDE, Definition, jsonata
from naws.core.tokens import has_token

_SPEC = f"{GUIDE}transforming-data.html"
_TOKEN = re.compile(r"\$\$|\$\w*|[A-Za-z_λ]\w*|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\.|:=|~>|\S")
_WORDS = {"and", "or", "in", "true", "false", "null", "function", "λ"}
_PAIRS = {")": "(", "]": "[", "}": "{"}
# What other values are the context of: steps of a path, predicates, objects, sorting and what is grouped behind a step.
_NEW_CONTEXT = {"[", "{"}


@limit(
    code="NAWS-ASL-015",
    title="An expression is JSONata that Step Functions takes",
    source=_SPEC,
    example=jsonata('"Load": {"Type": "Pass", "Output": "{% $sum($states.input.prices %}", "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": "{% $sum($states.input.prices) %}", "End": true}'),
)
def parses(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses one that is no JSONata 2.0.6, and one with `$eval`: `$parse` reads JSON.

    An expression has no input of its own: `$`, `$$` and a bare name mean nothing outside of a path, a filter or a
    function that gives them a meaning. What a state was given is `$states.input`.
    """
    for each in (each for state in definition.states for each in expressions(state)):
        text = each.text
        if not (text.startswith("{%") and text.endswith("%}") and len(text) >= len("{%%}")) or has_token(text):
            continue
        found = _problem(text[2:-2], each)
        if found:
            yield each.field.finding(*found)


def _problem(text: str, expression: Expression) -> tuple[str, str] | None:
    """What is expected instead and how it is mended; None of a sound expression."""
    code = expression.code.replace("?", " ? ")
    if re.search(r"\$eval\s*\(", code):
        return "$parse, which reads JSON; Step Functions has no $eval", "$parse(…)"
    if not text.strip():
        return "an expression between {% and %}", '"{% $states.input %}"'
    if reason := _unparsed(text) or _unbalanced(code):
        return f"JSONata 2.0.6: {reason}", "try it at https://try.jsonata.org"
    if name := _without_context(code):
        better = "$states.input" if name.startswith("$") else f"$states.input.{name}\n'{name}'"
        return f"$states.input, or a variable, before {name}", better
    return None


@cache
def _parser() -> Callable[[str], object] | None:
    """jsonata-python's parser; None where it is not installed. Its import raises Python's limit of recursion."""
    if not find_spec("jsonata"):
        return None
    before = sys.getrecursionlimit()
    try:
        return import_module("jsonata").Jsonata
    finally:
        sys.setrecursionlimit(before)


@cache
def _unparsed(text: str) -> str:
    """Why a text is no JSONata, in the parser's words; empty when it is, and without a parser."""
    parser = _parser()
    if parser is None:
        return ""
    try:
        parser(text)
    except RecursionError:
        return ""
    except Exception as error:  # noqa: BLE001  # the parser has exceptions of many kinds
        return str(error).strip().splitlines()[0] if str(error).strip() else "it does not parse"
    return ""


def _unbalanced(code: str) -> str:
    """Which bracket has no other half; empty when all have."""
    opened: list[str] = []
    for mark in re.findall(r"[()\[\]{}]", code):
        if mark not in _PAIRS:
            opened.append(mark)
        elif not opened or opened.pop() != _PAIRS[mark]:
            return f"{mark} closes nothing"
    return f"{opened[-1]} is not closed" if opened else ""


def _without_context(code: str) -> str:
    """The first `$`, `$$` or bare name that stands where an expression has no context; empty when there is none.

    Where something else may be the context (behind a step, in a filter, an object, a function's body), nothing is
    judged.
    """
    if "|" in code:  # a transformation
        return ""
    inside: list[bool] = []
    before = ""
    tokens = _TOKEN.findall(code)
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        if token in ("(", "[", "{"):
            parameters = before in ("function", "λ")
            inside.append(parameters or token in _NEW_CONTEXT or before in (".", "^"))
        elif token in (")", "]", "}"):
            if inside:
                inside.pop()
        elif not any(inside) and before not in (".", "@", "#") and _reads_context(token, following):
            return token
        before = token
    return ""


def _reads_context(token: str, following: str) -> bool:
    if token in ("$", "$$"):
        return True
    name = token.isidentifier() and token not in _WORDS
    return name and following != ":="


JSONATA_RULES = (parses,)
