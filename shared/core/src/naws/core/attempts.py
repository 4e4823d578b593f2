"""The attempts of a run: how many, how long each, and what they come to. Pure."""

from dataclasses import dataclass

from naws.core.step_functions import YEAR
from naws.core.tokens import known


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Attempts by cause, with their times in seconds; each number may be a token.

    Attributes:
        attempt_timeout: what one attempt may take.
        timeout_given: whether that was given; otherwise it is the default.
        stop_timeout: what the stopping of an attempt that timed out may take.
        infrastructure_attempts: those that may end because AWS could not start or keep the task.
        task_attempts: those that may end by the program's own failure.
        interval, max_interval: the first and the longest wait.
        backoff_rate: factor from one wait to the next.
    """

    attempt_timeout: float
    timeout_given: bool = False
    stop_timeout: float
    infrastructure_attempts: int
    task_attempts: int
    interval: float
    backoff_rate: float
    max_interval: float

    @property
    def counters(self) -> tuple[tuple[str, int], ...]:
        """The numbers of attempts, each with its field."""
        names = ("infrastructure_attempts", "task_attempts")
        return tuple((name, getattr(self, name)) for name in names)

    @property
    def is_known(self) -> bool:
        """Whether it can be calculated how long a run takes: no token is in it."""
        times = (self.attempt_timeout, self.stop_timeout, self.max_interval)
        return all(map(known, (*times, self.infrastructure_attempts, self.task_attempts)))

    @property
    def most_attempts(self) -> int:
        """Attempts that a run can make: its last one fails of one kind, and those before of the other."""
        return self.infrastructure_attempts + self.task_attempts - 1

    @property
    def longest_between(self) -> float:
        """Seconds of a run that are no work: every wait at its longest, every attempt slow to stop."""
        return self.most_attempts * (self.stop_timeout + self.max_interval)

    @property
    def longest_run(self) -> float:
        """Seconds that a run can take: every attempt to its timeout, and what lies between."""
        return self.most_attempts * self.attempt_timeout + self.longest_between

    @property
    def longest_fitting_timeout(self) -> float:
        """The longest timeout, in whole hours, with which all attempts fit into a year; 0 or less: none, or unknown."""
        if not self.is_known:
            return 0
        return (YEAR - self.longest_between) // max(self.most_attempts, 1) // 3600 * 3600

    def waits(self, attempts: int) -> float:
        """Seconds between so many attempts of one kind, each wait at its longest."""
        return sum(min(self.max_interval, self.interval * self.backoff_rate**n) for n in range(attempts - 1))
