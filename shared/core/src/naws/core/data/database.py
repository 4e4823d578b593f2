"""Rows: PostgreSQL, as an RDS instance or as Aurora Serverless v2, encrypted, backed up and protected."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from naws.core.bindings import DatabaseBinding
from naws.core.context import PatternContext
from naws.core.data._database import build_cluster, build_instance, build_secret
from naws.core.data.base import (
    NETWORKED_DATA_CHECKS,
    decided_in_vpc,
    mended,
    placement,
)
from naws.core.data.database_plan import DatabasePlan, DatabaseProps
from naws.core.data.engines import DEFAULT_VERSION, AuroraServerlessV2, PostgresInstance
from naws.core.pattern.base import Pattern
from naws.core.rule import Check
from naws.core.rules import data_database, data_network, times
from naws.core.rules.new_vpc import two_zones
from naws.core.rules.values import Field, is_text
from naws.core.spelling import suggesting_arguments
from naws.core.text import snake
from naws.core.units import seconds
from naws.core.validation import bind, of

_DAY = 86_400
_BACKUPS = 7 * _DAY
_LONGEST_NAME = 63


def _instance(plan: DatabasePlan) -> Iterator[data_database.Storage]:
    if isinstance(plan.engine, PostgresInstance):
        first, most = plan.engine.allocated_storage_gib, plan.engine.max_allocated_storage_gib
        yield data_database.Storage(path="engine", first=first, most=most)


def _serverless(plan: DatabasePlan) -> Iterator[data_database.Capacity]:
    if isinstance(plan.engine, AuroraServerlessV2):
        yield data_database.Capacity(path="engine", least=plan.engine.min_capacity, most=plan.engine.max_capacity)


CHECKS: tuple[Check[DatabasePlan], ...] = (
    # One zone is worth a thought elsewhere; RDS refuses it.
    *of(lambda plan: plan, [each for each in NETWORKED_DATA_CHECKS if each.rule is not two_zones]),
    *of(lambda plan: plan.network, bind(placement, data_network.DATABASE_PLACEMENT_RULES)),
    *bind(lambda plan: () if plan.props.engine else (Field("engine"),), data_database.UNCHOSEN_RULES),
    *bind(lambda plan: (Field("engine.version", plan.version),), data_database.VERSION_RULES),
    *bind(_instance, data_database.STORAGE_RULES),
    *bind(_serverless, data_database.CAPACITY_RULES),
    *bind(lambda plan: (Field("database_name", plan.props.database_name),), data_database.NAME_RULES),
    *bind(lambda plan: (Field("username", plan.props.username),), data_database.USERNAME_RULES),
    *bind(lambda plan: (Field("identifier", plan.props.identifier),), data_database.IDENTIFIER_RULES),
    *bind(
        lambda plan: (Field("backup_retention", plan.backup_retention),),
        (*times.TIME_RULES, *data_database.BACKUP_RULES),
    ),
)


class Database(Pattern):
    """A PostgreSQL database: in private subnets, encrypted, TLS only, backed up, protected from deletion.

    Its security group lets nobody in; bindings open it for their program. The password is generated into a secret,
    which stays when the database goes, as a snapshot of it does.

    Args:
        scope: a stack, best the stage's data stack, or any construct in one.
        construct_id: unique in `scope`; programs find the database in `<ID>_HOST`, `<ID>_PORT` and so on.
        props: what it is. Omitted: the defaults.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "database"
    checks = CHECKS
    _plan: DatabasePlan
    _database: rds.DatabaseInstance | rds.DatabaseCluster

    def __init__(self, scope: Construct, construct_id: str, props: DatabaseProps = DatabaseProps()) -> None:  # noqa: B008  # frozen
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: DatabaseProps, context: PatternContext) -> DatabasePlan:
        """Decide everything that `props` leave open."""
        props, context, mismatches = mended(props, context)
        fields = decided_in_vpc(props, context, snapshot=True, log_retention=props.log_retention)
        engine = props.engine or PostgresInstance()
        return DatabasePlan(
            **fields,
            mismatches=mismatches,
            engine=engine,
            version=DEFAULT_VERSION if engine.version is None else engine.version,
            database_name=props.database_name or _database_name(context.construct_id),
            identifier=props.identifier.lower() if is_text(props.identifier) else props.identifier,
            backup_retention=seconds(props.backup_retention, _BACKUPS),
        )

    def _build(self, plan: DatabasePlan) -> cdk.CfnResource:
        secret = build_secret(self, plan, plan.props.username)
        if isinstance(plan.engine, AuroraServerlessV2):
            self._database, resource = build_cluster(self, plan, plan.engine, secret)
        else:
            self._database, resource = build_instance(self, plan, plan.engine, secret)
        return resource

    @property
    def instance(self) -> rds.DatabaseInstance | None:
        """The instance, for everything that has no field here; None of an Aurora cluster."""
        return self._database if isinstance(self._database, rds.DatabaseInstance) else None

    @property
    def cluster(self) -> rds.DatabaseCluster | None:
        """The Aurora cluster, for everything that has no field here; None of an instance."""
        return self._database if isinstance(self._database, rds.DatabaseCluster) else None

    @property
    def secret(self) -> secretsmanager.ISecret:
        """The master user's: `username`, `password`, and where the database is."""
        return cast("secretsmanager.ISecret", self._database.secret)

    @property
    def connections(self) -> ec2.Connections:
        """Its security group, which lets nobody in: whoever connects opens it, as bindings do."""
        return self._database.connections

    @suggesting_arguments("Database.binding")
    def binding(
        self,
        *,
        via: Literal["network", "data-api"] = "network",
        name: str | None = None,
        variables: Mapping[str, str | None] | None = None,
    ) -> DatabaseBinding:
        """What lets a program connect, as `DatabaseBinding`; `name` is the construct's id when omitted."""
        return DatabaseBinding(
            self._database,
            secret=self.secret,
            database_name=self._plan.database_name,
            via=via,
            name=name or self._plan.context.construct_id,
            variables=variables or {},
        )


def _database_name(construct_id: str) -> str:
    """`SalesOrders` as `sales_orders`; a word that RDS keeps for itself gets another behind it."""
    name = re.sub(r"[^a-z0-9]+", "_", snake(construct_id)).strip("_")
    name = (name if name[:1].isalpha() else f"data_{name}".rstrip("_"))[:_LONGEST_NAME]
    return f"{name}_data" if data_database.may_be_reserved(name) else name
