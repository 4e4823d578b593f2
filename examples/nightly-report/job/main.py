"""One run: read, aggregate, write; how it ended is the exit code (problems.py)."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from . import rates, storage
from .aggregate import Aggregate
from .page import page
from .parameters import Parameters, read
from .problems import DONE, STOPPED, BadDataError, JobError, NoInputError
from .summary import summarize, table


class StoppedError(Exception):
    """SIGTERM came and was noticed between two chunks."""


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Run once and return the exit code."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))

    def check() -> None:
        if stopping:
            raise StoppedError

    try:
        s3 = storage.client(environ, "s3")
        parameters = read(environ, partial(storage.fetch, s3), datetime.now(UTC).date())
        print(f"run {parameters.run} attempt {environ.get('NAWS_ATTEMPT', '1')}, started by {parameters.trigger}")
        if parameters.about_rates:
            take_rates(s3, parameters, environ)
        else:
            summary = collect(s3, parameters, rates.known(environ), check)
            check()
            publish(s3, parameters, summary)
            storage.record(storage.client(environ, "dynamodb"), parameters, summary)
    except JobError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.exit_code
    except StoppedError:
        print("stopped by SIGTERM; nothing was written", file=sys.stderr)
        return STOPPED
    return DONE


def take_rates(s3: Any, parameters: Parameters, environ: Mapping[str, str]) -> None:
    """Write the rates of the object that arrived to the database.

    Raises:
        BadDataError: they are not rates; none of them is written.
    """
    key = str(parameters.key)
    with storage.lines(s3, parameters.bucket, key) as lines:
        found = rates.parse(key, lines)
    rates.store(environ, found)
    print(f"done: rates of {', '.join(found)}")


def collect(s3: Any, parameters: Parameters, known: rates.Rates, check: Callable[[], None]) -> dict[str, Any]:
    """Aggregate every object that the run asks for; ``check`` is called after every chunk and may raise.

    Raises:
        NoInputError: there is no object, no row, or no row that passes the filters.
        BadDataError: more rows than tolerated are malformed.
    """
    aggregate = Aggregate(parameters, known)
    objects = 0
    for key in [parameters.key] if parameters.key else storage.keys(s3, parameters.bucket, parameters.prefix):
        began, rows = time.monotonic(), 0
        with storage.lines(s3, parameters.bucket, key) as lines:
            for rows in aggregate.add(key, lines):  # noqa: B007 - the last one is the object's row count
                check()
        objects += 1
        print(f"read {key}: {rows:,} rows in {time.monotonic() - began:.1f} s", flush=True)
    for example in aggregate.examples:
        print(f"malformed: {example}", file=sys.stderr)
    if not aggregate.read:
        where = parameters.key or parameters.prefix
        raise NoInputError(f"no sales in s3://{parameters.bucket}/{where}: {objects} objects, no rows")
    if aggregate.malformed > aggregate.read * parameters.tolerance:
        share = 100 * aggregate.malformed / aggregate.read
        raise BadDataError(
            f"{aggregate.malformed:,} of {aggregate.read:,} rows are malformed ({share:.3g} %), "
            f"tolerated are {100 * parameters.tolerance:.3g} %"
        )
    if aggregate.read == aggregate.malformed + aggregate.filtered:
        raise NoInputError(f"none of {aggregate.read:,} rows passes the filters {json.dumps(parameters.filters)}")
    return summarize(parameters, aggregate, objects)


def publish(s3: Any, parameters: Parameters, summary: dict[str, Any]) -> None:
    """Write the report; summary.json comes last, so that who finds it finds all of it."""
    reports = {
        "report.csv": (table(summary), "text/csv; charset=utf-8"),
        "report.html": (page(summary), "text/html; charset=utf-8"),
        "summary.json": (json.dumps(summary, indent=1), "application/json"),
    }
    for name, (content, content_type) in reports.items():
        key = parameters.folder + name
        storage.write(s3, parameters.bucket, key, content, content_type)
        print(f"wrote s3://{parameters.bucket}/{key} ({len(content):,} characters)")
    totals = summary["totals"]
    print(f"done: {totals['sales']:,} sales, net {totals['net_cents'] / 100:,.2f} EUR")
