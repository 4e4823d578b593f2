"""Who writes logs and traces of a state machine, and who encrypts a log group."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import core, departure, replace, service
from naws.cli.embedded.departures.shapes import operation, to_api

_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_NOT_AUTHORIZED = "The state machine IAM Role is not authorized to access the Log Destination"
_TRACES = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)
_GROUP_KEY = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
_NOT_FOUND = "Invalid Logging Configuration: Log Destination not found."
_FIRST_ERROR_STATUS = 400
_traced: set[str] = set()


@departure(
    source="AWS Step Functions Developer Guide, 'Using CloudWatch Logs to log execution history', IAM policies for "
    "logging; the error as CreateStateMachine answers it: AWS re:Post and many public reports in the same words; the "
    "other one: LocalStack's test_sfn_api_logs.snapshot.json, test_deleted_log_group",
    replaces=(
        "cloudwatch_logs._log_groups",
        "stepfunctions._create_state_machine",
        "stepfunctions._update_state_machine",
        "stepfunctions._state_machines",
        "stepfunctions._resolve_state_machine_arn",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def state_machine_logs() -> None:
    """A state machine with logs is refused, by API and template, when its role may not set up their delivery.

    So is one whose log group is not there. What a template gave is described as the API describes it.
    """
    states = service("stepfunctions")
    for name in ("_create_state_machine", "_update_state_machine"):
        replace(states, name, _logging)
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    create, update = handlers["create"], handlers["update"]

    def checked(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        configuration = members(properties.get("LoggingConfiguration"))
        if _refuses(configuration.get("Level"), properties.get("RoleArn", "")):
            raise ValueError(f"{_NOT_AUTHORIZED} (Service: Sfn, Status Code: 400)")
        if _is_lost(configuration.get("Level"), configuration.get("Destinations")):
            raise ValueError(f"{_NOT_FOUND} (Service: Sfn, Status Code: 400)")
        arn, attributes = create(logical_id, properties, stack)
        _note_settings(arn, properties)
        return arn, attributes

    def updated(physical_id: str, old: Any, new: dict[str, Any], *rest: Any, **named: Any) -> Any:
        arn, attributes = update(physical_id, old, new, *rest, **named)
        _note_settings(arn, new)
        return arn, attributes

    handlers.update(create=checked, update=updated)


def _note_settings(arn: str, properties: dict[str, Any]) -> None:
    """Keep a template's settings as the API gives them back."""
    _note_tracing(arn, members(properties.get("TracingConfiguration")).get("Enabled"))
    shape = operation("stepfunctions", "CreateStateMachine").input_shape.members["loggingConfiguration"]
    if configuration := properties.get("LoggingConfiguration"):
        service("stepfunctions")._state_machines[arn]["loggingConfiguration"] = to_api(configuration, shape)


def _logging(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def write(request: dict[str, Any]) -> Any:
        states = service("stepfunctions")
        known = members(
            states._state_machines.get(states._resolve_state_machine_arn(request.get("stateMachineArn", "")))
        )
        configuration = request.get("loggingConfiguration") or known.get("loggingConfiguration")
        if _refuses(members(configuration).get("level"), request.get("roleArn") or known.get("roleArn", "")):
            return states.error_response_json("AccessDeniedException", _NOT_AUTHORIZED, 400)
        if _is_lost(members(configuration).get("level"), members(configuration).get("destinations")):
            return states.error_response_json("InvalidLoggingConfiguration", _NOT_FOUND, 400)
        response = original(request)
        if response[0] < _FIRST_ERROR_STATUS and ("tracingConfiguration" in request or not known):
            name = f"arn:aws:states:{states.get_region()}:{states.get_account_id()}:stateMachine:{request.get('name')}"
            _note_tracing(
                known.get("stateMachineArn", name), members(request.get("tracingConfiguration")).get("enabled")
            )
        return response

    return write


def _refuses(level: Any, role_arn: str) -> bool:
    """Whether logs are wanted of a role that may not set up their delivery."""
    if level in {None, "OFF"}:
        return False
    try:
        for action in _LOG_DELIVERY:
            judge.ask_role(role_arn, "log-delivery", action, "*")
    except judge.DeniedError:
        return True
    return False


def _is_lost(level: Any, destinations: Any) -> bool:
    """Whether logs are wanted in one log group, and it is not there."""
    shape = operation("stepfunctions", "CreateStateMachine").input_shape.members["loggingConfiguration"]
    given: list[dict[str, Any]] = to_api({"destinations": destinations or []}, shape)["destinations"]
    if level in {None, "OFF"} or len(given) != 1:
        return False
    arn = str(members(given[0].get("cloudWatchLogsLogGroup")).get("logGroupArn"))
    return arn.partition(":log-group:")[2].removesuffix(":*") not in service("cloudwatch_logs")._log_groups


def _note_tracing(machine: str, enabled: Any) -> None:
    if str(enabled).lower() == "true":
        _traced.add(machine)
    else:
        _traced.discard(machine)


@departure(
    source="AWS Step Functions Developer Guide, 'X-Ray permissions'",
    replaces=("stepfunctions._run_execution", "stepfunctions._executions", "stepfunctions._state_machines"),
)
def execution_traces() -> None:
    """A traced execution writes its trace as the machine's role; what it may not write is lost, and nothing else."""
    replace(service("stepfunctions"), "_run_execution", _tracing)


def _tracing(original: Callable[[str], None]) -> Callable[[str], None]:
    def run(execution_arn: str) -> None:
        states = service("stepfunctions")
        machine = members(states._executions.get(execution_arn)).get("stateMachineArn", "")
        if machine in _traced:
            role = members(states._state_machines.get(machine)).get("roleArn", "")
            for action in _TRACES:
                with suppress(judge.DeniedError):
                    judge.ask_role(role, execution_arn.rpartition(":")[2], action, "*")
        original(execution_arn)

    return run


@departure(
    source="CloudWatch Logs User Guide, 'Encrypt log data in CloudWatch Logs using AWS KMS', step 2 (the principal is "
    "logs.<region>.amazonaws.com, with the encryption context) and its error message",
    replaces=(
        "cloudwatch_logs._create_log_group",
        "cloudwatch_logs._log_groups",
        "cloudwatch_logs._make_group_arn",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def log_group_key() -> None:
    """A log group is not created, nor given a key, when the key's policy does not let CloudWatch Logs use it for it."""
    logs = service("cloudwatch_logs")
    replace(logs, "_create_log_group", _with_key)
    handlers = service("cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
    create, update = handlers["create"], handlers["update"]

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        name, attributes = create(logical_id, properties, stack)
        refused = _key_refused(name)
        if refused:
            del logs._log_groups[name]
            raise ValueError(refused)
        return name, attributes

    def updated(physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any) -> Any:
        name, attributes = update(physical_id, old, new, *rest, **named)
        refused = _key_refused(name)
        if refused:
            logs._log_groups[name]["kmsKeyId"] = old.get("KmsKeyId")
            raise ValueError(refused)
        return name, attributes

    handlers.update(create=created, update=updated)


def _with_key(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def create(request: dict[str, Any]) -> Any:
        logs = service("cloudwatch_logs")
        response = original(request)
        refused = _key_refused(request["logGroupName"]) if response[0] < _FIRST_ERROR_STATUS else ""
        if refused:
            del logs._log_groups[request["logGroupName"]]
            return logs.error_response_json("InvalidParameterException", refused, 400)
        return response

    return create


def _key_refused(name: str) -> str:
    """AWS's sentence when CloudWatch Logs may not use the group's key for it; empty when it may."""
    arn = str(service("cloudwatch_logs")._make_group_arn(name)).removesuffix(":*")
    principal = f"logs.{core('responses').get_region()}.amazonaws.com"
    try:
        judge.ask_service_key(principal, arn, *_GROUP_KEY, source_arn="", source_account="")
    except judge.DeniedError:
        return f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{arn}'"
    return ""
