import json
from datetime import date
from typing import Any

import pytest
from nightly_report_job.parameters import Parameters, read
from nightly_report_job.problems import ParameterError

EVENT = {"detail": {"bucket": {"name": "b"}, "object": {"key": "sales/x.csv"}}}


def parse(payload: Any = None, fetched: bytes = b"", **environment: str) -> Parameters:
    base = {"SALES_BUCKET": "b", "SUMMARIES_TABLE": "t", "NAWS_RUN_ID": "r"}
    if payload is not None:
        base["NAWS_PAYLOAD"] = payload if isinstance(payload, str) else json.dumps(payload)
    return read(base | environment, lambda *_: fetched, date(2026, 1, 2))


def test_nothing_said_reads_everything_into_a_folder_of_today() -> None:
    parameters = parse(NAWS_RUN_ID="")
    assert (parameters.prefix, parameters.key, parameters.filters) == ("sales/", None, {})
    assert parameters.folder == "reports/2026-01-02/"


def test_null_payload_is_no_payload() -> None:
    assert parse("null", NAWS_TRIGGER="schedule").filters == {}


def test_payload_in_the_environment_wins_over_its_uri() -> None:
    parameters = parse({"region": "A"}, b'{"region": "B"}', NAWS_PAYLOAD_URI="s3://b/k")
    assert parameters.region == "A"


@pytest.mark.parametrize(
    ("trigger", "payload", "said"),
    [
        ("cron", {}, "NAWS_TRIGGER is 'cron'"),
        ("schedule", {"kind": "weekly"}, "kind is 'weekly'"),
        ("schedule", {"region": "X"}, "unknown field region: expected kind"),
        ("queue", "{", "NAWS_PAYLOAD is not JSON"),
        ("queue", "[]", "NAWS_PAYLOAD holds list"),
        ("queue", {"form": "2025-01-01"}, "unknown field form"),
        ("queue", {"from": "2025-02-30"}, "from is '2025-02-30': expected a date"),
        ("queue", {"from": "20250201"}, "expected a date such as"),
        ("queue", {"to": 20250201}, "expected a date such as"),
        ("queue", {"from": "2025-02-02", "to": "2025-02-01"}, "from 2025-02-02 is after to 2025-02-01"),
        ("queue", {"report": "<script>"}, "report is '<script>'"),
        ("queue", {"region": ["X"]}, r"region is \['X'\]"),
        ("queue", {"shops": []}, "shops must be a list"),
        ("queue", {"shops": [1]}, "shops must be a list"),
        ("event", {"detail": {"bucket": "b"}}, "expected Object Created"),
        ("event", {"detail": {"bucket": {"name": "other"}, "object": {"key": "sales/x.csv"}}}, "bucket 'other'"),
        (
            "event",
            {"detail": {"bucket": {"name": "b"}, "object": {"key": "sales/x.png"}}},
            "expected a .csv or .csv.gz",
        ),
    ],
)
def test_wrong_payload_is_refused(trigger: str, payload: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        parse(payload, NAWS_TRIGGER=trigger)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"NAWS_PAYLOAD_URI": "https://b/k"}, "expected s3://bucket/key"),
        ({"SUMMARIES_TABLE": ""}, "SUMMARIES_TABLE is not set"),
        ({"MAX_MALFORMED_PERCENT": "101"}, "from 0 to 100"),
        ({"MAX_MALFORMED_PERCENT": "nan"}, "from 0 to 100"),
        ({"NAWS_RUN_ID": "///"}, "NAWS_RUN_ID has no letter"),
        ({"INPUT_PREFIX": "reports/sales/"}, "overlaps"),
        ({"INPUT_PREFIX": "rep"}, "overlaps"),
    ],
)
def test_wrong_environment_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        parse(**environment)


def test_run_id_cannot_leave_the_reports_folder() -> None:
    assert parse(NAWS_RUN_ID="../sales/x").folder == "reports/sales-x/"


def test_an_event_needs_no_other_field_than_its_object() -> None:
    assert parse(EVENT, NAWS_TRIGGER="event").filters == {"object": "sales/x.csv"}
