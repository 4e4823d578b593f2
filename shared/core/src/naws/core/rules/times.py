"""Times that are known only when they are deployed."""

from collections.abc import Iterator

from naws.core.rule import Finding, limit
from naws.core.rules.values import Field
from naws.core.units import Unconverted


@limit(
    code="NAWS-TIME-001",
    title="A time that only the deployment knows is given in the unit that AWS takes",
    source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk/Duration.html",
    example='attempt_timeout=cdk.Duration.minutes(cdk.CfnParameter(stack, "Timeout", type="Number").value_as_number)',
    fix='attempt_timeout=cdk.Duration.seconds(cdk.CfnParameter(stack, "Timeout", type="Number").value_as_number)',
)
def convertible(field: Field) -> Iterator[Finding]:
    """A parameter's value is filled in by CloudFormation, which cannot calculate: minutes cannot become seconds."""
    if isinstance(field.value, Unconverted):
        yield field.finding(
            f"a token in {field.value.needed}: it is filled in when it is deployed, and nothing converts it",
            f"{field.name}=cdk.Duration.{field.value.needed}(…)",
            shown=f"a token in {field.value.unit}",
        )


TIME_RULES = (convertible,)
"""The rules for each time."""
