"""Attempts, waits and timeouts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from naws.core.rule import Finding, rule
from naws.core.rules.values import Bounds, Field, Verbatim, as_duration, as_number, is_number, span
from naws.core.text import format_duration

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_OWN = "the upper bound is this library's own"
_YEAR = 31_536_000
_ATTEMPTS = Bounds(low=1, high=100, unit="attempts")
_WAIT = span(1, 86_400 * 30)
_BACKOFF = Bounds(low=1, high=100, unit="times the wait before", whole=False)
_TIMEOUT = span(1, _YEAR)
_START_TAKES = 60


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and after how long; times in seconds.

    Attributes:
        path: the field that holds it.
        attempts: each counter's name and value.
        interval, max_interval: the first and the longest wait.
        backoff_rate: factor from one wait to the next.
    """

    path: str
    attempts: tuple[tuple[str, int], ...]
    interval: float
    max_interval: float
    backoff_rate: float


@dataclass(frozen=True, kw_only=True)
class LongestRun:
    """What a run can take when everything goes wrong, in seconds.

    Attributes:
        path: the attempt's timeout in the user's spelling.
        said: whether the user said that; otherwise it is the default.
        seconds: all of it; None when some of it is unknown, or already wrong by itself.
        attempts: how many there can be.
        between: what of it are waits and the stopping of tasks. Omitted: nobody knows, which leaves no room.
    """

    path: str
    said: bool
    seconds: float | None
    attempts: int
    between: float = _YEAR

    @property
    def room(self) -> float:
        """The longest timeout, in whole hours, with which all attempts fit into a year; 0 or less when none does."""
        return (_YEAR - self.between) // max(self.attempts, 1) // 3600 * 3600


@dataclass(frozen=True, kw_only=True)
class Timeout:
    """An attempt's timeout.

    Attributes:
        field: it, in seconds.
        room: the longest with which all attempts fit into a year; 0 or less when none does, or that is not known.
    """

    field: Field
    room: float


def within_bounds(retry: Retry, timeout: float) -> bool:
    """Whether each number is in its own range; what numbers beyond theirs come to together tells nothing more."""
    fields = [_TIMEOUT.check(Field("", timeout)), _WAIT.check(Field("", retry.max_interval))]
    return not any(any(found) for found in (*fields, *(_ATTEMPTS.check(Field("", n)) for _, n in retry.attempts)))


@rule(
    code="NAWS-RETRY-001",
    level="limit",
    title="A run has 1 to 100 attempts of each kind",
    source=f"{_QUOTAS}; {_OWN}",
    example="retry=RetryPolicy(task_attempts=0)",
    fix="retry=RetryPolicy(task_attempts=1)",
)
def attempts(retry: Retry) -> Iterator[Finding]:
    """The first attempt counts too: 1 means no repetition.

    100 of each kind are this library's own bound: two hundred attempts come close to what an execution's history holds.
    """
    for name, count in retry.attempts:
        yield from _ATTEMPTS.check(Field(f"{retry.path}.{name}", count))


@rule(
    code="NAWS-RETRY-002",
    level="limit",
    title="Waits between attempts have 1 second to 30 days, in whole seconds",
    source=f"{_ERRORS}; {_OWN}",
    example="retry=RetryPolicy(interval=cdk.Duration.millis(500))",
    fix="retry=RetryPolicy(interval=cdk.Duration.seconds(1))",
)
def waits(retry: Retry) -> Iterator[Finding]:
    """Step Functions waits in whole seconds.

    30 days are this library's own bound: a longer wait is a schedule, not a repetition.
    """
    for name in ("interval", "max_interval"):
        yield from _WAIT.check(Field(f"{retry.path}.{name}", getattr(retry, name)))


@rule(
    code="NAWS-RETRY-003",
    level="limit",
    title="A backoff rate is 1 to 100",
    source=f"{_ERRORS}; {_OWN}",
    example="retry=RetryPolicy(backoff_rate=0.5)",
    fix="retry=RetryPolicy(backoff_rate=2)",
)
def backoff(retry: Retry) -> Iterator[Finding]:
    """Below 1 each wait would be shorter than the last, against a service that is asking for time.

    100 is this library's own bound: with it the third wait is already `max_interval`.
    """
    yield from _BACKOFF.check(Field(f"{retry.path}.backoff_rate", retry.backoff_rate))


@rule(
    code="NAWS-RETRY-004",
    level="limit",
    title="The longest wait is not shorter than the first",
    source=_ERRORS,
    example="retry=RetryPolicy(interval=cdk.Duration.minutes(30))",
    fix="retry=RetryPolicy(interval=cdk.Duration.minutes(30), max_interval=cdk.Duration.hours(2))",
)
def ordered(retry: Retry) -> Iterator[Finding]:
    """Every wait would be cut to `max_interval`, 10 minutes when nothing is said, and `interval` do nothing."""
    if is_number(retry.interval) and is_number(retry.max_interval) and 0 < retry.max_interval < retry.interval:
        yield Finding(
            path=f"{retry.path}.max_interval",
            value=Verbatim(format_duration(retry.max_interval)),
            expected=f"at least interval, {format_duration(retry.interval)}",
            remedy=f"max_interval={as_duration(retry.interval * 2)}\ninterval={as_duration(retry.max_interval)}",
        )


@rule(
    code="NAWS-RETRY-005",
    level="limit",
    title="An attempt may take 1 second to 1 year, in whole seconds",
    source=_QUOTAS,
    example="attempt_timeout=cdk.Duration.days(400)",
    fix="attempt_timeout=cdk.Duration.days(2)",
)
def attempt_timeout(timeout: Timeout) -> Iterator[Finding]:
    """An execution lives for a year at most, and a timeout is counted in whole seconds."""
    for found in _TIMEOUT.check(timeout.field):
        fits = f"{timeout.field.name}={as_duration(timeout.room)}  # all attempts fit into a year"
        yield replace(found, remedy=fits) if timeout.field.value > _YEAR and timeout.room > 0 else found


@rule(
    code="NAWS-RETRY-006",
    level="limit",
    title="All attempts of a run fit into one year",
    source=_QUOTAS,
    example="attempt_timeout=cdk.Duration.days(200), retry=RetryPolicy(task_attempts=3)",
    fix="attempt_timeout=cdk.Duration.days(30), retry=RetryPolicy(task_attempts=3)",
)
def fits_into_a_year(longest: LongestRun) -> Iterator[Finding]:
    """Step Functions ends an execution after a year: the last attempts would never come."""
    if longest.seconds is None or not longest.seconds > _YEAR:
        return
    fewer = "retry=RetryPolicy(infrastructure_attempts=…, task_attempts=…, max_interval=…)  # fewer, or shorter waits"
    shorter = longest.said and longest.room > 0
    remedies = [f"{longest.path}={as_duration(longest.room)}"] if shorter else []
    yield Finding(
        path=longest.path if shorter else "retry",
        value=Verbatim(f"{as_number(round(longest.seconds / 86_400))} days for {longest.attempts} attempts and waits"),
        expected="at most 365 days for all attempts together",
        remedy="\n".join([*remedies, fewer]),
    )


@rule(
    code="NAWS-RETRY-007",
    level="advice",
    title="An attempt has time to start",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html",
    example="attempt_timeout=cdk.Duration.seconds(20)",
    fix="attempt_timeout=cdk.Duration.minutes(5)",
)
def time_to_start(field: Field) -> Iterator[Finding]:
    """The time counts from the request: Fargate's network interface and the image's download are part of it.

    Half a minute to two minutes pass before the program runs.
    """
    if is_number(field.value) and 1 <= field.value < _START_TAKES:
        yield Finding(
            path=field.path,
            value=Verbatim(format_duration(field.value)),
            expected=f"at least {format_duration(_START_TAKES)}: starting a task takes half a minute and more of it",
            remedy=f"{field.name}=cdk.Duration.minutes(5)",
        )
