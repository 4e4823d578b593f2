"""Messages to an SNS topic."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from aws_cdk import aws_sns as sns

from naws.core.bindings.granting import allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of


@suggesting
@dataclass(frozen=True)
class TopicBinding:
    """Messages that are published to an SNS topic. The program finds `<NAME>_TOPIC_ARN`.

    Attributes:
        topic: which; the key that encrypts it is granted too.
        name: first part of the variable's name. Omitted: the topic's construct id.
        variables: other names by part, of which there is one: `{"topic_arn": "NEWS"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("topic_arn",)

    topic: sns.ITopic
    _: KW_ONLY
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The right to publish, the key that encrypts messages, and the topic's ARN.

        Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        """
        arn, actions = asked(self.topic, "topic_arn"), ("sns:Publish",)
        source = Source(
            field="topic",
            kind="topic of a program",
            home=home_of(self.topic),
            actions=actions,
            arns=(arn,),
            key_actions=("kms:Decrypt", "kms:GenerateDataKey"),
            key_used_by="sns",
            key_unknown=""
            if isinstance(self.topic, sns.Topic)
            else 'sns.Topic.from_topic_attributes(…, key_arn="arn:…")',
        )
        usual = f"{variable_name(self.name or id_of(self.topic))}_TOPIC_ARN"
        variables = named({"topic_arn": (usual, arn)}, self.variables)
        return needs_of(source, [allow(actions, arn)], variables, key=asked(self.topic, "master_key"))
