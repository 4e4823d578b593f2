"""Failures of states: how one is raised, and which names of a retrier or catcher match it."""

from __future__ import annotations

from typing import Any, Literal, NoReturn

from naws.testing._extras import optional

SCRIPT_FAULT = "Naws.ScriptFault"
TOO_LARGE = "States.DataLimitExceeded"
_NAMES = "moto.stepfunctions.parser.asl.component.common.error_name."
_HEARTBEAT = "States.HeartbeatTimeout"
_TERMINAL = frozenset({"States.Runtime", SCRIPT_FAULT})
_LONGEST_CAUSE = 32_768  # FailExecution and SendTaskFailure: "cause" takes up to 32768 characters


def fail(
    env: Any, error: str, cause: str, event: Literal["TaskFailed", "EvaluationFailed"], *, by_name_only: bool = False
) -> NoReturn:
    """Fail; `by_name_only` is an error that no wildcard matches. A lost heartbeat is shown as `States.Timeout`."""
    failures = optional(_NAMES + "failure_event")
    heartbeat, error = error == _HEARTBEAT, "States.Timeout" if error == _HEARTBEAT else error
    name = optional(_NAMES + "custom_error_name").CustomErrorName(error)
    name.by_name_only, name.heartbeat = by_name_only, heartbeat
    key = event[0].lower() + event[1:] + "EventDetails"
    raise failures.FailureEventException(
        failures.FailureEvent(
            env=env,
            error_name=name,
            event_type=getattr(optional("moto.stepfunctions.parser.api").HistoryEventType, event),
            event_details={key: {"error": error, "cause": cause[:_LONGEST_CAUSE]}},
        )
    )


def replacements() -> list[tuple[str, str, Any]]:
    """Replacements in the interpreter: of the names of errors, and of the matching of retriers and catchers."""
    return [
        (_NAMES + "error_equals_decl", "ErrorEqualsDecl._eval_body", _error_equals),
        (_NAMES + "custom_error_name", "ILLEGAL_CUSTOM_ERROR_PREFIX", "\0"),
    ]


def _error_equals(self: Any, env: Any) -> None:
    """Nothing matches `States.Runtime`; its name and `States.ALL` match `States.DataLimitExceeded` of a task's result.

    AWS's page says that `States.ALL` does not match the latter. Its recorded answers say that it does, of a task's
    result; of what else is too large there is no recording, and the page holds. An error without a name, of a Fail
    state or of a callback, is matched by `States.ALL` and by no name. A lost heartbeat is matched by its own
    name, too.

    Sources: Handling errors in Step Functions workflows, "Error names"; localstack's recordings of AWS:
    test_states_errors.snapshot.json (2024-03-21), test_catch_states_runtime (2023-11-23),
    test_map_state_catch_empty_fail (2023-08-08), test_callback.snapshot.json (2024-04-29),
    test_heartbeats.snapshot.json (2024-04-18).
    """
    name = env.stack.pop()
    error: str = getattr(name, "error_name", None) or ""
    names = {each.error_name for each in self.error_names}
    every = "States.ALL" in names and not getattr(name, "by_name_only", False)
    failed = "States.TaskFailed" in names and error not in ("States.Timeout", TOO_LARGE)
    heartbeat = _HEARTBEAT in names and getattr(name, "heartbeat", False)
    env.stack.append(error not in _TERMINAL and (every or failed or heartbeat or error in names))
