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
    """A secret of Secrets Manager. The program finds its value in `<NAME>`.

    A function finds `<NAME>_SECRET_ARN`, with `<NAME>_SECRET_FIELD` when there is a field, and reads the secret itself.

    Attributes:
        secret: which; the key that encrypts it is granted too.
        field: the JSON field to take. Omitted: the whole secret string.
        name: the variable's name. Omitted: the secret's construct id, with the field when there is one.
        variables: other names by part, of which there is one: `{"secret": "PGPASSWORD"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("secret",)

    secret: secretsmanager.ISecret
    _: KW_ONLY
    field: str | None = None
    name: str | None = None
    variables: Mapping[str, str | None] = dataclasses.field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The value, in its variable."""
        name = variable_name(self.name or "-".join(filter(None, (self.secret.node.id, self.field))))
        value = SecretValue(arn=self.secret.secret_arn, field=self.field, source=self.secret)
        source = secret_source("secret", home_of(self.secret))
        return Needs(secrets=named({"secret": (name, value)}, self.variables), sources=(source,))


def secret_source(field: str, home: Home) -> Source:
    """A secret in that field, whose policy and key let a reader of another account read it."""
    return Source(
        field=field,
        kind="secret",
        home=home,
        actions=("secretsmanager:GetSecretValue",),
        key_actions=("kms:Decrypt",),
        key_used_by="secretsmanager",
    )


def reading_by_program(value: SecretValue) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The statements by which a program reads a secret or a parameter itself, and the wildcards in them, with reasons.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html, and
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    if value.source is not None:
        return reading_of(value.source)
    return reading_by_arn(value.arn, key=value.key, key_arn=value.key_arn, parameter=value.kind == "parameter")
