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
from naws.core.rules.asl_expressions import NO_CODE, Expression, expressions
from naws.core.rules.asl_scopes import GUIDE, Definition, jsonata
from naws.core.spelling import nearest
from naws.core.tokens import has_token

_SPEC = f"{GUIDE}transforming-data.html"
_TOKEN = re.compile(r"\$\$|\$\w*|[A-Za-z_λ]\w*|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\.|:=|~>|\S")
_WORDS = {"and", "or", "in", "true", "false", "null", "function", "λ"}
_PAIRS = {")": "(", "]": "[", "}": "{"}
FUNCTIONS = frozenset(
    re.findall(
        r"\w+",
        """sum max min average string substring substringBefore substringAfter lowercase uppercase length trim pad match
        contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil round abs sqrt
        power random boolean not map zip filter single foldLeft reduce sift keys lookup append exists spread merge
        reverse each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent encodeUrl
        decodeUrlComponent decodeUrl eval toMillis fromMillis clone now millis count partition range hash uuid parse""",
    )
)
"""Source: JSONata 2.0.6, function library; Step Functions adds the last six."""
_CALLED = re.compile(r"\$(\w+)\s*\(")
_SIGNATURE = re.compile(r"\)\s*<[\w:?+\-()<> ]*>\s*\{")
_LATER = re.compile(r"\?\s*([?:])")
# Behind these a bracket begins a list or an object; behind a value it is a filter or groups, and has another context.
_BEGIN = {"", "(", "[", "{", ",", ":", ":=", ";", "?", "+", "-", "/", "&", "=", "<", ">", "!", "and", "or", "in", ".."}


@limit(
    code="NAWS-ASL-015",
    title="An expression is JSONata that Step Functions takes",
    source=_SPEC,
    example=jsonata('"Load": {"Type": "Pass", "Output": "{% $sum($states.input.prices %}", "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": "{% $sum($states.input.prices) %}", "End": true}'),
)
def parses(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses one that is no JSONata 2.0.6, and one with `$eval`: `$parse` reads JSON.

    JSONata 2.1 brought `??` and `?:`, which 2.0.6 does not know. A function that neither has nor the expression binds
    cannot be called: a variable holds JSON, and no function. An expression has no input of its own: `$`, `$$` and a
    bare name mean nothing outside of a path or a filter. What a state was given is `$states.input`.
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
    if not text.strip():
        return "an expression between {% and %}", '"{% $states.input %}"'
    code, marked = expression.code.replace("?", " ? "), NO_CODE.sub(" 0 ", text)
    if found := _refused(code, marked):
        return found
    if reason := _unparsed(text) or _unbalanced(code):
        return f"JSONata 2.0.6: {reason}", "try it at https://try.jsonata.org"
    if unknown := sorted({*_CALLED.findall(code)} - FUNCTIONS - expression.bound):
        near = nearest(unknown[0], FUNCTIONS)
        remedy = f"${near}(…)" if near else "a function of https://docs.jsonata.org/2.0.0/overview"
        return f"a function of JSONata 2.0.6 or of Step Functions, which ${unknown[0]} is not", remedy
    if name := _without_context(marked):
        better = "$states.input" if name.startswith("$") else f"$states.input.{name}\n'{name}'"
        return f"$states.input, or a variable, before {name}", better
    return None


def _refused(code: str, marked: str) -> tuple[str, str] | None:
    """What other versions of JSONata have."""
    if re.search(r"\$eval\s*\(", code):
        return "$parse, which reads JSON; Step Functions has no $eval", "$parse(…)"
    if later := _LATER.search(marked):
        return f"JSONata 2.0.6, which has no ?{later[1]}", "$exists($states.input.…) ? $states.input.… : …"
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


@cache
def _without_context(code: str) -> str:
    """The first `$`, `$$` or bare name that stands where an expression has no context; empty when there is none.

    Where something else may be the context (behind a step, in a filter, in what is grouped), nothing is judged. The
    body of a function has the context that the function is written in.
    """
    if "|" in code:  # a transformation
        return ""
    inside: list[tuple[bool, bool]] = []
    earlier, before, of_function = "", "", False
    marks = _TOKEN.findall(_SIGNATURE.sub("){", code))
    for index, mark in enumerate(marks):
        following = marks[index + 1] if index + 1 < len(marks) else ""
        if mark in ("(", "[", "{"):
            parameters = before in ("function", "λ")
            begins = (before in _BEGIN and earlier != ".") or (mark == "{" and before == ")" and of_function)
            step = before in (".", "^") or (earlier == "." and before.startswith("$"))
            other = step if mark == "(" else not begins
            inside.append((parameters or other, parameters))
        elif mark in (")", "]", "}"):
            _, of_function = inside.pop() if inside else (False, False)
        elif (
            not any(other for other, _ in inside) and before not in (".", "@", "#") and _reads_context(mark, following)
        ):
            return mark
        earlier, before = before, mark
    return ""


def _reads_context(token: str, following: str) -> bool:
    if token in ("$", "$$"):
        return True
    name = token.isidentifier() and token not in _WORDS
    return name and following != ":="


JSONATA_RULES = (parses,)
