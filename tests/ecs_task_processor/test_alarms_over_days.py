"""The alarms of a template, evaluated over simulated days as CloudWatch documents it.

Both for CloudWatch as it is documented, where FILL and DAY have a value for every period, and for one that has none of
a metric that was never published: the expectation has to hold either way, unless it says so.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import inf
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from naws.cli.embedded.alarm_states import state_at
from naws.core.schedules import parse_schedule
from naws.ecs_task_processor import Alarms, EcsTaskProcessor, EcsTaskProcessorProps, QueueTrigger, ScheduleTrigger
from naws.testing.synth import cdk_app, synth_template

ALARM = "AWS::CloudWatch::Alarm"
STEP = timedelta(minutes=10)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Metrics:
    """What was published: moments and values of each metric, whatever its dimensions."""

    points: dict[str, list[tuple[float, float]]] = field(default_factory=dict[str, list[tuple[float, float]]])
    known_until: float = inf

    def put(self, name: str, moment: datetime, value: float = 1) -> None:
        insort(self.points.setdefault(name, []), (moment.timestamp(), value))

    def has(self, name: str) -> bool:
        return any(moment <= self.known_until for moment, _ in self.points.get(name, [])[:1])

    def read(self, metric: Any, begin: float, end: float) -> float | None:
        points = self.points.get(metric["MetricName"], [])
        first, last = (bisect_right(points, (moment, inf)) for moment in (begin, min(end, self.known_until)))
        values = [value for _, value in points[first:last]]
        return None if not values else max(values) if metric["Statistic"] == "Maximum" else sum(values)


def states(  # noqa: PLR0913  # what an evaluation depends on
    alarm: dict[str, Any],
    metrics: Metrics,
    created: datetime,
    moments: Iterable[datetime],
    *,
    nothing_is_filled: bool = False,
    delay: timedelta = timedelta(),
) -> Iterator[tuple[datetime, str]]:
    """The alarm's state at each moment, from its creation on; what is published is known after `delay`."""
    whole = {**alarm, "StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation"}
    for moment in moments:
        now = moment.timestamp()
        known = replace(metrics, known_until=now - delay.total_seconds())
        published = any(known.has(name) for name in _names(alarm))
        seen = whole if published or not nothing_is_filled else _unfilled(whole)
        state, reason = state_at(seen, known.read, now, created=created.timestamp())
        whole |= {"StateValue": state, "StateReason": reason}
        yield moment, state


def _names(alarm: dict[str, Any]) -> list[str]:
    stats = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query]
    return [stat["Metric"]["MetricName"] for stat in stats]


def _unfilled(alarm: dict[str, Any]) -> dict[str, Any]:
    """The same, where a series without any point makes none."""
    return {**alarm, "Metrics": [{**alarm["Metrics"][1], "ReturnData": True}]}


def pages(found: Iterable[tuple[datetime, str]]) -> list[datetime]:
    """When somebody is paged."""
    each = list(found)
    return [moment for (_, before), (moment, state) in pairwise(each) if state == "ALARM" != before]


def every(begin: datetime, end: datetime, step: timedelta = STEP) -> Iterator[datetime]:
    while begin <= end:
        yield begin
        begin += step


def built(*triggers: Any, alarms: Alarms | None = None) -> dict[str, dict[str, Any]]:
    """The properties of the alarms, by id."""
    stack = cdk.Stack(cdk_app(), "Reports")
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    EcsTaskProcessor(stack, "P", EcsTaskProcessorProps(image=image, triggers=triggers, alarms=alarms or Alarms()))
    found = synth_template(stack)["Resources"].items()
    return {name[1:-8]: each["Properties"] for name, each in found if each["Type"] == ALARM}


@dataclass(frozen=True)
class Case:
    """A schedule, and how long after a scheduled time somebody is paged at the latest."""

    expression: str
    zone: str
    within: timedelta

    def firings(self, begin: datetime, end: datetime) -> list[datetime]:
        schedule, found = parse_schedule(self.expression), [begin]
        while found[-1] <= end:
            found += [moment.astimezone(UTC) for moment in schedule.next_times(found[-1], 20, self.zone)]
        return [moment for moment in found[1:] if moment <= end]


WEEKDAYS = Case("cron(0 9 ? * MON-FRI *)", "America/New_York", 12 * HOUR)
SCHEDULES = [
    Case("@hourly", "UTC", 3 * HOUR),
    Case("@daily", "UTC", 6 * HOUR),
    Case("cron(30 2 * * ? *)", "Europe/Berlin", 6 * HOUR),  # on one day of the year there is no such time
    Case("cron(30 2 * * ? *)", "America/New_York", 6 * HOUR),
    Case("cron(30 2 * * ? *)", "Australia/Sydney", 6 * HOUR),
    Case("cron(30 3 * * ? *)", "Europe/Berlin", 6 * HOUR),
    WEEKDAYS,
    Case("@weekly", "Europe/Berlin", 24 * HOUR),
    Case("cron(30 23 ? * SUN *)", "Europe/Berlin", 24 * HOUR),
]
NAMES = [f"{case.expression} {case.zone}" for case in SCHEDULES]
EVERY_SCHEDULE = pytest.mark.parametrize("case", SCHEDULES, ids=NAMES)
EXHAUSTIVE = pytest.mark.exhaustive
EITHER = pytest.mark.parametrize("nothing_is_filled", [False, True], ids=["as documented", "nothing is filled"])


def silences(bounds: Callable[[Case], dict[str, datetime]]) -> dict[Case, dict[str, Any]]:
    """The alarm on each schedule's silence, where it has one: of one processor, which is synthesised once."""
    triggers = [ScheduleTrigger(case.expression, timezone=case.zone, **bounds(case)) for case in SCHEDULES]
    alarms = built(*triggers)
    found = {case: alarms.get(f"DidNotRun{number}") for number, case in enumerate(SCHEDULES, 1)}
    return {case: alarm for case, alarm in found.items() if alarm}


@pytest.fixture(scope="module")
def did_not_run() -> Callable[[Case], dict[str, Any]]:
    """The alarm on a schedule's silence."""
    return silences(lambda _: {}).__getitem__


@EITHER
@EVERY_SCHEDULE
@pytest.mark.parametrize("weekday", [1, 5, *(pytest.param(day, marks=EXHAUSTIVE) for day in (2, 3, 4, 6, 7))])
def test_a_new_stack_does_not_page_before_its_first_scheduled_time_and_does_when_nothing_ran(
    case: Case,
    weekday: int,
    nothing_is_filled: bool,  # noqa: FBT001 - a column of the table
    did_not_run: Callable[[Case], dict[str, Any]],
) -> None:
    created = datetime(2027, 3, weekday, 12, 35, tzinfo=UTC)
    alarm = did_not_run(case)
    (first, *_) = case.firings(created, created + 8 * DAY)
    moments = every(created, first + case.within + 2 * DAY)
    found = pages(states(alarm, Metrics(), created, moments, nothing_is_filled=nothing_is_filled))
    if nothing_is_filled and "EvaluationWindow" in alarm and first > created + DAY:
        return  # then it is early, and docs/unproven.md says so
    assert len(found) == 1
    assert first < found[0] <= max(first + case.within, created + 2 * DAY)


def test_between_the_two_hours_at_which_it_fires_in_utc_a_new_stack_hears_of_the_next_time(
    did_not_run: Callable[[Case], dict[str, Any]],
) -> None:
    """09:00 in New York is 14:00 UTC in winter and 13:00 in summer, and a warm-up does not know which it is."""
    created = datetime(2027, 3, 5, 13, 5, tzinfo=UTC)
    _, monday, *_ = WEEKDAYS.firings(created, created + 8 * DAY)
    moments = every(created, monday + WEEKDAYS.within)
    (paged,) = pages(states(did_not_run(WEEKDAYS), Metrics(), created, moments, nothing_is_filled=False))
    assert monday < paged


@EITHER
@EVERY_SCHEDULE
@pytest.mark.parametrize(
    ("month", "day"), [(3, 28), *(pytest.param(*day, marks=EXHAUSTIVE) for day in ((3, 14), (10, 3), (10, 31)))]
)
def test_a_schedule_that_runs_does_not_page_where_clocks_change(
    case: Case,
    month: int,
    day: int,
    nothing_is_filled: bool,  # noqa: FBT001 - a column of the table
    did_not_run: Callable[[Case], dict[str, Any]],
) -> None:
    """Two weeks before and behind the changes of 2027: America's, Europe's, Australia's."""
    change = datetime(2027, month, day, tzinfo=UTC)
    begin, end = change - 16 * DAY, change + 14 * DAY
    metrics = Metrics()
    for number, moment in enumerate(case.firings(begin - 8 * DAY, end)):
        metrics.put("RunsSucceeded", moment + timedelta(minutes=(5, 55, 30)[number % 3]))
    moments = every(begin, end, HOUR)
    found = states(did_not_run(case), metrics, begin - 3 * DAY, moments, nothing_is_filled=nothing_is_filled)
    assert pages(found) == []


@EVERY_SCHEDULE
def test_a_schedule_that_stops_pages_once(case: Case, did_not_run: Callable[[Case], dict[str, Any]]) -> None:
    begin = datetime(2027, 5, 1, tzinfo=UTC)
    coming = case.firings(begin, begin + 30 * DAY)
    ran = [moment for moment in coming if moment < begin + 15 * DAY]
    missed = coming[len(ran)]
    metrics = Metrics()
    for moment in ran:
        metrics.put("RunsSucceeded", moment + timedelta(minutes=20))
    moments = every(begin + 8 * DAY, missed + case.within + HOUR)
    (paged,) = pages(states(did_not_run(case), metrics, begin, moments, nothing_is_filled=False))
    assert missed < paged <= missed + case.within


TODAY = datetime(2027, 5, 12, 9, 5, tzinfo=UTC)


@cache
def starting(hours: float) -> dict[Case, dict[str, Any]]:
    """The alarms of schedules that start so many hours from today."""
    return silences(lambda _: {"start": TODAY + hours * HOUR})


@cache
def ending(hours: float) -> dict[Case, dict[str, Any]]:
    """The alarms of schedules that end so many hours from today."""
    return silences(lambda _: {"end": TODAY + hours * HOUR})


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A Wednesday on which all is synthesised."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # noqa: ARG003 - a clock has it
            return TODAY

    monkeypatch.setattr("naws.core.context.datetime", Clock)
    return TODAY


@EVERY_SCHEDULE
@pytest.mark.parametrize("hours", [0.2, 12, 40, 100, 2400])
def test_a_new_stack_does_not_page_before_a_start(case: Case, hours: float, today: datetime) -> None:
    start = today + hours * HOUR
    alarm = starting(hours).get(case)
    (first, *_) = case.firings(start, start + 8 * DAY)
    if alarm is None:
        assert first > case.firings(today, today + 8 * DAY)[0]
        return
    moments = every(today, first + case.within + 2 * DAY, HOUR / 2)
    found = pages(states(alarm, Metrics(), today, moments))
    assert len(found) == 1
    assert found[0] > first


@EVERY_SCHEDULE
@pytest.mark.usefixtures("today")
def test_without_an_alarm_that_can_wait_for_the_start_there_is_none_until_then(case: Case) -> None:
    assert case not in starting(100 * 24)
    assert case in starting(-24)


@pytest.mark.parametrize(("hours", "there"), [(1, True), (20, True), (46, False)])
@pytest.mark.usefixtures("today")
def test_a_daily_schedule_has_an_alarm_as_long_as_it_can_wait(hours: int, there: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (SCHEDULES[1] in starting(hours)) is there


@EVERY_SCHEDULE
@pytest.mark.parametrize("hours", [0, 93, *(pytest.param(hours, marks=EXHAUSTIVE) for hours in (31, 62, 124, 155))])
def test_a_schedule_that_ran_to_its_end_does_not_page_after_it(case: Case, hours: int, today: datetime) -> None:
    hours += 10 * 24
    end = today + hours * HOUR
    metrics = Metrics()
    for number, moment in enumerate(case.firings(today - 9 * DAY, end)):
        metrics.put("RunsSucceeded", moment + timedelta(minutes=(1, 55, 30)[number % 3]))
    moments = every(end - 2 * DAY, end + 10 * DAY, HOUR / 2)
    assert pages(states(ending(hours)[case], metrics, today, moments)) == []


def until_the_missed(case: Case) -> list[datetime]:
    coming = case.firings(TODAY, TODAY + 18 * DAY)
    return coming[: len(coming) // 2]


@cache
def ending_with_the_missed() -> dict[Case, dict[str, Any]]:
    return silences(lambda case: {"end": until_the_missed(case)[-1] + timedelta(minutes=1)})


@EVERY_SCHEDULE
def test_the_last_time_before_an_end_has_an_alarm_too(case: Case, today: datetime) -> None:
    *ran, missed = until_the_missed(case)
    metrics = Metrics()
    for moment in (*case.firings(today - 9 * DAY, today), *ran):
        metrics.put("RunsSucceeded", moment + timedelta(minutes=20))
    alarm = ending_with_the_missed()[case]
    moments = every(missed - HOUR, missed + case.within + HOUR)
    (paged,) = pages(states(alarm, metrics, today - 9 * DAY, moments))
    assert missed < paged <= missed + case.within


@pytest.mark.usefixtures("today")
def test_an_end_that_has_passed_leaves_nothing_to_measure() -> None:
    assert ending(-1) == {}


def test_a_monthly_schedule_has_no_such_alarm() -> None:
    assert "DidNotRun1" not in built(ScheduleTrigger("@monthly"))


@pytest.fixture(scope="module")
def all_alarms() -> dict[str, dict[str, Any]]:
    return built(ScheduleTrigger("@daily"), QueueTrigger(), QueueTrigger())


def pages_of(alarms: dict[str, dict[str, Any]], metrics: Metrics, begin: datetime) -> dict[str, int]:
    """How often each alarm tells within the next hours, minute by minute."""
    moments = list(every(begin, begin + 3 * HOUR, timedelta(minutes=1)))
    found = {
        name: len(pages(states(alarm, metrics, begin - 9 * DAY, moments, delay=timedelta(minutes=2))))
        for name, alarm in alarms.items()
        if "Metrics" in alarm
    }
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut"])
def test_one_failed_run_is_one_alarm_and_one_mail(all_alarms: dict[str, dict[str, Any]], metric: str) -> None:
    assert sorted(all_alarms) == ["CouldNotStart", "DidNotRun1", "FailedWork", "OldestMessage1", "OldestMessage2"]
    begin = datetime(2027, 5, 12, 9, tzinfo=UTC)
    metrics = Metrics()
    metrics.put("RunsSucceeded", begin - 2 * HOUR)
    metrics.put(metric, begin + HOUR)
    metrics.put("ApproximateNumberOfMessagesVisible", begin + HOUR, 0)
    assert pages_of(all_alarms, metrics, begin) == {"FailedWork": 1}
    assert all("OKActions" not in alarm for alarm in all_alarms.values())
    assert all(len(alarm["AlarmActions"]) == 1 for alarm in all_alarms.values())


def test_a_message_that_could_not_start_a_run_pages_once_while_it_lies_there(
    all_alarms: dict[str, dict[str, Any]],
) -> None:
    """SQS has a data point for each minute, which comes two minutes late."""
    begin = datetime(2027, 5, 12, 9, tzinfo=UTC)
    metrics = Metrics()
    metrics.put("RunsSucceeded", begin - 2 * HOUR)
    for minute in range(30, 170):
        metrics.put("ApproximateNumberOfMessagesVisible", begin + timedelta(minutes=minute), 1)
    assert pages_of(all_alarms, metrics, begin) == {"CouldNotStart": 1}
