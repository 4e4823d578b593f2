"""What is known of a network before anything is built: its subnets, the cluster's VPC, the stack's one VPC."""

from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from naws.core.issues import Issue
from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    Egress,
    NewVpc,
    PatternValidationError,
    VpcLookup,
)

Judge = Callable[..., list[Issue]]
ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
NAMED = ec2.SubnetSelection(subnet_group_name="nope")
BY_PARAMETER = VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids="/n/s")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S", env=cdk.Environment(account="123456789012", region="eu-central-1"))


def found(issues: list[Issue]) -> Iterator[tuple[str, str]]:
    return ((issue.code, issue.path) for issue in issues)


@pytest.mark.parametrize("vpc", [None, NewVpc(), BY_PARAMETER], ids=["omitted", "create", "parameter"])
@pytest.mark.parametrize("subnets", [ISOLATED, NAMED], ids=["isolated", "named"])
def test_a_vpc_that_will_be_made_has_only_its_groups(
    issues: Judge, vpc: VpcLookup | NewVpc | None, subnets: ec2.SubnetSelection
) -> None:
    given: dict[str, Any] = {} if vpc is None else {"vpc": vpc}
    assert [*found(issues(**given, vpc_subnets=subnets))] == [("NAWS-NET-015", "vpc_subnets")]
    assert issues(**given, vpc_subnets=ec2.SubnetSelection(subnet_group_name="Private")) == []


def test_a_vpc_that_is_there_is_asked(issues: Judge, stack: cdk.Stack) -> None:
    vpc = ec2.Vpc(stack, "Vpc")
    assert issues(vpc=vpc) == []
    (lacking,) = issues(vpc=vpc, vpc_subnets=ISOLATED)
    assert lacking.expected.startswith("subnets that the VPC has: There are no 'Isolated' subnet groups in this VPC.")

    public = ec2.Vpc.from_vpc_attributes(
        stack, "Public", vpc_id="vpc-0a1b2c3d", availability_zones=["a"], public_subnet_ids=["subnet-0a1b2c3d"]
    )
    assert [*found(issues(vpc=public))] == [("NAWS-NET-015", "vpc")]


def test_what_a_look_up_will_find_nobody_knows(issues: Judge, stack: cdk.Stack) -> None:
    looked_up = ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-0a1b2c3d")
    assert issues(vpc=looked_up, vpc_subnets=NAMED) == []
    assert issues(vpc=VpcLookup.by_name("main"), env="given", vpc_subnets=NAMED) == []


@pytest.mark.parametrize(
    ("zones", "shown"),
    [
        (["eu-central-1a", "eu-central-1b"], "eu-central-1a eu-central-1b"),
        (None, "zones that only the deployment knows"),
    ],
    ids=["known", "tokens"],
)
def test_a_selection_that_leaves_nothing_is_reported(issues: Judge, zones: list[str] | None, shown: str) -> None:
    vpc = ec2.Vpc(cdk.Stack(cdk.App(), "S"), "Vpc", availability_zones=zones)
    for nothing in (
        ec2.SubnetSelection(availability_zones=["eu-central-1x"]),
        ec2.SubnetSelection(subnet_filters=[ec2.SubnetFilter.by_ids(["subnet-0a1b2c3d"])]),
    ):
        (lacking,) = issues(vpc=vpc, vpc_subnets=nothing)
        assert (lacking.code, lacking.path) == ("NAWS-NET-015", "vpc_subnets")
        assert lacking.expected == f"subnets that the VPC has: it has others, in {shown}"


@pytest.mark.parametrize("vpc", [None, NewVpc(), BY_PARAMETER], ids=["omitted", "create", "parameter"])
def test_an_empty_list_of_subnets_is_reported_whatever_the_vpc(issues: Judge, vpc: VpcLookup | NewVpc | None) -> None:
    (lacking,) = issues(vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnets=[]))
    assert (lacking.code, lacking.path, lacking.value) == ("NAWS-NET-015", "vpc_subnets", "subnets=[]")


def test_zones_that_cdk_has_yet_to_look_up_nobody_knows(issues: Judge, stack: cdk.Stack) -> None:
    named = ec2.SubnetSelection(availability_zones=["eu-central-1a"])
    assert issues(vpc=ec2.Vpc(stack, "Vpc"), vpc_subnets=named) == []


def test_a_cluster_says_its_vpc_or_the_user_does(issues: Judge, stack: cdk.Stack) -> None:
    arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/main"
    unknowing = ecs.Cluster.from_cluster_arn(stack, "Unknowing", arn)

    assert [*found(issues(cluster=unknowing))] == [("NAWS-NET-016", "vpc")]
    assert issues(cluster=unknowing, vpc=BY_PARAMETER) == []
    assert issues(cluster=unknowing, conventions=Conventions(vpc=BY_PARAMETER)) == []
    assert issues(cluster=ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc"))) == []


@pytest.mark.parametrize(
    ("port", "refused"),
    [
        (ec2.Port.tcp(65_535), False),
        (ec2.Port.tcp(65_536), True),
        (ec2.Port.udp_range(5, 5), False),
        (ec2.Port.udp_range(6, 5), True),
        (ec2.Port.all_tcp(), False),
        (ec2.Port.all_icmp(), False),
        (ec2.Port.all_traffic(), True),
        (ec2.Port.tcp(cdk.Token.as_number(cdk.Fn.ref("Port"))), False),
    ],
    ids=lambda value: value.to_string() if isinstance(value, ec2.Port) else "",
)
def test_ports(issues: Judge, port: ec2.Port, *, refused: bool) -> None:
    ways = [Egress(peer=ec2.Peer.any_ipv4(), port=port, description="out")]
    assert [*found(issues(egress=ways))] == ([("NAWS-NET-017", "egress[0].port")] if refused else [])


def test_all_traffic_to_a_narrower_peer_is_a_rule(issues: Judge) -> None:
    way = Egress(peer=ec2.Peer.ipv4("10.0.0.0/8"), port=ec2.Port.all_traffic(), description="inside")
    assert issues(egress=[way]) == []


def test_a_stack_has_one_created_vpc(stack: cdk.Stack) -> None:
    def build(name: str, vpc: NewVpc | None) -> None:
        image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36")
        EcsTaskProcessor(stack, name, EcsTaskProcessorProps(image=image, vpc=vpc))

    build("First", NewVpc(cidr="10.1.0.0/16"))
    build("Same", NewVpc(cidr="10.1.0.0/16"))
    build("Silent", None)
    with pytest.raises(PatternValidationError) as refused:
        build("Other", NewVpc(cidr="10.2.0.0/16"))

    (issue,) = refused.value.issues
    assert (issue.code, issue.path) == ("NAWS-NET-019", "vpc")
    assert issue.remedy == 'vpc=NewVpc(max_azs=2, nat_gateways=1, cidr="10.1.0.0/16")'
    assert stack.node.try_find_child("Other") is None


def test_a_network_that_nobody_chose_is_reported_once_with_its_price() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    made = [EcsTaskProcessor(stack, name, EcsTaskProcessorProps(image=image())) for name in ("A", "B")]
    warnings = [[text for text in warnings_of(each) if "NAWS-NET-024" in text] for each in made]
    assert [len(each) for each in warnings] == [1, 0]
    assert "37 USD a month in us-east-1" in warnings[0][0]


@pytest.mark.parametrize("chosen", ["props", "conventions", "cluster"])
def test_a_network_that_is_chosen_is_not_reported(chosen: str) -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    more: dict[str, Any] = {}
    if chosen == "conventions":
        Conventions(vpc=NewVpc()).apply(stack)
    elif chosen == "props":
        more["vpc"] = NewVpc()
    else:
        more["cluster"] = ecs.Cluster(stack, "Cluster")
    made = EcsTaskProcessor(stack, "A", EcsTaskProcessorProps(image=image(), **more))
    assert [text for text in warnings_of(made) if "NAWS-NET-024" in text] == []


def image() -> ecs.ContainerImage:
    return ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")


def warnings_of(construct: EcsTaskProcessor) -> list[str]:
    return [str(entry.data) for entry in construct.node.metadata if entry.type == "aws:cdk:warning"]
