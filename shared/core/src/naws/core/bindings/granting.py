"""What the bindings of single resources share: statements, the right to use a key, and how a resource is named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import aws_kms as kms

from naws.core.bindings.needs import Needs, Source, Statement
from naws.core.homes import Home
from naws.core.key_access import use_of_key


def allow(actions: Sequence[str], *resources: str, conditions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A statement that allows these actions on these resources, as CloudFormation has it."""
    resource = resources[0] if len(resources) == 1 else list(resources)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**statement, "Condition": conditions} if conditions else statement


def needs_of(
    source: Source,
    statements: Sequence[Statement],
    variables: Mapping[str, str],
    *,
    key: kms.IKey | None = None,
    wildcards: Mapping[str, str] | None = None,
) -> Needs:
    """Return what a program needs of one source: its statements, the right to use its key, and its variables.

    Args:
        source: whose it is; what it has of a key counts as far as there is one, and what says that none is known as far
            as there is none.
        statements: beside the one for the key.
        variables: by their names.
        key: the customer's key that is known to encrypt it.
        wildcards: of the statements. Omitted: none.
    """
    if key is None:
        source = replace(source, key_actions=())
        return Needs(statements=statements, wildcards=wildcards or {}, variables=variables, sources=(source,))
    use = use_of_key(key, *source.key_actions, through=(source.key_used_by, source.home.region or key.env.region))
    return Needs(
        statements=[*statements, use.statement],
        wildcards={**(wildcards or {}), **use.wildcards},
        variables=variables,
        sources=(replace(source, key_unknown=""),),
    )


def address(home: Home, here: Home, name: str, arn: str) -> str:
    """The name of a resource; its ARN when it is known to be another account's, whose names mean nothing here."""
    return name if None in (home.account, here.account) or home.account == here.account else arn
