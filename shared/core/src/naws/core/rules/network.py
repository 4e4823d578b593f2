"""Rules on the ways to find a VPC."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from naws.core.network import VpcById, VpcByName, VpcByTags, VpcFromParameters, VpcLookup
from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Bounds, Field, is_text
from naws.core.tokens import has_token

_VPC_ID = re.compile(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})")
_ID = re.compile(r"(vpc|subnet)-([0-9a-f]{8}|[0-9a-f]{17})")
_PARAMETER = re.compile(r"[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+){1,15}")
_LONGEST_PARAMETER = 1011
_BY: dict[type[VpcLookup], str] = {VpcById: "by_id", VpcByName: "by_name", VpcByTags: "by_tags"}
_ENV = 'env=cdk.Environment(account="123456789012", region="eu-central-1")  # of the stack'
_BY_PARAMETER = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'


@dataclass(frozen=True, kw_only=True)
class Vpc(Field):
    """A way to find a VPC, and whether a look-up can be answered.

    Attributes:
        lookup: what was given.
        has_environment: whether the stack has an explicit account and region.
    """

    lookup: VpcLookup
    has_environment: bool

    @property
    def parameters(self) -> Iterator[Field]:
        """The names of parameters that it is found by, as far as they are known."""
        for name in ("vpc_id", "private_subnet_ids") if isinstance(self.lookup, VpcFromParameters) else ():
            if is_text(given := getattr(self.lookup, name)):
                yield Field(f"{self.path}.{name}", given)


@limit(
    code="NAWS-NET-001",
    title="A VPC is looked up only on a stack with account and region",
    source="https://docs.aws.amazon.com/cdk/v2/guide/context.html",
    example='vpc=VpcLookup.by_name("main")',
    fix='vpc=VpcLookup.by_name("main"), env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def lookup_environment(vpc: Vpc) -> Iterator[Finding]:
    """CDK asks that account and region while it synthesises; without them there is nobody to ask.

    `VpcLookup.by_parameter` needs no look-up and works everywhere, in a pipeline too.
    """
    if vpc.lookup.needs_environment and not vpc.has_environment:
        yield vpc.finding(
            "a stack with an explicit account and region, which the look-up asks",
            f"{_ENV}\n{_BY_PARAMETER}",
            shown=f"VpcLookup.{_BY[type(vpc.lookup)]}(…)",
        )


@limit(
    code="NAWS-NET-002",
    title="A VPC's id is vpc- and 8 or 17 hexadecimal digits",
    source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html",
    example='vpc=VpcLookup.by_id("my-vpc"), env=cdk.Environment(account="123456789012", region="eu-central-1")',
    fix='vpc=VpcLookup.by_id("vpc-0a1b2c3d4e5f60718"), '
    'env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def vpc_id(vpc: Vpc) -> Iterator[Finding]:
    """Anything else finds nothing. A VPC's name is looked up with `by_name`."""
    given = vpc.lookup.vpc_id if isinstance(vpc.lookup, VpcById) else None
    if is_text(given) and not _VPC_ID.fullmatch(given):
        yield Field(f"{vpc.path}.vpc_id", given).finding(
            "vpc- and 8 or 17 hexadecimal digits",
            (f"vpc=VpcLookup.by_name({json.dumps(given)})\n" if given.strip() else "") + 'vpc_id="vpc-…"',
        )


@limit(
    code="NAWS-NET-003",
    title="A look-up has something to look for",
    source="https://docs.aws.amazon.com/cdk/v2/guide/context.html",
    example='vpc=VpcLookup.by_tags({}), env=cdk.Environment(account="123456789012", region="eu-central-1")',
    fix='vpc=VpcLookup.by_tags({"stage": "prod"}), env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def looks_for_something(vpc: Vpc) -> Iterator[Finding]:
    """A look-up without a condition finds every VPC, and CDK refuses an answer with more than one."""
    lookup = vpc.lookup
    if isinstance(lookup, VpcByName) and is_text(lookup.vpc_name) and not lookup.vpc_name.strip():
        yield Field(f"{vpc.path}.vpc_name", lookup.vpc_name).finding(
            "the value of the VPC's Name tag", 'vpc=VpcLookup.by_name("main")'
        )
    if isinstance(lookup, VpcByTags) and lookup.tags == {}:
        expected = "at least one tag that the VPC carries"
        remedy = 'vpc=VpcLookup.by_tags({"stage": "prod"})'
        yield Field(f"{vpc.path}.tags", {}).finding(expected, remedy)


@limit(
    code="NAWS-NET-004",
    title="A parameter's name is one that Parameter Store has",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html",
    example='vpc=VpcLookup.by_parameter(vpc_id="network vpc", private_subnet_ids="/network/subnets")',
    fix='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets")',
)
def parameter_names(vpc: Vpc) -> Iterator[Finding]:
    """CloudFormation reads the parameters when the stack is deployed, and fails when there is none of that name.

    A name with a path begins with `/` and has at most 15 levels. CDK takes no ARN: a parameter that another account
    shares has to be copied into one of this account.
    """
    for field in vpc.parameters:
        if not _PARAMETER.fullmatch(field.value) or len(field.value) > _LONGEST_PARAMETER:
            yield field.finding(
                f"a parameter's name of letters, digits and . - _, at most {_LONGEST_PARAMETER} characters; "
                "with a path it begins with / and has at most 15 levels",
                f'{field.name}="{_parameter_name(field.value, field.name)}"',
            )


@limit(
    code="NAWS-NET-005",
    title="A task has 1 to 16 subnets",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    example='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets", subnet_count=0)',
    fix='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets", subnet_count=2)',
)
def counts(vpc: Vpc) -> Iterator[Finding]:
    """RunTask takes 16 subnets at most, and a task has to be in one."""
    if isinstance(vpc.lookup, VpcFromParameters):
        count = Field(f"{vpc.path}.subnet_count", vpc.lookup.subnet_count)
        yield from Bounds(low=1, high=16, unit="subnets").check(count)


@limit(
    code="NAWS-NET-014",
    title="What a VPC is found by is known at synthesis",
    source="https://docs.aws.amazon.com/cdk/v2/guide/tokens.html",
    example='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets", '
    'subnet_count=cdk.CfnParameter(stack, "Count", type="Number").value_as_number)',
    fix='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc", private_subnet_ids="/network/subnets", subnet_count=2)',
)
def known_at_synthesis(vpc: Vpc) -> Iterator[Finding]:
    """CDK looks up and counts while it synthesises, when a token has no value yet.

    An id that is known only at the deployment makes a VPC with `ec2.Vpc.from_vpc_attributes`.
    """
    for name in (each.name for each in fields(vpc.lookup)):
        if has_token(getattr(vpc.lookup, name)):
            yield Field(f"{vpc.path}.{name}").finding(
                "a value that is known at synthesis", _known_instead(vpc.lookup, name), shown="a token"
            )


@practice(
    code="NAWS-NET-021",
    title="A VPC by parameter is given by names of parameters, not by ids",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html",
    example='vpc=VpcLookup.by_parameter(vpc_id="vpc-0a1b2c3d4e5f60718", private_subnet_ids="/network/subnets")',
    fix='vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")',
)
def named_parameters(vpc: Vpc) -> Iterator[Finding]:
    """CloudFormation would look for a parameter of that name, and the deployment fail when there is none."""
    for field in vpc.parameters:
        if _ID.fullmatch(field.value):
            yield field.finding(
                "the name of a parameter that holds it, such as /network/vpc-id",
                f'{field.name}="{_parameter_name("", field.name)}"\nvpc=ec2.Vpc.from_vpc_attributes(self, "Vpc", …)',
            )


def _known_instead(lookup: VpcLookup, name: str) -> str:
    if name == "subnet_count":
        return "subnet_count=2"
    if isinstance(lookup, VpcFromParameters):
        return f'{name}="{_parameter_name("", name)}"'
    return 'vpc=ec2.Vpc.from_vpc_attributes(self, "Vpc", vpc_id=…, availability_zones=[…], private_subnet_ids=[…])'


def _parameter_name(given: str, name: str) -> str:
    """The nearest legal name; a common one when there is none."""
    own = given.rpartition(":parameter")[2] if given.startswith("arn:") else given
    parts = [part for part in re.split(r"[^A-Za-z0-9_.-]+", own) if part]
    legal = "".join(f"/{part}" for part in parts)
    if legal and len(legal) <= _LONGEST_PARAMETER and _PARAMETER.fullmatch(legal):
        return legal
    return {"vpc_id": "/network/vpc-id"}.get(name, "/network/private-subnet-ids")


LOOKUP_RULES = (
    lookup_environment,
    vpc_id,
    looks_for_something,
    parameter_names,
    named_parameters,
    counts,
    known_at_synthesis,
)
"""The rules for a way to find a VPC; each gets a `Vpc`."""
