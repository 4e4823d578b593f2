"""What one run was asked to do, read from the platform's environment and validated."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from .problems import ParameterError

REPORTS, RATES = "reports/", "rates/"
TRIGGERS = ("schedule", "event", "queue", "manual")
FIELDS = {
    "schedule": {"kind"},
    "queue": {"report", "region", "from", "to", "shops"},
    "manual": {"kind", "report", "region", "from", "to", "shops"},
}


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """One validated request.

    Attributes:
        table: has a row of each run.
        key: the only object to read; None reads every CSV under ``prefix``.
        region, first, last, shops: None does not filter; ``first`` and ``last`` are included, as ISO dates.
        tolerance: share of malformed rows (0 to 1) above which the run fails.
    """

    bucket: str
    table: str
    prefix: str
    run: str
    trigger: str
    title: str = "sales"
    key: str | None = None
    region: str | None = None
    first: str | None = None
    last: str | None = None
    shops: frozenset[str] | None = None
    tolerance: float = 0.001

    @property
    def about_rates(self) -> bool:
        """Whether the object that arrived holds rates and no sales."""
        return bool(self.key and self.key.startswith(RATES))

    @property
    def folder(self) -> str:
        """Where this run's reports go: the same for every attempt of the run."""
        return f"{REPORTS}{self.run}/"

    @property
    def filters(self) -> dict[str, str | int]:
        """The filters in force, for the report's reader."""
        named = {"object": self.key, "region": self.region, "from": self.first, "to": self.last}
        shops = {} if self.shops is None else {"shops": len(self.shops)}
        return {name: value for name, value in named.items() if value is not None} | shops


def read(environ: Mapping[str, str], fetch: Callable[[str, str], bytes], today: date) -> Parameters:
    """Read and check everything; ``fetch(bucket, key)`` gets a payload that did not fit the environment.

    Raises:
        ParameterError: what is wrong, and what was expected.
    """
    bucket, table = environ.get("SALES_BUCKET", ""), environ.get("SUMMARIES_TABLE", "")
    if not bucket:
        raise ParameterError("SALES_BUCKET is not set: expected the name of the bucket that holds the sales")
    if not table:
        raise ParameterError("SUMMARIES_TABLE is not set: expected the name of the table that gets a row of each run")
    prefix = environ.get("INPUT_PREFIX", "sales/")
    if REPORTS.startswith(prefix) or prefix.startswith(REPORTS):
        raise ParameterError(f"INPUT_PREFIX {prefix!r} overlaps {REPORTS!r}: reports would trigger reports")
    trigger = environ.get("NAWS_TRIGGER", "manual")
    if trigger not in TRIGGERS:
        raise ParameterError(f"NAWS_TRIGGER is {trigger!r}: expected one of {', '.join(TRIGGERS)}")
    payload = _payload(environ, fetch)
    asked = _event(payload, bucket) if trigger == "event" else _request(payload, FIELDS[trigger])
    run = re.sub(r"[^A-Za-z0-9_.-]+", "-", environ.get("NAWS_RUN_ID") or today.isoformat()).strip(".-")[:200]
    if not run:
        raise ParameterError("NAWS_RUN_ID has no letter or digit: it names the report's folder")
    asked |= {"bucket": bucket, "table": table, "prefix": prefix, "tolerance": _tolerance(environ)}
    return Parameters(run=run, trigger=trigger, **asked)


def _payload(environ: Mapping[str, str], fetch: Callable[[str, str], bytes]) -> dict[str, Any]:
    text: str | bytes = environ.get("NAWS_PAYLOAD", "")
    uri = environ.get("NAWS_PAYLOAD_URI", "")
    source = "NAWS_PAYLOAD"
    if not text and uri:
        source = "NAWS_PAYLOAD_URI"
        address = re.fullmatch(r"s3://([^/]+)/(.+)", uri)
        if not address:
            raise ParameterError(f"{source} is {uri!r}: expected s3://bucket/key")
        text = fetch(address[1], address[2])
    try:
        payload = json.loads(text or "{}")
    except ValueError as error:
        raise ParameterError(f"{source} is not JSON: {error}") from None
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise ParameterError(f"{source} holds {type(payload).__name__}: expected a JSON object")
    return cast("dict[str, Any]", payload)


def _event(payload: Mapping[str, Any], bucket: str) -> dict[str, Any]:
    try:
        source, key = payload["detail"]["bucket"]["name"], payload["detail"]["object"]["key"]
    except (KeyError, TypeError):
        raise ParameterError(
            "the event lacks detail.bucket.name or detail.object.key: expected Object Created"
        ) from None
    if source != bucket:
        raise ParameterError(f"the event is about bucket {source!r}: this job reads {bucket!r} only")
    if not isinstance(key, str) or not key.endswith((".csv", ".csv.gz")):
        raise ParameterError(f"the event is about {key!r}: expected a .csv or .csv.gz object")
    return {"key": key}


def _request(payload: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    unknown = sorted(set(payload) - allowed)
    if unknown:
        raise ParameterError(f"unknown field {', '.join(unknown)}: expected {', '.join(sorted(allowed))}")
    if payload.get("kind", "daily") != "daily":
        raise ParameterError(f"kind is {payload['kind']!r}: expected 'daily'")
    first, last = _day(payload, "from"), _day(payload, "to")
    if first and last and first > last:
        raise ParameterError(f"from {first} is after to {last}")
    return {
        "title": _text(payload, "report") or "sales",
        "region": _text(payload, "region"),
        "first": first,
        "last": last,
        "shops": _shops(payload.get("shops")),
    }


def _text(payload: Mapping[str, Any], field: str) -> str | None:
    value = payload.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[\w .&'-]{1,80}", value):
        raise ParameterError(f"{field} is {value!r:.100}: expected 1 to 80 letters, digits, spaces or . & ' - _")
    return value


def _day(payload: Mapping[str, Any], field: str) -> str | None:
    value = payload.get(field)
    if value is None:
        return None
    try:
        # isoformat() again: Python also reads 20250131 and 2025-W05, which do not sort as the data's dates do.
        if date.fromisoformat(value).isoformat() == value:
            return value
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"{field} is {value!r:.100}: expected a date such as 2025-01-31")


def _shops(value: object) -> frozenset[str] | None:
    if value is None:
        return None
    shops = cast("list[object]", value) if isinstance(value, list) else []
    if not shops or not all(isinstance(shop, str) and shop for shop in shops):
        raise ParameterError("shops must be a list of shop names with at least one entry")
    return frozenset(cast("list[str]", shops))


def _tolerance(environ: Mapping[str, str]) -> float:
    text = environ.get("MAX_MALFORMED_PERCENT", "0.1")
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", text) or float(text) > 100:  # noqa: PLR2004 - percent
        raise ParameterError(f"MAX_MALFORMED_PERCENT is {text!r}: expected a number from 0 to 100")
    return float(text) / 100
