"""Permissions for a state machine's logs and traces, and for the key of a log group."""

from typing import Any

from naws.cli.embedded.departures import judge
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import RefusedError, answer, check_requests, failed
from naws.cli.embedded.departures.services import logs, responses, states
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.state_machine_roles import machine_arn
from naws.cli.embedded.departures.templates import BOTH, check_template, complete_template, is_true, wrap_template

_LOG_DELIVERY = (
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
)
_NOT_AUTHORIZED = "The state machine IAM Role is not authorized to access the Log Destination"
_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets")
_GROUP_KEY = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
_traced: set[str] = set()


@departure(
    "AWS Step Functions Developer Guide, 'Using CloudWatch Logs to log execution history', IAM policies for "
    "logging; the error as CreateStateMachine answers it: AWS re:Post and many public reports in the same words; the "
    "other one: LocalStack's test_sfn_api_logs.snapshot.json, test_deleted_log_group"
)
def state_machine_logs() -> None:
    """A state machine with logs is refused, by API and template, when its role may not set up their delivery.

    So is one whose log group is not there. What a template gave is described as the API describes it.
    """
    requests = ("_create_state_machine", "_update_state_machine")
    wrap(states, requests, _traced_by_request)
    check_requests(states, requests, _check_request)
    complete_template("StepFunctions::StateMachine", BOTH, _note_settings)
    check_template("StepFunctions::StateMachine", ("create",), _check_properties)


def _check_properties(properties: dict[str, Any]) -> None:
    configuration = to_api(members(properties.get("LoggingConfiguration")), _logging())
    _check(configuration, properties.get("RoleArn", ""), " (Service: Sfn, Status Code: 400)")


def _logging() -> Any:
    return operation("stepfunctions", "CreateStateMachine").input_shape.members["loggingConfiguration"]


def _note_settings(arn: str, properties: dict[str, Any]) -> None:
    """Keep a template's settings as the API gives them back."""
    _note_tracing(arn, members(properties.get("TracingConfiguration")).get("Enabled"))
    if configuration := properties.get("LoggingConfiguration"):
        states._state_machines[arn]["loggingConfiguration"] = to_api(configuration, _logging())


def _known(request: dict[str, Any]) -> dict[str, Any]:
    return members(states._state_machines.get(states._resolve_state_machine_arn(request.get("stateMachineArn", ""))))


def _check_request(request: dict[str, Any]) -> None:
    known = _known(request)
    configuration = members(request.get("loggingConfiguration") or known.get("loggingConfiguration"))
    _check(configuration, request.get("roleArn") or known.get("roleArn", ""))


def _check(configuration: dict[str, Any], role: str, suffix: str = "") -> None:
    if configuration.get("level") in {None, "OFF"}:
        return
    if any(judge.denied(judge.ask_role, role, "log-delivery", action, "*") for action in _LOG_DELIVERY):
        raise RefusedError(f"{_NOT_AUTHORIZED}{suffix}", "AccessDeniedException")
    given: list[dict[str, Any]] = configuration.get("destinations") or []
    groups = [str(members(each.get("cloudWatchLogsLogGroup")).get("logGroupArn")) for each in given]
    names = [arn.partition(":log-group:")[2].removesuffix(":*") for arn in groups]
    if len(names) == 1 and names[0] not in logs._log_groups:
        text = f"Invalid Logging Configuration: Log Destination not found.{suffix}"
        raise RefusedError(text, "InvalidLoggingConfiguration")


def _traced_by_request(original: Original, request: dict[str, Any]) -> Any:
    known = _known(request)
    response = original(request)
    if not failed(response) and ("tracingConfiguration" in request or not known):
        arn = known.get("stateMachineArn") or machine_arn(request.get("name", ""))
        _note_tracing(arn, members(request.get("tracingConfiguration")).get("enabled"))
    return response


def _note_tracing(machine: str, enabled: Any) -> None:
    if is_true(enabled):
        _traced.add(machine)
    else:
        _traced.discard(machine)


@departure("AWS Step Functions Developer Guide, 'X-Ray permissions'")
@patch(wrap, states, "_run_execution")
def execution_traces(original: Original, execution_arn: str) -> None:
    """A traced execution writes its trace as the machine's role; what it may not write is lost, and nothing else."""
    machine = members(states._executions.get(execution_arn)).get("stateMachineArn", "")
    if machine in _traced:
        role = members(states._state_machines.get(machine)).get("roleArn", "")
        for action in _TRACES:
            judge.denied(judge.ask_role, role, execution_arn.rpartition(":")[2], action, "*")
    original(execution_arn)


@departure(
    "CloudWatch Logs User Guide, 'Encrypt log data in CloudWatch Logs using AWS KMS', step 2 (the principal is "
    "logs.<region>.amazonaws.com, with the encryption context) and its error message"
)
def log_group_key() -> None:
    """A log group is not created, nor given a key, when the key's policy does not let CloudWatch Logs use it for it."""
    wrap(logs, "_create_log_group", _with_key)
    complete_template("Logs::LogGroup", ("create",), lambda name, _: _check_new(name))
    wrap_template("Logs::LogGroup", update=_updated)


def _with_key(original: Original, request: dict[str, Any]) -> Any:
    response = original(request)
    try:
        if not failed(response):
            _check_new(request["logGroupName"])
    except RefusedError as error:
        return answer(logs, error)
    return response


def _check_new(name: str) -> None:
    try:
        _check_key(name)
    except RefusedError:
        del logs._log_groups[name]
        raise


def _updated(original: Original, group: str, old: dict[str, Any], *rest: Any, **named: Any) -> Any:
    name, attributes = original(group, old, *rest, **named)
    try:
        _check_key(name)
    except RefusedError:
        logs._log_groups[name]["kmsKeyId"] = old.get("KmsKeyId")
        raise
    return name, attributes


def _check_key(name: str) -> None:
    """Refuse a log group for which CloudWatch Logs may not use its key."""
    arn = str(logs._make_group_arn(name)).removesuffix(":*")
    principal = f"logs.{responses.get_region()}.amazonaws.com"
    if judge.denied(judge.ask_service_key, principal, arn, *_GROUP_KEY, source_arn=""):
        text = f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{arn}'"
        raise RefusedError(text, "InvalidParameterException")
