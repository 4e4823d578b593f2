"""Rules on the size of a stack: how many resources, outputs and parameters CloudFormation takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, advice, limit
from naws.core.rules.values import Field

_LIMITS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_MOST_RESOURCES = 500
_MANY_RESOURCES = 400
_MOST_ENTRIES = 200


@dataclass(frozen=True, kw_only=True)
class StackView(Field):
    """A stack and how much is in it.

    Attributes:
        patterns: how many patterns it has.
        resources, outputs, parameters: how many it has.
    """

    patterns: int
    resources: int
    outputs: int
    parameters: int


@limit(
    code="NAWS-BUILT-008",
    title="A stack has at most 500 resources",
    source=_LIMITS,
    example='then=lambda made: [cdk.CfnResource(made, f"R{n}", type="AWS::SNS::Topic") for n in range(500)]',
    fix="",
)
def few_resources(stack: StackView) -> Iterator[Finding]:
    """CloudFormation refuses a template with more; each pattern has about twenty-five."""
    if stack.resources > _MOST_RESOURCES:
        yield _resources(stack, f"at most {_MOST_RESOURCES}")


@advice(
    code="NAWS-BUILT-009",
    title="A stack has room to grow",
    source=_LIMITS,
    example='then=lambda made: [cdk.CfnResource(made, f"R{n}", type="AWS::SNS::Topic") for n in range(420)]',
    fix="",
)
def room_to_grow(stack: StackView) -> Iterator[Finding]:
    """Moving resources to another stack later replaces them; with more than 400 that day is near."""
    if _MANY_RESOURCES < stack.resources <= _MOST_RESOURCES:
        yield _resources(stack, f"at most {_MANY_RESOURCES}: CloudFormation refuses more than {_MOST_RESOURCES}")


@limit(
    code="NAWS-BUILT-025",
    title="A template has at most 200 outputs and 200 parameters",
    source=_LIMITS,
    example='then=lambda made: [cdk.CfnOutput(stack, f"Output{n}", value="x") for n in range(201)]',
    fix='then=lambda made: [cdk.CfnOutput(stack, f"Output{n}", value="x") for n in range(20)]',
)
def few_outputs(stack: StackView) -> Iterator[Finding]:
    """CloudFormation refuses a template with more. A ready stack has three to four outputs for each of its patterns."""
    for count, name in ((stack.outputs, "outputs"), (stack.parameters, "parameters")):
        if count > _MOST_ENTRIES:
            expected = f"at most {_MOST_ENTRIES}"
            yield stack.finding(expected, _smaller(stack), shown=f"{count} {name}")


def _resources(stack: StackView, expected: str) -> Finding:
    return stack.finding(expected, _smaller(stack), shown=f"{stack.resources} resources")


def _smaller(stack: StackView) -> str:
    if stack.patterns > 1:
        return "put some of its patterns into another stack"
    return (
        "put what is no part of the pattern into another stack\n"
        "triggers=[QueueTrigger()]  # one queue takes what many triggers sent"
    )


STACK_RULES = (few_resources, room_to_grow, few_outputs)
