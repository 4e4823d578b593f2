"""Alarms that say why they fired and what to do. ScheduleAlarm is an explicit choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IConstruct

from naws.core.service_access import let_alarms_use_key
from naws.core.shared import shared
from naws.core.spelling import suggesting

SHARED_TOPIC_ID = "NawsAlarms"
_CLOUDWATCH = "cloudwatch.amazonaws.com"
# Topics that have been seen to, by jsii's reference, and the account whose alarms publish to them.
_PUBLISHING: set[tuple[str, str]] = set()
LONGEST_DESCRIPTION = 1024
"""Characters. Source: CloudWatch API, PutMetricAlarm, AlarmDescription."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Where alarms go, which there are, and how patient they are.

    Attributes:
        topic: told when an alarm fires. Omitted: the convention's topic, else one encrypted topic is created per stack,
            whose ARN is an output.
        email: who gets its mails, one address or several; each has to confirm the subscription once. Omitted: nobody
            new; without any subscription nobody hears the alarms.
        notify_ok: also tell when an alarm is over. Omitted: no.
        detail: also the alarms on single causes, see the pattern's page; what fails then trips several alarms. Omitted:
            only those on work that failed, could not start, did not run or waits.
        oldest_message: alarm when a message has waited this long for its run. Omitted: 15 minutes.
        late_by: alarm when a schedule's success is this late, beyond its own period and flexible window. Omitted: a
            tenth of the period, at least 15 minutes, plus the time that one attempt may take.
    """

    topic: sns.ITopic | None = None
    email: str | Sequence[str] | None = None
    notify_ok: bool = False
    detail: bool = False
    oldest_message: cdk.Duration | None = None
    late_by: cdk.Duration | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of `email`."""
        match self.email:
            case None:
                return ()
            case str():
                return (self.email,)
            case _:
                return tuple(self.email)


@suggesting
@dataclass(frozen=True, kw_only=True)
class NoAlarms:
    """No alarm at all.

    Attributes:
        reason: why nobody has to be told; it goes into the template's metadata.
    """

    reason: str


@dataclass(frozen=True, kw_only=True)
class AlarmText:
    """What the person on call reads at three in the morning.

    Attributes:
        why: what happened, in one sentence.
        do: what to do now, with the command.
        page: the guide page that says more.
    """

    why: str
    do: str
    page: str

    def render(self) -> str:
        """The alarm's description."""
        return f"{self.why} What to do: {self.do} Guide: {self.page}"


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """When an alarm fires; what is not given is that of an alarm on something that should never happen.

    Attributes:
        threshold: what the value is compared with.
        evaluation_periods: so many periods in a row have to breach.
        comparison: how.
        missing: what a period without data counts as.
        warm_up: minutes after its creation in which it tells nothing. Omitted: none.
        utc_offset: of the zone whose days are its periods, such as `+02:00`. Omitted: the window slides.
    """

    threshold: float = 1
    evaluation_periods: int = 1
    comparison: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING
    warm_up: int | None = None
    utc_offset: str | None = None


def alarm(  # noqa: PLR0913  # what an alarm is made of
    scope: Construct,
    construct_id: str,
    *,
    metric: cloudwatch.IMetric,
    text: AlarmText,
    topic: sns.ITopic,
    settings: AlarmSettings | None = None,
    notify_ok: bool = False,
    name: str | None = None,
) -> cloudwatch.Alarm:
    """One alarm that tells `topic` when it fires and, with `notify_ok`, when it is over."""
    when = settings or AlarmSettings()
    made = cloudwatch.Alarm(
        scope,
        construct_id,
        metric=metric,
        threshold=when.threshold,
        evaluation_periods=when.evaluation_periods,
        comparison_operator=when.comparison,
        treat_missing_data=when.missing,
        alarm_description=text.render(),
        alarm_name=name,
    )
    resource = cast("cloudwatch.CfnAlarm", made.node.default_child)
    if when.warm_up is not None:
        # FILL makes data, which would end a warm-up that does not wait.
        resource.warm_up_configuration = cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
            warm_up_period_duration_in_minutes=when.warm_up, only_start_evaluating_after_warm_up_period_ends=True
        )
    if when.utc_offset is not None:
        clock = cloudwatch.CfnAlarm.WallClockWindowProperty(timezone=when.utc_offset)
        resource.evaluation_window = cloudwatch.CfnAlarm.EvaluationWindowProperty(wall_clock_window=clock)
    action = actions.SnsAction(topic)
    made.add_alarm_action(action)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    if notify_ok:
        made.add_ok_action(action)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    return made


def sum_of(metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.MathExpression:
    """The sum of metrics of five minutes each, of which any may have no data.

    A period of five minutes has data, also when those of the last minute have not come yet: with a shorter one FILL
    would put 0 in their place, and the alarm would go back each time.
    """
    names = [f"m{number}" for number in range(1, len(metrics) + 1)]
    return cloudwatch.MathExpression(
        expression=" + ".join(f"FILL({name}, 0)" for name in names),
        using_metrics=dict(zip(names, metrics, strict=True)),
        period=cdk.Duration.minutes(5),
        label="sum",
    )


def add_to_sum(made: cloudwatch.Alarm, metrics: Sequence[cloudwatch.Metric]) -> None:
    """Let an alarm on `sum_of` watch these metrics, which are more than it was made with."""
    of = cloudwatch.CfnAlarm
    math = sum_of(metrics)
    stats = [
        of.MetricDataQueryProperty(
            id=f"m{number}",
            metric_stat=of.MetricStatProperty(
                metric=of.MetricProperty(
                    namespace=metric.namespace,
                    metric_name=metric.metric_name,
                    dimensions=[of.DimensionProperty(name=key, value=each) for key, each in _dimensions(metric)],
                ),
                period=300,
                stat=metric.statistic,
            ),
            return_data=False,
        )
        for number, metric in enumerate(metrics, 1)
    ]
    total = of.MetricDataQueryProperty(id="expr_1", expression=math.expression, label="sum", return_data=True)
    cast("cloudwatch.CfnAlarm", made.node.default_child).metrics = [total, *stats]


def _dimensions(metric: cloudwatch.Metric) -> list[tuple[str, str]]:
    return sorted((metric.dimensions or {}).items())


def subscribe(topic: sns.ITopic, addresses: Sequence[str]) -> None:
    """Send a topic's messages to e-mail addresses, to each once, whatever letters of it are capitals."""
    for address in addresses:
        # CDK names a subscription by its address, and refuses the second of one name.
        names = {child.node.id.lower() for child in topic.node.children}
        if cdk.Token.is_unresolved(address) or address.lower() not in names:
            topic.add_subscription(subscriptions.EmailSubscription(address))  # pyright: ignore[reportArgumentType]  # jsii renames parameters


def shared_topic(scope: Construct, topics: Sequence[sns.ITopic | None]) -> sns.ITopic:
    """The first of `topics` that is given; without any, the stack's own, encrypted with a key that alarms may use."""
    given = next((topic for topic in topics if topic is not None), None)
    if given is not None:
        _let_alarms_publish(scope, given)
        return given
    beside = (f"{SHARED_TOPIC_ID}Key", f"{SHARED_TOPIC_ID}TopicArn")
    return shared(cdk.Stack.of(scope), SHARED_TOPIC_ID, _topic_of_stack, beside=beside)


def _topic_of_stack(stack: cdk.Stack) -> sns.ITopic:
    # CloudWatch cannot publish to a topic under the AWS-managed SNS key: that key's policy does not name it.
    key = kms.Key(stack, f"{SHARED_TOPIC_ID}Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.DESTROY)
    topic = sns.Topic(stack, SHARED_TOPIC_ID, master_key=key, enforce_ssl=True)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    let_alarms_use_key(stack, key)  # pyright: ignore[reportArgumentType]  # as above
    topic.add_to_resource_policy(_publish(topic, stack.account))  # pyright: ignore[reportArgumentType]  # as above
    description = "Told when an alarm of this stack fires; subscribe to it"
    cdk.CfnOutput(stack, f"{SHARED_TOPIC_ID}TopicArn", value=topic.topic_arn, description=description)
    return topic  # pyright: ignore[reportReturnType]  # as above


def _let_alarms_publish(scope: Construct, topic: sns.ITopic) -> None:
    """Let the alarms of this account publish to a topic that the app makes; an imported one is its owner's affair.

    A topic with a policy has no longer the default one, which lets the services of its own account publish; a topic
    without keeps it. Which it is, is known when the app is synthesised.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """
    account = cdk.Stack.of(scope).account
    made = (str(getattr(topic, "__jsii_ref__").ref), account)  # noqa: B009  # every jsii object has it, the stubs do not say
    if not isinstance(topic, sns.Topic) or made in _PUBLISHING:
        return
    _PUBLISHING.add(made)
    if topic.master_key is not None:
        let_alarms_use_key(scope, topic.master_key)
    cdk.Aspects.of(topic).add(_AlarmsPublish(account))  # pyright: ignore[reportArgumentType]  # jsii renames parameters


@jsii.implements(cdk.IAspect)
class _AlarmsPublish:
    def __init__(self, account: str) -> None:
        self._account = account

    def visit(self, node: IConstruct) -> None:
        """Add the statement to every policy that the topic has by now, its own and those beside it."""
        if not isinstance(node, sns.Topic):
            return
        beside = node.node.scope.node.children if node.node.scope is not None else []
        for policy in (*node.node.children, *beside):
            resource = policy.node.default_child if isinstance(policy, sns.TopicPolicy) else policy
            if isinstance(resource, sns.CfnTopicPolicy) and node.topic_arn in resource.topics:
                _add_statement(policy, resource, _publish(node, self._account))  # pyright: ignore[reportArgumentType]  # jsii renames parameters


def _add_statement(policy: IConstruct, resource: sns.CfnTopicPolicy, statement: iam.PolicyStatement) -> None:
    document: Any = policy.document if isinstance(policy, sns.TopicPolicy) else resource.policy_document
    if isinstance(document, iam.PolicyDocument):
        document.add_statements(statement)
    elif isinstance(document, dict):
        whole = cast("dict[str, Any]", document)
        own: Any = whole.get("Statement", [])
        statements: list[Any] = cast("list[Any]", own) if isinstance(own, list) else [own]
        resource.policy_document = {**whole, "Statement": [*statements, statement.to_json()]}


def _publish(topic: sns.ITopic, account: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="AlarmsPublish",
        principals=[iam.ServicePrincipal(_CLOUDWATCH)],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
        actions=["sns:Publish"],
        resources=[topic.topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": account}},
    )
