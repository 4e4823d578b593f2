"""Answers to what cdk-nag finds in a template, one by one and each with its reason.

Without cdk-nag in the app they cost a line of metadata; with it, reviewers see why a finding stands.
"""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from constructs import IConstruct

from naws.core.stacks import stack_of


def acknowledge_nag(scope: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding under `scope`, such as `AwsSolutions-S1`."""
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))


def acknowledge_nag_wildcard(scope: IConstruct, resource: str, reason: str) -> None:
    """Accept one wildcard resource in the policies under `scope`.

    Args:
        scope: the role.
        resource: the resource as the statement has it; tokens are spelled as cdk-nag spells them.
        reason: why it cannot be narrower.
    """
    acknowledge_nag(scope, f"AwsSolutions-IAM5[Resource::{_spelled(cdk.Stack.of(scope).resolve(resource))}]", reason)


def acknowledge_nag_wildcards(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    """The same of several resources at once, each with its reason."""
    spelled = cast("list[Any]", stack_of(scope).resolve(list(reasons)))
    acknowledged = [
        cdk.Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{_spelled(resource)}]", reason=reason)
        for resource, reason in zip(spelled, reasons.values(), strict=True)
    ]
    cdk.Validations.of(scope).acknowledge(*acknowledged)


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
