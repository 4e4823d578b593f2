"""ECS task definitions that come from CloudFormation, and what RunTask makes of them."""

import copy
import json
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, failed
from naws.cli.embedded.departures.services import ecs, provisioners
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import BOTH, complete_template

_KEPT = ("runtimePlatform", "ephemeralStorage", "proxyConfiguration", "volumes", "enableFaultInjection")


@departure("botocore ecs RegisterTaskDefinition; CloudFormation User Guide, AWS::ECS::TaskDefinition")
def template_task_definition() -> None:
    """A task definition of a template keeps everything.

    That is nested members (``Secrets``, ``LinuxParameters``, ``HealthCheck`` …) in the API's spelling,
    ``RuntimePlatform`` and ``EphemeralStorage``.
    """
    replace(provisioners, "_normalize_container_defs", _container_definitions)
    complete_template("ECS::TaskDefinition", BOTH, _keep)


def _container_definitions(definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shape = operation("ecs", "RegisterTaskDefinition").input_shape.members["containerDefinitions"]
    converted = to_api(definitions, shape)
    for container in converted:
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
    return converted


def _keep(arn: str, properties: dict[str, Any]) -> None:
    given = to_api(properties, operation("ecs", "RegisterTaskDefinition").input_shape)
    ecs._task_defs[name_of(arn)].update({name: given[name] for name in _KEPT if name in given})


def definition_of_request(request: dict[str, Any]) -> dict[str, Any] | None:
    """The task definition that a request names; None when there is none."""
    return ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", "")))


def definition_of_task(task: dict[str, Any]) -> dict[str, Any]:
    """The task definition of a task; empty when it is gone."""
    return members(ecs._task_defs.get(name_of(task["taskDefinitionArn"])))


@departure("botocore ecs RunTask; Amazon ECS Developer Guide, 'Task definition parameters for Fargate'")
def run_task_request() -> None:
    """RunTask keeps ``group``, which is ``family:<family>`` by default.

    Size overrides are what the task is described with, ``propagateTags`` copies the task definition's tags, and an
    override for a container that does not exist is refused.
    """
    wrap(ecs, "_run_task", _completed_run_task)
    check_requests(ecs, "_run_task", _check_containers)


def _completed_run_task(original: Original, request: dict[str, Any]) -> Any:
    definition = definition_of_request(request)
    if definition is None:
        return original(request)
    request = copy.deepcopy(request)
    request.setdefault("group", f"family:{definition['family']}")
    request.setdefault("overrides", {"containerOverrides": [], "inferenceAcceleratorOverrides": []})
    if request.get("propagateTags") == "TASK_DEFINITION":
        own = {tag["key"] for tag in request.get("tags", [])}
        inherited = [tag for tag in ecs._tags.get(definition["taskDefinitionArn"], []) if tag["key"] not in own]
        request["tags"] = [*inherited, *request.get("tags", [])]
    return _with_size(original(request), request["overrides"])


def _check_containers(request: dict[str, Any]) -> None:
    definition = definition_of_request(request)
    names = {container["name"] for container in members(definition).get("containerDefinitions", ())}
    for item in members(request.get("overrides")).get("containerOverrides") or ():
        if definition is not None and item.get("name") not in names:
            text = f"Override for container named {item.get('name')} is not a container in the TaskDefinition."
            raise RefusedError(text, "InvalidParameterException")


def _with_size(response: Any, overrides: dict[str, Any]) -> Any:
    changed: dict[str, Any] = {name: str(overrides[name]) for name in ("cpu", "memory") if overrides.get(name)}
    if storage := overrides.get("ephemeralStorage"):
        changed["ephemeralStorage"] = storage
    status, headers, body = response
    if not changed or failed(response):
        return response
    answer = json.loads(body)
    for task in answer["tasks"]:
        ecs._tasks[task["taskArn"]].update(changed)
        task.update(changed)
    return status, headers, json.dumps(answer).encode()
