"""Asynchronous invocations: attempts, waits, ages and what becomes of events that fail.

accepted ── attempt ── succeeded ───────────────────────> OnSuccess
              │ ▲ │
   throttled ─┘ │ └── failed ── wait 1 min, 2 min ─┐
                └──────────────────────────────────┴─ used up, or too old ──> OnFailure, dead-letter queue
"""

import logging
import time
from typing import Any

from naws.cli.embedded.departures.arns import account_of, region_of
from naws.cli.embedded.departures.async_configurations import configuration
from naws.cli.embedded.departures.async_destinations import bury, report, taker
from naws.cli.embedded.departures.async_references import Invocation, qualified
from naws.cli.embedded.departures.function_metrics import measure
from naws.cli.embedded.departures.function_runs import Request, request_at_hand, requested
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.services import ecs, functions

_LOG = logging.getLogger(__name__)
_RETRIES, _AGE = 2, 21_600
_MINUTE = 60
_LONGEST_WAIT = 300
SHORTER = 60
"""How many times shorter the waits between attempts are here than on AWS; events age by what they would wait there."""


@departure(
    "Lambda Developer Guide, 'How Lambda handles errors and retries with asynchronous invocation' and 'Configuring "
    "reserved concurrency for a function' (zero); recorded answers of AWS: LocalStack's "
    "test_lambda_destinations.snapshot.json (test_retries, test_maxeventage) and test_lambda.snapshot.json "
    "(ZeroReservedConcurrency)"
)
def asynchronous_invocations() -> None:
    """An event is tried as the configuration of the qualifier says by which the function was invoked.

    The function is tried again after one minute, and after two. Throttled attempts do not count; they are repeated
    after 1 s, then twice as long each time, at most 5 min. An event that would be too old at its next attempt ends as
    EventAgeExceeded, one of a function whose reserved concurrency is zero at once. Waits are sixty times shorter here.
    """
    replace(functions, "invoke_async_with_retry", accept)


def accept(record: dict[str, Any], event: Any) -> None:
    """Take an event for a function, whose record has the ARN by which it is invoked."""
    config = record.get("config") or record
    measure(config, "AsyncEventsReceived", 1)
    request = request_at_hand()
    invocation = Invocation(config["FunctionArn"], event, request_id=request.id if request else functions.new_uuid())
    functions.spawn_background(_work, invocation, thread_name="naws-async-invocation")


def _work(invocation: Invocation) -> None:
    with ecs.request_scope(account_of(invocation.arn), region_of(invocation.arn)):
        while (wait := _attempt(invocation)) is not None:
            invocation.age += wait
            time.sleep(wait / SHORTER)


def _attempt(invocation: Invocation) -> float | None:
    """Try once; the seconds of AWS to wait before the next attempt, or None when there is none."""
    record, config, _ = functions._get_func_record_for_ref(invocation.arn)
    if not record or not config:
        _LOG.warning("%s is gone, and with it an event that waited for it", invocation.arn)
        return None
    measure(config, "AsyncEventAge", invocation.age * 1000, "Milliseconds")
    started = time.monotonic()
    settings = configuration(*qualified(config))
    taken_by = taker(config, settings) if _retry(invocation, settings)[1] else ""
    with requested(Request(invocation.request_id, "async", taken_by)):
        result = functions._execute_function(record, invocation.event)
    invocation.age += time.monotonic() - started
    if not result.get("error"):
        report("Success", invocation, config, settings, result)
        return None
    wait, condition = _next(invocation, settings, record, config, result)
    if condition:
        measure(config, "AsyncEventsDropped", 1)
        bury(invocation, config, result)
        report(condition, invocation, config, settings, result)
        return None
    return wait


def _next(
    invocation: Invocation, settings: dict[str, Any], record: Any, config: dict[str, Any], result: dict[str, Any]
) -> tuple[float, str]:
    """How long to wait for the next attempt, and why there is none."""
    if result.get("throttle"):
        if functions._reserved_concurrency(record, config) == 0:
            return 0, "ZeroReservedConcurrency"
        wait = min(_LONGEST_WAIT, 2**invocation.throttles)
        invocation.throttles += 1
    else:
        next_ = _retry(invocation, settings)
        invocation.failures += 1
        return next_
    return wait, _too_old(invocation, settings, wait)


def _retry(invocation: Invocation, settings: dict[str, Any]) -> tuple[float, str]:
    """The same of an attempt that the function fails."""
    if invocation.failures >= int(settings.get("MaximumRetryAttempts", _RETRIES)):
        return 0, "RetriesExhausted"
    wait = _MINUTE * (invocation.failures + 1)
    return wait, _too_old(invocation, settings, wait)


def _too_old(invocation: Invocation, settings: dict[str, Any], wait: float) -> str:
    too_old = invocation.age + wait >= int(settings.get("MaximumEventAgeInSeconds", _AGE))
    return "EventAgeExceeded" if too_old else ""
