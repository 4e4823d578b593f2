"""Rules on the fields of a state: which its type has, which it must have, and which its query language has."""

from collections.abc import Iterator

from naws.core.rule import Finding, limit
from naws.core.rules.asl_choices import fields_of_rule, lacks, rules
from naws.core.rules.asl_scopes import (
    COUNTS,
    FIELDS,
    GUIDE,
    LANGUAGE_SPEC,
    Block,
    Definition,
    Language,
    Scope,
    State,
    is_object,
    jsonata,
    jsonpath,
    listed,
)
from naws.core.rules.values import one_of
from naws.core.spelling import nearest
from naws.core.tokens import has_token

_EVERY = {"Type", "Comment", "QueryLanguage"}
_ONLY_PATH = {
    *("InputPath", "OutputPath", "Result", "ResultPath", "ResultSelector", "Parameters", "ItemsPath", "Variable"),
    *("TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "ErrorPath", "CausePath"),
    *(f"{name}Path" for name in COUNTS),
    *("MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"),
}
_ONLY_JSONATA = {"Arguments", "Output", "Items", "Condition"}
_SCOPE = {"StartAt", "States", "Comment", "QueryLanguage"}
_HANDLERS = {
    "Retry": {
        *("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"),
        "Comment",
    },
    "Catch": {"ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"},
}
_PARTS = ("ItemReader", "ItemBatcher", "ResultWriter")
_LISTS = (
    ("Choice", "Choices", "rule", '[{"Condition": "{% … %}", "Next": "…"}]'),
    ("Parallel", "Branches", "branch", '[{"StartAt": "…", "States": {…}}]'),
)
"""The type that has a list, its name, what it has at least one of, and how it is written."""


@limit(
    code="NAWS-ASL-009",
    title="A state has only the fields of its type, and each of its parts its own",
    source=LANGUAGE_SPEC,
    example=jsonata("""
      "Load": {"Type": "Pass", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}"""),
    fix=jsonata("""
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}"""),
)
def fields_of_type(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses every other field, a misspelt one too: `Field '…' is not supported`.

    Only Task, Parallel and Map states retry and catch; only a Task has a timeout; Choice states lead on by their rules.
    The machine, its branches, what is done with an item, retriers, catchers and the rules of a Choice state have fields
    of their own, too.
    """
    for scope in definition.scopes:
        own, title = _of_scope(scope)
        yield from _unknown_fields(scope, _SCOPE | own, f"{title} has")
    for state in definition.states:
        if state.type:
            yield from _unknown_fields(state, FIELDS[state.type], f"a {state.type} state has", state.language)
        for block, top in rules(state):
            allowed = fields_of_rule(state.language, top=top)
            yield from _unknown_fields(block, allowed, "a rule has here", state.language)
        for name, allowed in _HANDLERS.items():
            owner = "a retrier has" if name == "Retry" else "a catcher has"
            for block in state.blocks(name) if state.takes(name) else ():
                yield from _unknown_fields(block, allowed, owner, state.language)


def _unknown_fields(block: Block, allowed: set[str], owner: str, language: Language | None = None) -> Iterator[Finding]:
    """Fields that the owner does not have; those that every state has are not listed as expected."""
    every = allowed | (_EVERY if owner.endswith("state has") else set[str]())
    others = {"JSONata": _ONLY_PATH, "JSONPath": _ONLY_JSONATA}.get(language or "", set[str]())
    for name in block.fields:
        if name not in every and not has_token(name):
            near = nearest(name, every - others)
            yield block.at(name).finding(
                f"a field that {owner}: {', '.join(sorted(allowed - others))}",
                (f'"{near}": …\n' if near else "") + f"omit {name}",
            )


def _of_scope(scope: Scope) -> tuple[set[str], str]:
    """The fields that not every scope has, and what it is."""
    if scope.holder is None:
        return {"Version", "TimeoutSeconds"}, "a state machine"
    if scope.holder.type == "Map":
        return {"ProcessorConfig"}, "what a Map state does with an item"
    return set(), "a branch"


@limit(
    code="NAWS-ASL-010",
    title="A state has the fields that its type needs",
    source=LANGUAGE_SPEC,
    example=jsonata('"Load": {"Type": "Task", "End": true}'),
    fix=jsonata('"Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}'),
)
def needed_fields(definition: Definition) -> Iterator[Finding]:
    """Step Functions could not work without it, and refuses the definition.

    A Task has `Resource`, a Choice a rule, a Parallel a branch, a Map `ItemProcessor`, a Wait exactly one time; every
    rule and every catcher has `Next`. A rule has a `Condition` in JSONata, in JSONPath a `Variable` and an operator.
    """
    for state in definition.states:
        yield from _needed_by_type(state)
        for block in state.blocks("Choices", "Catch"):
            if "Next" not in block.given:
                yield block.finding("Next, with the name of a state", '"Next": "…"', shown="no Next")
        for block in state.blocks("Choices") if state.language == "JSONata" else ():
            if "Condition" not in block.given:
                remedy = '"Condition": "{% $states.input.ready %}"'
                yield block.finding("a Condition", remedy, shown="no Condition")


def _needed_by_type(state: State) -> Iterator[Finding]:
    for block, top in rules(state) if state.language == "JSONPath" else ():
        if what := lacks(block, top=top):
            remedy = '"Variable": "$.…", "StringEquals": "…"' if what == "Variable" else '"StringEquals": "…"'
            yield block.finding("a Variable and an operator, or And, Or or Not", remedy, shown=f"no {what}")
    if state.type == "Task" and "Resource" not in state.given:
        remedy = '"Resource": "arn:aws:states:::lambda:invoke"'
        yield state.finding("Resource, with the ARN of what the task calls", remedy, shown="no Resource")
    for of, name, one, remedy in _LISTS:
        list_ = state.at(name)
        if state.type == of and not has_token(list_.value) and not any(map(is_object, listed(list_.value))):
            yield list_.finding(f"a list with at least one {one}", f'"{name}": {remedy}')
    if state.type == "Map" and not state.given & {"ItemProcessor", "Iterator"}:
        remedy = '"ItemProcessor": {"StartAt": "…", "States": {…}}'
        yield state.finding("ItemProcessor, with the states for one item", remedy, shown="no ItemProcessor")
    if state.type == "Wait":
        times = [name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if name in state.given]
        if len(times) != 1:
            found = " and ".join(times) or "no time"
            yield state.finding("exactly one of Seconds and Timestamp", '"Seconds": 60', shown=found)


@limit(
    code="NAWS-ASL-011",
    title="A JSONata state has no field of JSONPath",
    source=f"{GUIDE}transforming-data.html",
    example=jsonata('"Load": {"Type": "Pass", "Parameters": {"id": 1}, "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": {"id": 1}, "End": true}'),
)
def no_paths(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it: `field '…' is only supported for the 'JSONPath' QueryLanguage`.

    `Arguments` and `Output` do what `Parameters`, `Result`, `ResultSelector` and the paths do.
    """
    instead = "an expression, in Arguments, Output, Assign or the field without Path"
    yield from _of_other_language(definition, "JSONata", _ONLY_PATH, instead)


@limit(
    code="NAWS-ASL-012",
    title="A JSONPath state has no field of JSONata",
    source=f"{GUIDE}transforming-data.html",
    example=jsonpath('"Load": {"Type": "Pass", "Output": {"id": 1}, "End": true}'),
    fix=jsonata('"Load": {"Type": "Pass", "Output": {"id": 1}, "End": true}'),
)
def no_expressions(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it: `field '…' is only supported for the 'JSONata' QueryLanguage`.

    The machine's language is JSONPath where none is given, also for the states inside of a JSONata Map or Parallel.
    """
    instead = '"QueryLanguage": "JSONata" of the state or the machine'
    yield from _of_other_language(definition, "JSONPath", _ONLY_JSONATA, instead)


def _of_other_language(definition: Definition, language: Language, names: set[str], expected: str) -> Iterator[Finding]:
    for block in (each for state in definition.states if state.language == language for each in _parts(state)):
        for name in block.fields:
            if name in names:
                better = _instead_of(name, block) if language == "JSONata" else ""
                remedy = f'"{better}": …  # instead of {name}' if better else f"omit {name}"
                yield block.at(name).finding(expected, remedy)


def _instead_of(name: str, block: Block) -> str:
    """The field of JSONata that does what one of JSONPath did; empty where its value is not needed, or not alone."""
    if name == "Parameters":
        return {"Pass": "Output", "Map": "ItemSelector"}.get(str(block.fields.get("Type")), "Arguments")
    if name.endswith("Path") and name.removesuffix("Path") in _OF_PATHS:
        return name.removesuffix("Path")
    return {"Result": "Output", "ResultSelector": "Output", "Variable": "Condition"}.get(name, "")


_OF_PATHS = {
    *("TimeoutSeconds", "HeartbeatSeconds", "Seconds", "Timestamp", "Error", "Cause", "Items", "MaxItems"),
    *("MaxItemsPerBatch", "MaxInputBytesPerBatch", *COUNTS),
}


def _parts(state: State) -> Iterator[Block]:
    """The objects of a state that have fields of a query language."""
    if not state.type:
        return
    own = FIELDS[state.type]
    own = own | {"Type"}
    yield Block(path=state.path, fields={name: value for name, value in state.fields.items() if name in own})
    yield from state.blocks(*({"Choices", "Catch"} & own))
    for part in state.inner(*_PARTS) if state.type == "Map" else ():
        yield part
        yield from part.inner("ReaderConfig")


@limit(
    code="NAWS-ASL-013",
    title="The query language is JSONPath or JSONata, and of a JSONata machine JSONata",
    source=f"{GUIDE}transforming-data.html",
    example=jsonata('"Load": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}'),
    fix=jsonpath('"Load": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}'),
)
def language(definition: Definition) -> Iterator[Finding]:
    """Only the other way round is possible: a JSONPath machine may have JSONata states.

    What a Map state does with an item has no language of its own: each of its states may have one.
    """
    names = ("JSONPath", "JSONata")
    givers = [block for block in (definition, *definition.states) if "QueryLanguage" in block.fields]
    for field in (block.at("QueryLanguage") for block in givers):
        if field.value not in names and not has_token(field.value):
            near = nearest(field.value, names) if isinstance(field.value, str) else ""
            yield field.finding(one_of(names), f'"QueryLanguage": "{near or "JSONata"}"')
    for field in (state.at("QueryLanguage") for state in definition.states if definition.language == "JSONata"):
        if field.value == "JSONPath":
            yield field.finding("JSONata, as the machine has", "omit QueryLanguage, and write the state in JSONata")
    for scope in definition.scopes:
        if scope.holder is not None and scope.holder.type == "Map" and "QueryLanguage" in scope.fields:
            yield scope.at("QueryLanguage").finding("QueryLanguage of each state in it", "omit QueryLanguage")


FIELD_RULES = (fields_of_type, needed_fields, no_paths, no_expressions, language)
