"""The alarms, logs, encryption and removal of a pattern, decided from its props and the conventions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

from naws.core.alarms import Alarms, NoAlarms
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.props import Operated
from naws.core.units import seconds

RETAINED = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""The default: data outlive their stack, but a first deployment that fails leaves none behind.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""
_RETENTIONS = (logs.RetentionDays.ONE_MONTH, logs.RetentionDays.ONE_WEEK)
"""Of logs for which none is given; the second is that of a disposable stage."""
_OLDEST_MESSAGE = 900


@dataclass(frozen=True, kw_only=True)
class AlarmsPlan:
    """How long alarms wait, in seconds.

    Attributes:
        oldest_message: a message may wait this long for its run.
        late_by: a schedule's success may be this late. None: a part of its period.
        one_attempt: how long one attempt of a run may take.
    """

    oldest_message: float
    late_by: float | None
    one_attempt: float


@dataclass(frozen=True, kw_only=True)
class OperationsPlan:
    """Alarms, logs, removal and encryption: the fields of `Operated` with every default filled in.

    Attributes:
        given: the alarms as they were given.
        alarms: how long they wait; None without alarms.
        topic: the topic that was given for them, and the field that it was given in; None: the stack's own.
        log_retention: how long logs are kept.
        removal_policy: what happens to data when the stack goes.
        removal_path: the field that gives it.
        disposable: whether the stage is in which they are; None outside of a `ServiceStage`.
        dashboard: whether it is shown on the dashboard of the stack.
        encryption_key: encrypts queues, logs and payloads. None: the keys that AWS manages.
    """

    given: Alarms | NoAlarms
    alarms: AlarmsPlan | None
    topic: tuple[str, sns.ITopic] | None
    log_retention: logs.RetentionDays
    removal_policy: cdk.RemovalPolicy
    removal_path: str
    disposable: bool | None
    dashboard: bool
    encryption_key: kms.IKey | None

    @property
    def notes(self) -> Mapping[str, str]:
        """The entry in the template's metadata that gives the reason why there are no alarms."""
        return {"NoAlarms": self.given.reason} if isinstance(self.given, NoAlarms) else {}


def plan_operations(
    props: Operated, context: PatternContext, one_attempt: float, *, oldest_message: float = _OLDEST_MESSAGE
) -> OperationsPlan:
    """Decide what `props` leave open.

    Args:
        props: the pattern's.
        context: with the conventions in force.
        one_attempt: seconds that one attempt of a run may take.
        oldest_message: seconds that a message may wait before an alarm. Omitted: 15 minutes.
    """
    conventions = context.conventions
    own = props.removal_policy is not None
    return OperationsPlan(
        given=props.alarms,
        alarms=_alarms(props.alarms, one_attempt, oldest_message),
        topic=_topic(props.alarms, conventions),
        log_retention=props.log_retention or conventions.log_retention or _RETENTIONS[bool(context.disposable)],
        removal_policy=props.removal_policy or conventions.removal_policy or RETAINED,
        removal_path="removal_policy" if own else "Conventions.removal_policy",
        disposable=context.disposable,
        dashboard=props.dashboard,
        encryption_key=props.encryption_key or conventions.encryption_key,
    )


def _alarms(alarms: Alarms | NoAlarms, one_attempt: float, waiting: float) -> AlarmsPlan | None:
    if isinstance(alarms, NoAlarms):
        return None
    late_by = None if alarms.late_by is None else seconds(alarms.late_by, 0)
    oldest = seconds(alarms.oldest_message, waiting)
    return AlarmsPlan(oldest_message=oldest, late_by=late_by, one_attempt=one_attempt)


def _topic(alarms: Alarms | NoAlarms, conventions: Conventions) -> tuple[str, sns.ITopic] | None:
    if isinstance(alarms, NoAlarms):
        return None
    if alarms.topic is not None:
        return "alarms.topic", alarms.topic
    return None if conventions.alarm_topic is None else ("Conventions.alarm_topic", conventions.alarm_topic)
