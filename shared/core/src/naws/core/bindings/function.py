"""A Lambda function."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from aws_cdk import aws_lambda as lambda_

from naws.core.bindings.granting import address, allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of, node_of

_NAME_IN_ARN = 6


@suggesting
@dataclass(frozen=True)
class FunctionBinding:
    """A Lambda function that is invoked. The program finds `<NAME>_FUNCTION`.

    Attributes:
        function: a function, or an alias or a version of one, which is then all that may be invoked.
        name: first part of the variable's name. Omitted: the construct id of the function, alias or version.
        variables: other names by part, of which there is one: `{"function": "PRICES"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("function",)

    function: lambda_.IFunction
    _: KW_ONLY
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:
        """The right to invoke it, and its name, with the qualifier of an alias or a version.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
        """
        arn, home, actions = asked(self.function, "function_arn"), home_of(self.function), ("lambda:InvokeFunction",)
        source = Source(field="function", kind="function", home=home, actions=actions, arns=(arn,))
        usual = f"{variable_name(self.name or id_of(self.function))}_FUNCTION"
        found = address(home, context.home, self._named_by(arn), arn)
        return needs_of(source, [allow(actions, arn)], named({"function": (usual, found)}, self.variables))

    def _named_by(self, arn: str) -> str:
        """Its name; CDK's of an imported function has not the alias or version that the ARN ends with."""
        name = ":".join(arn.split(":")[_NAME_IN_ARN:])
        imported = asked(node_of(self.function), "default_child") is None
        return (name or arn) if imported else asked(self.function, "function_name")
