"""The topic that alarms are sent to, as its template has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rule import Finding, advice, limit
from naws.core.rules.values import Field
from naws.core.statements import alarms_use_key

_AWS_MANAGED = "alias/aws/sns"
_OWN_KEY = 'kms.Key(self, "TopicKey", enable_key_rotation=True)'


@dataclass(frozen=True, kw_only=True)
class TopicView(Field):
    """A topic and the key that encrypts it.

    Attributes:
        key: id, ARN or alias of its key, as JSON text; empty without one, or when it is not known.
        imported_key: whether the topic is made in the app and its key is not, so that its policy cannot be extended.
    """

    key: str
    imported_key: bool = False


@limit(
    code="NAWS-BUILT-027",
    title="A topic for alarms is not encrypted with the key that AWS manages for SNS",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
    example=f'alarms=Alarms(topic=sns.Topic(stack, "T", master_key=kms.Alias.from_alias_name(stack, "K", '
    f'"{_AWS_MANAGED}")))',
    fix='alarms=Alarms(topic=sns.Topic(stack, "T", master_key=kms.Key(stack, "K", enable_key_rotation=True)))',
)
def lets_alarms_publish(topic: TopicView) -> Iterator[Finding]:
    """The key's policy names no service and cannot be changed: CloudWatch could not publish, no alarm would arrive."""
    if _AWS_MANAGED in topic.key:
        yield topic.finding(
            "a topic under a key of your own, whose policy this library extends, or without one",
            f"master_key={_OWN_KEY}  # of the topic",
            shown=f"a topic under {_AWS_MANAGED}",
        )


@advice(
    code="NAWS-BUILT-028",
    title="The owner of an imported key lets CloudWatch use it",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
    example='alarms=Alarms(topic=sns.Topic(stack, "T", master_key=kms.Key.from_key_arn(stack, "K", '
    '"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab")))',
    fix='alarms=Alarms(topic=sns.Topic(stack, "T", master_key=kms.Key(stack, "K", enable_key_rotation=True)))',
)
def owner_lets_alarms_use_key(topic: TopicView) -> Iterator[Finding]:
    """A key that is imported keeps the policy that it has: unless it names CloudWatch, no alarm arrives."""
    if topic.imported_key and _AWS_MANAGED not in topic.key:
        yield topic.finding(
            f"a statement in that key's policy, added by its owner: {alarms_use_key('<the account of the alarms>')}",
            f"master_key={_OWN_KEY}  # of the topic",
            shown="a topic under a key that is not made here",
        )


TOPIC_RULES = (lets_alarms_publish, owner_lets_alarms_use_key)
