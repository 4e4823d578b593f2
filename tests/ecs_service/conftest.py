"""Scenarios: one stack each, as a user would write it."""

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from naws.ecs_service import (
    Alarms,
    BucketBinding,
    CapacitySchedule,
    Conventions,
    Deployment,
    EcsService,
    EcsServiceProps,
    EcsServiceStack,
    HealthCheck,
    LoadBalancer,
    NewVpc,
    NoLoadBalancer,
    Route,
    Scaling,
    SecretBinding,
)
from naws.testing import scenario_fixtures

Scenario = Callable[[cdk.App], cdk.Stack]
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/orders:1.4.2"


def image() -> ecs.ContainerImage:
    return ecs.ContainerImage.from_registry(IMAGE)


def minimal(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    EcsService(stack, "Orders", EcsServiceProps(image=image(), vpc=NewVpc()))
    return stack


def several(app: cdk.App) -> cdk.Stack:
    """Two services behind one load balancer, one of which sends requests to the other, and one behind none."""
    prices = EcsServiceProps(image=image(), vpc=NewVpc(), route=Route(paths=["/prices", "/prices/*"]))
    worker = EcsServiceProps(
        image=image(),
        load_balancer=NoLoadBalancer(reason="it asks a partner for work"),
        health_check=HealthCheck(command=["CMD", "/health"]),
    )
    stack = EcsServiceStack(app, "Shop", services={"Prices": prices, "Worker": worker})
    orders = EcsServiceProps(
        image=image(), route=Route(paths=["/orders", "/orders/*"]), bindings=[stack.services["Prices"]]
    )
    EcsService(stack, "Orders", orders)
    return stack


def public(app: cdk.App) -> cdk.Stack:
    """A public one whose certificate is made here, which gets a version by and by."""
    stack = cdk.Stack(app, "Shop")
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
    )
    seen = {"cloudWatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": True}
    web_acl = wafv2.CfnWebACL(stack, "Filter", scope="REGIONAL", default_action={"allow": {}}, visibility_config=seen)
    balancer = LoadBalancer(public=True, domain_name="shop.example.com", hosted_zone=zone, web_acl=web_acl)
    props = EcsServiceProps(
        image=image(),
        vpc=NewVpc(),
        load_balancer=balancer,
        deployment=Deployment.canary(percent=10, interval=cdk.Duration.minutes(5)),
    )
    EcsService(stack, "Shop", props)
    return stack


def production_props(scope: Construct) -> EcsServiceProps:
    bucket = s3.Bucket.from_bucket_name(scope, "Photos", "photos-of-a-company")
    cdk.Annotations.of(scope).acknowledge_warning("NAWS-DATA-018", "a key of S3 encrypts it")
    secret = secretsmanager.Secret.from_secret_name_v2(scope, "Warehouse", "warehouse/password")
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Network",
        vpc_id="vpc-0123456789abcdef0",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )
    return EcsServiceProps(
        image=image(),
        cpu=1024,
        memory_limit_mib=3072,
        container_port=3000,
        request_timeout=cdk.Duration.seconds(60),
        start_timeout=cdk.Duration.minutes(2),
        health_check=HealthCheck(path="/healthz", codes="200,204", interval=cdk.Duration.seconds(15)),
        route=Route(host="orders.example.com", paths=["/api/*"]),
        load_balancer=LoadBalancer(domain_name="orders.example.com"),
        scaling=Scaling(
            min_capacity=4,
            max_capacity=40,
            target_memory_percent=70,
            requests_per_task=600,
            schedules=[
                CapacitySchedule("0 7 * * 1-5", min_capacity=8, timezone="Europe/Berlin"),
                CapacitySchedule("cron(0 20 ? * MON-FRI *)", min_capacity=4, timezone="Europe/Berlin"),
            ],
        ),
        capacity="spot",
        stickiness=cdk.Duration.hours(1),
        environment={"LOG_LEVEL": "info"},
        bindings=[BucketBinding(bucket, access="read-write", prefix="orders/", name="PHOTOS"), SecretBinding(secret)],
        vpc=vpc,
        cluster=ecs.Cluster.from_cluster_attributes(scope, "Cluster", cluster_name="shop", vpc=vpc),
        log_retention=logs.RetentionDays.ONE_YEAR,
        encryption_key=kms.Key.from_key_arn(
            scope, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        removal_policy=cdk.RemovalPolicy.RETAIN,
        dashboard=True,
        alarms=Alarms(
            topic=sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call"), detail=True
        ),
        acknowledge={"NAWS-OWNER-008": "the key's policy has the statements", "NAWS-SVC-023": "its owner says so"},
    )


def production(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
    )
    Conventions(
        service="shop",
        stage="prod",
        owner="sales",
        name_prefix="shop-prod",
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        hosted_zone=zone,
    ).apply(stack)
    EcsService(stack, "Orders", production_props(stack))
    return stack


SCENARIOS: dict[str, Scenario] = {
    "minimal": minimal,
    "several": several,
    "public": public,
    "production": production,
}

scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)
