"""The rule on where sources are that a program connects to."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, practice
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
    """

    ours: str | None
    theirs: str | None
    new: bool


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
    if None not in (way.ours, way.theirs) and way.ours != way.theirs:
        yield way.finding(
            f"a source in the program's own VPC, which is {'made for the stack' if way.new else way.ours}",
            f"vpc=…  # {way.theirs}, of the pattern or by Conventions",
            shown=f"a source in {way.theirs}",
        )
