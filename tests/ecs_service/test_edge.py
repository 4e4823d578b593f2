"""A website in front of a service: how CloudFront reaches its load balancer, and for how long it waits."""

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from naws.core.build.edge import ORIGIN_FACING
from naws.ecs_service import EcsService, EcsServiceProps, HealthCheck, LoadBalancer, NewVpc, NoLoadBalancer, Route
from naws.testing import cdk_app, synth_template
from naws.testing.templates import of_type

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
HERE = cdk.Environment(account="123456789012", region="eu-central-1")


def service(stack: cdk.Stack, name: str = "Orders", **given: Any) -> EcsService:
    return EcsService(stack, name, EcsServiceProps(**{"image": IMAGE, "vpc": NewVpc(), **given}))


def site(stack: cdk.Stack, *services: EcsService) -> list[dict[str, Any]]:
    """The origins of a distribution that has each of the services twice."""
    behaviors: dict[str, cloudfront.BehaviorOptions] = {}
    for number, each in enumerate(services * 2):
        assert each.endpoint is not None
        behaviors[f"/{number}/*"] = cloudfront.BehaviorOptions(origin=each.endpoint.for_edge())
    first = behaviors.pop("/0/*")
    cloudfront.Distribution(stack, "Site", default_behavior=first, additional_behaviors=behaviors)
    (distribution,) = of_type(synth_template(stack), "AWS::CloudFront::Distribution")
    return distribution["DistributionConfig"]["Origins"]


@pytest.mark.parametrize("env", [HERE, None], ids=["known", "not known"])
def test_cloudfront_reaches_an_internal_one_by_one_vpc_origin(env: cdk.Environment | None) -> None:
    app = cdk_app()
    stack, pages = cdk.Stack(app, "Shop", env=env), cdk.Stack(app, "Pages", env=env)
    orders = service(stack, route=Route(paths=["/orders/*"]))
    prices = service(stack, "Prices", route=Route(paths=["/prices/*"]), request_timeout=cdk.Duration.seconds(90))
    origins = site(pages, orders, prices)
    template = synth_template(stack)
    (origin,) = of_type(template, "AWS::CloudFront::VpcOrigin")
    assert origin["VpcOriginEndpointConfig"]["OriginProtocolPolicy"] == "http-only"
    assert "Tags" not in origin, "a change of tags is refused while a distribution uses it"
    waits = [each["VpcOriginConfig"]["OriginReadTimeout"] for each in origins]
    assert sorted(waits) == [30, 30, 90, 90]
    ways = of_type(template, "AWS::EC2::SecurityGroupIngress")
    for group in of_type(template, "AWS::EC2::SecurityGroup"):
        ways += group.get("SecurityGroupIngress", [])
    (edge,) = [each for each in ways if "SourcePrefixListId" in each]
    assert (edge["FromPort"], edge["ToPort"]) == (80, 80)
    if env is None:
        assert template["Mappings"]["NawsEdgePrefixLists"]["eu-central-1"] == {"id": ORIGIN_FACING["eu-central-1"]}
        assert edge["SourcePrefixListId"] == {"Fn::FindInMap": ["NawsEdgePrefixLists", {"Ref": "AWS::Region"}, "id"]}
    else:
        assert edge["SourcePrefixListId"] == ORIGIN_FACING["eu-central-1"]


def test_in_a_region_without_a_known_list_it_is_said() -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=cdk.Environment(account="123456789012", region="me-south-1"))
    endpoint = service(stack).endpoint
    assert endpoint is not None
    endpoint.for_edge()
    with pytest.raises(RuntimeError, match=r"NAWS-LB-027 \(limit\).* = me-south-1[\s\S]*ca-central-1"):
        synth_template(stack)


def test_a_public_one_is_asked_by_its_name_and_https() -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=HERE)
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    balancer = LoadBalancer(public=True, domain_name="orders.example.com", certificate=certificate)
    long = service(stack, load_balancer=balancer, request_timeout=cdk.Duration.seconds(100))
    origins = site(stack, long)
    assert {each["DomainName"] for each in origins} == {"orders.example.com"}
    assert {each["CustomOriginConfig"]["OriginProtocolPolicy"] for each in origins} == {"https-only"}
    assert {each["CustomOriginConfig"]["OriginReadTimeout"] for each in origins} == {100}
    assert long.url == "https://orders.example.com"


def test_what_is_not_known_of_an_imported_listener_is_said() -> None:
    stack = cdk.Stack(cdk_app(), "Shop", env=HERE)
    listener = elbv2.ApplicationListener.from_application_listener_attributes(
        stack,
        "Listener",
        listener_arn="arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2",
        security_group=cdk.aws_ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d"),
        default_port=443,
    )
    orders = service(stack, load_balancer=listener, route=Route(paths=["/orders/*"]))
    assert orders.endpoint is not None
    with pytest.raises(RuntimeError, match=r'give its props route=Route\(host="orders.example.com"\)'):
        _ = orders.url
    with pytest.raises(RuntimeError, match="is on a listener that was imported"):
        orders.endpoint.for_edge()
    named = service(stack, "Named", load_balancer=listener, route=Route(host="orders.example.com"))
    assert named.url == "https://orders.example.com"
    alarms = of_type(synth_template(stack), "AWS::CloudWatch::Alarm")
    balancers = {str(each) for alarm in alarms for each in _dimensions(alarm) if each["Name"] == "LoadBalancer"}
    assert balancers == {"{'Name': 'LoadBalancer', 'Value': 'app/shop/50dc6c495c0c9188'}"}


def _dimensions(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    measured = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    return [*alarm.get("Dimensions", []), *(each for metric in measured for each in metric["Dimensions"])]


def test_nobody_sends_requests_to_one_without_load_balancer() -> None:
    stack = cdk.Stack(cdk_app(), "Shop")
    none, check = NoLoadBalancer(reason="it asks a partner for work"), HealthCheck(command=["CMD", "/health"])
    worker = service(stack, load_balancer=none, health_check=check)
    assert (worker.endpoint, worker.url, worker.load_balancer, worker.listener) == (None, None, None, None)
    with pytest.raises(RuntimeError, match=r"Shop/Orders has no load balancer.*HttpEndpoint\.of_domain"):
        service(stack, "Asks", bindings=[worker])


def vpc_origin(env: cdk.Environment = HERE, **given: Any) -> tuple[str, str]:
    """The logical id of the VPC origin of a service, and its name."""
    stack = cdk.Stack(cdk_app(), "Shop", env=env)
    site(stack, service(stack, **given))
    resources = synth_template(stack)["Resources"]
    ((logical, origin),) = [each for each in resources.items() if each[1]["Type"] == "AWS::CloudFront::VpcOrigin"]
    return logical, origin["Properties"]["VpcOriginEndpointConfig"]["Name"]


def test_a_vpc_origin_is_never_changed_while_a_distribution_uses_it() -> None:
    stack = cdk.Stack(cdk_app(), "Names")
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    named = LoadBalancer(domain_name="orders.example.com", certificate=certificate)
    plain, secure = vpc_origin(load_balancer=LoadBalancer()), vpc_origin(load_balancer=named)
    assert plain[0] != secure[0], "CloudFront refuses to update what is in use: another one is made first"
    assert plain[1] != secure[1], "and has to have a name of its own"


def test_a_vpc_origin_has_another_name_in_each_region() -> None:
    far = cdk.Environment(account="123456789012", region="ap-southeast-2")
    (_, here), (_, there) = vpc_origin(), vpc_origin(far)
    assert here != there, "an account has a name once, whatever the region"
    for name in (here, there):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name)


def refused(**given: Any) -> str:
    stack = cdk.Stack(cdk_app(), "Shop", env=HERE)
    try:
        site(stack, service(stack, **given))
    except RuntimeError as error:
        return str(error)
    return ""


def test_longer_than_cloudfront_waits_is_reported_only_behind_it() -> None:
    long: dict[str, Any] = {
        "request_timeout": cdk.Duration.minutes(5),
        "acknowledge": {"NAWS-SVC-003": "clients send again"},
    }
    assert "NAWS-LB-034 (practice)  request_timeout = 5 minutes" in refused(**long)
    assert refused() == ""
    alone = cdk.Stack(cdk_app(), "Shop", env=HERE)
    service(alone, **long)
    synth_template(alone)
