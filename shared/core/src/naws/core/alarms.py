"""Alarms that name why they fired and what to do. To have none is an explicit choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from naws.core.spelling import suggesting

LONGEST_DESCRIPTION = 1024
"""Characters. Source: CloudWatch API, PutMetricAlarm, AlarmDescription."""


@suggesting
@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Settings of a pattern's CloudWatch alarms: their topic, which of them exist, and how long they wait.

    Attributes:
        topic: where alarms are sent. Omitted: the convention's topic, else one encrypted topic is created per stack,
            whose ARN is an output.
        email: who gets its mails, one address or several; each has to confirm the subscription once. Omitted: nobody
            new; without any subscription nobody hears the alarms.
        notify_ok: send a message also when an alarm is over. Omitted: no.
        detail: also the alarms on single causes, see the pattern's page; what fails then trips several alarms. Omitted:
            only those on work that failed, could not start, did not run or waits.
        oldest_message: alarm when a message has waited this long for its run. Omitted: 15 minutes.
        late_by: alarm when a schedule's success is this late, beyond its own period and flexible window. Omitted: a
            tenth of the period, at least 15 minutes, plus the time that one attempt may take.
    """

    _shorthand: ClassVar[str] = "email"
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
        reason: why nobody has to hear of failures; it goes into the template's metadata.
    """

    reason: str


@dataclass(frozen=True, kw_only=True)
class AlarmText:
    """The text of an alarm's description, for the person on call.

    Attributes:
        why: what happened, in one sentence.
        do: what to do now, with the command.
        page: the guide page that explains it.
    """

    why: str
    do: str
    page: str

    def render(self) -> str:
        """The alarm's description."""
        return f"{self.why} What to do: {self.do} Guide: {self.page}"
