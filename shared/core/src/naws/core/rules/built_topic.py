"""The topic that alarms are sent to, as its template has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Told

_AWS_MANAGED = "alias/aws/sns"
_OWN_KEY = 'kms.Key(self, "TopicKey", enable_key_rotation=True)'


@dataclass(frozen=True, kw_only=True)
class BuiltTopic:
    """A topic and the key that encrypts it.

    Attributes:
        path: the field that chose it.
        key: id, ARN or alias of its key, as JSON text; empty without one, or when it is not known.
    """

    path: str
    key: str


@rule(
    code="NAWS-BUILT-027",
    level="limit",
    title="A topic for alarms is not encrypted with the key that AWS manages for SNS",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
    example=f'alarms=Alarms(topic=sns.Topic(stack, "T", master_key=kms.Alias.from_alias_name(stack, "K", '
    f'"{_AWS_MANAGED}")))',
    fix='alarms=Alarms(topic=sns.Topic(stack, "T", master_key=kms.Key(stack, "K", enable_key_rotation=True)))',
)
def lets_alarms_publish(topic: BuiltTopic) -> Iterator[Finding]:
    """That key's policy names no service and cannot be changed: CloudWatch could not publish, no alarm would arrive."""
    if _AWS_MANAGED in topic.key:
        yield Finding(
            path=topic.path,
            value=Told(f"a topic under {_AWS_MANAGED}"),
            expected="a topic under a key of your own, whose policy this library extends, or without one",
            remedy=f"master_key={_OWN_KEY}  # of the topic",
        )


TOPIC_RULES = (lets_alarms_publish,)
