"""Firing times, against an oracle that looks at every minute and knows nothing of the parser."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise, product, takewhile
from timeit import repeat
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naws.core.schedules import ParsedSchedule, ScheduleSyntaxError, parse_schedule
from naws.core.schedules.cron import Cron
from naws.core.schedules.pauses import firings_of

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WEEK = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
YEAR = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
NAMES = {name: str(place) for names in (WEEK, YEAR) for place, name in enumerate(names, 1)}


def fields_of(expression: str) -> list[str]:
    """The six fields, names as numbers."""
    body = expression.removeprefix("cron(").removesuffix(")")
    return re.sub(r"[A-Z]{3}", lambda name: NAMES[name[0]], body).split()


def selected(text: str, bottom: int, top: int) -> set[int]:
    """The values that a cron field of lists, ranges and steps selects."""
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        low = bottom if first == "*" else int(first)
        high = int(last) if last else top if step or first == "*" else low
        found |= {value for value in range(low, high + 1) if (value - low) % int(step or 1) == 0}
    return found


def days_in(fields: list[str], year: int, month: int) -> list[int]:
    """The days of a month that the day fields select."""
    _, _, of_month, _, of_week, _ = fields
    dates = [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]
    working = [each.day for each in dates if each.isoweekday() <= 5]
    if of_month.startswith("L"):
        return [working[-1] if of_month == "LW" else dates[-1].day]
    if of_month.endswith("W"):
        wanted = int(of_month[:-1])
        return [min(working, key=lambda day: abs(day - wanted))] if wanted <= dates[-1].day else []
    if of_month != "?":
        return sorted(selected(of_month, 1, 31) & {each.day for each in dates})
    special = re.fullmatch(r"(\d)(?:L|#(\d))", of_week)
    weekdays = {int(special[1])} if special else {7} if of_week == "L" else selected(of_week, 1, 7)
    found = [each.day for each in dates if each.isoweekday() % 7 + 1 in weekdays]
    if special is None:
        return found
    return [found[-1]] if special[2] is None else found[int(special[2]) - 1 :][:1]


def selects_date(fields: list[str], day: date) -> bool:
    """Whether the date fields of a six-field cron select a day."""
    return (
        day.month in selected(fields[3], 1, 12)
        and day.year in selected(fields[5], 1970, 2199)
        and day.day in days_in(fields, day.year, day.month)
    )


def firings(expression: str, start: datetime, days: int) -> list[datetime]:
    """Every minute after ``start``, in UTC, that the expression selects."""
    fields = fields_of(expression)
    hours, minutes = selected(fields[1], 0, 23), selected(fields[0], 0, 59)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        moment
        for day in range(days + 1)
        if selects_date(fields, (midnight + timedelta(days=day)).date())
        for minute in range(1440)
        if minute // 60 in hours
        and minute % 60 in minutes
        and start < (moment := midnight + timedelta(days=day, minutes=minute)) <= start + timedelta(days=days)
    ]


def items(low: int, high: int, *, steps: bool = True, names: str = "") -> st.SearchStrategy[str]:
    """One field: ``*`` or a list of values, ranges and steps."""
    words = names.split() or [str(value) for value in range(low, high + 1)]
    spans = st.tuples(st.integers(0, len(words) - 1), st.integers(0, len(words) - 1)).map(sorted)
    ranged = spans.map(lambda span: f"{words[span[0]]}-{words[span[1]]}")
    stepped = st.tuples(st.one_of(st.just("*"), st.sampled_from(words), ranged), st.integers(1, high)).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    one = st.one_of(st.sampled_from(words), ranged, *([stepped] if steps else []))
    return st.one_of(st.just("*"), st.lists(one, min_size=1, max_size=3).map(",".join))


SPECIAL_DAYS = st.one_of(st.sampled_from(["L", "LW"]), st.integers(1, 31).map(lambda day: f"{day}W"))
SPECIAL_WEEKDAYS = st.one_of(
    st.just("L"),
    st.integers(1, 7).map(lambda day: f"{day}L"),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda pair: f"{pair[0]}#{pair[1]}"),
)
MONTHS = st.one_of(items(1, 12), items(1, 12, names="JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"))
WEEKDAYS = st.one_of(
    items(1, 7, steps=False), items(1, 7, steps=False, names="SUN MON TUE WED THU FRI SAT"), SPECIAL_WEEKDAYS
)
DAY_FIELDS = st.one_of(
    st.tuples(st.one_of(items(1, 31), SPECIAL_DAYS), MONTHS, st.just("?")),
    st.tuples(st.just("?"), MONTHS, WEEKDAYS),
)
YEARS = st.one_of(st.just("*"), st.just("*"), st.sampled_from(["2026-2030", "2027", "2026/2", "2025,2028"]))


def crons(minutes: st.SearchStrategy[str], hours: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Legal six-field expressions; some name dates that never occur."""
    return st.tuples(minutes, hours, DAY_FIELDS, YEARS).map(
        lambda parts: f"cron({parts[0]} {parts[1]} {' '.join(parts[2])} {parts[3]})"
    )


CRONS = crons(items(0, 59), items(0, 23))


def parsed(expression: str) -> ParsedSchedule | None:
    """The schedule; None, and only then, when no month of its years holds such a date."""
    fields = fields_of(expression)
    months = product(selected(fields[5], 1970, 2199), selected(fields[3], 1, 12))
    if any(days_in(fields, year, month) for year, month in months):
        return parse_schedule(expression)
    with pytest.raises(ScheduleSyntaxError, match="never run"):
        parse_schedule(expression)
    return None


RARE = st.sampled_from(["0", "30", "0,45"])
STARTS = st.integers(0, 3 * 366 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - a moment without a zone is the mistake
MOST = 1500
WINDOW = timedelta(days=21)


@settings(max_examples=70, deadline=None)
@given(CRONS, STARTS)
def test_fires_at_exactly_the_minutes_that_its_fields_select(expression: str, start: datetime) -> None:
    schedule = parsed(expression)
    times = schedule.next_times(start, MOST) if schedule else ()

    assert [moment for moment in times if moment <= start + WINDOW] == firings(expression, start, WINDOW.days)[:MOST]


@settings(max_examples=60, deadline=None)
@given(CRONS, STARTS, st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]))
def test_times_ascend_match_the_local_fields_and_read_back_the_same(
    expression: str, start: datetime, zone: ZoneInfo
) -> None:
    schedule = parsed(expression)
    if schedule is None:
        return
    times = schedule.next_times(start, 50, zone.key)
    fields = fields_of(expression)

    instants = [start, *(moment.astimezone(UTC) for moment in times)]
    assert all(sooner < later for sooner, later in pairwise(instants))
    for moment in times:
        assert moment.minute in selected(fields[0], 0, 59)
        assert moment.hour in selected(fields[1], 0, 23)
        assert selects_date(fields, moment.date())
        assert moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None)
    assert parse_schedule(schedule.expression) == schedule
    assert parse_schedule(schedule.expression).next_times(start, 50, zone.key) == times


@settings(max_examples=40, deadline=None)
@given(crons(RARE, st.sampled_from(["0", "5", "0,23", "*/12"])))
def test_the_period_is_the_shortest_gap_between_firings(expression: str) -> None:
    schedule = parsed(expression)
    if schedule is None:
        return
    times = schedule.next_times(datetime(1969, 12, 31, tzinfo=UTC), 4000)
    gaps = [round((later - sooner).total_seconds()) for sooner, later in pairwise(times)]

    assert schedule.period_seconds() == min(gaps, default=None)


def local(expression: str, start: datetime, count: int) -> list[str]:
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    return [f"{each:%d %H:%M%z}" for each in parse_schedule(expression).next_times(start, count, zone.key)]


def test_a_local_time_that_spring_leaves_out_does_not_fire() -> None:
    # Berlin: 29 March 2026 has no 02:00-02:59; New York: 8 March 2026 has none either.
    berlin = datetime(2026, 3, 28, 0, 0, tzinfo=BERLIN)
    assert local("cron(30 2 * * ? *)", berlin, 2) == ["28 02:30+0100", "30 02:30+0200"]
    assert local("cron(30 1-3 29 3 ? *)", berlin, 2) == ["29 01:30+0100", "29 03:30+0200"]
    new_york = datetime(2026, 3, 7, 0, 0, tzinfo=NEW_YORK)
    assert local("cron(30 2 * * ? *)", new_york, 2) == ["07 02:30-0500", "09 02:30-0400"]


def test_a_local_time_that_autumn_repeats_fires_once_the_first_time() -> None:
    # Berlin repeats 02:00-02:59 on 25 October 2026; New York 01:00-01:59 on 1 November 2026.
    berlin = datetime(2026, 10, 25, 0, 0, tzinfo=BERLIN)
    assert local("cron(30 2 * * ? *)", berlin, 2) == ["25 02:30+0200", "26 02:30+0100"]
    assert local("cron(0/30 1-3 * * ? *)", berlin, 6) == [
        "25 01:00+0200",
        "25 01:30+0200",
        "25 02:00+0200",
        "25 02:30+0200",
        "25 03:00+0100",
        "25 03:30+0100",
    ]
    new_york = datetime(2026, 11, 1, 0, 0, tzinfo=NEW_YORK)
    assert local("cron(30 1 * * ? *)", new_york, 2) == ["01 01:30-0400", "02 01:30-0500"]


def test_a_start_within_the_repeated_hour_does_not_bring_its_times_back() -> None:
    second_0215 = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=1)
    assert local("cron(0/30 * * * ? *)", second_0215, 2) == ["25 03:00+0100", "25 03:30+0100"]
    first_0215 = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN)
    assert local("cron(0/30 * * * ? *)", first_0215, 2) == ["25 02:30+0200", "25 03:00+0100"]


def test_a_rate_is_counted_from_the_given_moment_and_a_day_is_24_hours() -> None:
    start = datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN)
    assert local("rate(1 day)", start, 2) == ["29 13:00+0200", "30 13:00+0200"]
    assert local("rate(90 minutes)", start, 2) == ["28 13:30+0100", "28 15:00+0100"]


def test_a_one_time_schedule_fires_once_in_its_zone() -> None:
    schedule = parse_schedule("at(2026-12-24T18:30:00)")
    before = datetime(2026, 12, 24, 17, 29, 59, tzinfo=UTC)

    assert schedule.next_times(before, 5, "Europe/Berlin") == (datetime(2026, 12, 24, 18, 30, tzinfo=BERLIN),)
    assert schedule.next_times(before + timedelta(seconds=1), 5, "Europe/Berlin") == ()


@pytest.mark.parametrize(
    ("expression", "after", "zone", "remedy"),
    [
        ("cron(0 5 * * ? 2020-2025)", "2026-01-01T00:00", "UTC", "cron(0 5 * * ? *)"),
        ("cron(0 5 1 1 ? 2026)", "2026-01-01T05:00", "UTC", "cron(0 5 1 1 ? *)"),
        ("cron(0 5 1 1 ? 2026)", "2026-01-01T04:30", "Europe/Berlin", "cron(0 5 1 1 ? *)"),
        ("at(2026-01-01T05:00:00)", "2026-01-01T05:00", "UTC", "at(2026-01-02T05:00:00)"),
        ("at(2026-01-01T05:00:00)", "2026-11-23T04:30", "Europe/Berlin", "at(2026-11-24T05:00:00)"),
        ("at(2027-03-28T02:30:00)", "2026-11-23T04:30", "Europe/Berlin", ""),
        ("cron(30 2 28 3 ? 2027)", "2026-11-23T04:30", "Europe/Berlin", ""),
    ],
)
def test_says_that_it_never_fires_again(expression: str, after: str, zone: str, remedy: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    problem = parse_schedule(expression).never_fires_after(moment, zone)

    assert problem is not None
    assert problem.remedy == remedy
    if remedy:
        assert parse_schedule(remedy).never_fires_after(moment, zone) is None


@pytest.mark.parametrize(
    "expression", ["rate(5 minutes)", "cron(0 5 * * ? *)", "cron(0 5 1 1 ? 2026)", "at(2026-01-01T05:00:00)"]
)
def test_says_nothing_while_it_still_fires(expression: str) -> None:
    before = datetime(2026, 1, 1, 4, 59, tzinfo=UTC)
    assert parse_schedule(expression).never_fires_after(before) is None


def test_the_calendar_has_an_end() -> None:
    last = datetime(2199, 12, 30, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    assert parse_schedule("cron(0 5 * * ? *)").next_times(last, 5) == (datetime(2199, 12, 31, 5, 0, tzinfo=UTC),)
    assert len(parse_schedule("rate(1000000 days)").next_times(last, 5)) == 2
    assert parse_schedule("at(9999-12-31T23:59:59)").next_times(last, 1, "America/New_York") == ()


def test_a_moment_without_a_zone_is_refused() -> None:
    schedule = parse_schedule("rate(5 minutes)")
    with pytest.raises(ValueError, match="time zone"):
        schedule.next_times(NAIVE, 1)
    with pytest.raises(ValueError, match="time zone"):
        parse_schedule("at(2020-01-01T00:00:00)").never_fires_after(NAIVE)


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 0 1 1 ? *)",
        "cron(0 0 29 2 ? *)",
        "cron(* * * * ? *)",
        "cron(0 0 ? 2 6#5 *)",
        "cron(0 0 LW * ? 2000-2199)",
    ],
)
def test_costs_milliseconds_at_most(expression: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    schedule = parse_schedule(expression)

    assert min(repeat(lambda: schedule.next_times(now, 5), number=1, repeat=5)) < 0.005
    assert min(repeat(schedule.period_seconds, number=1, repeat=5)) < 0.05
    assert min(repeat(lambda: parse_schedule(expression), number=1, repeat=5)) < 0.005


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Pacific/Kiritimati"]
)
@pytest.mark.parametrize("written", ["30 0-3,23 * * *", "cron(15 2 ? * SUN *)", "cron(0 12 L * ? 2028)"])
def test_walking_days_finds_the_times_that_walking_times_finds(written: str, zone: str) -> None:
    schedule = parse_schedule(written)
    assert isinstance(schedule.timing, Cron)
    before, end = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
    walked = takewhile(lambda moment: moment < end, schedule.times_after(before, zone))
    assert firings_of(schedule.timing, zone, 2027, 2) == [moment.timestamp() for moment in walked]
