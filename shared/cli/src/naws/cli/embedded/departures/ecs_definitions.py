"""ECS task definitions that come from CloudFormation, and what RunTask makes of them."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import copy
import json
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.patching import departure, replace, service
from naws.cli.embedded.departures.shapes import operation, to_api

_KEPT = (
    "runtimePlatform",
    "ephemeralStorage",
    "proxyConfiguration",
    "volumes",
    "enableFaultInjection",
)


@departure(
    source="botocore ecs RegisterTaskDefinition; CloudFormation User Guide, AWS::ECS::TaskDefinition",
    replaces=(
        "cloudformation.provisioners._normalize_container_defs",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
        "ecs._task_defs",
    ),
)
def template_task_definition() -> None:
    """A task definition of a template keeps everything.

    That is nested members (``Secrets``, ``LinuxParameters``, ``HealthCheck`` …) in the API's spelling,
    ``RuntimePlatform`` and ``EphemeralStorage``.
    """
    provisioners = service("cloudformation.provisioners")
    replace(provisioners, "_normalize_container_defs", lambda _: _container_definitions)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]
    for verb in ("create", "update"):
        handlers[verb] = _keeping(handlers[verb], properties_at=1 if verb == "create" else 2)


def _container_definitions(definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shape = operation("ecs", "RegisterTaskDefinition").input_shape.members["containerDefinitions"]
    converted = to_api(definitions, shape)
    for container in converted:
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
    return converted


def _keeping(original: Callable[..., Any], *, properties_at: int) -> Callable[..., Any]:
    def provision(*arguments: Any, **named: Any) -> Any:
        arn, attributes = original(*arguments, **named)
        shape = operation("ecs", "RegisterTaskDefinition").input_shape
        properties = to_api(arguments[properties_at], shape)
        definition = service("ecs")._task_defs[arn.rpartition("/")[2]]
        definition.update({name: properties[name] for name in _KEPT if name in properties})
        return arn, attributes

    return provision


@departure(
    source="botocore ecs RunTask; Amazon ECS Developer Guide, 'Task definition parameters for Fargate'",
    replaces=("ecs._run_task", "ecs._tasks", "ecs._resolve_td_key", "ecs._task_defs", "ecs._tags"),
)
def run_task_request() -> None:
    """RunTask keeps ``group``, which is ``family:<family>`` by default.

    Size overrides are what the task is described with, ``propagateTags`` copies the task definition's tags, and an
    override for a container that does not exist is refused.
    """
    replace(service("ecs"), "_run_task", _completed_run_task)


def _completed_run_task(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def run_task(request: dict[str, Any]) -> Any:
        ecs = service("ecs")
        definition = ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", "")))
        if definition is None:
            return original(request)
        request = copy.deepcopy(request)
        request.setdefault("group", f"family:{definition['family']}")
        request.setdefault("overrides", {"containerOverrides": [], "inferenceAcceleratorOverrides": []})
        if request.get("propagateTags") == "TASK_DEFINITION":
            own = {tag["key"] for tag in request.get("tags", [])}
            inherited = [tag for tag in ecs._tags.get(definition["taskDefinitionArn"], []) if tag["key"] not in own]
            request["tags"] = [*inherited, *request.get("tags", [])]
        unknown = _unknown_container(request["overrides"], definition)
        if unknown:
            message = f"Override for container named {unknown} is not a container in the TaskDefinition."
            return ecs.error_response_json("InvalidParameterException", message, 400)
        return _with_size(original(request), request["overrides"])

    return run_task


def _unknown_container(overrides: dict[str, Any], definition: dict[str, Any]) -> str | None:
    names = {container["name"] for container in definition["containerDefinitions"]}
    overridden = (item.get("name") for item in overrides.get("containerOverrides", []))
    return next((name for name in overridden if name not in names), None)


def _with_size(response: Any, overrides: dict[str, Any]) -> Any:
    size = {name: str(overrides[name]) for name in ("cpu", "memory") if overrides.get(name)}
    storage = overrides.get("ephemeralStorage")
    changed = {**size, **({"ephemeralStorage": storage} if storage else {})}
    status, headers, body = response
    if not changed or status != 200:  # noqa: PLR2004  # HTTP OK
        return response
    answer = json.loads(body)
    for task in answer["tasks"]:
        service("ecs")._tasks[task["taskArn"]].update(changed)
        task.update(changed)
    return status, headers, json.dumps(answer).encode()
