"""A key is named as policies name it, in whatever way it was given."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from naws.core.key_access import alias_of, statement_for, use_of_key

ARN = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ENV = cdk.Environment(account="123456789012", region="eu-central-1")

KNOWN: dict[str, Callable[[cdk.Stack, kms.IKey], kms.IKey]] = {
    "key": lambda _, key: key,
    "alias made": lambda stack, key: kms.Alias(stack, "It", alias_name="alias/it", target_key=key),
    "alias with its key": lambda stack, key: kms.Alias.from_alias_attributes(
        stack, "It", alias_name="alias/it", alias_target_key=key
    ),
    "alias of an alias": lambda stack, key: kms.Alias.from_alias_attributes(
        stack,
        "It",
        alias_name="alias/it",
        alias_target_key=kms.Alias.from_alias_attributes(stack, "On", alias_name="alias/on", alias_target_key=key),
    ),
}
NAMED: dict[str, Callable[[cdk.Stack], kms.IKey]] = {
    "name": lambda stack: kms.Alias.from_alias_name(stack, "It", "alias/it"),
    "ARN of the alias": lambda stack: kms.Key.from_key_arn(stack, "It", ARN.partition("key/")[0] + "alias/it"),
    "alias with a name behind it": lambda stack: kms.Alias.from_alias_attributes(
        stack, "Other", alias_name="alias/other", alias_target_key=kms.Alias.from_alias_name(stack, "It", "alias/it")
    ),
}


def stated(stack: cdk.Stack, key: kms.IKey) -> Any:
    role = iam.Role.from_role_name(stack, "Role", "reports")
    return stack.resolve(statement_for(role, use_of_key(key, "kms:Decrypt")).to_statement_json())


@pytest.mark.parametrize("given", KNOWN.values(), ids=KNOWN)
def test_a_key_that_is_known_is_named_by_its_own_arn(given: Callable[[cdk.Stack, kms.IKey], kms.IKey]) -> None:
    stack = cdk.Stack(cdk.App(), "Reports", env=ENV)
    key = given(stack, kms.Key.from_key_arn(stack, "Key", ARN))

    assert alias_of(key) is None
    assert stated(stack, key) == {"Action": "kms:Decrypt", "Effect": "Allow", "Resource": ARN}


@pytest.mark.parametrize("given", NAMED.values(), ids=NAMED)
def test_a_key_of_which_only_an_alias_is_known_is_reported_by_that(given: Callable[[cdk.Stack], kms.IKey]) -> None:
    """IAM takes no alias for a key; the condition asks which aliases a key has, however a service names it."""
    stack = cdk.Stack(cdk.App(), "Reports", env=ENV)
    key = given(stack)
    statement = stated(stack, key)

    assert alias_of(key) == "alias/it"
    assert str(statement["Resource"]).endswith(("key/*", "key/*']]}"))
    assert ":kms:eu-central-1:123456789012:key/*" in str(statement["Resource"])
    assert statement["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/it"}}


def test_an_alias_whose_name_only_the_deployment_knows_is_reported_by_that() -> None:
    stack = cdk.Stack(cdk.App(), "Reports", env=ENV)
    name = cdk.CfnParameter(stack, "Name").value_as_string
    statement = stated(stack, kms.Alias.from_alias_name(stack, "It", name))

    assert ":kms:eu-central-1:123456789012:key/*" in str(statement["Resource"])
    assert statement["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": {"Ref": "Name"}}}
