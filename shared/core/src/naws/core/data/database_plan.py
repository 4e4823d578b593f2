"""What a `Database` is given, and what is decided of it."""

from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

from naws.core.data.base import NetworkedDataPlan, NetworkedDataProps
from naws.core.data.engines import AuroraServerlessV2, PostgresInstance
from naws.core.hints import Hint, Hints
from naws.core.spelling import suggesting

_DAY = 86_400


@suggesting
@dataclass(frozen=True, kw_only=True)
class DatabaseProps(NetworkedDataProps):
    """What a `Database` is."""

    _hints: ClassVar[Hints] = {"backup_retention": Hint(seconds=_DAY)}
    engine: PostgresInstance | AuroraServerlessV2 | None = None
    """What runs it. Omitted: `PostgresInstance()`, the smallest."""
    database_name: str | None = None
    """The first database in it. Omitted: from the construct's id, in small letters."""
    username: str = "postgres"
    """The master user, whose password is generated into the secret; both stay with it for good."""
    identifier: str | None = None
    """Of the instance or cluster. Omitted: from the construct's id, made unique. It is fixed either way, so that its
    logs have a retention, and CloudFormation does not replace it in silence."""
    backup_retention: cdk.Duration | None = None
    """How long automated backups are kept, which restore any second: 1 to 35 days. Omitted: 7 days."""
    log_retention: logs.RetentionDays | None = None
    """Of its logs in CloudWatch. Omitted: the convention's, else 30 days."""


@dataclass(frozen=True, kw_only=True)
class DatabasePlan(NetworkedDataPlan):
    """A database, decided.

    Attributes:
        engine: what runs it.
        version: its major version.
        database_name: the first database in it.
        identifier: as it was given, in small letters as RDS stores it; None: one of its own.
        backup_retention: seconds.
    """

    props: DatabaseProps
    engine: PostgresInstance | AuroraServerlessV2
    version: str
    database_name: str
    identifier: str | None
    backup_retention: float
