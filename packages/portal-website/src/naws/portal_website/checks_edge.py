"""Rules on what CloudFront has in us-east-1: alarms, their topic, and access logs."""

from collections.abc import Iterator

from naws.core import Alarms
from naws.core.authoring import Check, Field, Finding, advice, home_of, limit
from naws.portal_website.plan import EDGE_REGION, Plan

_REGION = 'env=cdk.Environment(region="eu-central-1")'
_OF_STACK = f"{_REGION}  # of the stack"
_METRICS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html"
_ACTIONS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"
_CHINA = "https://docs.amazonaws.cn/en_us/aws/latest/userguide/cloudfront.html"
_OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
_TOPIC = 'alarms=Alarms(topic=sns.Topic.from_topic_arn(stack, "T", "arn:aws:sns:{}:123456789012:on-call"))'
_SHARED = 'conventions=Conventions(alarm_topic=sns.Topic.from_topic_arn(stack, "T", {}))'
_IMPORTED, _NAMED = 'cdk.Fn.import_value("OnCall")', '"arn:aws:sns:us-east-1:123456789012:on-call"'


@advice(
    code="NAWS-REGION-001",
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
        ["access logs"] if plan.edge.wants_logs else []
    )
    if missing:
        yield Field("env").finding(
            f"a stack whose region is known: without it the website has no {' and no '.join(missing)}",
            f'{_OF_STACK}\nalarms=NoAlarms(reason="…"), access_logs=False',
            shown="not given",
        )


@limit(
    code="NAWS-REGION-002",
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
    if plan.edge.operations.topic is None:
        region = home_of(given.topic).region
        yield Field("alarms.topic").finding(
            f"a topic of {EDGE_REGION}",
            'omit topic  # one is made there; email="…" subscribes\n'
            f'topic=sns.Topic.from_topic_arn(self, "OnCall", "arn:aws:sns:{EDGE_REGION}:…")',
            shown=f"a topic of {region}" if region else f"an ARN that no stack of {EDGE_REGION} knows",
        )


@advice(
    code="NAWS-REGION-004",
    title="The region of a convention's topic is known to a website of another region than us-east-1",
    source=_ACTIONS,
    example=f'{_SHARED.format(_IMPORTED)}, env="given"',
    fix=f'{_SHARED.format(_NAMED)}, env="given"',
)
def topic_known(plan: Plan) -> Iterator[Finding]:
    """An ARN that only the deployment knows may be of any region, most likely that of the stack.

    The website's alarms get a topic beside it, and nobody hears them who has not subscribed.
    """
    if plan.edge.place != "apart" or plan.operations.topic is None or plan.edge.operations.topic is not None:
        return
    path, topic = plan.operations.topic
    given = plan.props.alarms
    if isinstance(given, Alarms) and not given.addresses and given.topic is None and home_of(topic).region is None:
        yield Field(path).finding(
            f"a topic whose region is known: the website's alarms are in {EDGE_REGION}, and get a topic of their own",
            f'alarms=Alarms(topic=sns.Topic.from_topic_arn(self, "OnCall", "arn:aws:sns:{EDGE_REGION}:…"))\n'
            'alarms=Alarms(email="…")  # to the one that is made',
            shown="an ARN that only the deployment knows",
        )


@limit(
    code="NAWS-REGION-003",
    title="A website is in a region of AWS's commercial partition",
    source=_CHINA,
    example='env=cdk.Environment(account="123456789012", region="us-gov-west-1")',
    fix='env=cdk.Environment(account="123456789012", region="eu-central-1")',
)
def has_cloudfront(plan: Plan) -> Iterator[Finding]:
    """CloudFront's certificates, alarms and logs are in us-east-1, and stacks of another partition reach nothing there.

    GovCloud, the isolated regions and the European sovereign cloud have no CloudFront. China's takes neither
    ACM's certificates nor requests for its own name.
    """
    region = plan.context.home.region
    if region is not None and region.startswith(_OTHER_PARTITIONS):
        remedy = f"{_OF_STACK}\napi={{…: HttpEndpoint.of_domain(…)}}  # what has to stay there"
        yield Field("env").finding("a region of the commercial partition", remedy, shown=region)


EDGE_CHECKS: tuple[Check[Plan], ...] = tuple(
    rule.on(lambda plan: (plan,)) for rule in (operated, topic_there, has_cloudfront, topic_known)
)
"""Of a whole plan."""
