"""The products, in PostgreSQL: a few connections, made when they are first needed and again when they broke."""

import json
import queue
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from typing import Any, cast

import boto3
import pg8000.dbapi
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from serving import Refusal

Product = dict[str, Any]

_CONNECTIONS = 4
_SECONDS = 5
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(4711)"
"""Tasks start together, and `if not exists` alone lets two of them make the table at once."""
_TABLE = "create table if not exists products (id text primary key, name text not null)"
_FIRST = "insert into products (id, name) values (%s, %s) on conflict do nothing"
_PRODUCTS = [("chair", "A chair"), ("lamp", "A lamp"), ("shelf", "A shelf"), ("table", "A table")]
_ALL = "select id, name from products order by id"
_ONE = "select id, name from products where id = %s"
_MESSAGE = "the products are not available"
_ERRORS = (pg8000.dbapi.Error, OSError, BotoCoreError, ClientError)


class Products:
    """The table of products.

    Args:
        environ: PRODUCTS_HOST, _PORT, _DATABASE and _SECRET_ARN, as the binding of the database sets them.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ, self._prepared = environ, False
        self._free = queue.LifoQueue[Any]()
        for _ in range(_CONNECTIONS):
            self._free.put(None)

    def prepare(self) -> None:
        """Make the table with its first products, unless it is there.

        Raises:
            Refusal: the database does not answer.
        """
        with self._connection():
            pass

    def find(self, product: str | None = None) -> list[Product]:
        """All products, or the one that there is of an id.

        Raises:
            Refusal: the database does not answer.
        """
        with self._connection() as connection, closing(connection.cursor()) as cursor:
            cursor.execute(_ONE if product else _ALL, (product,) if product else ())
            return [{"id": each, "name": name} for each, name in cursor.fetchall()]

    @contextmanager
    def _connection(self) -> Generator[Any]:
        """One of the connections; one that broke is not used again."""
        try:
            connection: Any = self._free.get(timeout=_SECONDS)
        except queue.Empty as error:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, _MESSAGE) from error
        try:
            if connection is None or not _answers(connection):
                connection = self._connect()
                self._make_table(connection)
            yield connection
        except _ERRORS as error:
            _close(connection)
            connection = None
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, _MESSAGE) from error
        finally:
            self._free.put(connection)

    def _connect(self) -> Any:
        """A connection by the login that the secret has now: a rotation changes it."""
        settings = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 2})
        secrets = cast("Any", boto3).client("secretsmanager", config=settings)
        secret = secrets.get_secret_value(SecretId=self._environ["PRODUCTS_SECRET_ARN"])
        login = json.loads(secret["SecretString"])
        connection: Any = pg8000.dbapi.connect(
            host=self._environ["PRODUCTS_HOST"],
            port=int(self._environ["PRODUCTS_PORT"]),
            database=self._environ["PRODUCTS_DATABASE"],
            user=login["username"],
            password=login["password"],
            # TLS without a look at the certificate, as `require` in PRODUCTS_SSLMODE says.
            ssl_context=True,
            timeout=_SECONDS,
        )
        connection.autocommit = True
        return connection

    def _make_table(self, connection: Any) -> None:
        if not self._prepared:
            with closing(connection.cursor()) as cursor:
                cursor.execute("begin")
                cursor.execute(_ONE_AT_A_TIME)
                cursor.execute(_TABLE)
                cursor.executemany(_FIRST, _PRODUCTS)
                cursor.execute("commit")
            self._prepared = True


def _answers(connection: Any) -> bool:
    """Whether a connection that was idle still works: the database may have been restarted, or failed over."""
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute("select 1")
    except _ERRORS:
        _close(connection)
        return False
    return True


def _close(connection: Any) -> None:
    if connection is not None:
        with suppress(Exception):
            connection.close()
