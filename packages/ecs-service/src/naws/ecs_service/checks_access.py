"""Rules on who may send requests to a load balancer: ranges of addresses, and the rules that its security group has."""

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_ec2 as ec2

from naws.core.authoring import (
    Check,
    Field,
    Finding,
    advice,
    bind,
    format_duration,
    is_number,
    is_text,
    limit,
    practice,
)
from naws.ecs_service.plan import Plan
from naws.ecs_service.plan_balancer import BalancerPlan

_CIDRS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"
_RULES = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_WEIGHTS = "https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html"
_LISTS = (
    "https://aws.amazon.com/blogs/networking-and-content-delivery/"
    "limit-access-to-your-origins-using-the-aws-managed-prefix-list-for-amazon-cloudfront/"
)
_LIST = re.compile(r"#\{Token\[.*\]\}")
_MOST_RULES, _OF_OTHERS = 60, 10
"""Rules of a security group, and how many of them are left for whatever else sends requests: our own choice."""
_ORIGIN = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout"
)
_EDGE = "then=lambda made: made.endpoint.for_edge()"
_INNER = 'vpc=ec2.Vpc(stack, "Net", availability_zones=["a", "b"]{}), ' + _EDGE
_TAGGED = 'then=lambda made: (cdk.Tags.of(stack).add("commit", "1a2b3c"{}), made.endpoint.for_edge())'
LONGEST_OF_EDGE = 120
"""Seconds that CloudFront waits for an answer at most."""
EDGE_RULES = 55
"""As how many rules CloudFront's addresses count."""


@limit(
    code="NAWS-LB-006",
    title="Who may send requests is a range of IPv4 addresses",
    source=_CIDRS,
    example='load_balancer=LoadBalancer(allowed_cidrs=["203.0.113.7"])',
    fix='load_balancer=LoadBalancer(allowed_cidrs=["203.0.113.7/32"])',
)
def ranges(plan: BalancerPlan) -> Iterator[Finding]:
    """As `203.0.113.0/24`: its first address, whose last bits are 0, and how many bits all have in common."""
    for index, cidr in enumerate(plan.settings.allowed_cidrs or ()):
        if _LIST.fullmatch(str(cidr)):
            expected = "ranges of which the number is known at synthesis: each is a rule, and CDK makes none of a list"
            each = '[cdk.CfnParameter(self, "Office").value_as_string]  # one parameter a range'
            yield Field(f"{plan.path}.allowed_cidrs").finding(
                expected, f"allowed_cidrs={each}", shown="a list of the deployment's"
            )
        if not is_text(cidr):
            continue
        field = Field(f"{plan.path}.allowed_cidrs[{index}]", cidr)
        try:
            network = ipaddress.IPv4Network(cidr.strip(), strict=False)
        except ValueError:
            yield field.finding("an IPv4 range such as 203.0.113.0/24", '"203.0.113.0/24"')
            continue
        if str(network) != cidr:
            yield field.finding("a range such as 203.0.113.0/24, from its first address on", f'"{network}"')


@practice(
    code="NAWS-LB-017",
    title="Ranges that may send requests fit into a security group",
    source=_RULES,
    example='load_balancer=LoadBalancer(allowed_cidrs=[f"10.{n}.0.0/16" for n in range(64)])',
    fix='load_balancer=LoadBalancer(allowed_cidrs=["10.0.0.0/10"])',
)
def few_ranges(plan: BalancerPlan) -> Iterator[Finding]:
    """A group has 60 rules for what comes in, unless the quota was raised: each range is one, of a public one two.

    Ten are left for the services that are bound to it. A web ACL takes thousands of ranges, as an IP set.
    """
    given = [each for each in dict.fromkeys(plan.settings.allowed_cidrs or ()) if is_text(each)]
    ports = 2 if plan.settings.public else 1
    if not plan.made or len(given) * ports <= _MOST_RULES - _OF_OTHERS:
        return
    most = (_MOST_RULES - _OF_OTHERS) // ports
    merged = _merged(given)
    fits = len(merged) <= most
    yield Field(f"{plan.path}.allowed_cidrs").finding(
        f"at most {most} ranges{', on two ports each' if ports > 1 else ''}",
        f"allowed_cidrs={json.dumps(merged)}" if fits else "omit allowed_cidrs  # and a web_acl with an IP set of them",
        shown=f"{len(given)} ranges",
    )


@advice(
    code="NAWS-LB-028",
    title="Somebody may send requests",
    source=_CIDRS,
    example="load_balancer=LoadBalancer(allowed_cidrs=[])",
    fix="load_balancer=LoadBalancer()",
)
def somebody(plan: BalancerPlan) -> Iterator[Finding]:
    """An empty list lets in no address: bound programs and CloudFront send requests, to a public one CloudFront alone.

    Accept it where that is intended.
    """
    if plan.made and plan.settings.allowed_cidrs is not None and not plan.settings.allowed_cidrs:
        yield Field(f"{plan.path}.allowed_cidrs").finding(
            "one range or more", 'omit allowed_cidrs\nallowed_cidrs=["10.0.0.0/8"]', shown="an empty list"
        )


@advice(
    code="NAWS-LB-030",
    title="A service of a ready stack uses its load balancer",
    source="`EcsServiceStack(load_balancer=…)` is that of the services which give none of their own",
    example="load_balancer=LoadBalancer()",
    fix="",
)
def of_some_service(plan: BalancerPlan) -> Iterator[Finding]:
    """The settings that the stack gives are nobody's when each service has a load balancer of its own."""
    if plan.beside:
        yield Field(plan.path).finding(
            "none here, or none of the stack: EcsServiceStack(load_balancer=…) is no service's",
            "omit load_balancer\nomit EcsServiceStack.load_balancer",
            shown="one of its own",
        )


@dataclass(frozen=True, kw_only=True)
class GroupView:
    """The security group of a load balancer that is made here.

    Attributes:
        path: the field that says how it is.
        ranges: how many of its rules are of addresses.
        programs: how many are of programs that are bound to it, as far as they are in its stack.
        edge: whether CloudFront is let in.
    """

    path: str
    ranges: int
    programs: int
    edge: bool

    @property
    def count(self) -> int:
        """The rules that AWS counts."""
        return self.ranges + self.programs + EDGE_RULES * self.edge


def group_view(path: str, properties: Mapping[str, Any], group: ec2.SecurityGroup) -> GroupView:
    """The rules of a security group, those of programs that are in its stack among them."""
    given: list[Mapping[str, Any]] = properties.get("securityGroupIngress") or []
    added = [each for each in group.node.children if isinstance(each, ec2.CfnSecurityGroupIngress)]
    lists = [each for each in added if each.source_prefix_list_id is not None]
    return GroupView(path=path, ranges=len(given), programs=len(added) - len(lists), edge=bool(lists))


@dataclass(frozen=True, kw_only=True)
class EdgeView:
    """CloudFront before a load balancer.

    Attributes:
        region: the load balancer's, when it is known.
        known: the regions of which the prefix list is known.
    """

    region: str
    known: Sequence[str]


@practice(
    code="NAWS-LB-032",
    title="All that send requests fit into the load balancer's security group",
    source=f"{_RULES}, {_WEIGHTS}",
    example='load_balancer=LoadBalancer(allowed_cidrs=[f"10.{n}.0.0/16" for n in range(8)]), '
    "then=lambda made: made.endpoint.for_edge()",
    fix='load_balancer=LoadBalancer(allowed_cidrs=["10.0.0.0/13"]), then=lambda made: made.endpoint.for_edge()',
)
def group_fits(view: GroupView) -> Iterator[Finding]:
    """EC2 refuses the 61st rule while the stack is deployed, unless the quota was raised: accept it then.

    Each range is a rule a port, each bound program one, and CloudFront's addresses count as 55.
    """
    if view.count > _MOST_RULES:
        parts = [f"{view.ranges} of ranges", f"{view.programs} of programs"]
        edge = [f"CloudFront, which counts as {EDGE_RULES}"] if view.edge else []
        yield Field(f"{view.path}.allowed_cidrs").finding(
            f"at most {_MOST_RULES} rules: {', '.join([*parts, *edge])}",
            "allowed_cidrs=[…]  # fewer and larger ranges"
            if view.ranges
            else "load_balancer=LoadBalancer()  # one each",
            shown=f"{view.count} rules",
        )


@limit(
    code="NAWS-LB-027",
    title="CloudFront's prefix list is known in the load balancer's region",
    source=_LISTS,
    example='then=lambda made: EcsService(cdk.Stack(stack, "Far", env=cdk.Environment(account="123456789012", '
    'region="me-south-1")), "Pages", EcsServiceProps(image=image, vpc=NewVpc())).endpoint.for_edge()',
    fix='then=lambda made: EcsService(cdk.Stack(stack, "Far", env=cdk.Environment(account="123456789012", '
    'region="eu-west-1")), "Pages", EcsServiceProps(image=image, vpc=NewVpc())).endpoint.for_edge()',
)
def edge_is_known(view: EdgeView) -> Iterator[Finding]:
    """Its security group names the list by an id, which each region has its own, and AWS publishes those of some."""
    if view.region not in view.known:
        yield Field("endpoint.for_edge()").finding(
            f"a stack in one of {', '.join(sorted(view.known))}",
            'HttpEndpoint.of_domain("…")  # and let CloudFront in by service.connections of the load balancer',
            shown=view.region,
        )


@dataclass(frozen=True, kw_only=True)
class BehindEdge:
    """A service behind CloudFront.

    Attributes:
        request_timeout: seconds that a request may take.
        gateway: whether the network of its internal load balancer has an internet gateway; None when nobody knows, and
            of a public one.
        stack_tags: keys of the tags of the stack that has the VPC origin; none of a public one.
    """

    request_timeout: float
    gateway: bool | None
    stack_tags: tuple[str, ...] = ()


@practice(
    code="NAWS-LB-034",
    title="A request that comes by CloudFront takes 120 seconds at most",
    source=_ORIGIN,
    example='request_timeout=cdk.Duration.minutes(5), acknowledge={"NAWS-SVC-003": "clients send again"}, ' + _EDGE,
    fix="request_timeout=cdk.Duration.seconds(110), " + _EDGE,
)
def soon_enough(view: BehindEdge) -> Iterator[Finding]:
    """CloudFront waits no longer for an origin, and answers with 504 while the program goes on.

    Accept it where longer requests come by another way.
    """
    if is_number(view.request_timeout) and view.request_timeout > LONGEST_OF_EDGE:
        yield Field("request_timeout").finding(
            f"at most {LONGEST_OF_EDGE} seconds behind CloudFront",
            "request_timeout=cdk.Duration.seconds(110)\nremove the line with for_edge()",
            shown=format_duration(view.request_timeout),
        )


@practice(
    code="NAWS-LB-035",
    title="CloudFront comes into a network that has an internet gateway",
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
    example=_INNER.format(
        ", create_internet_gateway=False, nat_gateways=0, subnet_configuration=["
        "ec2.SubnetConfiguration(name='own', subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)]"
    ),
    fix=_INNER.format(""),
)
def has_gateway(view: BehindEdge) -> Iterator[Finding]:
    """AWS makes a VPC origin only where one is attached. No route has to lead to it: no request goes that way.

    Accept it where the gateway is attached by a `CfnVPCGatewayAttachment`, which the VPC does not know.
    """
    if view.gateway is False:
        yield Field("vpc").finding(
            "one with an internet gateway, which a VPC origin needs",
            "vpc=…  # with a public subnet, for which CDK makes one\nomit create_internet_gateway  # of the VPC",
            shown="a VPC without internet gateway",
        )


@advice(
    code="NAWS-LB-036",
    title="The stack of a VPC origin has no tags of its own",
    source="https://github.com/aws/aws-cdk/issues/35765, "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html",
    example=_TAGGED.format(""),
    fix=_TAGGED.format(', exclude_resource_types=["aws:cdk:stack"]'),
)
def no_stack_tags(view: BehindEdge) -> Iterator[Finding]:
    """CloudFormation puts them on all that has tags, and CloudFront refuses each change of a VPC origin in use.

    A new value, such as that of a commit, fails the deployment then. Tags of `Conventions` are on the resources alone.
    Accept it where the values never change.
    """
    if view.stack_tags:
        first, *_ = view.stack_tags
        yield Field("endpoint.for_edge()").finding(
            "no tags of the stack, but of its resources",
            f'cdk.Tags.of(…).add("{first}", …, exclude_resource_types=["aws:cdk:stack"])\n'
            'put "@aws-cdk/core:explicitStackTags": true into the context of cdk.json',
            shown=f"a stack with {' and '.join(view.stack_tags)}",
        )


EDGE_USE_RULES = (soon_enough, has_gateway, no_stack_tags)
"""Those of a service whose `for_edge()` was called; each gets a `BehindEdge`."""


def _merged(given: Sequence[str]) -> list[str]:
    """The same addresses as fewer ranges; as they are when one is none."""
    try:
        return [str(each) for each in ipaddress.collapse_addresses(map(ipaddress.IPv4Network, given))]
    except ValueError:
        return list(given)


ACCESS_CHECKS: tuple[Check[Plan], ...] = bind(
    lambda plan: (plan.balancer,), (ranges, few_ranges, somebody, of_some_service)
)
