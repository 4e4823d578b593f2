"""Keys of KMS as policies name them: by the key's own ARN, never by an alias, which is another resource.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
"""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from naws.core.nag import acknowledge_nag_wildcards
from naws.core.stacks import asked

AWS_MANAGED = "alias/aws/"
"""The prefix of the aliases of keys that AWS manages for a service; nobody can make others of that name.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

_ALIAS_IN_ARN = ":alias/"
_WHY = "Which key has the alias is not known; the statement is for keys that have it."


def behind(key: kms.IKey) -> kms.IKey:
    """The key that an alias belongs to; `key` itself when it is none, or when only the alias's name is known."""
    while hasattr(key, "alias_name"):
        try:
            key = getattr(key, "alias_target_key")  # noqa: B009  # an IAlias has it, an IKey has not
        except RuntimeError:  # CDK's: an alias that was imported by its name
            break
    return key


def alias_of(key: kms.IKey) -> str | None:
    """The name of the alias when no more is known of a key, such as `alias/reports`; else None."""
    key = behind(key)
    name: str | None = getattr(key, "alias_name", None)
    if name is not None:
        return name
    _, alias, rest = asked(key, "key_arn").partition(_ALIAS_IN_ARN)
    return f"{alias[1:]}{rest}" if alias else None


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """The policy statement that lets a role use a key.

    Attributes:
        statement: as CloudFormation has it.
        wildcards: its resource, when that has a `*`, with the reason.
    """

    statement: dict[str, Any]
    wildcards: dict[str, str]


def use_of_key(key: kms.IKey, *actions: str, through: tuple[str, str] | None = None) -> KeyUse:
    """The statement that lets a role use a key; the key's policy stays, and its default one leaves it to the account.

    When only an alias is known, the statement is for the keys of its account and region that have it.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html, and
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases

    Args:
        key: of whatever stack, or imported.
        actions: such as "kms:Decrypt".
        through: a service such as "s3" and the region of what the key encrypts, for which alone. Omitted: whatever.
    """
    conditions = {} if through is None else via(*through)
    key, alias = behind(key), alias_of(key)
    resource, wildcards = asked(key, "key_arn"), dict[str, str]()
    if alias is not None:
        resource = _keys_beside(key)
        conditions["ForAnyValue:StringEquals"] = {"kms:ResourceAliases": alias}
        wildcards[resource] = _WHY
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return KeyUse(statement={**statement, **({"Condition": conditions} if conditions else {})}, wildcards=wildcards)


def statement_for(scope: IConstruct, use: KeyUse) -> iam.PolicyStatement:
    """The same as CDK has it; `scope`, the role or policy that gets it, answers cdk-nag."""
    acknowledge_nag_wildcards(scope, use.wildcards)
    return iam.PolicyStatement.from_json(use.statement)


def let_use_key(role: iam.IRole, key: kms.IKey | None, *actions: str) -> None:
    """Let `role` use what encrypts something; nothing is needed when that has no key of its own."""
    if key is not None:
        role.add_to_principal_policy(statement_for(role, use_of_key(key, *actions)))


def via(service: str, region: str) -> dict[str, dict[str, Any]]:
    """The condition that a key is used through a service alone, whatever the domain of the partition.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    return {"StringLike": {"kms:ViaService": f"{service}.{region}.amazonaws.com*"}}


def _keys_beside(alias: kms.IKey) -> str:
    """The keys of an alias's account and region."""
    before, found, _ = alias.key_arn.partition(_ALIAS_IN_ARN)
    if found:
        return f"{before}:key/*"
    return cdk.Stack.of(alias).format_arn(service="kms", resource="key", resource_name="*")
