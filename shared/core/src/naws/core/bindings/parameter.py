"""A parameter of Parameter Store."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm

from naws.core.bindings.needs import Needs, SecretValue, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of


@suggesting
@dataclass(frozen=True)
class ParameterBinding:
    """A parameter of Parameter Store. The program finds its value in `<NAME>`.

    A function finds `<NAME>_PARAMETER_ARN`, and reads the parameter itself.

    Attributes:
        parameter: which: a plain one or a SecureString.
        key: the customer's key that encrypts a SecureString, which CDK's parameters do not tell. Omitted: AWS's own.
        name: the variable's name. Omitted: the parameter's construct id.
        variables: other names by part, of which there is one: `{"parameter": "LOG_LEVEL"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("parameter",)

    parameter: ssm.IParameter
    _: KW_ONLY
    key: kms.IKey | None = None
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The value, in its variable.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
        """
        secure = asked(self.parameter, "parameter_type") == "SecureString"
        name = variable_name(self.name or id_of(self.parameter))
        value = SecretValue(arn=asked(self.parameter, "parameter_arn"), kind="parameter", key=self.key)
        source = Source(
            field="parameter",
            kind="parameter",
            home=home_of(self.parameter),
            arn=asked(self.parameter, "parameter_arn"),
            key_actions=() if self.key is None else ("kms:Decrypt",),
            key_used_by="ssm",
            key_unknown="ParameterBinding(parameter, key=key)" if secure and self.key is None else "",
        )
        return Needs(secrets=named({"parameter": (name, value)}, self.variables), sources=(source,))
