"""Versions and aliases of state machines: requests and types of CloudFormation."""

import json
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, failed, refuse_first
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import Made, provide

_ALL = 100
_TAKEN = (
    "Failed to create alias because an alias with the same name and a different routing configuration already exists."
)


@departure(
    "AWS Step Functions API Reference, 'PublishStateMachineVersion' (idempotent by machine and revision), "
    "'CreateStateMachineAlias', 'DeleteStateMachineVersion'; answers of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/test_sfn_api_aliasing.snapshot.json (2025-03-03)"
)
def version_requests() -> None:
    """A revision has one version. An alias leads to one or two versions of one machine, whose weights sum up to 100.

    Making the same alias again is no fault; a version that an alias leads to is not deleted.
    """
    wrap(states, "_publish_state_machine_version", _published)
    wrap(states, "_create_state_machine_alias", _created)
    check_requests(states, "_create_state_machine_alias", _check_alias)
    check_requests(states, "_update_state_machine_alias", _check_change)
    check_requests(states, "_delete_state_machine_version", _check_unused)


def _published(original: Original, request: dict[str, Any]) -> Any:
    machine = members(states._state_machines.get(request.get("stateMachineArn")))
    revision = machine.get("revisionId")
    for arn, version in states._state_machine_versions.items():
        same = version["stateMachineArn"] == machine.get("stateMachineArn")
        if same and version["stateMachineRevisionId"] == revision == request.get("revisionId", revision):
            return states.json_response({"stateMachineVersionArn": arn, "creationDate": version["creationDate"]})
    return original(request)


def _check_alias(request: dict[str, Any]) -> None:
    check_model("stepfunctions", "CreateStateMachineAlias", request)
    _check_routes(request["routingConfiguration"])


def _check_routes(routes: list[dict[str, Any]]) -> None:
    arns = [str(route["stateMachineVersionArn"]) for route in routes]
    weights = [route["weight"] for route in routes]
    shown = f"Received: [{', '.join(arns)}]"
    versions = all(arn.rpartition(":")[2].isdigit() for arn in arns)
    refuse_first(
        (
            (not versions, f"Routing configuration must contain state machine version ARNs. {shown}"),
            (
                len(set(arns)) < len(arns),
                f"Routing configuration must contain distinct state machine version ARNs. {shown}",
            ),
            (sum(weights) != _ALL, f"Sum of routing configuration weights must equal {_ALL}. Received: {weights}"),
        )
    )


def _check_change(request: dict[str, Any]) -> None:
    if request.get("stateMachineAliasArn") not in states._state_machine_aliases:
        raise RefusedError("Request references a resource that does not exist.", "ResourceNotFound")
    if "routingConfiguration" in request:
        _check_routes(request["routingConfiguration"])


def _created(original: Original, request: dict[str, Any]) -> Any:
    machine = request["routingConfiguration"][0]["stateMachineVersionArn"].rpartition(":")[0]
    arn = f"{machine}:{request['name']}"
    known = states._state_machine_aliases.get(arn)
    if known is None:
        return original(request)
    same = known["routingConfiguration"] == request["routingConfiguration"]
    if not same or known["description"] != request.get("description", ""):
        return states.error_response_json("ConflictException", _TAKEN, 400)
    return states.json_response({"stateMachineAliasArn": arn, "creationDate": known["creationDate"]})


def _check_unused(request: dict[str, Any]) -> None:
    version = request.get("stateMachineVersionArn")
    names = [
        alias["name"]
        for alias in states._state_machine_aliases.values()
        if any(route["stateMachineVersionArn"] == version for route in alias["routingConfiguration"])
    ]
    if names:
        text = (
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version"
        )
        raise RefusedError(f"{text}: [{', '.join(names)}]", "ConflictException")


def _asked(response: Any) -> dict[str, Any]:
    answer = json.loads(response[2] or b"{}")
    if failed(response):
        raise ValueError(f"{answer.get('message')} (Service: Sfn, Status Code: {response[0]})")
    return answer


@departure(
    "CloudFormation User Guide, AWS::StepFunctions::StateMachineVersion (every property: replacement; Ref is the ARN), "
    "AWS::StepFunctions::StateMachineAlias (RoutingConfiguration or DeploymentPreference; Ref is the ARN)"
)
def version_types() -> None:
    """A template publishes versions and makes aliases. A DeploymentPreference is deployed all at once."""
    provide("StepFunctions::StateMachineVersion", _publish, _publish_again, _unpublish)
    provide("StepFunctions::StateMachineAlias", _make_alias, _change_alias, _delete_alias)


def _publish(_logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
    request = to_api(properties, operation("stepfunctions", "PublishStateMachineVersion").input_shape)
    if "StateMachineRevisionId" in properties:
        request["revisionId"] = properties["StateMachineRevisionId"]
    arn = _asked(states._publish_state_machine_version(request))["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _publish_again(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str) -> Made:
    return (physical_id, {"Arn": physical_id}) if old == new else _publish("", new, stack)


def _unpublish(physical_id: str, _properties: Any) -> None:
    _asked(states._delete_state_machine_version({"stateMachineVersionArn": physical_id}))


def _routes(properties: dict[str, Any]) -> list[dict[str, Any]]:
    preference = properties.get("DeploymentPreference")
    if preference:
        return [{"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": _ALL}]
    given: list[dict[str, Any]] = properties["RoutingConfiguration"]
    named = "StateMachineVersionArn"
    return [{"stateMachineVersionArn": route[named], "weight": int(route["Weight"])} for route in given]


def _make_alias(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
    name = properties.get("Name") or f"{stack}-{logical_id}"[:80]
    request = {
        "name": name,
        "description": properties.get("Description", ""),
        "routingConfiguration": _routes(properties),
    }
    arn = _asked(states._create_state_machine_alias(request))["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def _change_alias(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str) -> Made:
    if old.get("Name") != new.get("Name"):
        return _make_alias("", new, stack)
    request = {"stateMachineAliasArn": physical_id, "routingConfiguration": _routes(new)}
    _asked(states._update_state_machine_alias({**request, "description": new.get("Description", "")}))
    return physical_id, {"Arn": physical_id}


def _delete_alias(physical_id: str, _properties: Any) -> None:
    _asked(states._delete_state_machine_alias({"stateMachineAliasArn": physical_id}))
