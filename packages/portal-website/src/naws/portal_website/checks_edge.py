"""Rules on what AWS wants in us-east-1: where the stack is has to be known, and a topic of alarms has to be there."""

from collections.abc import Iterator

from naws.core import Alarms
from naws.core.authoring import Check, Field, Finding, advice, home_of, limit
from naws.portal_website.plan import EDGE_REGION, Plan
from naws.portal_website.props import WebAcl

_REGION = 'env=cdk.Environment(region="eu-central-1")'
_OF_STACK = f"{_REGION}  # of the stack"
_CERTIFICATES = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"
_METRICS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html"
_ACTIONS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"
_ZONE = (
    'domain_names=["www.example.com"], hosted_zone=route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", '
    'hosted_zone_id="Z0123456789", zone_name="example.com")'
)
_TOPIC = 'alarms=Alarms(topic=sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:{}:123456789012:on-call"))'


@limit(
    code="NAWS-REGION-001",
    title="What is made in us-east-1 is made where the stack's region is known",
    source=_CERTIFICATES,
    example=_ZONE,
    fix=f'{_ZONE}, env="given"',
)
def region_known(plan: Plan) -> Iterator[Finding]:
    """CloudFront takes certificates and web ACLs of us-east-1 alone: they are made in a stack there.

    In which stack of which region they are needed has to be known when the app is synthesised.
    """
    if plan.edge.place is not None:
        return
    if plan.domain.makes_certificate:
        yield Field("certificate").finding(
            "a stack whose region is known, or a certificate",
            f'{_OF_STACK}\ncertificate=acm.Certificate.from_certificate_arn(self, "Certificate", "arn:aws:acm:'
            f'{EDGE_REGION}:…")',
            shown="not given, and the stack's region is not known",
        )
    if isinstance(plan.edge.web_acl, WebAcl):
        yield Field("web_acl").finding(
            "a stack whose region is known, or the ACL itself",
            f"{_OF_STACK}\nomit web_acl",
            shown="WebAcl(), and the stack's region is not known",
        )


@advice(
    code="NAWS-REGION-002",
    title="A website whose stack has a region has alarms and access logs",
    source=_METRICS,
    example="alarms=Alarms()",
    fix='env="given"',
)
def operated(plan: Plan) -> Iterator[Finding]:
    """CloudFront's metrics and logs are in us-east-1. Where the stack is going to be has to be known for a stack there.

    Without a region the website is whole, but nobody hears when it fails.
    """
    if plan.edge.place is not None:
        return
    missing = (["alarms"] if isinstance(plan.props.alarms, Alarms) else []) + (
        ["access logs"] if plan.edge.access_logs else []
    )
    if missing:
        yield Field("env").finding(
            f"a stack whose region is known: without it the website has no {' and no '.join(missing)}",
            f'{_OF_STACK}\nalarms=NoAlarms(reason="…"), access_logs=False',
            shown="not given",
        )


@limit(
    code="NAWS-REGION-003",
    title="The topic of a website's alarms is in us-east-1",
    source=_ACTIONS,
    example=f'{_TOPIC.format("eu-central-1")}, env="given"',
    fix=f'{_TOPIC.format("us-east-1")}, env="given"',
)
def topic_there(plan: Plan) -> Iterator[Finding]:
    """CloudFront's metrics are there, so its alarms are, and an alarm is sent to a topic of its own region alone.

    A convention's topic in another region stays that of the other patterns: the website's alarms get one beside them.
    """
    given = plan.props.alarms
    if not isinstance(given, Alarms) or given.topic is None or plan.edge.place is None:
        return
    region = home_of(given.topic).region
    if region not in (None, EDGE_REGION):
        yield Field("alarms.topic").finding(
            f"a topic of {EDGE_REGION}",
            'omit topic  # one is made there; email="…" subscribes\n'
            f'topic=sns.Topic.from_topic_arn(self, "OnCall", "arn:aws:sns:{EDGE_REGION}:…")',
            shown=f"a topic of {region}",
        )


EDGE_CHECKS: tuple[Check[Plan], ...] = tuple(
    rule.on(lambda plan: (plan,)) for rule in (region_known, operated, topic_there)
)
"""Of a whole plan."""
