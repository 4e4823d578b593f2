"""Five unix fields become an EventBridge schedule that fires at the same minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from naws.core.schedules import ScheduleSyntaxError, parse_schedule

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

MOST = 1500


def crontab_values(text: str, low: int, high: int, names: list[str]) -> set[int]:
    """The values of one crontab(5) field."""
    found: set[int] = set()
    for item in text.lower().split(","):
        span, _, step = item.partition("/")
        ends = [names.index(end) + low if end in names else end for end in span.split("-")]
        if ends == ["*"]:
            ends = [low, high]
        elif len(ends) == 1:
            ends = [ends[0], high if step else ends[0]]
        found |= set(range(int(ends[0]), int(ends[1]) + 1, int(step or 1)))
    return found


def crontab_firings(expression: str, minutes: list[datetime]) -> set[datetime]:
    """The minutes at which cron would run, when at most one day field is restricted."""
    bounds = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 7, DAYS)]
    fields = zip(expression.split(), bounds, strict=True)
    minute, hour, day, month, weekday = (crontab_values(text, *bound) for text, bound in fields)
    return {
        moment
        for moment in minutes
        if moment.minute in minute
        and moment.hour in hour
        and moment.day in day
        and moment.month in month
        and {moment.isoweekday(), moment.isoweekday() % 7} & weekday
    }


def field(low: int, high: int, names: list[str] | None = None) -> st.SearchStrategy[str]:
    """One crontab field; names may be in either case."""
    values = st.integers(low, high)
    spans = st.tuples(values, values).map(sorted).map(lambda span: f"{span[0]}-{span[1]}")
    stepped = st.tuples(st.one_of(st.just("*"), spans), st.integers(1, 7).map(str)).map("/".join)
    named = [st.sampled_from(names), st.sampled_from(names).map(str.upper)] if names else []
    one = st.one_of(values.map(str), spans, stepped, *named)
    return st.one_of(st.just("*"), st.lists(one, min_size=1, max_size=3).map(",".join))


UNIX = st.one_of(
    st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12, MONTHS), st.just("*")),
    st.tuples(field(0, 59), field(0, 23), st.just("*"), field(1, 12, MONTHS), field(0, 7, DAYS)),
).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(UNIX, st.integers(0, 3 * 366))
def test_fires_at_the_minutes_that_cron_would(expression: str, day: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    later = [start + timedelta(minutes=each) for each in range(1, 5 * 1440)]
    try:
        times = parse_schedule(expression).next_times(start, MOST)
    except ScheduleSyntaxError as error:
        assume("never run" not in str(error))  # a date such as 30 February
        raise

    expected = sorted(crontab_firings(expression, later))[:MOST]
    assert [moment for moment in times if moment <= later[-1]] == expected


@pytest.mark.parametrize(
    ("unix", "eventbridge"),
    [
        ("0 5 * * *", "cron(0 5 * * ? *)"),
        ("30 9 * * 1-5", "cron(30 9 ? * 2-6 *)"),
        ("30 9 * * mon-fri", "cron(30 9 ? * 2-6 *)"),
        ("0 2 * * 0", "cron(0 2 ? * 1 *)"),
        ("0 2 * * 7", "cron(0 2 ? * 1 *)"),
        ("0 2 * * 5-7", "cron(0 2 ? * 1,6-7 *)"),
        ("0 2 * * 0-7", "cron(0 2 ? * 1-7 *)"),
        ("0 2 * * */2", "cron(0 2 ? * 1,3,5,7 *)"),
        ("0 2 * * SUN,wed", "cron(0 2 ? * 1,4 *)"),
        ("*/15 8-17 1,15 jan-mar *", "cron(*/15 8-17 1,15 JAN-MAR ? *)"),
        ("5/20 * * * *", "cron(5/20 * * * ? *)"),
        ("00 04 01 01 *", "cron(0 4 1 1 ? *)"),
    ],
)
def test_translates(unix: str, eventbridge: str) -> None:
    assert parse_schedule(unix).expression == eventbridge


@pytest.mark.parametrize(
    ("expression", "shortest"),
    [
        ("@hourly", "@hourly"),
        ("cron(0 0 * * ? *)", "@daily"),
        ("0 3 * * *", "cron(0 3 * * ? *)"),
        ("@every 90m", "rate(90 minutes)"),
    ],
)
def test_a_schedule_with_a_shorthand_is_written_by_it(expression: str, shortest: str) -> None:
    assert parse_schedule(expression).shortest == shortest
