"""Delays: of Wait states and of retries, in virtual time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from naws.testing._failures import fail
from naws.testing._script import Script

_ASL = "moto.stepfunctions.parser.asl.component."
_WAIT = _ASL + "state.wait.wait_function."
_RETRY = _ASL + "common.retry."
# "ISO-8601 extended offset date-time", as AWS calls what it takes: date, T, time and an offset, all of them.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$")
# Recorded: a moment 24,855 days ahead is waited for, one 24,856 days ahead is "too long"; 2**31 seconds lie between.
_LONGEST_WAIT = 2**31 - 1


def replacements(script: Script) -> list[tuple[str, str, Any]]:
    """Every delay is recorded and none is waited for."""

    def now(tz: Any) -> Any:
        return SimpleNamespace(isoformat=lambda: _written(script.now, tz))

    clock = SimpleNamespace(now=now)
    return [
        (_RETRY + "retrier_decl", "time", SimpleNamespace(sleep=script.waits.append)),
        (_RETRY + "jitter_strategy_decl", "JitterStrategyDecl._eval_body", _longest_jitter),
        (_WAIT + "wait_function", "WaitFunction._wait_interval", _wait(script)),
        (_WAIT + "seconds", "SecondsJSONata._get_wait_seconds", _wait_seconds),
        (_WAIT + "timestamp", "Timestamp._get_wait_seconds", _wait_until(script)),
        (_WAIT + "timestamp", "Timestamp._from_timestamp_string", staticmethod(_moment)),
        (_ASL + "state.state", "datetime", SimpleNamespace(datetime=clock, timezone=SimpleNamespace(utc=UTC))),
    ]


def _written(now: float, timezone: Any) -> str:
    """A moment of the context object as AWS writes it: `2026-01-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(now, timezone).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _longest_jitter(_self: Any, _env: Any) -> None:
    """Full jitter draws between zero and the interval, which stays on the stack: the upper bound."""


def _wait(script: Script) -> Callable[..., None]:
    def _wait_interval(_self: Any, env: Any, wait_seconds: float) -> None:
        if wait_seconds > _LONGEST_WAIT:
            fail(env, "States.Runtime", "Wait state delay is too long.", "TaskFailed")
        script.waits.append(max(wait_seconds, 0))

    return _wait_interval


def _wait_seconds(self: Any, env: Any) -> int:
    """AWS takes whole, non-negative seconds only; the interpreter cuts fractions off."""
    self.string_jsonata.eval(env=env)
    seconds = env.stack.pop()
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        fail(env, "States.QueryEvaluationError", f"Seconds must be an integer >= 0, got {seconds!r}", "TaskFailed")
    return seconds


def _wait_until(script: Script) -> Callable[[Any, Any], float]:
    """Until a moment of the run's own clock; a wrong one is a failed query in JSONata and fatal in JSONPath."""

    def _get_wait_seconds(self: Any, env: Any) -> float:
        self.string.eval(env=env)
        text = env.stack.pop()
        moment = _moment(text)
        if moment is None:
            error = "States.QueryEvaluationError" if _is_expression(self.string) else "States.Runtime"
            fail(env, error, f"{text!r} is no ISO-8601 extended offset date-time", "TaskFailed")
        return moment.timestamp() - script.now

    return _get_wait_seconds


def _is_expression(string: Any) -> bool:
    return type(string).__name__ == "StringJSONata"


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str) or not _MOMENT.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
