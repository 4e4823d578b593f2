"""PostgreSQL databases that listen."""

import atexit
import contextvars
import logging
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from naws.cli.embedded.departures import placeholders
from naws.cli.embedded.departures.database_records import CLUSTER, INSTANCE, KINDS, MEMBER_OF, Kind, Record
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, nothing, replace, wrap
from naws.cli.embedded.departures.refusals import RefusedError, answer, failed
from naws.cli.embedded.departures.services import here, rds
from naws.cli.embedded.departures.templates import Made
from naws.cli.embedded.postgres.gate import READER_HOST, Door, Gate, listeners
from naws.cli.embedded.postgres.programs import installed
from naws.cli.embedded.postgres.server import PostgresError, Server
from naws.cli.embedded.settings import HOST
from naws.cli.errors import install_line

_ENCRYPTED_SINCE = {"postgres": 15, "aurora-postgresql": 17}
"""The engines that run here, and the version from which `rds.force_ssl` is 1 unless a parameter group says 0."""

_COPIES = (
    "DBSnapshotIdentifier",
    "DBClusterSnapshotIdentifier",
    "SnapshotIdentifier",
    "SourceDBInstanceIdentifier",
    "SourceDBClusterIdentifier",
    "SourceDBInstanceAutomatedBackupsArn",
    "SourceDbiResourceId",
    "SourceDbClusterResourceId",
    "ReplicationSourceIdentifier",
    "GlobalClusterIdentifier",
)
_lock = threading.RLock()
_running: "dict[str, _Database]" = {}


@departure(
    "Amazon RDS User Guide and Amazon Aurora User Guide: 'Connecting to a DB instance running the PostgreSQL database "
    "engine', 'Amazon Aurora endpoint connections' (the reader endpoint of a cluster without readers is its writer), "
    "'Master user account privileges', 'Requiring an SSL connection to a PostgreSQL DB instance'; rds.force_ssl since "
    "15: pgbouncer/pgbouncer#812, of Aurora since 17: instantdb/instant#2847"
)
def real_databases() -> None:
    """A DB instance, or a cluster with an instance, takes connections at the endpoint that RDS and templates tell.

    It is PostgreSQL, whatever version is asked for. MiniStack starts a container by API where there is Docker, and
    nothing for a template. Of a cluster all readers are one server, which follows the writer.
    """
    atexit.register(_stop_all)
    replace(rds, "_get_docker", nothing)
    # What is recorded only would be reported at this machine, where a database of somebody else may listen.
    replace(rds, "_MINISTACK_HOST", "recorded-only.invalid")
    wrap(rds, "_instance_xml", _described)
    for kind in KINDS:
        kind.wrap_template("create", _created)
        kind.wrap_template("update", _updated)
        kind.wrap_template("delete", _deleted)
        kind.wrap_request("create", _requested)
        for verb in ("modify", "delete"):
            kind.wrap_request(verb, _settled)


def _created(kind: Kind, original: Original, logical_id: str, properties: dict[str, Any], stack: str) -> Made:
    physical_id, _ = original(logical_id, properties, stack)
    record = kind.records[physical_id]
    if reason := _complete(kind, record, properties):
        placeholders.note(stack, logical_id, kind.type, physical_id, reason)
    else:
        try:
            _start(kind, record)
        except PostgresError as error:
            _forget(kind, record)
            raise ValueError(f"PostgreSQL: {error}") from error
    return physical_id, kind.attributes(record)


def _updated(kind: Kind, original: Original, physical_id: str, old: Any, new: dict[str, Any], *rest: Any) -> Made:
    updated, _ = original(physical_id, old, new, *rest)
    _complete(kind, kind.records[updated], new)
    _settle()
    return updated, kind.attributes(kind.records[updated])


def _deleted(_kind: Kind, original: Original, physical_id: str, properties: dict[str, Any]) -> None:
    original(physical_id, properties)
    placeholders.forget(physical_id)
    _settle()


def _requested(kind: Kind, original: Original, request: dict[str, Any]) -> Any:
    response = original(request)
    record = kind.of(request)
    if failed(response) or record is None:
        return response
    given = {name: rds._p(request, name) for name in (*_COPIES, kind.database, "DBClusterParameterGroupName")}
    if reason := _complete(kind, record, given):
        logging.getLogger(__name__).warning("%s is recorded only: %s", record[f"{kind.name}Identifier"], reason)
        return kind.created(record)
    try:
        _start(kind, record)
    except PostgresError as error:
        _forget(kind, record)
        return answer(rds, RefusedError(f"PostgreSQL: {error}", "InternalFailure", 500))
    return kind.created(record)


def _settled(_kind: Kind, original: Original, request: dict[str, Any]) -> Any:
    response = original(request)
    _settle()
    return response


def _described(original: Original, record: Record) -> str:
    """A name that is not given is not there."""
    return original(record).replace("<DBName></DBName>", "")


def _complete(kind: Kind, record: Record, given: dict[str, Any]) -> str:
    """Mend what MiniStack makes up, and return why the database does not run; nothing when it shall."""
    engine = record["Engine"]
    cluster = rds._clusters.get(record.get(MEMBER_OF)) if kind is INSTANCE else None
    if kind is CLUSTER:
        major = record["EngineVersion"].partition(".")[0]
        group = given.get("DBClusterParameterGroupName") or f"default.{engine}{major}"
        record["DBClusterParameterGroup"] = group
    record[kind.database] = given.get(kind.database) or members(cluster).get(CLUSTER.database) or ""
    if engine not in _ENCRYPTED_SINCE:
        return f"only PostgreSQL runs here, not {engine}"
    if kind is CLUSTER and engine == "postgres":
        return "Multi-AZ DB clusters are not emulated"
    if any(given.get(name) for name in _COPIES):
        return "snapshots and replicas have no data here"
    if installed() is None:
        return f"a real PostgreSQL is not installed. {install_line('local,databases')}"
    if cluster and cluster[CLUSTER.resource_id] not in _running:
        return "its cluster is, too"
    return ""


def _forget(kind: Kind, record: Record) -> None:
    """Take back what cannot start."""
    kind.records.pop(record[f"{kind.name}Identifier"], None)
    if cluster := rds._clusters.get(record.get(MEMBER_OF)):
        known = cluster["DBClusterMembers"]
        cluster["DBClusterMembers"] = [each for each in known if each["DBInstanceIdentifier"] in rds._instances]


@dataclass
class _Database:
    """A server and the gates before it, for a DB instance or a cluster.

    Attributes:
        scope: Its region and account.
        password: What the master user's is now.
        gates: Of the writer, and of a cluster's readers.
        standby: What a cluster's readers are.
    """

    kind: Kind
    record: Record
    scope: str
    password: str
    server: Server
    gates: list[Gate] = field(default_factory=list[Gate])
    standby: Server | None = None

    def open(self) -> None:
        """Let clients in, as long as RDS would."""
        context = contextvars.copy_context()

        def encrypted() -> bool:
            return context.run(_is_encrypted, self.kind, self.record)

        ports = (self._writer_port, self._reader_port)
        sockets = listeners(reader=self.kind is CLUSTER)
        self.gates = [Gate(each, Door(port, encrypted), _tls()) for each, port in zip(sockets, ports, strict=False)]

    def settle(self) -> None:
        """Follow the record: password, endpoints, and a cluster's members."""
        wanted = self.record["_MasterUserPassword"]
        if wanted != self.password:
            self.server.set_password(self.record["MasterUsername"], wanted)
            self.password = wanted
        port = self.gates[0].port
        if self.kind is INSTANCE:
            self.record["Endpoint"] |= {"Address": HOST, "Port": port}
        else:
            self.record |= {"Endpoint": HOST, "ReaderEndpoint": READER_HOST, "Port": port}
            self._settle_members(port)

    def _settle_members(self, port: int) -> None:
        instances = self.record["DBClusterMembers"]
        writers = [member for member in instances if member["IsClusterWriter"]]
        # Aurora promotes the reader of the first tier.
        for writer in writers[:1] or sorted(instances, key=lambda member: member["PromotionTier"])[:1]:
            for member in instances:
                member["IsClusterWriter"] = member is writer
                address = HOST if member is writer else READER_HOST
                instance = rds._instances[member["DBInstanceIdentifier"]]
                instance["Endpoint"] = {**instance["Endpoint"], "Address": address, "Port": port}
        if len(instances) > 1 and not self.standby:
            self.standby = self.server.standby()
        elif len(instances) < 2 and self.standby:  # noqa: PLR2004  # a writer and its first reader
            self.standby.stop()
            self.standby = None

    def _writer_port(self) -> int | None:
        if self.kind is INSTANCE:
            return None if self.record["DBInstanceStatus"].startswith("stop") else self.server.port
        takes = self.record["DBClusterMembers"] and not self.record["Status"].startswith("stop")
        return self.server.port if takes else None

    def _reader_port(self) -> int | None:
        port = self._writer_port()
        return self.standby.port if port and self.standby else port

    def stop(self) -> None:
        """End it with its data."""
        for gate in self.gates:
            gate.close()
        for server in self.servers():
            server.stop()

    def servers(self) -> list[Server]:
        """All of them, the standby first."""
        return [self.standby, self.server] if self.standby else [self.server]


def _start(kind: Kind, record: Record) -> None:
    """Start the server of a record; a member of a cluster has its cluster's.

    Raises:
        PostgresError: It did not start.
    """
    with _lock:
        if not (kind is INSTANCE and record.get(MEMBER_OF)):
            user, password = record["MasterUsername"], record["_MasterUserPassword"]
            server = Server.primary(user, password, record[kind.database])
            database = _Database(kind, record, here(), password, server)
            _running[record[kind.resource_id]] = database
            database.open()
        _settle()


def _settle() -> None:
    """Have what runs follow what is recorded in the account and region of the request at hand."""
    with _lock:
        for key, database in list(_running.items()):
            if database.scope != here():
                continue
            if database.kind.records.get(database.record[f"{database.kind.name}Identifier"]) is database.record:
                database.settle()
            else:
                _running.pop(key).stop()


def _stop_all() -> None:
    for server in [each for database in _running.values() for each in database.servers()]:
        server.hang_up()
    while _running:
        _running.popitem()[1].stop()


def _is_encrypted(kind: Kind, record: Record) -> bool:
    """Whether RDS refuses connections without TLS: what the parameter group says, or the version's default."""
    if kind is INSTANCE:
        group = rds._param_groups.get(record["DBParameterGroups"][0]["DBParameterGroupName"])
    else:
        group = rds._db_cluster_param_groups.get(record["DBClusterParameterGroup"])
    if given := members(members(group).get("Parameters")).get("rds.force_ssl"):
        return given["ParameterValue"] == "1"
    return int(record["EngineVersion"].partition(".")[0]) >= _ENCRYPTED_SINCE[record["Engine"]]


@cache
def _tls() -> ssl.SSLContext:
    """A certificate for loopback, signed by the authority that MiniStack makes for RDS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate, key = rds._pg_server_material(["localhost"], [HOST, READER_HOST])
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("certificate", "key")]
        for path, text in zip(paths, (certificate, key), strict=True):
            path.write_text(text)
        context.load_cert_chain(paths[0], paths[1])
    return context
