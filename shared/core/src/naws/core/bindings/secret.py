"""A secret of Secrets Manager."""

import dataclasses
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.bindings.needs import Needs, SecretValue, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import Home, home_of
from naws.core.secret_access import reading_by_arn, reading_of
from naws.core.spelling import suggesting


@suggesting
@dataclass(frozen=True)
class SecretBinding:
    """A secret of Secrets Manager. The program finds its value in `<NAME>`, and `<NAME>_SECRET_ARN` to read it again.

    A function has no such value: it finds `<NAME>_SECRET_ARN` alone.

    Attributes:
        secret: which; the key that encrypts it is granted too.
        field: the JSON field to take. Omitted: the whole secret string.
        name: the variable's name. Omitted: the secret's construct id, with the field when there is one.
        variables: other names by part, `secret` and `secret_arn`; None leaves one out, and with `secret_arn` the right
            to read the secret again: `{"secret": "PGPASSWORD"}`. Omitted: the usual ones.
    """

    parts: ClassVar = ("secret", "secret_arn")

    secret: secretsmanager.ISecret
    _: KW_ONLY
    field: str | None = None
    name: str | None = None
    variables: Mapping[str, str | None] = dataclasses.field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:
        """The value in its variable, the secret's ARN, and the right to read it."""
        name = variable_name(self.name or "-".join(filter(None, (self.secret.node.id, self.field))))
        arn, reads = self.secret.secret_arn, self.variables.get("secret_arn", "") is not None
        value = SecretValue(arn=arn, field=self.field, source=self.secret, read_by_program=reads)
        statements, wildcards = reading_of(self.secret, context.home) if reads else ((), {})
        return Needs(
            statements=statements,
            wildcards=wildcards,
            variables=named({"secret_arn": (f"{name}_SECRET_ARN", arn)}, self.variables),
            secrets=named({"secret": (name, value)}, self.variables),
            sources=(secret_source("secret", home_of(self.secret), arn),),
        )


def secret_source(field: str, home: Home, arn: str = "") -> Source:
    """A secret in that field, whose policy and key let a reader of another account read it."""
    return Source(
        field=field,
        kind="secret",
        home=home,
        actions=("secretsmanager:GetSecretValue",),
        arn=arn,
        key_actions=("kms:Decrypt",),
        key_used_by="secretsmanager",
    )


def reading_by_program(value: SecretValue, here: Home) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The statements by which a program reads a secret or a parameter itself, and the wildcards in them, with reasons.

    Args:
        value: what it reads.
        here: where the program is.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html, and
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    if value.source is not None:
        return reading_of(value.source, here)
    return reading_by_arn(
        value.arn, key=value.key, key_arn=value.key_arn, parameter=value.kind == "parameter", here=here
    )
