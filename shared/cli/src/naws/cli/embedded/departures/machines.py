"""What a request for a state machine must have beside its definition."""

from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.seam import departure, replace, service

_CHANGES = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
_Act = Callable[[dict[str, Any]], Any]


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


def _checked(original: _Act, *checks: Callable[[dict[str, Any]], tuple[str, str] | None]) -> _Act:
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
