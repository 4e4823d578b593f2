"""Checks of requests to Step Functions, beside those of the definition."""

from functools import partial
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import states

_CHANGES = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
EXECUTION, _MACHINE, _ACTIVITY = "Execution", "State Machine", "Activity"
_NAMED = {
    "_describe_state_machine": ("stateMachineArn", _MACHINE),
    "_list_executions": ("stateMachineArn", _MACHINE),
    "_publish_state_machine_version": ("stateMachineArn", _MACHINE),
    "_start_execution": ("stateMachineArn", _MACHINE),
    "_start_sync_execution": ("stateMachineArn", _MACHINE),
    "_update_state_machine": ("stateMachineArn", _MACHINE),
    "_describe_execution": ("executionArn", EXECUTION),
    "_get_execution_history": ("executionArn", EXECUTION),
    "_stop_execution": ("executionArn", EXECUTION),
    "_describe_activity": ("activityArn", _ACTIVITY),
}
_LISTS = {
    "_list_executions": "ListExecutions",
    "_list_state_machines": "ListStateMachines",
    "_list_state_machine_versions": "ListStateMachineVersions",
}
_STATUSES = ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING")


@departure(
    "AWS Step Functions API Reference, 'CreateStateMachine', 'UpdateStateMachine'; answers of AWS recorded in "
    "localstack/localstack, tests/aws/services/stepfunctions/v2/test_sfn_api_logs.snapshot.json (2024-06-01), "
    "test_sfn_api.snapshot.json (2023-08-08), test_sfn_api_versioning.snapshot.json (2023-08-11)"
)
def machine_requests() -> None:
    """Logs need exactly one destination, an update something to change, and a description a version.

    Whether the log group exists is not emulated.
    """
    for check in (_described, _logged):
        check_requests(states, ("_create_state_machine", "_update_state_machine"), check)
    check_requests(states, "_update_state_machine", _changed)


def _logged(request: dict[str, Any]) -> None:
    given = members(request.get("loggingConfiguration"))
    count = len(given.get("destinations") or ())
    if count > 1 or (given.get("level", "OFF") != "OFF" and count == 0):
        text = "Invalid Logging Configuration: Must specify exactly one Log Destination."
        raise RefusedError(text, "InvalidLoggingConfiguration")


def _described(request: dict[str, Any]) -> None:
    if request.get("versionDescription") and not request.get("publish"):
        raise RefusedError("Version description can only be set when publish is true")


def _changed(request: dict[str, Any]) -> None:
    if not any(name in request for name in _CHANGES):
        names = "the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration"
        raise RefusedError(f"Either {names} must be specified", "MissingRequiredParameter")


@departure(
    "AWS Step Functions API Reference; answers of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: test_sfn_api.snapshot.json (2023-06-22 to 2024-08-21), "
    "test_sfn_api_activities.snapshot.json (2024-03-11), test_sfn_api_express.snapshot.json (2024-07-03), "
    "test_sfn_api_versioning.snapshot.json (2024-07-01)"
)
def named_resources() -> None:
    """A text that is no ARN is ``InvalidArn``, each kind of missing resource has its own error, and lists have bounds.

    Deleting what does not exist is no fault. An express machine has no list of executions.
    """
    for name, (field, kind) in _NAMED.items():
        check_requests(states, name, partial(existing, field, kind))
    for name, operation in _LISTS.items():
        check_requests(states, name, partial(_bounded, operation))
    check_requests(states, "_list_executions", _standard)
    wrap(states, "_delete_state_machine", _deleting)


def existing(field: str, kind: str, request: dict[str, Any]) -> None:
    """Refuse a request whose field names a resource that is not there.

    Raises:
        RefusedError: ``InvalidArn``, or the error of that kind of resource.
    """
    arn = request.get(field)
    if arn is None:  # optional, or refused by the original
        return
    if not arn.startswith("arn:"):
        raise RefusedError(f"Invalid Arn: 'Invalid ARN prefix: {arn}'", "InvalidArn")
    if not _exists(arn, kind):
        raise RefusedError(f"{kind} Does Not Exist: '{arn}'", f"{kind.replace(' ', '')}DoesNotExist")


def _exists(arn: str, kind: str) -> bool:
    if kind == _MACHINE:
        # The machine of a map's items exists with its parent; a test case of MiniStack's own follows "#".
        return states._resolve_state_machine_arn(arn.partition("#")[0].partition("/")[0]) is not None
    return arn in (states._executions if kind == EXECUTION else states._activities)


def _bounded(operation: str, request: dict[str, Any]) -> None:
    bounds = {name: request[name] for name in ("maxResults", "nextToken") if request.get(name)}
    check_model("stepfunctions", operation, bounds)
    status = request.get("statusFilter")
    if status not in {None, *_STATUSES}:
        rule = f"failed to satisfy constraint: Member must satisfy enum value set: [{', '.join(_STATUSES)}]"
        raise RefusedError(f"1 validation error detected: Value '{status}' at 'statusFilter' {rule}")


def _standard(request: dict[str, Any]) -> None:
    if members(states._state_machines.get(request.get("stateMachineArn"))).get("type") == "EXPRESS":
        text = "This operation is not supported by this type of state machine"
        raise RefusedError(text, "StateMachineTypeNotSupported")


def _deleting(original: Original, request: dict[str, Any]) -> Any:
    known = request.get("stateMachineArn", "") in states._state_machines
    return original(request) if known else states.json_response({})
