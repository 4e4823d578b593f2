import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from naws.cli import demo
from naws.cli.runs import Attempt, Run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "nightly-report"


def naws(*arguments, cwd):
    command = [sys.executable, "-c", "from naws.cli.main import app; app()", *arguments]
    variables = {**os.environ, "CDK_VALIDATION": "true"}  # a user has it, and it may warn
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=300)


def test_outside_a_checkout_it_says_where_it_works(tmp_path):
    result = naws("demo", cwd=tmp_path)
    assert result.returncode == 6
    assert "Run `naws demo` in a checkout" in result.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("engine", ["process", pytest.param("container", marks=pytest.mark.container)])
def test_it_runs_from_generated_sales_to_a_checked_report(tmp_path, engine):
    state = tmp_path / "state"
    options = ["--rows", "20000", "--engine", engine, "--state-dir", str(state)]
    result = naws("demo", *options, cwd=EXAMPLE / "job")
    assert (result.returncode, result.stderr) == (0, "")
    table = result.stdout.split("\n\n")[2].splitlines()
    assert [line.split()[0] for line in table].count("event") == 1 + 4, "the rates, and every file"
    for trigger in ("schedule", "queue"):
        row = rf"{trigger} +\S+ +Prod/Reports/Report +1 +0 +[\d.]+ m?s +succeeded"
        assert any(re.match(row, line) for line in table)
    assert "20,000 rows from 4 files" in result.stdout
    assert "rates of the database: CHF 1.0625, EUR 1, GBP 1.1713" in result.stdout
    assert "6 rows in the table Prod-Data-Summaries" in result.stdout
    assert "done: 20,000 sales" in result.stdout
    assert "<html" in (state / "report.html").read_text()
    assert len(list((state / "reports").glob("*/summary.json"))) == 6


def succeeded(trigger):
    now = datetime.now(UTC)
    return Run("arn", trigger, "id", "SUCCEEDED", (Attempt(None, 0, ""),), now, now, "")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    generate = demo.load(EXAMPLE / "generate.py")
    return generate.generate(tmp_path_factory.mktemp("sales"), rows=2000, files=2)


@pytest.fixture
def reports(expected):
    """What the job says when it is right."""
    ranked = dict(sorted(expected["by_shop"].items(), key=lambda item: (-item[1]["net_cents"], item[0]))[:10])
    nightly = {
        "trigger": "schedule",
        "totals": expected["totals"],
        "rows": {"read": expected["rows"], "malformed": 0, "filtered": 0},
        "rates": expected["rates"],
        "top_shops": ranked,
        **{name: expected[name] for name in ("by_day", "by_region", "by_category", "sale_percentiles_cents")},
    }
    events = [
        {"trigger": "event", "filters": {"object": f"sales/{name}"}, "totals": totals}
        for name, totals in expected["by_file"].items()
    ]
    asked = {"trigger": "queue", "totals": expected["by_region"]["London"]}
    # Copies that share nothing: a test changes one of them.
    return json.loads(json.dumps([nightly, *events, asked]))


def check(reports, expected, runs=()):
    return demo.check(demo.load(EXAMPLE / "verify.py"), reports, expected, list(runs))


def test_right_reports_are_right(reports, expected):
    assert check(reports, expected, [succeeded("event")]) == []


@pytest.mark.parametrize("trigger", ["schedule", "event", "queue"])
def test_one_cent_in_any_report_is_found(reports, expected, trigger):
    report = next(report for report in reports if report["trigger"] == trigger)
    report["totals"]["net_cents"] += 1
    assert len(check(reports, expected)) == 1


@pytest.mark.parametrize("trigger", ["schedule", "event", "queue"])
def test_a_missing_report_is_found(reports, expected, trigger):
    reports.remove(next(report for report in reports if report["trigger"] == trigger))
    assert any(f"reports.{trigger} is" in line for line in check(reports, expected))


def test_a_failed_run_is_found(reports, expected):
    now = datetime.now(UTC)
    failed = Run("arn", "queue", "m-1", "FAILED", (), now, now, "Naws.TaskFailed: exit 3")
    assert check(reports, expected, [failed]) == ["the queue run m-1 failed: Naws.TaskFailed: exit 3"]
