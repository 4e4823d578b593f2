"""CloudFormation's AWS::ECS::Service, which is there when its deployment is completed."""

import json
import time
import uuid
from typing import Any

from naws.cli.embedded.departures.ecs_definitions import definition_of_request
from naws.cli.embedded.departures.ecs_services_records import Record, primary, tasks_of
from naws.cli.embedded.departures.ecs_services_requests import find
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.placeholders import forget, note
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import cfn_stacks, ecs
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import Made, physical_name, provide
from naws.cli.engine.health import HealthCheck

_KIND = "ECS::Service"
_LONGEST = 255
_WAIT_SECONDS = 180.0
"""How long an operation waits, beside grace period and checks, for a service that neither gets steady nor fails."""
_POLL_SECONDS = 0.1
_REPLACING = ("Cluster", "ServiceName", "LaunchType", "Role", "SchedulingStrategy")
_EMPTY: dict[str, Any] = {
    "capacityProviderStrategy": [],
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": 0,
    "loadBalancers": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "propagateTags": "NONE",
    "serviceRegistries": [],
    "volumeConfigurations": [],
}
"""What UpdateService is given for what a template does not have any more."""
_FAILURES = {
    "circuit breaker": "ECS Deployment Circuit Breaker was triggered",
    "alarm": "ECS Deployment failed: alarm detected",
}


@departure(
    "CloudFormation User Guide, AWS::ECS::Service (Ref is the ARN, GetAtt Name and ServiceArn; DesiredCount: 1 for a "
    "new service, and omitted from the operation for an existing one; what is replaced); "
    "aws/containers-roadmap issue 1205 (circuit breaker: the stack waits for the rollback, and fails); "
    "aws/copilot-cli issue 5296 (its message); aws/aws-cdk issue 34290 (what ECS refuses); NotStabilized "
    "as users met it"
)
def template_service() -> None:
    """A service of a template keeps every property, and the stack waits until its deployment is completed.

    A deployment that the circuit breaker or an alarm failed fails the resource once ECS has rolled back; the sentence
    for an alarm is ours. Where nothing fails a deployment, AWS waits much longer than here, where it is three minutes,
    the grace period and the time of the containers' health checks. What is deleted drains first. The strategies
    BLUE_GREEN, LINEAR and CANARY are not emulated: such a service is deployed as a rolling one, which ``not_emulated``
    says.
    """
    provide(_KIND, _create, _update, _delete, update_with_logical_id=True)
    wrap(cfn_stacks, ("_runs_on_worker_thread", "_sends_back_failed_update"), _service_or)


def _service_or(original: Original, kind: str) -> bool:
    return kind == f"AWS::{_KIND}" or original(kind)


def _create(logical_id: str, properties: Record, stack: str) -> Made:
    name = physical_name(properties, "ServiceName", stack, logical_id, _LONGEST)
    request = _request("CreateService", {"DesiredCount": 1, **properties, "ServiceName": name})
    arn = _call(ecs._create_service, request)["serviceArn"]
    _say_what_is_not_emulated(properties, stack, logical_id, arn)
    try:
        _wait({"cluster": request.get("cluster"), "service": name})
    except ValueError:
        # MiniStack's rollback does not know what was not made: nobody else would delete it.
        _delete(arn, properties)
        raise
    return _made(arn, name)


def _update(arn: str, old: Record, new: Record, stack: str, logical_id: str) -> Made:
    if any(old.get(name) != new.get(name) for name in _REPLACING):
        return _create(f"{logical_id}{uuid.uuid4().hex[:8]}", new, stack)
    shape = operation("ecs", "UpdateService").input_shape
    given = {name: value for name, value in _request("UpdateService", new).items() if name in shape.members}
    before = {name: value for name, value in _request("UpdateService", old).items() if name in shape.members}
    gone = {name: _EMPTY[name] for name in before if name not in given and name in _EMPTY}
    changed = {name: value for name, value in given.items() if value != before.get(name)}
    if "deploymentConfiguration" in before and "deploymentConfiguration" not in given:
        gone["deploymentConfiguration"] = {}
    # A rollback sends what was before, whatever ECS has made of it: the task definition is always named.
    if "taskDefinition" in given:
        changed["taskDefinition"] = given["taskDefinition"]
    name = arn.rpartition("/")[2]
    where = {"cluster": given.get("cluster"), "service": name}
    _call(ecs._update_service, {**gone, **changed, **where})
    _tag(arn, new)
    _say_what_is_not_emulated(new, stack, logical_id, arn)
    _wait(where)
    return _made(arn, name)


def _delete(arn: str, properties: Record) -> None:
    where = {"cluster": properties.get("Cluster"), "service": arn.rpartition("/")[2]}
    service = find(where)
    forget(arn)
    if service is None or service["status"] == "INACTIVE":
        return
    _call(ecs._delete_service, {**where, "force": True})
    while service["status"] != "INACTIVE" or tasks_of(service):
        time.sleep(_POLL_SECONDS)


def _request(name: str, properties: Record) -> Record:
    request: Record = to_api(properties, operation("ecs", name).input_shape)
    return {key: value for key, value in request.items() if value is not None}


def _tag(arn: str, properties: Record) -> None:
    ecs._tags[arn] = [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags") or ()]


def _made(arn: str, name: str) -> Made:
    return arn, {"ServiceArn": arn, "Name": name}


def _call(function: Any, request: Record) -> Record:
    response = function(request)
    answer = json.loads(response[2])
    if failed(response):
        raise _refused(f"Invalid request provided: {answer.get('message', '')}", "InvalidRequest")
    return answer["service"]


def _refused(message: str, code: str) -> ValueError:
    about = f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
    return ValueError(f'Resource handler returned message: "{message}" {about}')


def _say_what_is_not_emulated(properties: Record, stack: str, logical_id: str, arn: str) -> None:
    strategy = members(properties.get("DeploymentConfiguration")).get("Strategy", "ROLLING")
    forget(arn)
    if strategy != "ROLLING":
        note(stack, logical_id, _KIND, arn, f"its deployment strategy {strategy}; it is deployed as a rolling one")


def _longest_checks(service: Record) -> int:
    """How many seconds the health checks of containers take at most until a deployment has completed or failed."""
    containers = members(definition_of_request(service)).get("containerDefinitions") or ()
    longest = max((check.longest for each in containers if (check := HealthCheck.of(each))), default=0)
    return longest * -(-ecs._circuit_breaker_threshold(service) // max(int(service["desiredCount"]), 1))


def _wait(where: Record) -> None:
    """Wait until a service is steady.

    Raises:
        ValueError: Its deployment failed, or it does not get steady.
    """
    service: Any = find(where)
    deployment = primary(service)
    grace = int(service.get("healthCheckGracePeriodSeconds") or 0)
    deadline = time.monotonic() + _WAIT_SECONDS + grace + _longest_checks(service)
    while time.monotonic() < deadline:
        if deployment.get("_outcome") in ("STOPPED", "ROLLBACK_SUCCESSFUL"):
            reason = deployment["rolloutStateReason"]
            text = next(text for part, text in _FAILURES.items() if part in reason)
            raise _refused(f"Error occurred during operation '{text}'.", "GeneralServiceException")
        if "_steady" in service:
            return
        time.sleep(_POLL_SECONDS)
    raise _refused("Exceeded attempts to wait", "NotStabilized")
