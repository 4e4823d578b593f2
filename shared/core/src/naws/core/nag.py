"""Answers to what cdk-nag finds in a template, one by one and each with its reason.

Without cdk-nag in the app they cost a line of metadata; with it, reviewers see why a finding stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from constructs import IConstruct

from naws.core.batching import batched
from naws.core.stacks import stack_of
from naws.core.tokens import has_token


def acknowledge_nag(scope: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding under `scope`, such as `AwsSolutions-S1`."""
    batched(acknowledge_nag, _write, _Answer(scope, finding, reason))


def acknowledge_nag_wildcards(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept wildcard resources in the policies under `scope`.

    Args:
        scope: the role, or the whole pattern for what is its own; never for `*`, which would hide what users allow.
        reasons: why each cannot be narrower, by the resource as the statement has it.
    """
    for resource, reason in reasons.items():
        batched(acknowledge_nag, _write, _Answer(scope, resource, reason, wildcard=True))


@dataclass(frozen=True)
class _Answer:
    scope: IConstruct
    subject: str
    reason: str
    wildcard: bool = False


def _write(answers: Sequence[_Answer]) -> None:
    """One call for each scope, and one for the resources of each stack."""
    spelled = _spelled_in_stacks([each for each in answers if each.wildcard])
    by_scope: dict[IConstruct, dict[str, str]] = {}
    for each in answers:
        finding = f"AwsSolutions-IAM5[Resource::{spelled[each]}]" if each.wildcard else each.subject
        by_scope.setdefault(each.scope, {})[finding] = each.reason
    for scope, reasons in by_scope.items():
        validations = cdk.Validations.of(scope)
        validations.acknowledge(*(cdk.Acknowledgment(id=finding, reason=reason) for finding, reason in reasons.items()))


def _spelled_in_stacks(answers: Sequence[_Answer]) -> dict[_Answer, str]:
    """The resources as cdk-nag spells them: tokens by the logical ids that only Node knows."""
    found = {each: each.subject for each in answers}
    by_stack: dict[cdk.Stack, list[_Answer]] = {}
    for each in answers:
        if has_token(each.subject):
            by_stack.setdefault(stack_of(each.scope), []).append(each)
    for stack, every in by_stack.items():
        resolved: list[Any] = stack.resolve([each.subject for each in every])
        found |= {each: _spelled(value) for each, value in zip(every, resolved, strict=True)}
    return found


def _spelled(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", r"<\1>", text)
        case {"Fn::Join": [separator, parts]}:
            return cast("str", separator).join(_spelled(part) for part in cast("list[Any]", parts))
        case _:
            return str(value)
