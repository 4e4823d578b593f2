"""The network that a pattern's compute runs in.

VpcLookup                     a VPC that exists
├── by_id, by_name, by_tags   context look-ups at synthesis; the stack needs `env`
└── by_parameter              SSM parameters that CloudFormation resolves; no look-up, works in pipelines
NewVpc                        one VPC per stack, shared by every pattern in it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from aws_cdk import aws_ec2 as ec2

from naws.core.hints import Hint, Hints
from naws.core.spelling import suggesting

SHARED_VPC_ID, SHARED_CLUSTER_ID = "NawsVpc", "NawsCluster"
PUBLIC_SUBNETS, PRIVATE_SUBNETS = "Public", "Private"
"""Names of the created VPC's groups of subnets."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class VpcLookup:
    """A way to find a VPC that exists; use the class methods."""

    needs_environment: ClassVar[bool] = True
    """Whether CDK can only answer it on a stack with an explicit account and region."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Only a way to find one is made.

        Raises:
            TypeError: when none is chosen.
        """
        if cls is VpcLookup:
            raise TypeError("VpcLookup is made by by_id(…), by_name(…), by_tags(…) or by_parameter(…)")
        return super().__new__(cls)

    @classmethod
    def by_id(cls, vpc_id: str) -> "VpcLookup":
        """The VPC with this id, looked up at synthesis; the stack needs `env`."""
        return VpcById(vpc_id=vpc_id)

    @classmethod
    def by_name(cls, vpc_name: str) -> "VpcLookup":
        """The VPC whose Name tag is this, looked up at synthesis; the stack needs `env`."""
        return VpcByName(vpc_name=vpc_name)

    @classmethod
    def by_tags(cls, tags: Mapping[str, str]) -> "VpcLookup":
        """The VPC that carries all of these tags, looked up at synthesis; the stack needs `env`."""
        return VpcByTags(tags=dict(tags) if isinstance(tags, Mapping) else tags)  # pyright: ignore[reportUnnecessaryIsInstance] - a rule judges what a user wrote

    @classmethod
    def by_parameter(cls, *, vpc_id: str, private_subnet_ids: str, subnet_count: int = 2) -> "VpcLookup":
        """The VPC named by two SSM parameters, resolved by CloudFormation at deployment.

        Args:
            vpc_id: name of the String parameter that holds the VPC id.
            private_subnet_ids: name of the StringList parameter that holds the private subnets' ids.
            subnet_count: how many of them to use; CloudFormation cannot count a list.
        """
        return VpcFromParameters(vpc_id=vpc_id, private_subnet_ids=private_subnet_ids, subnet_count=subnet_count)


@suggesting
@dataclass(frozen=True, kw_only=True)
class VpcById(VpcLookup):
    """The VPC with an id.

    Attributes:
        vpc_id: such as `vpc-0a1b2c3d4e5f60718`.
    """

    vpc_id: str


@suggesting
@dataclass(frozen=True, kw_only=True)
class VpcByName(VpcLookup):
    """The VPC with a name.

    Attributes:
        vpc_name: the value of its Name tag.
    """

    vpc_name: str


@suggesting
@dataclass(frozen=True, kw_only=True)
class VpcByTags(VpcLookup):
    """The VPC with tags.

    Attributes:
        tags: all of which must match.
    """

    _hints: ClassVar[Hints] = {"tags": Hint(example='{"stage": "prod"}')}
    tags: Mapping[str, str]


@suggesting
@dataclass(frozen=True, kw_only=True)
class VpcFromParameters(VpcLookup):
    """The VPC that two SSM parameters name; CloudFormation reads them, so that it works without `env`.

    Attributes:
        vpc_id: name of the String parameter that holds the id.
        private_subnet_ids: name of the StringList parameter that holds the private subnets' ids.
        subnet_count: how many ids that list holds.
    """

    needs_environment: ClassVar[bool] = False

    vpc_id: str
    private_subnet_ids: str
    subnet_count: int = 2


@suggesting
@dataclass(frozen=True, kw_only=True)
class NewVpc:
    """One new VPC per stack: private subnets, free gateway endpoints for S3 and DynamoDB, flow logs.

    Its default security group stays as EC2 makes it: its members reach each other, and nothing here is one. To close it
    takes a custom resource; `ec2.Vpc(…, restrict_default_security_group=True)`, given as `vpc`, has one.

    Attributes:
        max_azs: availability zones, 1 to 6. Omitted: 2, which keep a task runnable when one fails.
        nat_gateways: how many; one per zone keeps the others' way out when a zone fails. Omitted: 1, the cheapest.
        cidr: the address range, /16 to /28. Omitted: 10.0.0.0/16.
    """

    max_azs: int = 2
    nat_gateways: int = 1
    cidr: str = "10.0.0.0/16"


@suggesting
@dataclass(frozen=True, kw_only=True)
class Egress:
    """One way out of the security group that is created for a pattern.

    Attributes:
        peer: where to.
        port: which port; not all traffic to every address.
        description: why, in a few words.
    """

    peer: ec2.IPeer
    port: ec2.Port
    description: str


VpcSource = ec2.IVpc | VpcLookup | NewVpc
"""Whatever names a network."""
