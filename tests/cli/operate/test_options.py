"""Moments of the past, as people write them."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import typer

from naws.cli.operate.options import moment


@pytest.fixture
def tokyo(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-20", datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("2026-11-20T03:00", datetime(2026, 11, 19, 18, tzinfo=UTC)),
        ("2026-11-20T03:00Z", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        ("2026-11-20T03:00:10+01:00", datetime(2026, 11, 20, 2, 0, 10, tzinfo=UTC)),
    ],
)
def test_a_date_is_local_unless_it_has_a_zone(text, when):
    assert moment(text) == when


@pytest.mark.parametrize(("text", "ago"), [("30m", timedelta(minutes=30)), ("3w", timedelta(weeks=3))])
def test_how_long_ago(text, ago):
    assert abs(datetime.now(UTC) - ago - moment(text)) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "neither"),
        ("2026-13-01", "neither"),
        ("9999999999w", "neither"),
        ("0001-01-01", "neither"),
        ("2999-01-01Z", "neither"),
        ("2999-01-01T00:00Z", "is to come"),
    ],
)
def test_what_is_no_moment_of_the_past(text, words):
    with pytest.raises(typer.BadParameter, match=words):
        moment(text)
