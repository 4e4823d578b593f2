"""Facts about a database of RDS that is given, whatever it is: an instance, a cluster or a proxy.

Each is asked of Node once for a database, however many programs use it.
"""

from dataclasses import dataclass
from typing import Any, Literal

import aws_cdk as cdk
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.stacks import asked, kept
from naws.core.tokens import has_token, is_lookup_dummy
from naws.core.type_checks import jsii_classes

Database = rds.IDatabaseInstance | rds.IDatabaseCluster | rds.IDatabaseProxy
DatabaseKind = Literal["instance", "cluster", "proxy"]

_MADE = (
    rds.DatabaseCluster,
    rds.DatabaseClusterFromSnapshot,
    rds.DatabaseInstance,
    rds.DatabaseInstanceFromSnapshot,
    rds.DatabaseInstanceReadReplica,
    rds.DatabaseProxy,
)
_PROXY_PORTS = {"POSTGRESQL": 5432, "MYSQL": 3306, "SQLSERVER": 1433}
"""By engine family. Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connecting.html"""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The address of a database.

    Attributes:
        host: its name.
        port: where it listens, as rules of groups have it: a port that is given is the number that it is.
        listens: where it listens, as a program has it: what the database itself tells, when this app makes it.
    """

    host: str
    port: int
    listens: str


def database_kind(database: Database) -> DatabaseKind:
    """What it is, by its class alone."""
    names = {name for kind in jsii_classes(database) for each in kind.__mro__ for name in vars(each)}
    return "cluster" if "cluster_identifier" in names else "proxy" if "db_proxy_arn" in names else "instance"


def is_made(database: Database) -> bool:
    """Whether this app makes it, so that everything is known of it; else it is imported."""
    return isinstance(database, _MADE)


def endpoint_of(database: Database) -> Endpoint | None:
    """Where it answers; None for a cluster that was imported without its endpoint."""
    return kept(database, "endpoint", lambda: _endpoint_of(database))


def _endpoint_of(database: Any) -> Endpoint | None:
    kind = database_kind(database)
    if kind == "proxy":
        # A proxy tells no port: it listens where its engine does.
        port = _PROXY_PORTS.get(_l1(database, "engine_family"), 5432)
        return Endpoint(host=database.endpoint, port=port, listens=str(port))
    try:
        found = database.instance_endpoint if kind == "instance" else database.cluster_endpoint
    except RuntimeError:  # CDK's: a cluster that was imported by its identifier
        return None
    port = int(found.port) if not has_token(found.port) else found.port
    listens = cdk.Tokenization.stringify_number(port) if has_token(port) else str(port)
    # Rules of one group differ by the number of the port, and two that are unknown would meet.
    given = str(_l1(database, "port"))
    return Endpoint(host=found.hostname, port=int(given) if given.isdecimal() else port, listens=listens)


def name_of_database(database: Database) -> str | None:
    """The name of the database that it was made with; None when there was none, or when it is not known."""
    property_name = "database_name" if database_kind(database) == "cluster" else "db_name"
    return kept(database, "database", lambda: _l1(database, property_name) or None)


def secret_of(database: Database) -> secretsmanager.ISecret | None:
    """The secret of its first user, when it has one that is known."""
    return kept(database, "secret", lambda: getattr(database, "secret", None))


def has_groups(database: Any) -> bool:
    """Whether its security groups are known, so that a way can be opened; those of an imported proxy never are.

    One that has yet to be looked up may have some.
    """
    found = None if is_made(database) else endpoint_of(database)
    if is_made(database) or (found is not None and is_lookup_dummy(found.host)):
        return True
    return database_kind(database) != "proxy" and bool(
        kept(database, "groups", lambda: database.connections.security_groups)
    )


def data_api_is_on(cluster: Database) -> bool | None:
    """Whether its Data API is switched on; None when that is not known, of an imported one."""
    if not is_made(cluster):
        return None
    switch: Any = _l1(cluster, "enable_http_endpoint")
    return bool(cdk.Stack.of(cluster).resolve(switch))


def _l1(database: Any, name: str) -> Any:
    """A property of its resource as it was given; empty for an imported one."""
    return getattr(asked(database, "node").default_child, name, "") if is_made(database) else ""
