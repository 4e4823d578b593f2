"""Where the tests have their websites, and what one in production is given."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct
from folders import SHOP

from naws.portal_website import Alarms, HttpEndpoint, PortalWebsiteProps, SecurityHeaders, SignIn, WebAcl

NOWHERE = {"NAWS-REGION-001": "it is tried out"}
HERE = cdk.Environment(account="123456789012", region="us-east-1")
THERE = cdk.Environment(account="123456789012", region="eu-central-1")


def production_props(scope: Construct) -> PortalWebsiteProps:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com"
    )
    return PortalWebsiteProps(
        source=SHOP,
        domain_names=["www.example.com", "example.com"],
        hosted_zone=zone,
        api={"/api/*": HttpEndpoint.of_domain("api.example.com")},
        strip_prefix=True,
        config={"stage": "prod"},
        sign_in=SignIn(local=["http://localhost:5173"]),
        headers=SecurityHeaders(csp="enforce", csp_sources={"img-src": ["https://images.example.com"]}, frame="DENY"),
        web_acl=WebAcl(),
        alarms=Alarms(topic=sns.Topic.from_topic_arn(scope, "OnCall", "arn:aws:sns:us-east-1:123456789012:on-call")),
        log_retention=logs.RetentionDays.ONE_YEAR,
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(scope, "Boundary", "boundary"),
    )
