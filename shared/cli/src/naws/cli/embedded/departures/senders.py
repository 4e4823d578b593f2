"""Who hands a thing to a target, and whether it may: a service by the target's policy, or a role that it assumes."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.patching import departure, replace, service

EVENTS = "events.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
PIPES = "pipes.amazonaws.com"
# Of what a sender to an encrypted queue or topic needs.
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_BY_POLICY = ("sqs", "sns")


class RoleNotAssumedError(Exception):
    """The service may not assume the role; the text is AWS's sentence."""


@dataclass(frozen=True)
class Sender:
    """A rule, a schedule or a pipe, as the policies of its targets see it.

    Attributes:
        principal: The service's principal.
        source_arn: What the service names as the source of the call: a rule, a pipe, or a schedule's group.
        role_arn: The role that it assumes; empty for none.
        by_policy: Whether queues and topics are asked for the service itself, by their own policies.
    """

    principal: str
    source_arn: str
    role_arn: str = ""
    by_policy: bool = False
    _session: str = field(default_factory=lambda: secrets.token_hex(16))

    def ask(self, action: str, resource: str) -> None:
        """Ask whether it may do this.

        Raises:
            RoleNotAssumedError: The role cannot be assumed, or none is given.
            DeniedError: It may not.
        """
        if self.by_policy and resource.split(":")[2] in _BY_POLICY:
            account = account_of(self.source_arn)
            judge.ask_service(self.principal, action, resource, source_arn=self.source_arn, source_account=account)
            return
        self.assume()
        judge.ask_role(self.role_arn, self._session, action, resource)

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
            judge.ask_role_key(self.role_arn, self._session, resource, *actions)
            return
        source = "" if resource.split(":")[2] == "sns" else self.source_arn
        judge.ask_service_key(
            self.principal, resource, *actions, source_arn=source, source_account=account_of(source) if source else ""
        )

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
        with judge.acting_as(self.role_arn, self._session):
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
        try:
            judge.ask_trust(
                self.role_arn,
                self.principal,
                source_arn=self.source_arn,
                source_account=account_of(self.source_arn),
            )
        except judge.DeniedError as error:
            raise RoleNotAssumedError(str(error)) from error


def account_of(arn: str) -> str:
    """The account in an ARN."""
    return arn.split(":")[4]


@departure(
    source="Amazon SNS Developer Guide, 'Fanout to Amazon SQS queues' and 'Subscribe an encrypted queue'; Amazon S3 "
    "User Guide, 'Granting permissions to publish event notification messages to a destination'",
    replaces=("sqs.queue_policy_allows", "sns.topic_policy_allows"),
)
def service_notifications() -> None:
    """What SNS delivers to a queue, and S3 to a queue or topic, needs the receiver's policy **and** its key's.

    What is refused is dropped, as on AWS, and kept among the denials. S3 needs no permission for EventBridge.
    """
    replace(service("sqs"), "queue_policy_allows", lambda _: _allows("sqs:SendMessage"))
    replace(service("sns"), "topic_policy_allows", lambda _: _allows("sns:Publish"))


def _allows(action: str) -> Any:
    def allows(receiver: str, principal: str, source_arn: str, source_account: str) -> bool:
        try:
            judge.ask_service(principal, action, receiver, source_arn=source_arn, source_account=source_account)
            judge.ask_service_key(
                principal, receiver, *KEY_ACTIONS, source_arn=source_arn, source_account=source_account
            )
        except judge.DeniedError:
            return False
        return True

    return allows
