"""Rules on attempts, waits and timeouts."""

from collections.abc import Iterator
from dataclasses import replace

from naws.core.attempts import Attempts
from naws.core.rule import Finding, Rule, advice, limit
from naws.core.rules.values import Bounds, Field, as_duration, as_number, is_number, span
from naws.core.step_functions import YEAR
from naws.core.text import format_duration

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_QUOTAS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_OWN = "the upper bound is this library's own"
_ATTEMPTS = Bounds(low=1, high=100, unit="attempts")
_WAIT = span(1, 86_400 * 30)
_BACKOFF = Bounds(low=1, high=100, unit="times the wait before", whole=False)
_TIMEOUT = span(1, YEAR)
_START_TAKES = 60


@limit(
    code="NAWS-RETRY-001",
    title="A run has 1 to 100 attempts of each kind",
    source=f"{_QUOTAS}; {_OWN}",
    example="retry=RetryPolicy(task_attempts=0)",
    fix="retry=RetryPolicy(task_attempts=1)",
)
def attempts(runs: Attempts) -> Iterator[Finding]:
    """The first attempt counts too: 1 means no repetition.

    100 of each kind are this library's own bound: two hundred attempts come close to what an execution's history holds.
    """
    for name, count in runs.counters:
        yield from _ATTEMPTS.check(Field(f"retry.{name}", count))


@limit(
    code="NAWS-RETRY-002",
    title="Waits between attempts have 1 second to 30 days, in whole seconds",
    source=f"{_ERRORS}; {_OWN}",
    example="retry=RetryPolicy(interval=cdk.Duration.millis(500))",
    fix="retry=RetryPolicy(interval=cdk.Duration.seconds(1))",
)
def waits(runs: Attempts) -> Iterator[Finding]:
    """Step Functions waits in whole seconds.

    30 days are this library's own bound: a longer wait is a schedule, not a repetition.
    """
    for name in ("interval", "max_interval"):
        yield from _WAIT.check(Field(f"retry.{name}", getattr(runs, name)))


@limit(
    code="NAWS-RETRY-003",
    title="A backoff rate is 1 to 100",
    source=f"{_ERRORS}; {_OWN}",
    example="retry=RetryPolicy(backoff_rate=0.5)",
    fix="retry=RetryPolicy(backoff_rate=2)",
)
def backoff(runs: Attempts) -> Iterator[Finding]:
    """Below 1 each wait would be shorter than the last, against a service that is asking for time.

    100 is this library's own bound: with it the third wait is already `max_interval`.
    """
    yield from _BACKOFF.check(Field("retry.backoff_rate", runs.backoff_rate))


@limit(
    code="NAWS-RETRY-004",
    title="The longest wait is not shorter than the first",
    source=_ERRORS,
    example="retry=RetryPolicy(interval=cdk.Duration.minutes(30))",
    fix="retry=RetryPolicy(interval=cdk.Duration.minutes(30), max_interval=cdk.Duration.hours(2))",
)
def ordered(runs: Attempts) -> Iterator[Finding]:
    """Every wait would be cut to `max_interval`, 10 minutes when it is not given, and `interval` do nothing."""
    if is_number(runs.interval) and is_number(runs.max_interval) and 0 < runs.max_interval < runs.interval:
        yield Field("retry.max_interval").finding(
            f"at least interval, {format_duration(runs.interval)}",
            f"max_interval={as_duration(runs.interval * 2)}\ninterval={as_duration(runs.max_interval)}",
            shown=format_duration(runs.max_interval),
        )


@limit(
    code="NAWS-RETRY-005",
    title="An attempt may take 1 second to 1 year, in whole seconds",
    source=_QUOTAS,
    example="attempt_timeout=cdk.Duration.days(400)",
    fix="attempt_timeout=cdk.Duration.days(2)",
)
def attempt_timeout(runs: Attempts) -> Iterator[Finding]:
    """An execution lives for a year at most, and a timeout is counted in whole seconds."""
    for found in _TIMEOUT.check(Field("attempt_timeout", runs.attempt_timeout)):
        fitting = runs.longest_fitting_timeout
        fits = f"attempt_timeout={as_duration(fitting)}  # all attempts fit into a year"
        yield replace(found, remedy=fits) if runs.attempt_timeout > YEAR and fitting > 0 else found


@limit(
    code="NAWS-RETRY-006",
    title="All attempts of a run fit into one year",
    source=_QUOTAS,
    example="attempt_timeout=cdk.Duration.days(200), retry=RetryPolicy(task_attempts=3)",
    fix="attempt_timeout=cdk.Duration.days(30), retry=RetryPolicy(task_attempts=3)",
)
def fits_into_a_year(runs: Attempts) -> Iterator[Finding]:
    """Step Functions ends an execution after a year: the last attempts would never come."""
    if not runs.is_known or not _within_bounds(runs) or not runs.longest_run > YEAR:
        return
    fewer = "retry=RetryPolicy(infrastructure_attempts=…, task_attempts=…, max_interval=…)  # fewer, or shorter waits"
    shorter = runs.timeout_given and runs.longest_fitting_timeout > 0
    remedies = [f"attempt_timeout={as_duration(runs.longest_fitting_timeout)}"] if shorter else []
    yield Field("attempt_timeout" if shorter else "retry").finding(
        "at most 365 days for all attempts together",
        "\n".join([*remedies, fewer]),
        shown=f"{as_number(round(runs.longest_run / 86_400))} days for {runs.most_attempts} attempts and waits",
    )


def _within_bounds(runs: Attempts) -> bool:
    """Whether each number is in its own range; the total of numbers beyond theirs finds nothing more."""
    times = (_TIMEOUT.check(Field("", runs.attempt_timeout)), _WAIT.check(Field("", runs.max_interval)))
    return not any(any(found) for found in (*times, attempts.issues(runs)))


@advice(
    code="NAWS-RETRY-007",
    title="An attempt has time to start",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html",
    example="attempt_timeout=cdk.Duration.seconds(20)",
    fix="attempt_timeout=cdk.Duration.minutes(5)",
)
def time_to_start(runs: Attempts) -> Iterator[Finding]:
    """The time counts from the request: Fargate's network interface and the image's download are part of it.

    Half a minute to two minutes pass before the program runs.
    """
    if is_number(runs.attempt_timeout) and 1 <= runs.attempt_timeout < _START_TAKES:
        yield Field("attempt_timeout").finding(
            f"at least {format_duration(_START_TAKES)}: starting a task takes half a minute and more of it",
            "attempt_timeout=cdk.Duration.minutes(5)",
            shown=format_duration(runs.attempt_timeout),
        )


RETRY_RULES: tuple[Rule[Attempts], ...] = (
    attempts,
    waits,
    backoff,
    ordered,
    attempt_timeout,
    time_to_start,
    fits_into_a_year,
)
