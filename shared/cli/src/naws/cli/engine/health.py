"""The health check of a container: when its command runs, and what the results make of the container's health."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

HealthStatus = Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"]
LONGEST_OUTPUT = 4096
_SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True)
class CheckResult:
    """How a check ended.

    Attributes:
        exit_code: 0 is success; -1 of a command that took too long.
        output: What it wrote, cut off after 4,096 bytes.
    """

    exit_code: int
    output: str


@dataclass(frozen=True)
class HealthCheck:
    """The check of a container definition. Times are seconds.

    Attributes:
        command: What runs in the container, with its arguments.
        interval: Before the first check, and from the end of one to the next.
        timeout: A check that takes longer has failed, and is killed.
        retries: So many failures in a row make the container unhealthy.
        start_period: Failures of so long after the start do not count, as long as no check has passed.
    """

    command: tuple[str, ...]
    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 0

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "HealthCheck | None":
        """The check of a container definition; None when it has none that can run."""
        given: Mapping[str, Any] = definition.get("healthCheck") or {}
        how, *words = given.get("command") or [""]
        if how not in ("CMD", "CMD-SHELL") or not words:
            return None
        return cls(
            (*(_SHELL if how == "CMD-SHELL" else ()), *words),
            interval=int(given.get("interval") or cls.interval),
            timeout=int(given.get("timeout") or cls.timeout),
            retries=int(given.get("retries") or cls.retries),
            start_period=int(given.get("startPeriod") or cls.start_period),
        )

    @property
    def longest(self) -> int:
        """After how many seconds at most a container is healthy or unhealthy."""
        return self.start_period + (self.retries + 1) * (self.interval + self.timeout)


def too_late(timeout: float) -> CheckResult:
    """The result of a command that was killed after its timeout, in Docker's words."""
    return CheckResult(-1, f"Health check exceeded timeout ({timeout:g}s)")


def follow(
    check: HealthCheck,
    run: Callable[[HealthCheck], CheckResult | None],
    over_after: Callable[[float], bool],
    report: Callable[[HealthStatus, CheckResult], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Check a container that has just been started until it is over.

    Source: Dockerfile reference, HEALTHCHECK; moby ``daemon/health.go``, ``handleProbeResult``.

    Args:
        check: Its check.
        run: Makes one check; None is no result, because the engine does not answer.
        over_after: Waits so many seconds; whether the container is over then, or earlier.
        report: Is given the health after each check, and the result.
        clock: Seconds that pass.
    """
    started, failures = clock(), 0
    status: HealthStatus = "UNKNOWN"
    while not over_after(check.interval):
        begun = clock()
        result = run(check)
        if result is None:
            continue
        if result.exit_code == 0:
            status, failures = "HEALTHY", 0
        elif status != "UNKNOWN" or begun - started >= check.start_period:
            failures += 1
            status = "UNHEALTHY" if failures >= check.retries else status
        report(status, result)
