"""The book rates: PostgreSQL keeps them, their owner's CSV changes them, every report reads them.

A report over a year must not move with the day's rate, so nobody but their owner decides what they are.
"""

import csv
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any, cast

import pg8000.dbapi

from .problems import BadDataError, NoInputError, ParameterError, ServiceError

HEADER = ["currency", "euros"]
Rates = dict[str, Decimal]

_VARIABLES = {name.lower(): f"RATES_{name}" for name in ("HOST", "PORT", "DATABASE", "USER", "PASSWORD")}
_SECONDS = 10
_NO_TABLE = "42P01"
_TABLE = "create table if not exists rates (currency text primary key, euros numeric not null)"
_RATE = (
    "insert into rates (currency, euros) values (%s, %s) on conflict (currency) do update set euros = excluded.euros"
)
_MISSING = "there are no rates yet: upload a CSV of them to rates/"


def known(environ: Mapping[str, str]) -> Rates:
    """What one unit of each currency is in euros.

    Raises:
        NoInputError: nobody has uploaded any yet.
    """
    with _database(environ, "read the rates") as database:
        cursor = database.cursor()
        cursor.execute("select currency, euros from rates order by currency")
        found: Rates = dict(cursor.fetchall())
    if not found:
        raise NoInputError(_MISSING)
    return found


def store(environ: Mapping[str, str], rates: Rates) -> None:
    """Add rates, and replace those of the same currencies: all of them or, when it fails, none."""
    with _database(environ, "write the rates") as database:
        cursor = database.cursor()
        cursor.execute(_TABLE)
        cursor.executemany(_RATE, list(rates.items()))
        database.commit()


def parse(source: str, lines: Iterator[str]) -> Rates:
    """The rates of a CSV.

    Raises:
        BadDataError: a line is not `CHF,1.0625`, a currency is there twice, or there is none.
    """
    rows, found = csv.reader(lines), Rates()
    header = next(rows, [])
    if header != HEADER:
        raise BadDataError(f"{source}: the header is {','.join(header)!r:.200}, expected {','.join(HEADER)}")
    for row in rows:
        match = re.fullmatch(r"([A-Z]{3}),([0-9]{1,6}(?:\.[0-9]{1,6})?)", ",".join(row))
        if not match or not Decimal(match[2]) or match[1] in found:
            raise BadDataError(f"{source} line {rows.line_num}: {','.join(row)!r:.120}, expected a line as CHF,1.0625")
        found[match[1]] = Decimal(match[2])
    if not found:
        raise BadDataError(f"{source}: no rate in it")
    return found


@contextmanager
def _database(environ: Mapping[str, str], doing: str) -> Generator[Any]:
    if missing := [name for name in _VARIABLES.values() if not environ.get(name)]:
        raise ParameterError(f"{', '.join(missing)} not set: expected where the database of the rates is")
    where: dict[str, Any] = {part: environ[name] for part, name in _VARIABLES.items()}
    try:
        # TLS without a look at the certificate, as `require` in RATES_SSLMODE says.
        opened = pg8000.dbapi.connect(**where | {"port": int(where["port"])}, ssl_context=True, timeout=_SECONDS)
        with closing(opened) as database:
            yield database
    except pg8000.dbapi.DatabaseError as error:
        if cast("Any", error).args[0].get("C") == _NO_TABLE:
            raise NoInputError(_MISSING) from error
        raise ServiceError(f"{doing}: {cast('Any', error).args[0].get('M')}") from error
    except (pg8000.dbapi.Error, OSError) as error:
        raise ServiceError(f"{doing}: {error}") from error
