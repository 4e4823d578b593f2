"""Environments of functions: kept warm for their next invocation, ended when they are idle or out of date."""

import threading
import time
from collections.abc import Callable

from naws.cli.embedded.functions.environment import Environment, Function, Invocation, Outcome

IDLE_SECONDS = 300.0


class Pool:
    """All environments; each runs one invocation at a time."""

    def __init__(self, begin: Callable[[Function], Environment]) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._idle: dict[Function, list[tuple[float, Environment]]] = {}
        self._busy: set[Environment] = set()

    def invoke(self, function: Function, invocation: Invocation) -> tuple[Environment, Outcome]:
        """Run the function in a warm environment, or in a new one when none is idle."""
        with self._lock:
            idle = self._idle.get(function)
            environment = idle.pop()[1] if idle else self._begin(function)
            self._busy.add(environment)
        try:
            outcome = environment.invoke(invocation)
        except BaseException:
            self._forget(environment)
            raise
        with self._lock:
            kept = environment in self._busy
            self._busy.discard(environment)
            if kept:
                self._idle.setdefault(function, []).append((time.monotonic(), environment))
        if not kept:
            environment.end()
        return environment, outcome

    def retire(self, arn: str) -> None:
        """End the environments of a function that was changed or deleted; busy ones after their invocation."""
        self._end(lambda function, _: function.arn == arn)
        with self._lock:
            self._busy = {each for each in self._busy if each.function.arn != arn}

    def end_idle(self) -> None:
        """End the environments that had nothing to do for five minutes."""
        limit = time.monotonic() - IDLE_SECONDS
        self._end(lambda _, since: since < limit)

    def close(self) -> None:
        """End every environment."""
        with self._lock:
            busy, self._busy = self._busy, set()
        for environment in busy:
            environment.end()
        self._end(_always)

    def _forget(self, environment: Environment) -> None:
        with self._lock:
            self._busy.discard(environment)
        environment.end()

    def _end(self, which: Callable[[Function, float], bool]) -> None:
        ended: list[Environment] = []
        with self._lock:
            for function, idle in list(self._idle.items()):
                ended += [each for since, each in idle if which(function, since)]
                self._idle[function] = [(since, each) for since, each in idle if not which(function, since)]
        for environment in ended:
            environment.end()


def _always(_function: Function, _since: float) -> bool:
    return True
