"""The ready stack: services that share one load balancer, which the stack may describe."""

import aws_cdk as cdk
from aws_cdk import assertions
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as route53

from naws.ecs_service import EcsServiceProps, EcsServiceStack, LoadBalancer, Route


def test_the_stack_says_how_the_load_balancer_of_its_services_is() -> None:
    app = cdk.App()
    zone = route53.HostedZone(cdk.Stack(app, "Names"), "Zone", zone_name="example.com")
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/python:3.14.0")
    stack = EcsServiceStack(
        app,
        "Shop",
        load_balancer=LoadBalancer(public=True, domain_name="shop.example.com", hosted_zone=zone),
        services={
            name: EcsServiceProps(image=image, route=Route(paths=[f"/{name}", f"/{name}/*"])) for name in ("One", "Two")
        },
    )
    template = assertions.Template.from_stack(stack)
    template.has_resource_properties("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internet-facing"})
    template.resource_count_is("AWS::ElasticLoadBalancingV2::LoadBalancer", 1)
    template.resource_count_is("AWS::ElasticLoadBalancingV2::ListenerRule", 2)
