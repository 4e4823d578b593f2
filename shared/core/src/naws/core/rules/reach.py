"""The rule on where sources are that a program connects to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field

_DATABASE = (
    'bindings=[DatabaseBinding(rds.DatabaseInstance(stack, "Orders", '
    "engine=rds.DatabaseInstanceEngine.POSTGRES, vpc={}))]"
)


@dataclass(frozen=True, kw_only=True)
class Way(Field):
    """A way from a program to a source.

    Attributes:
        ours, theirs: the VPC of each, as far as it is known: its id, or the path of its construct.
        new: whether ours is made for the stack.
        elsewhere: whether the source is made in another app, or in another stage of it.
        refused: whether a rule on owners refuses it, as of another region.
        waits: whether the source's stack connects to the program's.
        answers: whether it is an HTTP endpoint.
    """

    ours: str | None
    theirs: str | None
    new: bool
    elsewhere: Literal["app", "stage"] | None = None
    refused: bool = False
    waits: bool = False
    answers: bool = False


@practice(
    code="NAWS-DATA-035",
    title="What a program connects to is in its network",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.Scenarios.html, and "
    "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
    example=_DATABASE.format('ec2.Vpc(stack, "Vpc")'),
    fix=f'vpc=(network := ec2.Vpc(stack, "Vpc")), {_DATABASE.format("network")}',
)
def same_network(way: Way) -> Iterator[Finding]:
    """Between two VPCs there is no way, and a rule may not name a security group of the other: deployment fails.

    Accept it where the two are peered.
    """
    if None not in (way.ours, way.theirs) and way.ours != way.theirs and not (way.elsewhere or way.refused):
        yield way.finding(
            f"a source in the program's own VPC, which is {'made for the stack' if way.new else way.ours}",
            f"vpc=…  # {way.theirs}, of the pattern or by Conventions",
            shown=f"a source in {way.theirs}",
        )


@limit(
    code="NAWS-DATA-049",
    title="What a program connects to is of its app and stage, and does not wait for it",
    source="https://docs.aws.amazon.com/cdk/v2/guide/resources.html#resources-referencing",
    example='vpc=ec2.Vpc(stack, "Vpc"), bindings=[DatabaseBinding(rds.DatabaseInstance('
    'far := cdk.Stack(cdk.App(), "Far"), "Orders", engine=rds.DatabaseInstanceEngine.POSTGRES, '
    'vpc=ec2.Vpc(far, "Vpc")))]',
    fix=f'vpc=(network := ec2.Vpc(stack, "Vpc")), {_DATABASE.format("network")}',
)
def one_app(way: Way) -> Iterator[Finding]:
    """CDK passes values between the stacks of one stage alone, and only one way: of two stacks one is deployed first.

    An app without stages is one.

    Two services that send requests to each other are in one stack, or one asks the other by its name.
    """
    if way.elsewhere is None and not way.waits:
        return
    named = 'ServiceBinding(HttpEndpoint.of_domain("…"), name="…")  # by its public name'
    imported = "import it where the program is, by its attributes" if way.elsewhere else "both in one stack"
    yield way.finding(
        f"a source of the same {way.elsewhere}"
        if way.elsewhere
        else "a source whose stack connects to nothing of this one",
        named if way.answers else f"bindings=[…]  # {imported}",
        shown=f"a source of another {way.elsewhere}" if way.elsewhere else "a source whose stack waits for this one",
    )
