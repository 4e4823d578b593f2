"""A database of RDS or Aurora."""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.bindings.granting import allow
from naws.core.bindings.needs import Needs, Reach, SecretValue, Source, Statement, named, variable_name
from naws.core.bindings.secret import secret_source
from naws.core.context import PatternContext
from naws.core.databases import endpoint_of, has_groups, name_of_database, secret_of
from naws.core.homes import home_of
from naws.core.secret_access import reading_of
from naws.core.spelling import suggesting

_DATA_API = tuple(
    f"rds-data:{action}"
    for action in (
        "BatchExecuteStatement", "BeginTransaction", "CommitTransaction", "ExecuteStatement", "RollbackTransaction",
    )
)  # fmt: skip
"""Source: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html"""


@suggesting
@dataclass(frozen=True)
class DatabaseBinding:
    """A database of RDS or Aurora, reached over the network or over the Data API.

    The program finds `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_SSLMODE`, `_USER`, `_PASSWORD` and `_SECRET_ARN`. User and
    password are filled in when the program starts; one that outlives a rotation reads the secret again.
    Over the Data API it finds `<NAME>_RESOURCE_ARN`, `_DATABASE` and `_SECRET_ARN`.

    Attributes:
        database: an instance, a cluster or a proxy. A proxy that is imported counts as one of PostgreSQL.
        secret: the user that the program connects as, with the fields `username` and `password`. Omitted: the
            database's own.
        database_name: in `<NAME>_DATABASE`. Omitted: that which the database was made with; when none is known there is
            no such variable.
        via: network, through the security groups of both; or data-api, of an Aurora cluster, without a network.
        name: first part of the variables' names. Omitted: the database's construct id.
        variables: other names by part: `host`, `port`, `database`, `sslmode`, `user`, `password` and `secret_arn`, or
            `resource_arn`, `database` and `secret_arn`; None leaves one out: `{"host": "PGHOST"}`. Omitted: the usual
            ones.
    """

    database: rds.IDatabaseInstance | rds.IDatabaseCluster | rds.IDatabaseProxy
    _: KW_ONLY
    secret: secretsmanager.ISecret | None = None
    database_name: str | None = None
    via: Literal["network", "data-api"] = "network"
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    @property
    def parts(self) -> tuple[str, ...]:
        """What its variables are."""
        if self.via == "data-api":
            return ("resource_arn", "database", "secret_arn")
        return ("host", "port", "database", "sslmode", "user", "password", "secret_arn")

    @property
    def login(self) -> secretsmanager.ISecret | None:
        """The secret of the user that the program connects as; None when none is known."""
        return self.secret or secret_of(self.database)

    def needs(self, context: PatternContext) -> Needs:
        """The way to the database or its Data API, its address, and the secret of its user."""
        secret, values = self.login, dict(self._values())
        statements, wildcards, secrets = list[Statement](), dict[str, str](), dict[str, SecretValue]()
        if "resource_arn" in values:
            statements.append(allow(_DATA_API, values["resource_arn"]))
        if secret is not None:
            values["secret_arn"] = secret.secret_arn
            if self.via == "data-api" or self._reads_again:
                reading, wildcards = reading_of(secret, context.home)
                statements += reading
            if self.via == "network":
                secrets = {"user": self._login(secret, "username"), "password": self._login(secret, "password")}
        return Needs(
            statements=statements,
            wildcards=wildcards,
            variables=self._named(values),
            secrets=self._named(secrets),
            reach=tuple(self._ways()),
            sources=tuple(self._sources(secret)),
        )

    def _values(self) -> Iterator[tuple[str, str]]:
        if self.via == "data-api":
            arn: str | None = getattr(self.database, "cluster_arn", None)
            yield from () if arn is None else (("resource_arn", arn),)
        else:
            endpoint = endpoint_of(self.database)
            yield from () if endpoint is None else (("host", endpoint.host), ("port", endpoint.listens))
            yield "sslmode", "require"
        database = self.database_name or name_of_database(self.database)
        yield from () if database is None else (("database", database),)

    @property
    def _reads_again(self) -> bool:
        return self.variables.get("secret_arn", "") is not None

    def _login(self, secret: secretsmanager.ISecret, part: str) -> SecretValue:
        return SecretValue(arn=secret.secret_arn, field=part, source=secret, read_by_program=self._reads_again)

    def _named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        name = variable_name(self.name or self.database.node.id)
        return named({part: (f"{name}_{part.upper()}", value) for part, value in values.items()}, self.variables)

    def _ways(self) -> Iterator[Reach]:
        endpoint: Any = endpoint_of(self.database)
        if self.via == "network" and has_groups(self.database) and endpoint is not None:
            database: Any = self.database
            yield Reach(to=database, port=ec2.Port.tcp(endpoint.port), why=f"to {self.database.node.id}")

    def _sources(self, secret: secretsmanager.ISecret | None) -> Iterator[Source]:
        kind = "database" if self.via == "network" else "cluster of the Data API"
        yield Source(field="database", kind=kind, home=home_of(self.database))
        if secret is not None:
            yield secret_source("secret", home_of(secret), secret.secret_arn)
