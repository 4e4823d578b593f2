"""What IAM's policy simulator is asked of a role: each action on its own resource, and on a neighbour of it."""

import fnmatch
import importlib.resources
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from naws.testing._policies import as_list
from verdicts import Level

_ANYTHING = "account-check"
"""What a wildcard stands for: any name does."""
_NEIGHBOUR = "neighbour-of-"
_COMPARED = ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool", "ForAnyValue:StringEquals")


@dataclass(frozen=True)
class Question:
    """One statement's actions, on the resources that it names and on their neighbours.

    Attributes:
        actions: without wildcards, which the simulator does not take.
        resources: likewise; empty for `*`.
        neighbours: by action, resources of the same kind that nothing of the role allows.
        context: the values that the statement's conditions ask for.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    neighbours: Mapping[str, tuple[str, ...]]
    context: tuple[dict[str, Any], ...]


class NotSimulatedError(ValueError):
    """A statement that has no single question, such as one of NotAction."""


def questions(policies: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    """A question for each statement that allows something.

    Raises:
        NotSimulatedError: a statement cannot be asked about.
    """
    allowed = [s for policy in policies for s in as_list(policy["Statement"]) if s["Effect"] == "Allow"]
    for statement in allowed:
        if "NotAction" in statement or "NotResource" in statement:
            raise NotSimulatedError(f"NotAction or NotResource in {statement.get('Sid', 'a statement')}")
        named = [resource for resource in as_list(statement["Resource"]) if resource != "*"]
        actions = tuple(concrete_action(action) for action in as_list(statement["Action"]))
        neighbours = {action: tuple(_neighbours(action, named, allowed)) for action in actions}
        yield Question(actions, tuple(_named(one) for one in named), neighbours, tuple(_context(statement)))


def answer(iam: Any, policies: Sequence[Mapping[str, Any]]) -> tuple[Level, str]:
    """Ask all questions of a role; the first wrong answer is the finding."""
    texts = [json.dumps(policy) for policy in policies]
    try:
        asked = list(questions(policies))
    except NotSimulatedError as error:
        return "warning", f"not simulated: {error}"
    for question in asked:
        own = _decided(iam, texts, question.actions, question.resources, question.context)
        refused = [action for action in question.actions if "allowed" not in own[action].values()]
        if refused:
            decision = next(iter(own[refused[0]].values()), "not answered")
            return "error", f"{refused[0]} on {', '.join(question.resources) or '*'}: {decision}"
        for action, neighbours in question.neighbours.items():
            beside = _decided(iam, texts, [action], neighbours, question.context) if neighbours else {}
            open_ = [arn for arn, decision in beside.get(action, {}).items() if decision == "allowed"]
            if open_:
                return "error", f"{action} is allowed on a neighbour: {open_[0]}"
    return "ok", ""


def _decided(
    iam: Any, policies: list[str], actions: Sequence[str], resources: Sequence[str], context: Sequence[dict[str, Any]]
) -> dict[str, dict[str, str]]:
    """The decision by action and resource; an action that is not answered has none."""
    by_name = {action.lower(): action for action in actions}
    decided: dict[str, dict[str, str]] = {action: {} for action in actions}
    where = {"ResourceArns": list(resources)} if resources else {}
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=policies, ActionNames=list(actions), ContextEntries=list(context), **where
    )
    for page in pages:
        for result in page["EvaluationResults"]:
            decided[by_name[result["EvalActionName"].lower()]][result.get("EvalResourceName", "*")] = result[
                "EvalDecision"
            ]
    return decided


@cache
def _known_actions() -> Mapping[str, Sequence[str]]:
    """Names of the actions of each service, in small letters: the data that cfn-lint judges policies by."""
    path = importlib.resources.files("cfnlint.data.AdditionalSpecs") / "Policies.json"
    return {service: sorted(known["Actions"], key=len) for service, known in json.loads(path.read_text()).items()}


def concrete_action(action: str) -> str:
    """The action itself, or the shortest that its wildcard stands for.

    Raises:
        NotSimulatedError: it stands for none.
    """
    if "*" not in action:
        return action
    service, _, pattern = action.partition(":")
    for name in _known_actions().get(service.lower(), ()):
        if fnmatch.fnmatchcase(name, pattern.lower()):
            return f"{service}:{name}"
    raise NotSimulatedError(f"no action is {action}")


def _named(arn: str) -> str:
    return arn.replace("*", _ANYTHING).replace("?", "x")


def _neighbours(action: str, named: Sequence[str], allowed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    open_ = [
        pattern
        for statement in allowed
        if any(fnmatch.fnmatchcase(action.lower(), one.lower()) for one in as_list(statement.get("Action")))
        for pattern in as_list(statement.get("Resource"))
    ]
    for arn in named:
        neighbour = beside(_named(arn))
        if not any(fnmatch.fnmatchcase(neighbour, pattern) for pattern in open_):
            yield neighbour


def beside(arn: str) -> str:
    """The ARN of another resource of the same kind, account and region: its name begins otherwise."""
    *place, name = arn.split(":", 5)
    if place[2] in ("s3", "sns", "sqs"):
        return ":".join([*place, f"{_NEIGHBOUR}{name}"])
    cut = min((at for at in (name.find("/"), name.find(":")) if at >= 0), default=-1) + 1
    return ":".join([*place, f"{name[:cut]}{_NEIGHBOUR}{name[cut:]}"])


def _context(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for operator, keys in statement.get("Condition", {}).items():
        if operator.removesuffix("IfExists") not in _COMPARED:
            raise NotSimulatedError(f"condition {operator} in {statement.get('Sid', 'a statement')}")
        for key, values in keys.items():
            value = _named(str(as_list(values)[0]))
            kind = "boolean" if operator.startswith("Bool") else "string"
            several = operator.startswith("ForAnyValue:")
            yield {
                "ContextKeyName": key,
                "ContextKeyValues": [value],
                "ContextKeyType": f"{kind}List" if several else kind,
            }
