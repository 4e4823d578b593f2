"""Rules on what the role of a state machine may do: what its steps need, and no more.

Judged only when all statements of the role are known. A resource that is not known, or a condition, is taken for right.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from naws.core.rule import Finding, advice, practice
from naws.core.rules.asl_integrations import call_of, function_of, literal
from naws.core.rules.asl_scopes import GUIDE, Scope, State, is_object, mapping
from naws.core.rules.iam_actions import actions_of, resource_of
from naws.core.rules.values import Field, is_text
from naws.core.rules.workflow import Workflow
from naws.core.text import as_list
from naws.core.tokens import has_token

_POLICIES = f"{GUIDE}service-integration-iam-templates.html"
_OF_MAPS = f"{GUIDE}iam-policies-eg-dist-map.html"
_OF_CHILDREN = ("states:StartExecution", "states:DescribeExecution", "states:StopExecution")
_READING = {"listObjectsV2": "s3:ListBucket", "getObject": "s3:GetObject"}
_OFTEN_DIRECT = {"batch", "codebuild", "dynamodb", "ecs", "lambda", "sns", "sqs"}
"""Services that are called by steps, and seldom by what a step calls with the role of the state machine."""


@dataclass(frozen=True)
class Permissions:
    """The statements of a role."""

    statements: Sequence[Mapping[str, Any]]

    def lacking(self, actions: Collection[str], resource: str = "") -> list[str]:
        """Those that no statement allows; the first of them on the resource, when that is known."""
        return [each for index, each in enumerate(actions) if not self._allows(each, "" if index else resource)]

    def _allows(self, action: str, resource: str) -> bool:
        return any(
            each.get("Effect", "Allow") == "Allow" and _names(each, action) and _applies(each, resource)
            for each in self.statements
        )


def _names(statement: Mapping[str, Any], action: str) -> bool:
    name = "Action" if "Action" in statement else "NotAction"
    named = any(not is_text(each) or _like(action.lower(), each.lower()) for each in as_list(statement.get(name)))
    return named if name == "Action" else not named


def _applies(statement: Mapping[str, Any], resource: str) -> bool:
    if not resource or "Resource" not in statement:
        return True
    return any(not is_text(each) or _like(resource, each) for each in as_list(statement["Resource"]))


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _example(statements: str, *, more: str = "") -> str:
    return (
        '{"Definition": {"QueryLanguage": "JSONata", "StartAt": "Send", "TimeoutSeconds": 3600, "States": {\n'
        '  "Send": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true}\n'
        f'}}}}, "LoggingConfiguration": {{"Level": "ALL"}}, "Statements": [\n  {statements}\n]{more}}}'
    )


_SENDS = '{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-central-1:123456789012:orders"}'
_MAP = """{"Definition": {"QueryLanguage": "JSONata", "StartAt": "Each", "TimeoutSeconds": 3600, "States": {
  "Each": {"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED",
    "ExecutionType": "STANDARD"}, "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}}
}}, "LoggingConfiguration": {"Level": "ALL"}, "Statements": [
  {"Effect": "Allow", "Resource": "*", "Action": [ACTIONS]}
]}"""


@practice(
    code="NAWS-FLOW-007",
    title="The role of a state machine may do what its steps do",
    source=_POLICIES,
    example=_example(_SENDS.replace("SendMessage", "ReceiveMessage")),
    fix=_example(_SENDS),
)
def needed(workflow: Workflow) -> Iterator[Finding]:
    """The step is refused in every execution: `… is not authorized to perform …`.

    A job that is waited for by `.sync` also needs the rights to read its state and to write the rule that notices its
    end. What a step does with a role of its own in `Credentials` needs `sts:AssumeRole` on that role.
    """
    if workflow.statements is None:
        return
    may = Permissions(workflow.statements)
    for state in workflow.definition.of("Task"):
        actions, resource = _of_step(state)
        lacking = may.lacking(actions, resource)
        if lacking:
            of = f" on {resource}" if resource and lacking[0] == actions[0] else ""
            yield _lacking(state.at("Resource"), lacking, of)


def _of_step(state: State) -> tuple[Sequence[str], str]:
    """The permissions that a step needs, and the resource of the first."""
    if "Credentials" in state.given:
        return ("sts:AssumeRole",), ""
    call = call_of(state)
    if call is not None:
        return actions_of(call), resource_of(call)
    function = literal(function_of(state))
    return (("lambda:InvokeFunction",), function) if function else ((), "")


def _lacking(field: Field, lacking: Sequence[str], of: str = "") -> Finding:
    text = ", ".join(lacking)
    listed = ", ".join(f'"{each}"' for each in lacking)
    remedy = f"bindings=[…]  # of what it calls\niam.PolicyStatement(actions=[{listed}], resources=[…])  # of its role"
    return field.finding(f"{text} among what the role may do{of}", remedy, shown=f"a role without {lacking[0]}")


@practice(
    code="NAWS-FLOW-008",
    title="The role of a state machine with a distributed map may start and read the executions of its items",
    source=_OF_MAPS,
    example=_MAP.replace("ACTIONS", '"states:StartExecution"'),
    fix=_MAP.replace("ACTIONS", ", ".join(f'"{each}"' for each in _OF_CHILDREN)),
)
def of_maps(workflow: Workflow) -> Iterator[Finding]:
    """The map fails before the first item is worked on, or its executions go on when it is stopped.

    What it reads from a bucket and what it writes there needs rights, too.
    """
    if workflow.statements is None:
        return
    may = Permissions(workflow.statements)
    for scope in workflow.definition.scopes:
        holder = scope.holder
        if scope.distributed and holder is not None:
            lacking = may.lacking([*_OF_CHILDREN, *_of_buckets(scope)])
            if lacking:
                yield _lacking(Field(holder.path), lacking)


def _of_buckets(scope: Scope) -> Iterator[str]:
    fields: Mapping[str, Any] = {} if scope.holder is None else scope.holder.fields
    reader = mapping(fields.get("ItemReader")).get("Resource")
    if is_text(reader) and (action := _READING.get(reader.rpartition(":")[2])):
        yield action
    writer = mapping(fields.get("ResultWriter")).get("Resource")
    if is_text(writer):
        yield "s3:PutObject"


@practice(
    code="NAWS-FLOW-009",
    title="The role of a state machine may not do everything with a service",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    example=_example(_SENDS.replace("sqs:SendMessage", "sqs:*")),
    fix=_example(_SENDS),
)
def no_wildcards(workflow: Workflow) -> Iterator[Finding]:
    """Whoever can change the definition, or what it is given, could delete what it only has to read."""
    for statement in workflow.statements or ():
        for action in as_list(statement.get("Action")) if statement.get("Effect", "Allow") == "Allow" else ():
            if is_text(action) and re.fullmatch(r"\*|[\w-]+:\*", action):
                remedy = 'iam.PolicyStatement(actions=["service:Action"], resources=["arn:…"])'
                yield workflow.at("role", action).finding("the actions that the steps need", remedy)


@advice(
    code="NAWS-FLOW-017",
    title="The role of a state machine may do only what its steps do",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    example=_example(f"{_SENDS},\n  {_SENDS.replace('sqs:SendMessage', 'dynamodb:DeleteItem')}"),
    fix=_example(_SENDS),
)
def no_more(workflow: Workflow) -> Iterator[Finding]:
    """A right that no step uses was forgotten, or a step was.

    Judged are services that are called by steps alone, such as Lambda, DynamoDB and SQS, when each step is known.
    """
    steps = list(workflow.definition.of("Task"))
    if workflow.statements is None or any(_unknown(each) for each in steps):
        return
    used = {each.partition(":")[0] for step in steps for each in _of_step(step)[0]}
    used |= {call.service for step in steps if (call := call_of(step)) is not None}
    granted = {
        action
        for statement in workflow.statements
        for action in as_list(statement.get("Action"))
        if is_text(action) and statement.get("Effect", "Allow") == "Allow"
    }
    for action in sorted(granted):
        if (service := action.partition(":")[0]) in _OFTEN_DIRECT - used and not action.endswith(":*"):
            expected = f"a step that calls {service}, or a role that may not"
            yield workflow.at("role", action).finding(expected, f"omit {action}")


def _unknown(state: State) -> bool:
    """Whether nobody knows what a step calls, or as whom."""
    resource = state.fields.get("Resource")
    return not isinstance(resource, str) or has_token(resource) or is_object(state.fields.get("Credentials"))


PERMISSION_RULES = (needed, of_maps, no_wildcards, no_more)
