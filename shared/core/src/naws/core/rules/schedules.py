"""Rules on schedules."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from naws.core.planned_triggers import SchedulePlan
from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.firing_times import FIRING_RULES, meaning, meaning_of
from naws.core.rules.values import Bounds, Field, as_duration, is_number, is_text
from naws.core.schedules import ScheduleSyntaxError, parse_schedule, parse_timezone
from naws.core.schedules.remedies import example_for
from naws.core.text import format_duration
from naws.core.tokens import known

_TYPES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
_CREATE = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"
_WINDOW = Bounds(low=60, high=86_400, unit="minutes", write=as_duration, in_words=format_duration, whole=False)
_MINUTE = 60


@limit(
    code="NAWS-SCHED-001",
    title="A schedule expression is one that EventBridge Scheduler understands",
    source=_TYPES,
    example='triggers=[ScheduleTrigger("cron(0 25 * * ? *)")]',
    fix='triggers=[ScheduleTrigger("cron(0 5 * * ? *)")]',
)
def expression(plan: SchedulePlan) -> Iterator[Finding]:
    """Raw CDK passes any text on: a mistake fails the deployment, or fires at the wrong time.

    `rate(…)`, `cron(…)`, `at(…)`, five unix cron fields, `@daily` and its like, and `@every 90m` are read in full:
    ranges, names, lists, steps, `L`, `W`, `#`, the `?` rule, and dates that do not exist.
    """
    if not is_text(plan.trigger.expression):
        return
    try:
        parse_schedule(plan.trigger.expression)
    except ScheduleSyntaxError as error:
        for problem in error.problems:
            about = f"{problem.field} {problem.value!r} must be: " if problem.field else ""
            remedy = problem.remedy or example_for(plan.trigger.expression)
            means = f"{'' if problem.remedy else 'for example, '}{meaning_of(remedy, plan)}"
            yield Field(f"{plan.path}.expression", plan.trigger.expression).finding(
                f"{about}{problem.expected}", f'expression="{remedy}"  # {means}'
            )


@limit(
    code="NAWS-SCHED-002",
    title="A time zone is an IANA name",
    source=_CREATE,
    example='triggers=[ScheduleTrigger("@daily", timezone="Europe/Berln")]',
    fix='triggers=[ScheduleTrigger("@daily", timezone="Europe/Berlin")]',
)
def timezone(plan: SchedulePlan) -> Iterator[Finding]:
    """An abbreviation such as CET or PST is no zone: it changes with the season, and some stand for several zones."""
    if not is_text(plan.trigger.timezone):
        return
    try:
        parse_timezone(plan.trigger.timezone)
    except ScheduleSyntaxError as error:
        for problem in error.problems:
            yield Field(f"{plan.path}.timezone", plan.trigger.timezone).finding(
                problem.expected, f'timezone="{problem.remedy or "UTC"}"'
            )


@limit(
    code="NAWS-SCHED-003",
    title="A flexible window has 1 to 1,440 whole minutes",
    source="https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html",
    example='triggers=[ScheduleTrigger("@daily", flexible_window=cdk.Duration.days(2))]',
    fix='triggers=[ScheduleTrigger("@daily", flexible_window=cdk.Duration.hours(2))]',
)
def flexible_window(plan: SchedulePlan) -> Iterator[Finding]:
    """Scheduler spreads a firing over the window, counted in minutes, a day at most."""
    window = plan.flexible_window
    field = Field(f"{plan.path}.flexible_window", window)
    found = list(_WINDOW.check(field))
    yield from found
    if not found and is_number(window) and window % _MINUTE:
        near = max(_MINUTE, round(window / _MINUTE) * _MINUTE)
        expected = "whole minutes, which is how Scheduler counts the window"
        remedy = f"flexible_window={as_duration(near)}"
        yield Field(field.path).finding(expected, remedy, shown=format_duration(window))


@limit(
    code="NAWS-SCHED-004",
    title="A schedule starts before it ends",
    source=_CREATE,
    example='triggers=[ScheduleTrigger("@daily", start=datetime(2031, 1, 1, tzinfo=UTC), '
    "end=datetime(2030, 1, 1, tzinfo=UTC))]",
    fix='triggers=[ScheduleTrigger("@daily", start=datetime(2030, 1, 1, tzinfo=UTC), '
    "end=datetime(2031, 1, 1, tzinfo=UTC))]",
)
def start_before_end(plan: SchedulePlan) -> Iterator[Finding]:
    """A schedule that ends before it starts never fires."""
    start, end = plan.trigger.start, plan.trigger.end
    if start is None or end is None or (start.tzinfo is None) != (end.tzinfo is None) or start < end:
        return
    remedy = f"end={_written(start + timedelta(days=365))}"
    yield Field(f"{plan.path}.end").finding(f"later than start, {start}", remedy, shown=str(end))


@limit(
    code="NAWS-SCHED-005",
    title="Start and end carry their time zone",
    source=_CREATE,
    example='triggers=[ScheduleTrigger("@daily", start=datetime(2030, 1, 1))]',
    fix='triggers=[ScheduleTrigger("@daily", start=datetime(2030, 1, 1, tzinfo=UTC))]',
)
def aware(plan: SchedulePlan) -> Iterator[Finding]:
    """Without one the zone of the computer that synthesises counts: the same code would differ on another."""
    for name in ("start", "end"):
        moment: datetime | None = getattr(plan.trigger, name)
        if moment is not None and moment.tzinfo is None:
            remedy = f"{name}={_written(moment)}"
            path = f"{plan.path}.{name}"
            yield Field(path).finding("a time with its zone", remedy, shown=str(moment))


@advice(
    code="NAWS-SCHED-008",
    title="A flexible window is shorter than the time between two firings",
    source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-flexible-time-windows.html",
    example='triggers=[ScheduleTrigger("rate(2 hours)", flexible_window=cdk.Duration.hours(2))]',
    fix='triggers=[ScheduleTrigger("rate(2 hours)", flexible_window=cdk.Duration.minutes(15))]',
)
def window_within_period(plan: SchedulePlan) -> Iterator[Finding]:
    """With a window as long as the period two firings can come one right after the other."""
    period = plan.parsed.period_seconds() if plan.parsed else None
    if period and is_number(plan.flexible_window) and plan.flexible_window >= period:
        shorter = f"flexible_window={as_duration(max(_MINUTE, period // 10 // _MINUTE * _MINUTE))}"
        yield Field(f"{plan.path}.flexible_window").finding(
            f"less than {format_duration(period)}, the time between two firings; it fires {meaning(plan)}",
            shorter if period > _MINUTE else "omit flexible_window: a minute is the shortest",
            shown=format_duration(plan.flexible_window),
        )


@advice(
    code="NAWS-SCHED-009",
    title="A schedule that fires once has no start and no end",
    source=_CREATE,
    example='triggers=[ScheduleTrigger("at(2199-01-01T00:00:00)", start=datetime(2190, 1, 1, tzinfo=UTC))]',
    fix='triggers=[ScheduleTrigger("at(2199-01-01T00:00:00)")]',
)
def once_has_no_bounds(plan: SchedulePlan) -> Iterator[Finding]:
    """Scheduler ignores both for a one-time schedule."""
    if plan.parsed is None or plan.parsed.kind != "at":
        return
    for name in ("start", "end"):
        value = getattr(plan.trigger, name)
        if known(value):
            expected = "nothing: at(…) is the time, and Scheduler ignores this"
            yield Field(f"{plan.path}.{name}", value).finding(expected, f"omit {name}")


@practice(
    code="NAWS-SCHED-010",
    title="A step is no longer than its field",
    source=_TYPES,
    example='triggers=[ScheduleTrigger("cron(0/90 * * * ? *)")]',
    fix='triggers=[ScheduleTrigger("rate(90 minutes)")]',
)
def step_within_field(plan: SchedulePlan) -> Iterator[Finding]:
    """`0/90` is minute 0 of every hour and not every 90 minutes: a step begins again where its field ends.

    What AWS does with it is not documented; the schedule gets the one value that it can only mean.
    """
    for doubt in plan.parsed.doubts if plan.parsed else ():
        likely = f'expression="{doubt.remedy}"  # {meaning_of(doubt.remedy, plan)}\n' if doubt.remedy else ""
        understood = plan.parsed.expression if plan.parsed else ""
        yield Field(f"{plan.path}.expression", plan.trigger.expression).finding(
            f"{doubt.field} {doubt.value!r} must be: {doubt.expected}",
            f'{likely}expression="{understood}"  # {meaning(plan)}',
        )


def _written(moment: datetime) -> str:
    parts = [str(part) for part in (moment.year, moment.month, moment.day)]
    if moment.hour or moment.minute:
        parts += [str(moment.hour), str(moment.minute)]
    return f"datetime({', '.join(parts)}, tzinfo=UTC)"


SCHEDULE_RULES = (
    expression,
    timezone,
    flexible_window,
    start_before_end,
    aware,
    window_within_period,
    once_has_no_bounds,
    step_within_field,
    *FIRING_RULES,
)
"""The rules for each schedule."""
