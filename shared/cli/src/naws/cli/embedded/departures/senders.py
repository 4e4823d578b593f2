"""Services that send to a target, and whether they may: by the target's policy, or by a role that they assume."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.arns import service_of
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.services import sns, sqs

EVENTS = "events.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
PIPES = "pipes.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"
# Of what a sender to an encrypted queue or topic needs.
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
# Of what reads a queue for others.
READING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_BY_POLICY = ("sqs", "sns", "lambda")
ROLE_NOT_ASSUMED = "RoleNotAssumed"
"""The code of a refusal that is none of the target's: the sender's role cannot be assumed."""


class RoleNotAssumedError(judge.DeniedError):
    """The service may not assume the role; the text is AWS's sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(ROLE_NOT_ASSUMED, sentence)


@dataclass(frozen=True)
class Sender:
    """A rule, a schedule or a pipe, as the policies of its targets see it.

    Attributes:
        principal: The service's principal.
        source_arn: What the service names as the source of the call: a rule, a pipe, or a schedule's group.
        role_arn: The role that it assumes; empty for none.
        by_policy: Whether queues, topics and functions are asked for the service itself, by their own policies.
        session: The name of the role's session; omitted, one that nobody else has.
    """

    principal: str
    source_arn: str
    role_arn: str = ""
    by_policy: bool = False
    session: str = field(default_factory=lambda: secrets.token_hex(16))

    def ask(self, action: str, resource: str) -> None:
        """Ask whether the sender may do this action on the resource.

        Raises:
            RoleNotAssumedError: The role cannot be assumed, or none is given.
            DeniedError: It may not.
        """
        if self.by_policy and service_of(resource) in _BY_POLICY:
            judge.ask_service(self.principal, action, resource, source_arn=self.source_arn)
            return
        self.assume()
        judge.ask_role(self.role_arn, self.session, action, resource)

    def ask_key(self, resource: str, *actions: str) -> None:
        """Ask whether it may use the key of an encrypted queue or topic.

        EventBridge names no source to the key of a topic, so a condition on one never holds there; to the key of a
        queue it does.

        Sources: Amazon SNS Developer Guide, 'Enable compatibility between event sources from AWS services and
        encrypted topics'; Amazon SQS Developer Guide, 'Configure AWS KMS permissions with confused deputy protection'.

        Raises:
            DeniedError: It may not.
        """
        if not self.by_policy:
            judge.ask_role_key(self.role_arn, self.session, resource, *actions)
            return
        source = "" if service_of(resource) == "sns" else self.source_arn
        judge.ask_service_key(self.principal, resource, *actions, source_arn=source)

    @contextmanager
    def acting(self) -> Generator[None]:
        """Let what follows be done by the role.

        Raises:
            RoleNotAssumedError: It cannot be assumed, or none is given.
        """
        self.assume()
        if not judge.evaluating():
            yield
            return
        with judge.acting_as(self.role_arn, self.session):
            yield

    def assume(self) -> None:
        """Ask whether the service may assume the role.

        Raises:
            RoleNotAssumedError: It may not, or there is no role.
        """
        if not judge.evaluating():
            return
        if not self.role_arn.startswith("arn:"):
            raise RoleNotAssumedError(f"{self.principal} has no role to act as")
        if error := judge.denied(judge.ask_trust, self.role_arn, self.principal, source_arn=self.source_arn):
            raise RoleNotAssumedError(str(error))


@departure(
    "Amazon SNS Developer Guide, 'Fanout to Amazon SQS queues' and 'Subscribe an encrypted queue'; Amazon S3 "
    "User Guide, 'Granting permissions to publish event notification messages to a destination'"
)
def service_notifications() -> None:
    """A delivery of SNS to a queue, or of S3 to a queue or topic, needs the receiver's policy **and** its key's.

    What is refused is dropped, as on AWS, and kept among the denials. S3 needs no permission for EventBridge.
    """
    replace(sqs, "queue_policy_allows", partial(_allows, "sqs:SendMessage"))
    replace(sns, "topic_policy_allows", partial(_allows, "sns:Publish"))


def _allows(action: str, receiver: str, principal: str, source_arn: str, source_account: str) -> bool:
    source = {"source_arn": source_arn, "source_account": source_account}
    denied = judge.denied(judge.ask_service, principal, action, receiver, **source)
    return not (denied or judge.denied(judge.ask_service_key, principal, receiver, *KEY_ACTIONS, **source))
