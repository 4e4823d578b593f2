"""The topic that a pattern's alarms are sent to, and who may publish to it."""

from collections.abc import Sequence
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IConstruct

from naws.core.build.roles import allow, role_arn, service_role
from naws.core.homes import home_at, home_of
from naws.core.key_access import via
from naws.core.nag import acknowledge_nag_wildcards
from naws.core.shared import SHARED_TOPIC_ID, shared
from naws.core.stacks import account_of, kept, partition_of, region_of, stack_of
from naws.core.text import as_list
from naws.core.tokens import has_token

_CLOUDWATCH, _EVENTS = "cloudwatch.amazonaws.com", "events.amazonaws.com"
_USE_KEY = ["kms:Decrypt", "kms:GenerateDataKey*"]


def alarm_topic(scope: Construct, given: sns.ITopic | None) -> sns.ITopic:
    """The topic that is given; without one, the stack's own, encrypted with a key that alarms may use."""
    if given is None:
        return shared(stack_of(scope), SHARED_TOPIC_ID, _topic_of_stack)
    account = account_of(scope)
    kept(given, f"alarms of {account}", lambda: _let_alarms_publish(given, account))
    return given


def subscribe(topic: sns.ITopic, addresses: Sequence[str]) -> None:
    """Send a topic's messages to e-mail addresses, to each once, in whatever case."""
    sent: set[str] = kept(topic, "addresses", set[str])
    for address in addresses:
        key = address if has_token(address) else address.lower()
        if key in sent:
            continue
        sent.add(key)
        # CDK names a subscription by its address, and refuses the second of one name.
        if has_token(address) or key not in {child.node.id.lower() for child in topic.node.children}:
            topic.add_subscription(subscriptions.EmailSubscription(address))  # pyright: ignore[reportArgumentType]  # jsii renames parameters


def let_events_publish(scope: Construct, topic: sns.ITopic, *, given: bool) -> str | None:
    """Let rules of EventBridge in the stack of `scope` publish to a topic; an imported one's policy is its owner's.

    Within an account the topic's policy decides, without a condition: EventBridge's page on topics has none. To the
    topic of another account EventBridge publishes by a role of the rule's account alone.
    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions,
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-cross-account.html

    Args:
        scope: the pattern.
        topic: where its alarms are sent.
        given: whether it may be another account's; the stack's own one is not.

    Returns:
        the ARN of the role that the rules' targets need; None: they need none.
    """
    here, owner = home_at(scope), home_of(topic).account if given else None
    if owner is None or here.account in (None, owner):
        kept(topic, "events", lambda: _let_publish(topic, iam.ServicePrincipal(_EVENTS)))
        return None
    kept(topic, f"events of {here.account}", lambda: _let_publish(topic, iam.AccountPrincipal(here.account)))
    return kept(scope, "events role", lambda: role_arn(_events_role(scope, topic, owner)))


def _let_publish(topic: sns.ITopic, principal: iam.PrincipalBase) -> None:
    if not isinstance(topic, sns.Topic):
        return
    arn = kept(topic, "arn", lambda: topic.topic_arn)
    topic.add_to_resource_policy(_statement(["sns:Publish"], arn, None, sid="EventsPublish", principal=principal))
    if topic.master_key is not None:
        topic.master_key.add_to_resource_policy(_statement(_USE_KEY, "*", None, principal=principal))


def _events_role(scope: Construct, topic: sns.ITopic, owner: str) -> iam.CfnRole:
    """Which key encrypts a topic of another account is not known here: its owner's keys, by way of SNS alone.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    region = region_of(scope)
    keys = f"arn:{partition_of(scope)}:kms:{region}:{owner}:key/*"
    arn = kept(topic, "arn", lambda: topic.topic_arn)
    statements = [
        allow("Publish", ["sns:Publish"], [arn]),
        allow("TopicKey", _USE_KEY, [keys], **via("sns", region)),
    ]
    role = service_role(scope, "AlarmEventsRole", "events", "Publishes to the alarms' topic", statements)
    acknowledge_nag_wildcards(role, {keys: "the key of another account's topic is not known"})
    return role


def _topic_of_stack(stack: cdk.Stack) -> sns.ITopic:
    account = account_of(stack)
    # CloudWatch cannot publish to a topic under the AWS-managed SNS key: that key's policy does not name it.
    key = kms.Key(stack, f"{SHARED_TOPIC_ID}Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.DESTROY)
    topic = sns.Topic(stack, SHARED_TOPIC_ID, master_key=key, enforce_ssl=True)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    _let_alarms_use_key(key, account)  # pyright: ignore[reportArgumentType]  # as above
    topic.add_to_resource_policy(_publish(topic, account))  # pyright: ignore[reportArgumentType]  # as above
    description = "Where the alarms of this stack are sent; subscribe to it"
    cdk.CfnOutput(stack, f"{SHARED_TOPIC_ID}TopicArn", value=topic.topic_arn, description=description)
    return topic  # pyright: ignore[reportReturnType]  # as above


def _let_alarms_publish(topic: sns.ITopic, account: str) -> None:
    """Let the alarms of an account publish to a topic that the app makes; an imported one is its owner's affair.

    A topic with a policy has no longer the default one, which lets the services of its own account publish; a topic
    without keeps it. Which it is, is known when the app is synthesised.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """
    if not isinstance(topic, sns.Topic):
        return
    if topic.master_key is not None:
        _let_alarms_use_key(topic.master_key, account)
    cdk.Aspects.of(topic).add(_AlarmsPublish(account))  # pyright: ignore[reportArgumentType]  # jsii renames parameters


def _let_alarms_use_key(key: kms.IKey, account: str) -> None:
    """Let CloudWatch use a topic's key for the alarms of an account.

    An imported key's policy is its owner's affair.
    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    key.add_to_resource_policy(_statement(_USE_KEY, "*", account))


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
        statements = as_list(whole.get("Statement", []))
        resource.policy_document = {**whole, "Statement": [*statements, statement.to_json()]}


def _publish(topic: sns.ITopic, account: str) -> iam.PolicyStatement:
    return _statement(["sns:Publish"], topic.topic_arn, account, sid="AlarmsPublish")


def _statement(
    actions: Sequence[str],
    resource: str,
    account: str | None,
    sid: str | None = None,
    principal: iam.PrincipalBase | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[principal or iam.ServicePrincipal(_CLOUDWATCH)],  # pyright: ignore[reportArgumentType]  # jsii renames parameters
        actions=actions,
        resources=[resource],
        conditions=None if account is None else {"StringEquals": {"aws:SourceAccount": account}},
    )
