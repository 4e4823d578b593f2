"""Rules on JSONata expressions: where they stand in a state, what they read, and how they have to be written.

Whether one parses is judged by `asl_jsonata`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from naws.core.rule import Finding, limit, practice
from naws.core.rules.asl_scopes import COUNTS, GUIDE, Block, Definition, State, jsonata
from naws.core.rules.values import Field, is_text, one_of
from naws.core.spelling import nearest
from naws.core.stacks import kept
from naws.core.tokens import has_token

_WITHOUT_RESULT = (
    *("Arguments", "Items", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter", "Credentials"),
    *("TimeoutSeconds", "HeartbeatSeconds", "Seconds", "Timestamp", "Error", "Cause"),
    *COUNTS,
)
_WITH_RESULT = ("Assign", "Output")
_IN_PATHS = ("Parameters", "ResultSelector", "Result", "ItemSelector", "ItemReader", "ItemBatcher", "Assign")
_PARTS = ("input", "result", "errorOutput", "context")
_CONTEXT = {
    "Execution": ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"),
    "State": ("EnteredTime", "Name", "RetryCount"),
    "StateMachine": ("Id", "Name"),
    "Task": ("Token",),
    "Map": ("Item",),
}
"""Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
# Parts that are no code: regular expressions (only an operator can stand before one), texts, quoted names, comments.
NO_CODE = re.compile(
    r"(?<=[(,:=~?&|!<>\[{;])\s*/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*"
    r"|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*.*?\*/",
    re.DOTALL,
)
_RESERVED = re.compile(r"\$states\s*\.\s*(\w+)")
_OF_CONTEXT = re.compile(r"\$states\s*\.\s*context\s*\.\s*(\w+)(?:\s*\.\s*(\w+))?")
_READ = re.compile(r"\$([A-Za-z_]\w*)(?!\w)(?!\s*\()")
_BOUND = re.compile(r"\$(\w+)\s*:=|[@#]\s*\$(\w+)")
_PARAMETERS = re.compile(r"(?:function|λ)\s*\(([^)]*)\)")
_GUARDED = re.compile(r"\$(?:exists|type|boolean)\s*\(\s*\$(\w+)")
_EMBEDDED = re.compile(r"\{%(.*?)%\}", re.DOTALL)
_JSONATA = re.compile(r"\{%.*|\s+\{%.*%\}\s*|\{%.*%\}\s*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A text that a state evaluates, or would if it were written as an expression is.

    Attributes:
        field: where it stands.
        result: whether `$states.result` can be read there.
        error: whether `$states.errorOutput` can.
        paths: names that it reads, when it is written in JSONPath; None of JSONata.
    """

    field: Field
    result: bool
    error: bool
    paths: frozenset[str] | None = None

    @property
    def text(self) -> str:
        """The value of the field, as given."""
        return self.field.value

    @cached_property
    def code(self) -> str:
        """The expression without its texts and regular expressions; empty when it is none."""
        whole = self.text.startswith("{%") and self.text.endswith("%}")
        return NO_CODE.sub(" ", self.text[2:-2]) if whole else ""

    @property
    def bound(self) -> set[str]:
        """Names of variables that the expression binds itself."""
        own = {name for pair in _BOUND.findall(self.code) for name in pair if name}
        return own | {name.strip(" $") for each in _PARAMETERS.findall(self.code) for name in each.split(",")}

    @cached_property
    def reads(self) -> set[str]:
        """Names that it reads and does not bind itself, `states` left out; of functions only those passed on."""
        if self.paths is not None:
            return {*self.paths}
        return {*_READ.findall(self.code)} - self.bound - {"states"}

    @property
    def guarded(self) -> set[str]:
        """Names that it asks for with `$exists`, `$type` or `$boolean`, so that they need not be there."""
        return {*_GUARDED.findall(self.code)}


def expressions(state: State) -> Sequence[Expression]:
    """Every text in a JSONata state that is evaluated, or looks as if it should be; tokens are left out."""
    return kept(state, "expressions", lambda: tuple(_expressions(state)))


def _expressions(state: State) -> Iterator[Expression]:
    if state.language != "JSONata":
        return
    yield from _evaluated(state, _WITHOUT_RESULT)
    yield from _evaluated(state, _WITH_RESULT, result=state.takes("ResultSelector") or not state.type)
    for each in state.blocks("Choices"):
        yield from _evaluated(each, ("Condition", *_WITH_RESULT))
    for each in state.blocks("Catch"):
        yield from _evaluated(each, _WITH_RESULT, error=True)


def _evaluated(
    block: Block, names: Iterable[str], *, result: bool = False, error: bool = False
) -> Iterator[Expression]:
    """Every expression inside these fields."""
    for field, _ in block.within(*names):
        if isinstance(field.value, str) and _JSONATA.fullmatch(field.value):
            yield Expression(field=field, result=result, error=error)


def outputs(block: Block) -> Iterator[Expression]:
    """Every expression of an output."""
    return _evaluated(block, ("Output",))


@limit(
    code="NAWS-ASL-014",
    title="An expression begins with {% and ends with %}",
    source=f"{GUIDE}transforming-data.html",
    example=jsonata('"Load": {"Type": "Pass", "Output": "{% $states.input.id", "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": "{% $states.input.id %}", "End": true}'),
)
def delimiters(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses an expression that is not closed.

    The type of a state, and the resource of a task, are no expressions: which API a state calls is fixed.
    """
    for state in definition.states:
        for each in expressions(state):
            if each.text.startswith("{%") and not (each.text.endswith("%}") and len(each.text) >= len("{%%}")):
                expected = "{% first and %} last, without a blank before or after"
                yield each.field.finding(expected, f'"{{% {_inner(each.text)} %}}"')
        resource = state.at("Resource")
        if state.language == "JSONata" and is_text(resource.value) and resource.value.strip().startswith("{%"):
            expected = "the ARN of what the task calls, which is the same in every execution"
            yield resource.finding(expected, '"Resource": "arn:aws:states:::lambda:invoke"')


@limit(
    code="NAWS-ASL-016",
    title="$states.result and $states.errorOutput are read where there are such",
    source=f"{GUIDE}workflow-variables.html",
    example=jsonata('"Load": {"Type": "Pass", "Output": "{% $states.result %}", "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": "{% $states.input %}", "End": true}'),
)
def reserved_parts(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses an expression that reads what is not there.

    A result is there in `Assign` and `Output` of a Task, Parallel or Map state, an error's output in a catcher's.
    Beside them `$states` has `input` and `context`, and nothing else.
    """
    for each in (each for state in definition.states for each in expressions(state)):
        for part in sorted({*_RESERVED.findall(each.code)}) if _RESERVED.search(each.text) else ():
            if part not in _PARTS:
                near = nearest(part, _PARTS) or "input"
                yield each.field.finding(one_of(tuple(f"$states.{name}" for name in _PARTS)), f"$states.{near}")
                continue
            if part == "result" and not each.result:
                where, remedy = "a Task, Parallel or Map state", "$states.input"
            elif part == "errorOutput" and not each.error:
                where, remedy = "a catcher", '"Catch": [{"Output": "{% $states.errorOutput %}"}]'
            else:
                continue
            yield each.field.finding(f"$states.{part} in Assign or Output of {where} only", remedy)
        for first, second in sorted({*_OF_CONTEXT.findall(each.code)}):
            yield from _slip_of_context(each, first, second)


def _slip_of_context(each: Expression, first: str, second: str) -> Iterator[Finding]:
    """A name of the context that comes close to one that it has; another may be newer."""
    for name, names, before in ((first, _CONTEXT, ""), (second, _CONTEXT.get(first, ()), f"{first}.")):
        near = nearest(name, names) if name and name not in names else ""
        if near:
            found = [f"$states.context.{before}{one}" for one in names]
            yield each.field.finding(one_of(tuple(found)), f"$states.context.{before}{near}")


@practice(
    code="NAWS-ASL-046",
    title="A value is written in the state's own query language",
    source=f"{GUIDE}transforming-data.html",
    example=jsonata('"Load": {"Type": "Pass", "Output": {"id.$": "$.order.id"}, "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": {"id": "{% $states.input.order.id %}"}, "End": true}'),
)
def own_language(definition: Definition) -> Iterator[Finding]:
    """Step Functions takes it for plain text: a task is sent the words of the expression, not its value.

    In a JSONata state a key that ends in `.$` is a key like any other, and a text that does not begin with `{%` and end
    with `%}`, a blank or a word before it for example, a text like any other, and so is `$states.input` without them.
    In a JSONPath state text in `{% … %}` is.
    """
    for state in definition.states:
        for each in expressions(state):
            if not each.text.startswith("{%"):
                yield each.field.finding("an expression: {% first, %} last", f'"{{% {_inner(each.text)} %}}"')
        names = (*_WITHOUT_RESULT, *_WITH_RESULT) if state.language == "JSONata" else _IN_PATHS
        for field, key in state.within(*names):
            value = field.value
            if not isinstance(value, str):
                continue
            if state.language == "JSONata" and not _JSONATA.fullmatch(value):
                yield from _forgotten(field)
            dollar = key.endswith(".$") and re.match(r"\$|States\.", value) is not None
            if state.language == "JSONata" and dollar and not has_token(value):
                yield field.finding("a JSONata expression", f'"{key.removesuffix(".$")}": "{{% $states.input… %}}"')
            if state.language == "JSONPath" and value.startswith("{%") and value.endswith("%}"):
                expected = "a path under a key that ends in .$, or JSONata as the state's language"
                yield field.finding(expected, '"QueryLanguage": "JSONata"  # of the state')


def _forgotten(field: Field) -> Iterator[Finding]:
    """A text that reads as an expression, or has one in it, and is neither."""
    text: str = field.value
    if _EMBEDDED.search(text):
        parts = [part if at % 2 else f"'{part}'" for at, part in enumerate(_EMBEDDED.split(text)) if part]
        whole = " & ".join(part.strip() if not part.startswith("'") else part for part in parts)
        yield field.finding("one expression for the whole text", f'"{{% {whole} %}}"')
    elif re.match(r"\s*\$states\s*\.\s*(?:input|result|errorOutput|context)\b", text):
        yield field.finding("an expression: {% first, %} last", f'"{{% {text.strip()} %}}"')


def _inner(text: str) -> str:
    """A text without delimiters and the blanks around them."""
    return text.strip().removeprefix("{%").removesuffix("%}").strip()


EXPRESSION_RULES = (delimiters, reserved_parts, own_language)
