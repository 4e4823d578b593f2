"""The fields of a state: which its type has, which it must have, and which its query language has."""

from collections.abc import Iterator, Mapping
from typing import Any

from naws.core.rule import Finding, rule
from naws.core.rules.asl_choices import fields_of_rule, lacks, rules
from naws.core.rules.asl_scopes import GUIDE, LANGUAGE_SPEC, Definition, Scope, State, is_object, listed, objects
from naws.core.rules.values import one_of
from naws.core.spelling import nearest
from naws.core.text import Verbatim
from naws.core.tokens import has_token

_EVERY = {"Type", "Comment", "QueryLanguage"}
_PATHS = {"InputPath", "OutputPath"}
_ON = {*_PATHS, "Assign", "Output", "Next", "End"}
_CALLS = {*_ON, "ResultSelector", "ResultPath", "Retry", "Catch", "Parameters"}
_COUNTS = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
_FIELDS: Mapping[str, set[str]] = {
    "Pass": {*_ON, "Result", "ResultPath", "Parameters"},
    "Task": {
        *(_CALLS | {"Resource", "Arguments", "Credentials"}),
        *("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"),
    },
    "Choice": {*_PATHS, "Assign", "Output", "Choices", "Default"},
    "Wait": {*_ON, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Succeed": {*_PATHS, "Output"},
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": {*_CALLS, "Branches", "Arguments"},
    "Map": {
        *(_CALLS | {"ItemProcessor", "Iterator", "Items", "ItemsPath", "ItemSelector", "Label"}),
        *("ItemReader", "ItemBatcher", "ResultWriter", *_COUNTS, *(f"{name}Path" for name in _COUNTS)),
    },
}
"""Source: the Amazon States Language, "Table of State Types and Fields"."""

_ONLY_PATH = {
    *("InputPath", "OutputPath", "Result", "ResultPath", "ResultSelector", "Parameters", "ItemsPath", "Variable"),
    *("TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "ErrorPath", "CausePath"),
    *(f"{name}Path" for name in _COUNTS),
    *("MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"),
}
_ONLY_JSONATA = {"Arguments", "Output", "Items", "Condition"}
_SCOPE = {"StartAt", "States", "Comment", "QueryLanguage"}
_HANDLED = ("Task", "Parallel", "Map")
_HANDLERS = {
    "Retry": {
        *("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"),
        "Comment",
    },
    "Catch": {"ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"},
}
_PARTS = ("ItemReader", "ItemBatcher", "ResultWriter")


@rule(
    code="NAWS-ASL-009",
    level="limit",
    title="A state has only the fields of its type, and each of its parts its own",
    source=LANGUAGE_SPEC,
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}
    }}""",
    fix="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]}
    }}""",
)
def fields_of_type(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses every other field, a misspelt one too: `Field '…' is not supported`.

    Only Task, Parallel and Map states retry and catch; only a Task has a timeout; Choice states lead on by their rules.
    The machine, its branches, what is done with an item, retriers, catchers and the rules of a Choice state have fields
    of their own, too.
    """
    for scope in definition.scopes:
        yield from _unknown_fields(scope.path, scope.fields, _of_scope(scope), f"{_title(scope)} has")
    for state in definition.states:
        if state.type:
            yield from _unknown_fields(state.path, state.fields, _FIELDS[state.type], f"a {state.type} state has")
        for path, each, top in rules(state):
            yield from _unknown_fields(path, each, fields_of_rule(state.language, top=top), "a rule has here")
        for name, allowed in _HANDLERS.items() if state.type in _HANDLED else ():
            for path, each in objects(state.fields.get(name), f"{state.path}.{name}"):
                yield from _unknown_fields(path, each, allowed, "a retrier has" if name == "Retry" else "a catcher has")


def _unknown_fields(path: str, fields: Mapping[str, Any], allowed: set[str], owner: str) -> Iterator[Finding]:
    """Fields that the owner does not have; those that every state has are not listed as expected."""
    every = allowed | (_EVERY if owner.endswith("state has") else set[str]())
    for name in fields:
        if name not in every and not has_token(name):
            near = nearest(name, every)
            yield Finding(
                path=f"{path}.{name}",
                value=fields[name],
                expected=f"a field that {owner}: {', '.join(sorted(allowed))}",
                remedy=(f'"{near}": …\n' if near else "") + f"omit {name}",
            )


def _of_scope(scope: Scope) -> set[str]:
    if scope.holder is None:
        return {*_SCOPE, "Version", "TimeoutSeconds"}
    return {*_SCOPE, "ProcessorConfig"} if scope.holder.type == "Map" else _SCOPE


def _title(scope: Scope) -> str:
    if scope.holder is None:
        return "a state machine"
    return "what a Map state does with an item" if scope.holder.type == "Map" else "a branch"


@rule(
    code="NAWS-ASL-010",
    level="limit",
    title="A state has the fields that its type needs",
    source=LANGUAGE_SPEC,
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Task", "End": true}
    }}""",
    fix="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}
    }}""",
)
def needed_fields(definition: Definition) -> Iterator[Finding]:
    """Step Functions could not work without it, and refuses the definition.

    A Task has `Resource`, a Choice a rule, a Parallel a branch, a Map `ItemProcessor`, a Wait exactly one time; every
    rule and every catcher has `Next`. A rule has a `Condition` in JSONata, in JSONPath a `Variable` and an operator.
    """
    for state in definition.states:
        yield from _needed_by_type(state)
        for name in ("Choices", "Catch"):
            for path, each in objects(state.fields.get(name), f"{state.path}.{name}"):
                if each.get("Next") is None:
                    yield _needs(path, "no Next", "Next, with the name of a state", '"Next": "…"')
                if name == "Choices" and state.language == "JSONata" and each.get("Condition") is None:
                    yield _needs(path, "no Condition", "a Condition", '"Condition": "{% $states.input.ready %}"')


def _needed_by_type(state: State) -> Iterator[Finding]:
    def missing(*names: str) -> bool:
        return all(state.fields.get(name) is None for name in names)

    for path, each, top in rules(state) if state.language == "JSONPath" else ():
        if what := lacks(each, top=top):
            remedy = '"Variable": "$.…", "StringEquals": "…"' if what == "Variable" else '"StringEquals": "…"'
            yield _needs(path, f"no {what}", "a Variable and an operator, or And, Or or Not", remedy)
    if state.type == "Task" and missing("Resource"):
        remedy = '"Resource": "arn:aws:states:::lambda:invoke"'
        yield _needs(state.path, "no Resource", "Resource, with the ARN of what the task calls", remedy)
    if state.type == "Choice" and _empty(state.fields.get("Choices")):
        remedy = '"Choices": [{"Condition": "{% … %}", "Next": "…"}]'
        yield _needs(f"{state.path}.Choices", state.fields.get("Choices"), "a list with at least one rule", remedy)
    if state.type == "Parallel" and _empty(state.fields.get("Branches")):
        remedy = '"Branches": [{"StartAt": "…", "States": {…}}]'
        yield _needs(f"{state.path}.Branches", state.fields.get("Branches"), "a list with at least one branch", remedy)
    if state.type == "Map" and missing("ItemProcessor", "Iterator"):
        remedy = '"ItemProcessor": {"StartAt": "…", "States": {…}}'
        yield _needs(state.path, "no ItemProcessor", "ItemProcessor, with the states for one item", remedy)
    if state.type == "Wait":
        times = [name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if not missing(name)]
        if len(times) != 1:
            found = " and ".join(times) if times else "no time"
            yield _needs(state.path, found, "exactly one of Seconds and Timestamp", '"Seconds": 60')


def _needs(path: str, value: object, expected: str, remedy: str) -> Finding:
    shown = Verbatim(value) if isinstance(value, str) else value
    return Finding(path=path, value=shown, expected=expected, remedy=remedy)


def _empty(value: object) -> bool:
    """Whether it is known to be no list with something in it."""
    return not has_token(value) and not any(map(is_object, listed(value)))


@rule(
    code="NAWS-ASL-011",
    level="limit",
    title="A JSONata state has no field of JSONPath",
    source=f"{GUIDE}transforming-data.html",
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "Parameters": {"id": 1}, "End": true}
    }}""",
    fix="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "Output": {"id": 1}, "End": true}
    }}""",
)
def no_paths(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it: `field '…' is only supported for the 'JSONPath' QueryLanguage`.

    `Arguments` and `Output` do what `Parameters`, `Result`, `ResultSelector` and the paths do.
    """
    for state in definition.states:
        if state.language == "JSONata":
            instead = "an expression, in Arguments, Output, Assign or the field without Path"
            yield from _of_other_language(state, _ONLY_PATH, instead)


@rule(
    code="NAWS-ASL-012",
    level="limit",
    title="A JSONPath state has no field of JSONata",
    source=f"{GUIDE}transforming-data.html",
    example="""
    {"QueryLanguage": "JSONPath", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "Output": {"id": 1}, "End": true}
    }}""",
    fix="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "Output": {"id": 1}, "End": true}
    }}""",
)
def no_expressions(definition: Definition) -> Iterator[Finding]:
    """Step Functions refuses it: `field '…' is only supported for the 'JSONata' QueryLanguage`.

    The machine's language is JSONPath where none is given, also for the states inside of a JSONata Map or Parallel.
    """
    for state in definition.states:
        if state.language == "JSONPath":
            yield from _of_other_language(
                state, _ONLY_JSONATA, '"QueryLanguage": "JSONata" of the state or the machine'
            )


def _of_other_language(state: State, names: set[str], expected: str) -> Iterator[Finding]:
    for path, fields in _parts(state):
        for name in fields:
            if name in names:
                remedy = '"Output": …  # instead of Result' if name == "Result" else f"omit {name}"
                yield Finding(path=f"{path}.{name}", value=fields[name], expected=expected, remedy=remedy)


def _parts(state: State) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a state that have fields of a query language."""
    if not state.type:
        return
    yield state.path, {name: value for name, value in state.fields.items() if name in _FIELDS[state.type]}
    for name in {"Choices", "Catch"} & _FIELDS[state.type]:
        yield from objects(state.fields.get(name), f"{state.path}.{name}")
    for name in _PARTS if state.type == "Map" else ():
        part = state.fields.get(name)
        if is_object(part):
            yield f"{state.path}.{name}", part
            if is_object(part.get("ReaderConfig")):
                yield f"{state.path}.{name}.ReaderConfig", part["ReaderConfig"]


@rule(
    code="NAWS-ASL-013",
    level="limit",
    title="The query language is JSONPath or JSONata, and of a JSONata machine JSONata",
    source=f"{GUIDE}transforming-data.html",
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}
    }}""",
    fix="""
    {"QueryLanguage": "JSONPath", "StartAt": "Load", "TimeoutSeconds": 3600, "States": {
      "Load": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}
    }}""",
)
def language(definition: Definition) -> Iterator[Finding]:
    """Only the other way round is possible: a JSONPath machine may have JSONata states.

    What a Map state does with an item has no language of its own: each of its states may have one.
    """
    names = ("JSONPath", "JSONata")
    givers = [(definition.path, definition.fields), *((state.path, state.fields) for state in definition.states)]
    for path, fields in givers:
        given = fields.get("QueryLanguage", "JSONPath")
        if not has_token(given) and given not in names:
            near = nearest(given, names) if isinstance(given, str) else ""
            yield _needs_language(path, given, one_of(names), f'"QueryLanguage": "{near or "JSONata"}"')
    for state in definition.states:
        if definition.language == "JSONata" and state.fields.get("QueryLanguage") == "JSONPath":
            remedy = "omit QueryLanguage, and write the state in JSONata"
            yield _needs_language(state.path, "JSONPath", "JSONata, as the machine has", remedy)
    for scope in definition.scopes:
        if scope.holder is not None and scope.holder.type == "Map" and "QueryLanguage" in scope.fields:
            given = scope.fields["QueryLanguage"]
            yield _needs_language(scope.path, given, "QueryLanguage of each state in it", "omit QueryLanguage")


def _needs_language(path: str, value: object, expected: str, remedy: str) -> Finding:
    return Finding(path=f"{path}.QueryLanguage", value=value, expected=expected, remedy=remedy)


FIELD_RULES = (fields_of_type, needed_fields, no_paths, no_expressions, language)
