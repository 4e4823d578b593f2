"""What a request of Step Functions must have, beside a definition that is right."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from collections.abc import Callable
from functools import partial
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, replace, service

_CHANGES = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
_MACHINE, _EXECUTION, _ACTIVITY = "State Machine", "Execution", "Activity"
_NAMED = {
    "_describe_state_machine": ("stateMachineArn", _MACHINE),
    "_list_executions": ("stateMachineArn", _MACHINE),
    "_publish_state_machine_version": ("stateMachineArn", _MACHINE),
    "_start_execution": ("stateMachineArn", _MACHINE),
    "_start_sync_execution": ("stateMachineArn", _MACHINE),
    "_update_state_machine": ("stateMachineArn", _MACHINE),
    "_describe_execution": ("executionArn", _EXECUTION),
    "_get_execution_history": ("executionArn", _EXECUTION),
    "_stop_execution": ("executionArn", _EXECUTION),
    "_describe_activity": ("activityArn", _ACTIVITY),
}
_LISTS = {"_list_executions": 3096, "_list_state_machines": 1024, "_list_state_machine_versions": 1024}
"""How long a token of a list may be."""
_MOST_RESULTS = 1000
_STATUSES = ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING")
_Act = Callable[[dict[str, Any]], Any]
_Check = Callable[[dict[str, Any]], tuple[str, str] | None]


@departure(
    source="AWS Step Functions API Reference, 'CreateStateMachine', 'UpdateStateMachine'; answers of AWS recorded in "
    "localstack/localstack, tests/aws/services/stepfunctions/v2/test_sfn_api_logs.snapshot.json (2024-06-01), "
    "test_sfn_api.snapshot.json (2023-08-08), test_sfn_api_versioning.snapshot.json (2023-08-11)",
    replaces=("stepfunctions._create_state_machine", "stepfunctions._update_state_machine"),
)
def machine_requests() -> None:
    """Logs need exactly one destination, an update something to change, and a description a version.

    Whether the log group exists is not emulated.
    """
    states = service("stepfunctions")
    replace(states, "_create_state_machine", lambda original: _checked(original, _unlogged, _undescribed))
    replace(states, "_update_state_machine", lambda original: _checked(original, _unchanged, _unlogged, _undescribed))


def _checked(original: _Act, *checks: _Check) -> _Act:
    def act(request: dict[str, Any]) -> Any:
        for check in checks:
            refusal = check(request)
            if refusal is not None:
                return service("stepfunctions").error_response_json(*refusal, 400)
        return original(request)

    return act


def _unlogged(request: dict[str, Any]) -> tuple[str, str] | None:
    given = members(request.get("loggingConfiguration"))
    count = len(given.get("destinations") or ())
    if count > 1 or (given.get("level", "OFF") != "OFF" and count == 0):
        text = "Invalid Logging Configuration: Must specify exactly one Log Destination."
        return "InvalidLoggingConfiguration", text
    return None


def _undescribed(request: dict[str, Any]) -> tuple[str, str] | None:
    if request.get("versionDescription") and not request.get("publish"):
        return "ValidationException", "Version description can only be set when publish is true"
    return None


def _unchanged(request: dict[str, Any]) -> tuple[str, str] | None:
    if any(name in request for name in _CHANGES):
        return None
    names = "the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration"
    return "MissingRequiredParameter", f"Either {names} must be specified"


@departure(
    source="AWS Step Functions API Reference; answers of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: test_sfn_api.snapshot.json (2023-06-22 to 2024-08-21), "
    "test_sfn_api_activities.snapshot.json (2024-03-11), test_sfn_api_express.snapshot.json (2024-07-03), "
    "test_sfn_api_versioning.snapshot.json (2024-07-01)",
    replaces=(
        *(f"stepfunctions.{name}" for name in (*_NAMED, *_LISTS)),
        "stepfunctions._delete_state_machine",
        "stepfunctions._resolve_state_machine_arn",
        "stepfunctions._executions",
        "stepfunctions._activities",
    ),
)
def named_resources() -> None:
    """What is no ARN is ``InvalidArn``, what does not exist has an error of its own, and lists have bounds.

    Deleting what does not exist is no fault. An express machine has no list of executions.
    """
    states = service("stepfunctions")
    for name, of in _NAMED.items():
        replace(states, name, partial(_checking, partial(_absent, *of)))
    for name, longest in _LISTS.items():
        replace(states, name, partial(_checking, partial(_unlisted, longest)))
    replace(states, "_list_executions", partial(_checking, _of_express))
    replace(states, "_delete_state_machine", _deleting)


def _checking(check: _Check, original: _Act) -> _Act:
    return _checked(original, check)


def _absent(field: str, kind: str, request: dict[str, Any]) -> tuple[str, str] | None:
    arn = request.get(field)
    if arn is None:  # optional, or refused by the original
        return None
    if not arn.startswith("arn:"):
        return "InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'"
    return None if _exists(arn, kind) else (f"{kind.replace(' ', '')}DoesNotExist", f"{kind} Does Not Exist: '{arn}'")


def _exists(arn: str, kind: str) -> bool:
    states = service("stepfunctions")
    if kind == _MACHINE:
        # The machine of a map's items exists with its parent; a test case of MiniStack's own follows "#".
        return states._resolve_state_machine_arn(arn.partition("#")[0].partition("/")[0]) is not None
    return arn in (states._executions if kind == _EXECUTION else states._activities)


def _unlisted(longest: int, request: dict[str, Any]) -> tuple[str, str] | None:
    most, token, status = request.get("maxResults") or 0, request.get("nextToken") or "", request.get("statusFilter")
    found = (
        (most > _MOST_RESULTS, "maxResults", most, f"have value less than or equal to {_MOST_RESULTS}"),
        (len(token) > longest, "nextToken", token, f"have length less than or equal to {longest}"),
        (status not in {None, *_STATUSES}, "statusFilter", status, f"satisfy enum value set: {_shown()}"),
    )
    for wrong, name, value, rule in found:
        if wrong:
            place = f"Value '{value}' at '{name}' failed to satisfy constraint"
            return "ValidationException", f"1 validation error detected: {place}: Member must {rule}"
    return None


def _shown() -> str:
    return f"[{', '.join(_STATUSES)}]"


def _of_express(request: dict[str, Any]) -> tuple[str, str] | None:
    machine = members(service("stepfunctions")._state_machines.get(request.get("stateMachineArn")))
    if machine.get("type") != "EXPRESS":
        return None
    return "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"


def _deleting(original: _Act) -> _Act:
    def delete(request: dict[str, Any]) -> Any:
        states = service("stepfunctions")
        arn = request.get("stateMachineArn", "")
        return original(request) if arn in states._state_machines else states.json_response({})

    return delete
