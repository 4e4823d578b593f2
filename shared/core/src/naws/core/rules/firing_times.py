"""Rules on when schedules fire: ever, on every day that is wanted, and slowly enough for their runs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from naws.core.planned_triggers import SchedulePlan
from naws.core.rule import Finding, advice, practice
from naws.core.rules.values import Field, as_duration, is_number, is_text
from naws.core.schedules import ParsedSchedule, ScheduleSyntaxError, parse_schedule
from naws.core.text import format_duration
from naws.core.tokens import known

_TYPES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
_MINUTE = 60
_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class ScheduleWithRuntime:
    """A schedule and how long one of its runs may work.

    Attributes:
        schedule: as it is planned.
        timeout: seconds that one attempt may take.
        attempts: how many of them a run may make.
        waits: seconds between them, all together.
        field: the field that gives the timeout, for the remedy.
        otherwise: the pattern's own way out, a line to paste; empty: none.
    """

    schedule: SchedulePlan
    timeout: float
    attempts: int
    waits: float
    field: str
    otherwise: str = ""

    @property
    def busy(self) -> float:
        """Seconds that a run may work, its repetitions and the waits between them included."""
        return self.attempts * self.timeout + self.waits


@practice(
    code="NAWS-SCHED-006",
    title="A schedule does not fire faster than a run may work",
    source="runs of one schedule would overlap: two tasks would work on the same data at the same time",
    example='triggers=[ScheduleTrigger("rate(5 minutes)")], attempt_timeout=cdk.Duration.hours(1)',
    fix='triggers=[ScheduleTrigger("rate(5 minutes)")], attempt_timeout=cdk.Duration.minutes(4)',
)
def not_too_fast(paced: ScheduleWithRuntime) -> Iterator[Finding]:
    """The next run would start while the last one is still allowed to work, and nothing would show it.

    A run may work for all of its task attempts and the waits between them. Allow less time, fire less often, or
    give `concurrency`, which decides what happens when runs meet: then this is not asked.
    """
    parsed = paced.schedule.parsed
    period = parsed.period_seconds() if parsed else None
    if period is None or not is_number(paced.timeout) or paced.busy <= period:
        return
    shorter = (period * 0.8 - paced.waits) / paced.attempts // _MINUTE * _MINUTE
    less = [f"{paced.field}={as_duration(shorter)}"] if shorter > 0 else []
    slower = f'expression="@every {math.ceil(paced.busy / _MINUTE)}m"'
    allowed = f"{paced.field} allows" if paced.attempts == 1 else f"{paced.attempts} attempts and their waits take"
    yield Field(f"{paced.schedule.path}.expression", paced.schedule.trigger.expression).finding(
        expected=f"at least {format_duration(paced.busy)} between two firings, as {allowed}; "
        f"it fires {meaning(paced.schedule) if parsed else ''}",
        remedy="\n".join(filter(None, [*less, slower, paced.otherwise])),
    )


@advice(
    code="NAWS-SCHED-007",
    title="A schedule will fire again",
    source=_TYPES,
    example='triggers=[ScheduleTrigger("at(2020-01-01T00:00:00)")]',
    fix='triggers=[ScheduleTrigger("at(2199-01-01T00:00:00)")]',
)
def will_fire(plan: SchedulePlan) -> Iterator[Finding]:
    """AWS refuses to create a one-time schedule whose time is over, and the others would never start a run.

    It is advice, because a stack that was deployed in time must stay deployable afterwards.
    """
    now = plan.now
    if now is None or plan.parsed is None or not is_text(plan.trigger.timezone):
        return
    try:
        problem = plan.parsed.never_fires_after(now, plan.trigger.timezone)
    except ScheduleSyntaxError:
        return  # the zone's own rule reports it
    if problem:
        remedy = f'expression="{problem.remedy}"  # {meaning_of(problem.remedy, plan)}'
        yield Field(f"{plan.path}.expression", plan.trigger.expression).finding(
            problem.expected, remedy if problem.remedy else "remove the trigger"
        )
    end = plan.trigger.end
    if end is not None and end.tzinfo is not None and end <= now:
        later = f"later than {now:%Y-%m-%d}"
        yield Field(f"{plan.path}.end").finding(later, "omit end", shown=str(end))


@advice(
    code="NAWS-SCHED-011",
    title="A schedule fires between its start and its end",
    source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html",
    example='triggers=[ScheduleTrigger("@monthly", start=datetime(2199, 1, 2, tzinfo=UTC), '
    "end=datetime(2199, 1, 9, tzinfo=UTC))]",
    fix='triggers=[ScheduleTrigger("@daily", start=datetime(2199, 1, 2, tzinfo=UTC), '
    "end=datetime(2199, 1, 9, tzinfo=UTC))]",
)
def fires_before_end(plan: SchedulePlan) -> Iterator[Finding]:
    """It would wait for its end and start no run, without any error."""
    start, end, now = plan.trigger.start, plan.trigger.end, plan.now
    moments = [moment for moment in (start, now) if moment is not None]
    if end is None or plan.parsed is None or plan.parsed.kind == "at" or not moments:
        return
    if any(moment.tzinfo is None or moment >= end for moment in moments if end.tzinfo is not None) or not end.tzinfo:
        return  # other rules report it
    if plan.parsed.kind == "rate" and start is not None:
        return  # it fires at its start
    coming = _firings(plan.parsed, max(moments), str(plan.trigger.timezone), 1)
    if coming and coming[0] > end:
        yield Field(f"{plan.path}.end").finding(
            f"later than {coming[0]:%Y-%m-%d %H:%M} {coming[0].tzname()}, when it would fire first",
            "omit end",
            shown=str(end),
        )


@advice(
    code="NAWS-SCHED-012",
    title="A schedule's time exists on every day on which it is to fire",
    source=f"{_TYPES}#daylist-savings-time",
    example='triggers=[ScheduleTrigger("cron(30 2 * * ? *)", timezone="Europe/Berlin")]',
    fix='triggers=[ScheduleTrigger("cron(30 3 * * ? *)", timezone="Europe/Berlin")]',
)
def exists_every_day(plan: SchedulePlan) -> Iterator[Finding]:
    """The times that clocks skip when they are put forward do not exist that day: EventBridge Scheduler starts no run.

    The alarm on a missing success takes that hour of the year for a run, where a rule such as "the last Sunday of
    March" finds it; elsewhere it waits for the longer pause all year, and one missed run is not noticed.
    """
    zone = plan.trigger.timezone
    if plan.parsed is None or plan.now is None or not known(zone):
        return
    try:
        missing = plan.parsed.left_out(plan.now, zone)
        if missing is None:
            return
        later = _an_hour_later(plan.parsed.expression)
        unruly = plan.longest_pause is not None and plan.usual_pause == plan.longest_pause
        mended = later and parse_schedule(later).left_out(plan.now, zone) is None
    except ScheduleSyntaxError:
        return  # the zone's own rule reports it
    unnoticed = ", for which the alarm on a missing success waits all year" if unruly else ""
    first = [f'expression="{later}"  # {meaning_of(later, plan)}'] if mended else []
    yield Field(f"{plan.path}.expression", plan.trigger.expression).finding(
        expected=f"a time that the clocks in {zone} show on {missing.local:%Y-%m-%d}, too: they are put forward over "
        f"{missing.local:%H:%M}, and {format_duration(missing.pause)} pass between two runs{unnoticed}",
        remedy="\n".join([*first, 'timezone="UTC"  # clocks are never changed there']),
    )


def _an_hour_later(expression: str) -> str:
    """A cron expression with one hour, put an hour later on the same day; empty when it has several."""
    minute, hour, *rest = expression.removeprefix("cron(").split()
    return f"cron({minute} {int(hour) + 1} {' '.join(rest)}" if hour.isdigit() and int(hour) + 1 < _HOURS else ""


def meaning(plan: SchedulePlan) -> str:
    """When a schedule fires, in English, and the next times when a clock was looked at."""
    return _in_english(plan.parsed, plan) if plan.parsed else ""


def meaning_of(remedy: str, plan: SchedulePlan) -> str:
    """What a corrected expression means, in English."""
    try:
        return _in_english(parse_schedule(remedy), plan)
    except ScheduleSyntaxError:
        return "the nearest that is legal"


def _firings(parsed: ParsedSchedule, after: datetime, timezone: str, count: int) -> tuple[datetime, ...]:
    """The next times; none when the zone is not known or is none."""
    try:
        return parsed.next_times(after, count, timezone) if known(timezone) else ()
    except ScheduleSyntaxError:
        return ()  # the zone's own rule reports it


def _in_english(parsed: ParsedSchedule, plan: SchedulePlan) -> str:
    zone = str(plan.trigger.timezone)
    english = parsed.describe(zone if known(zone) else "its time zone")
    if parsed.kind != "cron" or plan.now is None:
        return english  # a rate is counted from its deployment; a single time is in it already
    coming = [f"{moment:%Y-%m-%d %H:%M}" for moment in _firings(parsed, plan.now, zone, 3)]
    return f"{english}; next at {', '.join(coming)}" if coming else english


FIRING_RULES = (will_fire, fires_before_end, exists_every_day)
"""The rules for each schedule's times."""
PACE_RULES = (not_too_fast,)
"""The rules for each schedule together with how long its runs may work."""
