"""One PostgreSQL server: its data in a folder of its own, on a loopback port that only the gate names."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from naws.cli.embedded.postgres.programs import Account, Programs, account, installed
from naws.cli.embedded.settings import HOST

_KEEPER = Path(__file__).with_name("keeper.py")
_START_SECONDS = 30
_END_SECONDS = 15
_LOOK_SECONDS = 0.02
_BUILTIN_LOCALE = 17
"""The first version whose own UTF-8 locale knows letters on every system."""

ADMIN = "rdsadmin"
"""The superuser, whose password nobody is given: a master user of RDS is none."""

# Data goes with the server, so that no write has to survive a crash.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
}
_ACCESS = f"host all,replication all {HOST}/32 scram-sha-256\n"


class PostgresError(RuntimeError):
    """The server did not start; the text is its own sentence."""


@dataclass(frozen=True)
class Room:
    """Where one server lives: a folder that its account can reach, and the programs that it runs."""

    folder: Path
    programs: Programs
    account: Account | None

    @classmethod
    def new(cls) -> "Room":
        """Make a folder; the files are the account's own, and are gone with the server."""
        programs, runs_as = installed(), account()
        if programs is None:
            raise PostgresError("PostgreSQL is not installed")
        folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if runs_as and not runs_as.can_reach(folder):
            folder.rmdir()
            folder = Path(tempfile.mkdtemp(prefix="naws-postgres-", dir="/tmp"))  # the way to it is open
        if runs_as:
            if not runs_as.can_reach(programs.folder / "postgres"):
                programs = programs.copied(folder)
            runs_as.take(folder)
        return cls(folder, programs, runs_as)

    @property
    def data(self) -> Path:
        """The server's data directory."""
        return self.folder / "data"

    def run(self, program: str, *arguments: str, **environment: str) -> None:
        """Run a program to its end.

        Raises:
            PostgresError: It failed.
        """
        done = subprocess.run(
            [str(self.programs.folder / program), *arguments],
            env={**os.environ, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **(self.account.identity if self.account else {}),
        )
        if done.returncode:
            raise PostgresError(_sentence(done.stderr, program))


class Server:
    """A server that accepts connections until `stop`.

    Attributes:
        port: Where it listens, on loopback.
    """

    def __init__(self, room: Room, password: str) -> None:
        """Start it on the room's data.

        Raises:
            PostgresError: It ended, or did not answer within half a minute.
        """
        self._room, self._password = room, password
        self.port = _free_port()
        log = room.folder / "server.log"
        owner = f"{room.account.user}:{room.account.group}" if room.account else ":"
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(room.programs.folder / "postgres"), "-D", str(room.data), "-p", str(self.port), *settings]
        with log.open("wb") as output:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", str(_KEEPER), str(room.folder), owner, *command],
                stdin=subprocess.PIPE,  # never written: its end shows the keeper that we are gone
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            # The folder goes when the server ends: its last words stay in the open file.
            with log.open() as words:
                self._wait(words)

    @classmethod
    def primary(cls, user: str, password: str, database: str) -> "Server":
        """Start a server with a master user and a database of his.

        Args:
            user, password: Of the master user, who may make roles and databases, as on RDS, and is no superuser.
            database: Its name; empty makes none beside `postgres`.

        Raises:
            PostgresError: It did not start.
        """
        room, own = Room.new(), secrets.token_urlsafe()
        try:
            _initialise(room, own)
            server = cls(room, own)
        except BaseException:
            shutil.rmtree(room.folder, ignore_errors=True)
            raise
        try:
            server._make_master(user, password, database)
        except BaseException:
            server.stop()
            raise
        return server

    def standby(self) -> "Server":
        """Start a second server that follows this one and answers reads only, as a reader of Aurora does.

        Raises:
            PostgresError: It did not start.
        """
        room = Room.new()
        source = f"host={HOST} port={self.port} user={ADMIN}"
        copy = ("-d", source, "-D", str(room.data), "-R", "--no-sync", "--checkpoint=fast", "--wal-method=stream")
        try:
            room.run("pg_basebackup", *copy, PGPASSWORD=self._password)
            return Server(room, self._password)
        except BaseException:
            shutil.rmtree(room.folder, ignore_errors=True)
            raise

    def set_password(self, user: str, password: str) -> None:
        """Change the password of the master user."""
        sql = import_module("psycopg2.sql")
        self._execute((sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(user)), (password,)))

    def hang_up(self) -> None:
        """Have it end, and do not wait for that."""
        if self._keeper.stdin:
            self._keeper.stdin.close()

    def stop(self) -> None:
        """End it and remove its data."""
        self.hang_up()
        self._keeper.wait(_END_SECONDS)

    def _make_master(self, user: str, password: str, database: str) -> None:
        sql = import_module("psycopg2.sql")
        role, name = sql.Identifier(user), sql.Identifier(database or "postgres")
        statements: list[tuple[Any, tuple[str, ...]]] = [
            (sql.SQL("CREATE ROLE rds_superuser IN ROLE pg_monitor, pg_signal_backend"), ()),
            (sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD %s").format(role), (password,)),
            (sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(role), ()),
            (sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(role), ()),
        ]
        if database and database != "postgres":
            statements.append((sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role), ()))
        self._execute(*statements)

    def _execute(self, *statements: tuple[Any, tuple[str, ...]]) -> None:
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement, values in statements:
                    cursor.execute(statement, values)
        except import_module("psycopg2").Error as error:
            raise PostgresError(str(error).strip()) from error
        finally:
            connection.close()

    def _connect(self) -> Any:
        # Comes with MiniStack; the parent process never needs it.
        return import_module("psycopg2").connect(
            host=HOST, port=self.port, user=ADMIN, password=self._password, dbname="postgres", sslmode="disable"
        )

    def _wait(self, words: Any) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._connect().close()
            except import_module("psycopg2").OperationalError:
                time.sleep(_LOOK_SECONDS)
            else:
                return
            if self._keeper.poll() is not None:
                raise PostgresError(_sentence(words.read(), "postgres"))
        self.stop()
        last = _sentence(words.read(), "postgres")
        raise PostgresError(f"no answer within {_START_SECONDS} s: {last}")


def _initialise(room: Room, password: str) -> None:
    secret = room.folder / "password"
    secret.write_text(password)
    if room.account:
        os.chown(secret, room.account.user, room.account.group)
    secret.chmod(0o600)
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if room.programs.major >= _BUILTIN_LOCALE else ()
    words = ("--encoding=UTF8", "--no-locale", *locale, "--no-sync", "--auth=scram-sha-256")
    room.run("initdb", "-D", str(room.data), "-U", ADMIN, f"--pwfile={secret}", *words)
    secret.unlink()
    (room.data / "pg_hba.conf").write_text(_ACCESS)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def _sentence(output: str, program: str) -> str:
    """What a program wrote of its failure: its last error, or its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "FATAL:" in line or "error:" in line]
    return [f"{program} ended", *lines[-1:], *errors[-1:]][-1]
