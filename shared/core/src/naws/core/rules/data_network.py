"""Where in a network data is."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field


@dataclass(frozen=True, kw_only=True)
class Placement(Field):
    """The subnets of a VPC that were chosen for data.

    Attributes:
        subnet_type: the kind that was asked for; None when none was.
        zones: in how many availability zones they are; None when that is not known.
        vpc: the field that gives the VPC.
    """

    subnet_type: str | None
    zones: int | None
    vpc: str


@practice(
    code="NAWS-NET-026",
    title="Data is in private subnets",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    example="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)",
    fix="vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
)
def private_subnets(placed: Placement) -> Iterator[Finding]:
    """Nothing outside of the VPC has to reach it: programs do, from inside."""
    if placed.subnet_type == "PUBLIC":
        yield placed.finding(
            "private or isolated subnets",
            "omit vpc_subnets\nvpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)",
            shown="public subnets",
        )


@limit(
    code="NAWS-DB-014",
    title="A database has subnets in two zones or more",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    example="vpc=NewVpc(max_azs=1)",
    fix="vpc=NewVpc(max_azs=2)",
)
def two_zones(placed: Placement) -> Iterator[Finding]:
    """RDS refuses a subnet group in one zone, of a database in one zone, too: it may have to move."""
    if placed.zones == 1:
        remedy = "vpc=NewVpc(max_azs=2)\nvpc_subnets=…  # of several zones"
        yield Field(placed.vpc).finding("subnets in two zones or more", remedy, shown="one availability zone")


PLACEMENT_RULES = (private_subnets,)
"""Those of whatever holds data in a VPC."""
DATABASE_PLACEMENT_RULES = (two_zones,)
