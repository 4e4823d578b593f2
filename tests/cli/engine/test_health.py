"""When the health check of a container runs, and what its results make of the container's health, with a clock."""

from collections.abc import Sequence

import pytest

from naws.cli.engine.health import CheckResult, HealthCheck, follow

PASSED, FAILED = CheckResult(0, ""), CheckResult(1, "no such file")


class Time:
    """A clock that moves by what is waited, and by what each check takes, until the last result was given."""

    def __init__(self, results: Sequence[CheckResult | None], taken: float = 0.0) -> None:
        self.now, self.begun = 0.0, list[float]()
        self._results, self._taken = list(results), taken

    def run(self, check: HealthCheck) -> CheckResult | None:
        assert check.command == ("/bin/sh", "-c", "test -f /ready")
        self.begun.append(self.now)
        self.now += self._taken
        return self._results.pop(0)

    def over_after(self, seconds: float) -> bool:
        self.now += seconds
        return not self._results


def statuses(check: HealthCheck, time: Time) -> list[str]:
    seen: list[str] = []
    follow(check, time.run, time.over_after, lambda status, _: seen.append(status), lambda: time.now)
    return seen


def check(**settings: int) -> HealthCheck:
    found = HealthCheck.of({"healthCheck": {"command": ["CMD-SHELL", "test -f /ready"], **settings}})
    assert found is not None
    return found


def test_what_is_not_given_is_as_on_aws() -> None:
    """botocore ecs HealthCheck."""
    usual = check()
    assert (usual.interval, usual.timeout, usual.retries, usual.start_period) == (30, 5, 3, 0)
    given = check(interval=10, timeout=2, retries=4, startPeriod=20)
    assert (given.interval, given.timeout, given.retries, given.start_period) == (10, 2, 4, 20)


@pytest.mark.parametrize(
    ("command", "run"),
    [
        (["CMD", "python", "-c", "import main"], ("python", "-c", "import main")),
        (["CMD-SHELL", "curl -f localhost || exit 1"], ("/bin/sh", "-c", "curl -f localhost || exit 1")),
        (["curl", "localhost"], None),
        (["CMD"], None),
        (["NONE"], None),
        ([], None),
    ],
)
def test_a_command_begins_with_how_it_runs(command: list[str], run: tuple[str, ...] | None) -> None:
    """moby daemon/health.go getProbe: of what begins otherwise no check is made."""
    found = HealthCheck.of({"healthCheck": {"command": command}})
    assert (found and found.command) == run


def test_a_container_without_check_has_none() -> None:
    assert HealthCheck.of({"name": "main"}) is None


def test_the_interval_is_before_the_first_check_and_after_each() -> None:
    """Dockerfile reference, HEALTHCHECK: interval seconds after the start, then after each completed check."""
    time = Time([PASSED, PASSED, PASSED], taken=2)
    statuses(check(interval=10), time)
    assert time.begun == [10, 22, 34]


def test_one_success_makes_healthy_and_failures_in_a_row_unhealthy() -> None:
    time = Time([FAILED, FAILED, PASSED, FAILED, FAILED, FAILED, FAILED, PASSED])
    assert statuses(check(), time) == [
        *("UNKNOWN", "UNKNOWN", "HEALTHY"),
        *("HEALTHY", "HEALTHY", "UNHEALTHY", "UNHEALTHY", "HEALTHY"),
    ]


def test_a_single_retry_is_the_first_failure() -> None:
    assert statuses(check(retries=1), Time([FAILED])) == ["UNHEALTHY"]


def test_failures_of_the_start_period_do_not_count() -> None:
    """A check belongs to the start period when it begins in it."""
    time = Time([FAILED] * 4, taken=4)
    assert statuses(check(interval=10, retries=2, startPeriod=30), time) == [
        "UNKNOWN",
        "UNKNOWN",
        "UNKNOWN",
        "UNHEALTHY",
    ]
    assert time.begun == [10, 24, 38, 52]


def test_a_success_ends_the_start_period() -> None:
    """botocore ecs HealthCheck.startPeriod: any subsequent failures count toward the maximum number of retries."""
    time = Time([FAILED, PASSED, FAILED, FAILED])
    settings = check(interval=5, retries=2, startPeriod=300)
    assert statuses(settings, time) == ["UNKNOWN", "HEALTHY", "HEALTHY", "UNHEALTHY"]


def test_an_engine_that_does_not_answer_changes_nothing() -> None:
    """botocore ecs HealthCheck: the status is what was last heard from the agent."""
    assert statuses(check(retries=1), Time([PASSED, None, None, FAILED])) == ["HEALTHY", "UNHEALTHY"]
