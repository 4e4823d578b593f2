"""Scenarios: one stack each, as a user would write it."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from constructs import Construct

from naws.lambda_service import (
    Alarms,
    Batch,
    BucketBinding,
    Canary,
    Conventions,
    Cors,
    EventTrigger,
    HttpApi,
    Jwt,
    LambdaService,
    LambdaServiceProps,
    PythonCode,
    QueueTrigger,
    ScheduleTrigger,
    SecretBinding,
    Throttle,
)
from naws.testing import scenario_fixtures

Scenario = Callable[[cdk.App], cdk.Stack]
UNSEEN = {"NAWS-ALARM-010": "somebody looks at the report every day"}
CODE = str(Path(__file__).parent / "code" / "orders")


def code() -> PythonCode:
    return PythonCode(CODE)


def minimal(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    LambdaService(stack, "Orders", LambdaServiceProps(code=code()))
    return stack


def http(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    routes = ["GET /orders", "POST /orders", "GET /orders/{id}"]
    LambdaService(stack, "Orders", LambdaServiceProps(code=code(), endpoint=HttpApi(routes=routes)))
    return stack


def asynchronous(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    triggers = [ScheduleTrigger("@daily"), EventTrigger({"source": ["shop.orders"]}), QueueTrigger()]
    LambdaService(stack, "Mails", LambdaServiceProps(code=code(), triggers=triggers, acknowledge=UNSEEN))
    return stack


def queues(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    LambdaService(stack, "Mails", LambdaServiceProps(code=code(), triggers=[QueueTrigger(), QueueTrigger()]))
    return stack


def production_props(scope: Construct) -> LambdaServiceProps:
    bucket = s3.Bucket.from_bucket_name(scope, "Inbox", "inbox-of-a-company")
    cdk.Annotations.of(scope).acknowledge_warning("NAWS-DATA-014", "its owner has switched it on")
    cdk.Annotations.of(scope).acknowledge_warning("NAWS-DATA-018", "a key of S3 encrypts it")
    secret = secretsmanager.Secret.from_secret_name_v2(scope, "Warehouse", "warehouse/password")
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Network",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0", "rtb-0123456789abcdef1"],
    )
    return LambdaServiceProps(
        code=code(),
        memory_size=1769,
        timeout=cdk.Duration.seconds(20),
        ephemeral_storage_size=cdk.Size.gibibytes(1),
        environment={"LOG_LEVEL": "info"},
        bindings=[BucketBinding(bucket, access="write", prefix="reports/", name="REPORTS"), SecretBinding(secret)],
        endpoint=HttpApi(
            routes=["GET /orders", "POST /orders", "GET /orders/{id}"],
            authorizer=Jwt(issuer="https://login.example.com", audience=["shop"]),
            cors=Cors(["https://shop.example.com"]),
            throttle=Throttle(rate=50, burst=100),
            domain_name="api.example.com",
        ),
        triggers=[
            ScheduleTrigger("30 5 * * 1-5", timezone="Europe/Berlin", payload={"kind": "daily"}),
            EventTrigger.object_created(bucket, prefix="orders/", suffix=".csv"),
            QueueTrigger(filter={"body": {"kind": ["order"]}}),
        ],
        batch=Batch(batch_size=20, max_batching_window=cdk.Duration.seconds(5), max_concurrency=5),
        retry_attempts=1,
        max_event_age=cdk.Duration.hours(1),
        reserved_concurrent_executions=20,
        rollout=Canary(percent=10),
        vpc=vpc,
        log_retention=logs.RetentionDays.ONE_YEAR,
        encryption_key=kms.Key.from_key_arn(
            scope, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        removal_policy=cdk.RemovalPolicy.DESTROY,
        dashboard=True,
        alarms=Alarms(
            topic=sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call"), detail=True
        ),
        acknowledge={"NAWS-OWNER-008": "the key's policy has the statements", **UNSEEN},
    )


def production(app: cdk.App) -> cdk.Stack:
    stack = cdk.Stack(app, "Shop")
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com"
    )
    Conventions(
        service="shop",
        stage="prod",
        owner="sales",
        name_prefix="shop-prod",
        certificate=acm.Certificate.from_certificate_arn(stack, "Certificate", arn),
        hosted_zone=zone,
    ).apply(stack)
    LambdaService(stack, "Orders", production_props(stack))
    return stack


SCENARIOS: dict[str, Scenario] = {
    "minimal": minimal,
    "http": http,
    "asynchronous": asynchronous,
    "queues": queues,
    "production": production,
}

scenario, scenarios, synthesis, template = scenario_fixtures(SCENARIOS)
