import csv
import io
import json
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nightly_report_job.main import main
from nightly_report_verify import check, check_rows, compare


def summary(aws: Any, run: str) -> Any:
    return json.loads(aws.reports(run)["summary.json"])


def event(key: str) -> dict[str, Any]:
    return {"detail": {"bucket": {"name": "sales-bucket"}, "object": {"key": key}}}


def test_schedule_reports_about_everything(aws: Any, sales: Any) -> None:
    outcome = aws.run(
        NAWS_TRIGGER="schedule", NAWS_RUN_ID="2026-01-01T02:00:00Z", NAWS_ATTEMPT="1", NAWS_PAYLOAD='{"kind": "daily"}'
    )
    assert (outcome.code, outcome.err) == (0, "")
    reports = aws.reports("2026-01-01T02-00-00Z")
    assert set(reports) == {"report.csv", "report.html", "summary.json"}
    said = json.loads(reports["summary.json"])
    assert check(said, sales.expected) == []
    row = aws.row("2026-01-01T02-00-00Z")
    assert check_rows([row], [said]) == []
    assert row["report"] == {"S": "s3://sales-bucket/reports/2026-01-01T02-00-00Z/"}
    rows = list(csv.DictReader(io.StringIO(reports["report.csv"].decode())))
    by_region = {row["name"]: int(row["net_cents"]) for row in rows if row["dimension"] == "region"}
    assert by_region == {name: figures["net_cents"] for name, figures in sales.expected["by_region"].items()}
    said["by_region"]["London"]["units"] += 1
    said["sale_percentiles_cents"]["p90"] += 1_000
    said["rates"]["CHF"] = "1"
    wrong = [line.split(" ")[0] for line in check(said, sales.expected)]
    assert wrong == ["rates.CHF", "by_region.London.units", "sale_percentiles_cents.p90"]
    said["totals"]["units"] += 1
    assert [line.split(" ")[0] for line in check_rows([row], [said])] == [f"row.{said['run']}.units"]


@pytest.mark.parametrize("place", [0, 3], ids=["plain", "gzip"])
def test_event_reports_about_its_object_only(aws: Any, sales: Any, place: int) -> None:
    name = sales.expected["files"][place]
    payload = json.dumps(event("sales/" + name))
    outcome = aws.run(NAWS_TRIGGER="event", NAWS_RUN_ID=f"event-{place}", NAWS_PAYLOAD=payload)
    assert outcome.code == 0, outcome.err
    said = summary(aws, f"event-{place}")
    assert compare("totals", said["totals"], sales.expected["by_file"][name]) == []
    assert said["objects"] == 1


def test_message_filters_by_region_and_days(aws: Any, sales: Any) -> None:
    message = {"report": "London in spring", "region": "London", "from": "2025-03-01", "to": "2025-05-31"}
    outcome = aws.run(NAWS_TRIGGER="queue", NAWS_RUN_ID="spring", NAWS_PAYLOAD=json.dumps(message))
    assert outcome.code == 0, outcome.err
    said = summary(aws, "spring")
    assert list(said["by_region"]) == ["London"]
    assert (min(said["by_day"]), max(said["by_day"])) == ("2025-03-01", "2025-05-31")
    assert said["rows"]["filtered"] + said["totals"]["sales"] == sales.expected["rows"]
    assert 0 < said["totals"]["sales"] < sales.expected["by_region"]["London"]["sales"]
    assert b"London in spring" in aws.reports("spring")["report.html"]


def test_large_message_comes_from_s3(aws: Any, sales: Any) -> None:
    message = json.dumps({"shops": ["London 01", *(f"Nowhere {number:05}" for number in range(8_000))]})
    assert len(message) > 100_000
    aws.put("handed-over/payload.json", message)
    uri = "s3://sales-bucket/handed-over/payload.json"
    outcome = aws.run(NAWS_TRIGGER="queue", NAWS_RUN_ID="by-uri", NAWS_PAYLOAD_URI=uri)
    assert outcome.code == 0, outcome.err
    assert compare("", summary(aws, "by-uri")["totals"], sales.expected["by_shop"]["London 01"]) == []


def test_second_attempt_writes_the_same_bytes_to_the_same_keys(aws: Any, sales: Any) -> None:
    assert sales
    aws.run(NAWS_RUN_ID="again", NAWS_ATTEMPT="1")
    first = aws.reports("again")
    aws.run(NAWS_RUN_ID="again", NAWS_ATTEMPT="2")
    assert len(first) == 3
    assert aws.reports("again") == first


# VmHWM and not ru_maxrss where there is a choice: Linux carries the parent's peak over into ru_maxrss.
MEASURED = """
import atexit, pathlib, re, resource, runpy, sys
def peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
atexit.register(lambda: print("peak", peak(), "MiB", file=sys.stderr))
runpy.run_module("job", run_name="__main__")
"""


@pytest.mark.exhaustive
def test_memory_does_not_grow_with_the_rows(aws: Any, sales: Any, large: Any) -> None:
    small = aws.run("-c", MEASURED, INPUT_PREFIX=sales.prefix, NAWS_RUN_ID="small")
    big = aws.run("-c", MEASURED, INPUT_PREFIX=large.prefix, NAWS_RUN_ID="big")
    assert (small.code, big.code) == (0, 0)
    assert check(summary(aws, "big"), large.expected) == []
    peaks = [float(outcome.err.split()[1]) for outcome in (small, big)]
    assert peaks[1] - peaks[0] < 6, f"{peaks} MiB for 1 MB and for 16 MB"


def test_sigterm_stops_between_chunks_and_writes_nothing(aws: Any, large: Any) -> None:
    process = aws.start(INPUT_PREFIX=large.prefix, NAWS_RUN_ID="stopped")
    deadline = time.monotonic() + 10
    while "started by" not in (aws.folder / "out").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    outcome = aws.end(process)
    assert outcome.code == 143
    assert outcome.err == "stopped by SIGTERM; nothing was written\n"
    assert (aws.reports("stopped"), aws.row("stopped")) == ({}, {})


HEADER = "date,shop,region,category,quantity,unit_price,currency,returned\n"
GOOD = "2025-01-01,S,R,C,1,1.00,EUR,false\n"
BAD = "2025-01-32,S,R,C,1,1.00,EUR,false\n"


FAILURES: dict[str, tuple[dict[str, str], dict[str, str], int, str]] = {
    "parameter": ({"SALES_BUCKET": ""}, {}, 2, "SALES_BUCKET is not set"),
    "bucket": ({"SALES_BUCKET": "no-such-bucket"}, {}, 3, "NoSuchBucket"),
    "object": ({"NAWS_TRIGGER": "event", "NAWS_PAYLOAD": json.dumps(event("gone.csv"))}, {}, 3, "NoSuchKey"),
    "empty prefix": ({}, {}, 3, "0 objects"),
    "no rows": ({}, {"a.csv": HEADER, "b.csv": ""}, 3, "2 objects, no rows"),
    "filters": ({"NAWS_PAYLOAD": '{"region": "X"}'}, {"a.csv": HEADER + GOOD}, 3, "passes the filters"),
    "malformed": ({}, {"a.csv": HEADER + GOOD * 99 + BAD}, 4, "1 of 100 rows are malformed"),
    "header": ({}, {"a.csv": "when,what\n" + GOOD}, 4, "the header is 'when,what'"),
    "gzip": ({}, {"a.csv.gz": HEADER + GOOD}, 4, "is not a whole gzip file"),
    "rates": (
        {"NAWS_TRIGGER": "event", "NAWS_PAYLOAD": json.dumps(event("rates/wrong.csv"))},
        {},
        4,
        "rates/wrong.csv line 3: 'GBP,', expected a line as CHF,1.0625",
    ),
    "login": (
        {"RATES_PASSWORD": "wrong"},
        {"a.csv": HEADER + GOOD},
        5,
        "the rates: password authentication failed",
    ),
    "no database": ({"RATES_PORT": "9"}, {"a.csv": HEADER + GOOD}, 5, "read the rates: Can't create a connection"),
    "where": ({"RATES_HOST": "", "RATES_USER": ""}, {"a.csv": HEADER + GOOD}, 2, "RATES_HOST, RATES_USER not set"),
    "unreachable": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}, {}, 5, "Could not connect"),
}


@pytest.fixture
def in_process(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], int]]:
    """The job without a process of its own, which costs a second each."""
    before = signal.getsignal(signal.SIGTERM)

    def run(environment: dict[str, str]) -> int:
        for name, value in (aws.environment | environment).items():
            monkeypatch.setenv(name, value)
        return main()

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("name", FAILURES)
def test_failure_has_its_exit_code_and_says_why(aws: Any, in_process: Any, capsys: Any, name: str) -> None:
    environment, objects, code, said = FAILURES[name]
    prefix = f"failing/{name}/"
    for key, content in objects.items():
        aws.put(prefix + key, content)
    aws.put("rates/wrong.csv", "currency,euros\nCHF,2\nGBP,\n")
    assert in_process({"INPUT_PREFIX": prefix, "NAWS_RUN_ID": f"failing-{name}"} | environment) == code
    assert said in capsys.readouterr().err
    assert (aws.reports(f"failing-{name}"), aws.row(f"failing-{name}")) == ({}, {})


def test_rates_that_arrive_are_those_of_the_next_report(aws: Any, in_process: Any, capsys: Any) -> None:
    """In a database of their own: that of the other tests has their rates."""
    aws.put("rates/2026.csv", "currency,euros\nNOK,0.25\nSEK,0.0625\n")
    aws.put("rates/later.csv", "currency,euros\nNOK,0.5\n")
    aws.put("in-kroner/a.csv", HEADER + GOOD.replace("1.00,EUR", "100.00,NOK"))
    report = {"NAWS_RUN_ID": "in-kroner", "INPUT_PREFIX": "in-kroner/", "RATES_DATABASE": "postgres"}
    assert in_process({"NAWS_TRIGGER": "manual", **report}) == 3
    assert "there are no rates yet: upload a CSV of them to rates/" in capsys.readouterr().err
    for key in ("rates/2026.csv", "rates/later.csv"):
        asked = {"NAWS_TRIGGER": "event", "NAWS_RUN_ID": "rates", "NAWS_PAYLOAD": json.dumps(event(key))}
        assert in_process({**report, **asked}) == 0
    assert "done: rates of NOK, SEK\n" in capsys.readouterr().out
    assert aws.reports("rates") == {}
    assert in_process({"NAWS_TRIGGER": "manual", "NAWS_PAYLOAD": "", **report}) == 0
    said = summary(aws, "in-kroner")
    assert said["totals"]["gross_cents"] == 5_000
    assert said["rates"] == {"NOK": "0.5", "SEK": "0.0625"}


def test_without_its_table_a_run_fails_and_says_so(aws: Any, in_process: Any, capsys: Any) -> None:
    aws.put("no-table/a.csv", HEADER + GOOD)
    assert in_process({"INPUT_PREFIX": "no-table/", "NAWS_RUN_ID": "no-table", "SUMMARIES_TABLE": "nowhere"}) == 3
    assert "write the run's row to nowhere" in capsys.readouterr().err


def test_exit_code_and_reason_leave_the_process(aws: Any) -> None:
    outcome = aws.run(INPUT_PREFIX="nothing-here/")
    assert (outcome.code, outcome.err) == (
        3,
        "error: no sales in s3://sales-bucket/nothing-here/: 0 objects, no rows\n",
    )


def test_tolerance_is_a_parameter(aws: Any, in_process: Any, capsys: Any) -> None:
    aws.put("tolerated/a.csv", HEADER + GOOD * 99 + BAD)
    asked = {"INPUT_PREFIX": "tolerated/", "NAWS_RUN_ID": "tolerated", "MAX_MALFORMED_PERCENT": "1"}
    assert in_process(asked) == 0
    assert capsys.readouterr().err.startswith("malformed: tolerated/a.csv line 101: ")
    assert summary(aws, "tolerated")["rows"] == {"read": 100, "malformed": 1, "filtered": 0}
