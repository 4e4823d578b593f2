"""Answers to what cdk-nag finds in a template, one by one and each with its reason.

Without cdk-nag in the app they cost a line of metadata; with it, reviewers see why a finding stands.
"""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from constructs import IConstruct

from naws.core.stacks import kept, stack_of
from naws.core.tokens import has_token


def acknowledge_nag(scope: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding under `scope`, such as `AwsSolutions-S1`."""
    _acknowledge(scope, {finding: reason})


def acknowledge_nag_wildcard(scope: IConstruct, resource: str, reason: str) -> None:
    """Accept one wildcard resource in the policies under `scope`."""
    acknowledge_nag_wildcards(scope, {resource: reason})


def acknowledge_nag_wildcards(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept wildcard resources in the policies under `scope`.

    Args:
        scope: the role; never a whole pattern for `*`, which would hide what its users allow it.
        reasons: why each cannot be narrower, by the resource as the statement has it.
    """
    resources = list(reasons)
    # Tokens are spelled as cdk-nag spells them, by the logical ids that only Node knows.
    resolved: list[Any] = stack_of(scope).resolve(resources) if has_token(resources) else resources
    spelled = (f"AwsSolutions-IAM5[Resource::{_spelled(each)}]" for each in resolved)
    _acknowledge(scope, dict(zip(spelled, reasons.values(), strict=True)))


def _acknowledge(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    validations = kept(scope, "validations", lambda: cdk.Validations.of(scope))
    validations.acknowledge(*(cdk.Acknowledgment(id=finding, reason=reason) for finding, reason in reasons.items()))


def _spelled(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return cast("str", separator).join(_spelled(part) for part in cast("list[Any]", parts))
        case _:
            return str(value)
