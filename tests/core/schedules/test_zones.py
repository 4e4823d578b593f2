"""Time zone names: the IANA ones are taken, others are refused with the nearest."""

import pickle
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from naws.core.schedules import ScheduleSyntaxError, parse_schedule, parse_timezone, zones


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "US/Eastern", "Etc/GMT+5"])
def test_takes_iana_names(name: str) -> None:
    assert parse_timezone(name).key == name


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("America/NewYork", "America/New_York"),
        (" UTC ", "UTC"),
        ("utc", "UTC"),
        ("PST", "America/Los_Angeles"),
        ("CEST", "Europe/Berlin"),
        ("UTC+2", "Etc/GMT-2"),
        ("GMT-05:00", "Etc/GMT+5"),
        ("+02:00", "Etc/GMT-2"),
        ("UTC+20", ""),
        ("localtime", ""),
        ("Factory", ""),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("Europe", ""),
        ("Mars/Olympus", ""),
        ("../../etc/passwd", ""),
        ("/etc/localtime", ""),
        ("", ""),
        ("a" * 51, ""),
    ],
)
def test_refuses_what_is_no_zone_and_offers_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(ScheduleSyntaxError) as caught:
        parse_timezone(name)

    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("timezone", name)
    assert problem.remedy == remedy
    assert ("did you mean" in problem.expected) is bool(remedy)


def test_says_every_near_name() -> None:
    with pytest.raises(ScheduleSyntaxError, match=r"did you mean Europe/Berlin or Europe/Dublin"):
        parse_timezone("Europe/Berln")


def test_a_name_of_51_characters_is_too_long() -> None:
    with pytest.raises(ScheduleSyntaxError, match="at most 50 characters, not 51"):
        parse_timezone("a" * 51)


def test_where_file_names_ignore_case_the_spelling_is_still_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(zones, "ZoneInfo", lambda name: zoneinfo.ZoneInfo(name.title()))

    assert parse_timezone("Europe/Berlin").key == "Europe/Berlin"
    with pytest.raises(ScheduleSyntaxError, match="did you mean Europe/Berlin"):
        parse_timezone("EUROPE/BERLIN")


@pytest.fixture
def no_zone_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "tzdata", None)
    path = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    zones._names.cache_clear()
    yield
    zoneinfo.reset_tzpath(to=path)
    zoneinfo.ZoneInfo.clear_cache()
    zones._names.cache_clear()


@pytest.mark.usefixtures("no_zone_database")
def test_without_a_zone_database_utc_works_and_other_names_say_what_to_install() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    (moment,) = parse_schedule("cron(0 5 * * ? *)").next_times(now, 1)
    assert moment.utcoffset() == now.utcoffset()
    assert moment.isoformat() == "2026-11-23T05:00:00+00:00"
    assert parse_timezone("UTC").key == "UTC"
    with pytest.raises(ScheduleSyntaxError, match="install the package tzdata"):
        parse_timezone("Europe/Berlin")


def test_firing_times_survive_pickling() -> None:
    times = parse_schedule("@daily").next_times(datetime(2026, 11, 23, tzinfo=UTC), 2)
    assert pickle.loads(pickle.dumps(times)) == times


def test_an_unknown_zone_is_refused_where_times_are_asked_for() -> None:
    with pytest.raises(ScheduleSyntaxError, match="Europe/Berlin"):
        parse_schedule("@daily").next_times(datetime(2026, 11, 23, tzinfo=UTC), 1, "Berlin")
