"""Diagnostics of definitions that Step Functions refuses, in AWS's own form.

    text ── diagnostics ──> Diagnostic ── refusal ──> Invalid State Machine Definition: 'CODE: message at /States/…'

What is wrong is found by the rules of `naws.core`; the messages are those of AWS where an answer is recorded
(tests/conformance/refused_definitions.json names each recording), and otherwise say what the rule expects.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from naws.cli.embedded.departures.json_values import is_object
from naws.core.issues import Issue
from naws.core.rules.asl import definition_issues
from naws.core.rules.asl_forms import LARGEST_NUMBER
from naws.core.rules.asl_scopes import read

_SCHEMA, _TARGET, _NO_END = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", "MISSING_END_STATE"
_STEP = re.compile(r'\["(?P<name>.*?)"\](?=[.\[]|$)|\[(?P<index>\d+)\]|\.(?P<field>[^.\[]+)', re.DOTALL)
_ORDER = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"]
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector")
# Limits of a run, not of a definition. Values above 256 KiB create a machine whose executions fail (recorded,
# test_states_errors.snapshot.json, 2024-03-21); that the others are refused at creation nobody recorded. An expression
# that does not parse is MiniStack's to refuse.
_FAILS_LATER = frozenset(
    {
        *("NAWS-ASL-015", "NAWS-ASL-020", "NAWS-ASL-023", "NAWS-ASL-034", "NAWS-ASL-041", "NAWS-ASL-044"),
        *("NAWS-ASL-056", "NAWS-FLOW-011"),
    }
)

# Step Functions' guide, "Run Amazon ECS or Fargate tasks" (supported parameters), and aws-cdk-lib's EcsRunTask.
_OF_RUN_TASK = frozenset(
    {
        "CapacityProviderStrategy",
        "Cluster",
        "EnableExecuteCommand",
        "Group",
        "LaunchType",
        "NetworkConfiguration",
        "Overrides",
        "PlacementConstraints",
        "PlacementStrategy",
        "PlatformVersion",
        "PropagateTags",
        "TaskDefinition",
    }
)


Places = Mapping[str, Sequence[str | int]]
"""The keys and indexes that lead to each state, by its name."""


@dataclass(frozen=True)
class Diagnostic:
    """One reason for a refusal.

    Attributes:
        code: such as SCHEMA_VALIDATION_FAILED.
        message: what is wrong.
        location: where, such as `/States/Load/Catch[0]`; None where AWS gives none.
    """

    code: str
    message: str
    location: str | None

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location or 'null'}"


def refusal(found: list[Diagnostic]) -> str:
    """The message of `InvalidDefinition`."""
    return f"Invalid State Machine Definition: '{', '.join(map(str, found))}'"


def diagnostics(text: str, machine_type: str = "STANDARD") -> list[Diagnostic]:
    """Everything for which Step Functions refuses a definition; empty when it takes it.

    Args:
        text: the definition as a request has it.
        machine_type: STANDARD or EXPRESS.
    """
    if not text.strip():
        return [Diagnostic(_SCHEMA, "Definition must be a valid JSON object", None)]
    try:
        definition = json.loads(text)
    except ValueError as error:
        return [_no_json(text, error)]
    if not is_object(definition):
        return [Diagnostic(_SCHEMA, "Definition must be a valid JSON object", None)]
    issues = definition_issues(definition)
    places = _places(definition)
    limits = [issue for issue in issues if issue.level == "limit" and issue.code not in _FAILS_LATER]
    found = [*_missing_fields(limits, places)]
    found += [_diagnostic(each, definition, places) for each in limits if not _is_missing(each)]
    if any(each.code == _NO_END for each in found):  # then nobody looks for states that nothing leads to
        found = [each for each in found if not each.message.endswith("is not reachable.")]
    express = _of_express(definition) if machine_type == "EXPRESS" else ()
    return [*dict.fromkeys((*found, *_of_run_task(definition), *express))]


def _no_json(text: str, error: ValueError) -> Diagnostic:
    position = getattr(error, "pos", 0)
    token = re.match(r"\w+", text[position:])
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    problem = str(getattr(error, "msg", error))
    if token:
        problem = f"Unrecognized token '{token[0]}': was expecting (JSON String, Number, Array, Object or token"
        problem, column = f"{problem} 'null', 'true' or 'false')", column + len(token[0])
    source = f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    return Diagnostic("INVALID_JSON_DESCRIPTION", f"{problem}\n at {source}", source)


def _is_missing(issue: Issue) -> bool:
    """Whether a scope has no StartAt or no States at all: one diagnostic is for both."""
    return issue.value == "None" and (
        (issue.code == "NAWS-ASL-001" and issue.path.endswith(".StartAt"))
        or (issue.code == "NAWS-ASL-007" and issue.path.endswith(".States"))
    )


def _missing_fields(issues: list[Issue], places: Places) -> Iterator[Diagnostic]:
    missing: dict[str, set[str]] = {}
    for issue in filter(_is_missing, issues):
        scope, _, field = issue.path.rpartition(".")
        missing.setdefault(scope, set()).add(field)
    for scope, fields in missing.items():
        names = ", ".join(name for name in ("States", "StartAt") if name in fields)
        yield Diagnostic(_SCHEMA, f"These fields are required: [{names}]", _location(_steps(scope, places)))


def _steps(path: str, places: Places) -> list[str | int]:
    """The keys and indexes of an issue's path, from the definition's root."""
    steps: list[str | int] = [
        int(step["index"]) if step["index"] else step["name"] if step["name"] is not None else step["field"]
        for step in _STEP.finditer(f".{path}")
    ]
    if steps[:1] == ["states"] and len(steps) > 1:
        return [*places.get(str(steps[1]), ["States", steps[1]]), *steps[2:]]
    return steps[1:]


def _places(definition: Mapping[str, Any]) -> Places:
    """Where each state stands, by its name; of two with one name the first, as in the paths of issues."""
    places: dict[str, list[str | int]] = {}
    for scope in read(definition).scopes:
        around = _steps(scope.path, places)
        for name in scope.states:
            places.setdefault(name, [*around, "States", name])
    return places


def _location(steps: list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f"/{step}" for step in steps) or "/"


def _value(definition: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            definition = definition[step]
        except (KeyError, IndexError, TypeError):
            return None
    return definition


@dataclass(frozen=True)
class _Found:
    """An issue, with the value at its path."""

    steps: list[str | int]
    value: Any
    issue: Issue

    @property
    def field(self) -> str:
        return str(self.steps[-1]) if self.steps else ""

    @property
    def parent(self) -> str:
        return _location(self.steps[:-1])

    def at(self, code: str, message: str) -> Diagnostic:
        return Diagnostic(code, message.format(self), _location(self.steps))


def _diagnostic(issue: Issue, definition: Mapping[str, Any], places: Places) -> Diagnostic:
    steps = _steps(issue.path, places)
    found = _Found(steps, _value(definition, steps), issue)
    if issue.code in _PLAIN:
        return found.at(*_PLAIN[issue.code])
    known = _RECORDED.get(issue.code)
    return (known and known(found)) or found.at(_SCHEMA, "Expected {0.issue.expected}, but was {0.issue.value}")


def _no_end(_: _Found) -> Diagnostic:
    return Diagnostic(_NO_END, "Workflow has no terminal state", None)


def _type(found: _Found) -> Diagnostic | None:
    text = f"The field 'Type' should have one of these values: [{', '.join(_ORDER)}]"
    return found.at(_SCHEMA, text) if found.field == "Type" else None


def _name(found: _Found) -> Diagnostic:
    if "characters" in found.issue.value:
        return found.at("INVALID_STATE_NAME", "Expected {0.issue.expected}")
    return found.at("DUPLICATE_STATE_NAME", "Duplicate State name: {0.field}")


def _unsupported(found: _Found) -> Diagnostic:
    return Diagnostic(_SCHEMA, f"Field '{found.field}' is not supported", found.parent)


def _needed(found: _Found) -> Diagnostic | None:
    return found.at(_SCHEMA, "Value cannot be empty") if found.value == [] else None


def _other_language(own: str, other: str, found: _Found) -> Diagnostic:
    text = f"The QueryLanguage is set to '{own}', but field '{found.field}' is only supported for the '{other}'"
    return Diagnostic(_SCHEMA, f"{text} QueryLanguage", found.parent)


def _language(found: _Found) -> Diagnostic | None:
    if found.value not in ("JSONPath", "JSONata"):
        return None
    if len(found.steps) > 1 and found.steps[-2] in ("ItemProcessor", "Iterator"):
        return _unsupported(found)
    text = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    return Diagnostic(_SCHEMA, text, found.parent)


def _all(found: _Found) -> Diagnostic:
    location = _location([*found.steps, list(found.value).index("States.ALL")])
    return Diagnostic(_SCHEMA, "States.ALL must appear alone and at end of list", location)


def _intrinsic(found: _Found) -> Diagnostic:
    """AWS names the key, and locates the field of the state that holds it."""
    steps = found.steps
    field = next(index for index, step in enumerate(steps) if step in _TEMPLATES and steps[index - 2] == "States")
    text = f"The value for the field '{steps[-2]}.$' must be a valid JSONPath or a valid intrinsic function call"
    return Diagnostic(_SCHEMA, text, _location(steps[: field + 1]))


def _form(found: _Found) -> Diagnostic | None:
    """Recorded of a wait: cfn-lint's report of 2025-04-05 quotes CloudFormation."""
    large = isinstance(found.value, int) and found.value > LARGEST_NUMBER
    return found.at(_SCHEMA, f"Maximum value is {LARGEST_NUMBER}") if large else None


def _argument(found: _Found) -> Diagnostic:
    """Recorded of `sagemaker:createTrainingJob`: aws-cdk's issue 10014 quotes CloudFormation."""
    return Diagnostic(_SCHEMA, f"The field '{found.field}' is not supported by Step Functions", found.parent)


_NOT_A_RESOURCE = "The value is not a valid resource ARN, or the resource is not available in this region."
_PLAIN: Mapping[str, tuple[str, str]] = {
    "NAWS-ASL-001": (_TARGET, "Missing 'Next' target: {0.value}"),
    "NAWS-ASL-002": (_TARGET, "Missing 'Next' target: {0.value}"),
    "NAWS-ASL-005": (_TARGET, 'State "{0.field}" is not reachable.'),
    "NAWS-ASL-042": (_SCHEMA, f"The resource provided {{0.value}} is not recognized. {_NOT_A_RESOURCE}"),
    "NAWS-ASL-043": (_SCHEMA, f"The resource provided {{0.value}} is not recognized. {_NOT_A_RESOURCE}"),
    "NAWS-ASL-045": (_SCHEMA, "String does not match RFC3339 timestamp"),
    "NAWS-ASL-048": (_SCHEMA, "The field 'RoleArn' is required but was missing"),
}
"""Code and message of AWS by the rule that finds the same fault, where it is located at the issue's path."""
_RECORDED: Mapping[str, Callable[[_Found], Diagnostic | None]] = {
    "NAWS-ASL-006": _no_end,
    "NAWS-ASL-007": _type,
    "NAWS-ASL-008": _name,
    "NAWS-ASL-009": _unsupported,
    "NAWS-ASL-010": _needed,
    "NAWS-ASL-011": partial(_other_language, "JSONata", "JSONPath"),
    "NAWS-ASL-012": partial(_other_language, "JSONPath", "JSONata"),
    "NAWS-ASL-013": _language,
    "NAWS-ASL-025": _all,
    "NAWS-ASL-047": _intrinsic,
    "NAWS-ASL-049": _form,
    "NAWS-ASL-055": _argument,
}
"""By rule: the function that makes AWS's diagnostic, or None when the rule has found some other fault."""


def _of_run_task(definition: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Parameters of ECS that the integration does not know."""
    places = _places(definition)
    for state in read(definition).states:
        if state.type != "Task" or not str(state.fields.get("Resource")).startswith("arn:aws:states:::ecs:runTask"):
            continue
        for field in ("Arguments", "Parameters"):
            given = state.fields.get(field)
            for name in given if is_object(given) else ():
                if name.removesuffix(".$") not in _OF_RUN_TASK:
                    text = f"The field '{name}' is not supported by Step Functions"
                    yield Diagnostic(_SCHEMA, text, _location([*_steps(state.path, places), field]))


def _of_express(definition: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Diagnostics of Task states that EXPRESS state machines do not support: callbacks, ``.sync`` and activities."""
    places = _places(definition)
    for state in read(definition).states:
        resource = state.fields.get("Resource")
        if state.type != "Task" or not isinstance(resource, str):
            continue
        text = ""
        if resource.endswith(".waitForTaskToken"):
            text = "'.waitForTaskToken' service integration "
        elif resource.endswith((".sync", ".sync:2")):
            text = "'.sync' service integration"
        elif re.fullmatch(r"arn:[^:]+:states:[^:]+:\d{12}:activity:.+", resource):
            text = "Activity ARN"
        if text:
            location = _location([*_steps(state.path, places), "Resource"])
            yield Diagnostic(_SCHEMA, f"Express state machine does not support {text}", location)
