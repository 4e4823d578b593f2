"""Messages of an SQS queue."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

from aws_cdk import aws_sqs as sqs

from naws.core.bindings.granting import allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.queues import RECEIVING, SENDING
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of

_ACTIONS = {"send": ("sqs:SendMessage",), "receive": (*RECEIVING, "sqs:ChangeMessageVisibility")}
_KEY_ACTIONS = {"send": SENDING, "receive": ("kms:Decrypt",)}


@suggesting
@dataclass(frozen=True)
class QueueBinding:
    """Messages of an SQS queue. The program finds `<NAME>_QUEUE_URL`.

    Attributes:
        queue: which; the key that encrypts it is granted too.
        access: send; or receive, which includes deleting messages and changing their visibility timeout.
        name: first part of the variable's name. Omitted: the queue's construct id.
        variables: other names by part, of which there is one: `{"queue_url": "MAILS"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("queue_url",)

    queue: sqs.IQueue
    _: KW_ONLY
    access: Literal["send", "receive"] = "send"
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
        """The messages, the key that encrypts them, and the queue's URL.

        Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
        """
        arn, actions = asked(self.queue, "queue_arn"), _ACTIONS[self.access]
        source = Source(
            field="queue",
            kind="queue of a program",
            home=home_of(self.queue),
            actions=actions,
            arns=(arn,),
            key_actions=_KEY_ACTIONS[self.access],
            key_used_by="sqs",
            key_unknown=""
            if isinstance(self.queue, sqs.Queue)
            else 'sqs.Queue.from_queue_attributes(…, key_arn="arn:…")',
        )
        usual = f"{variable_name(self.name or id_of(self.queue))}_QUEUE_URL"
        variables = named({"queue_url": (usual, asked(self.queue, "queue_url"))}, self.variables)
        return needs_of(source, [allow(actions, arn)], variables, key=asked(self.queue, "encryption_master_key"))
