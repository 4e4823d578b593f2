"""RunTask requests that ECS refuses, and the fields of a task that it answers."""

import json
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.ecs_definitions import definition_of_request, definition_of_task
from naws.cli.embedded.departures.json_values import compact, is_object, members
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, refuse_first
from naws.cli.embedded.departures.services import ecs

_LONGEST_OVERRIDES = 8192
_LONGEST_STARTER = 128
_MOST_TASKS = 10
_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
_LATER = ("stopCode", "stoppedReason", "stoppedAt", "stoppingAt", "startedAt", "pullStartedAt", "pullStoppedAt")


@departure(
    "botocore ecs RunTask (count, startedBy, overrides, networkConfiguration, enableExecuteCommand); the "
    "sentences as users met them on AWS: convox/rack issue 1906, fabfuel/ecs-deploy issue 133, DefangLabs/defang "
    "pull request 775"
)
@patch(check_requests, ecs, "_run_task")
def task_requests(request: dict[str, Any]) -> None:
    """A task is refused in a cluster that is not there, of a revision that is gone, and without a network of its own.

    So it is with overrides above 8,192 characters, more than ten at once, a starter's name above 128 characters, and
    commands to be executed without a task role. Which default cluster there is, is not asked.
    """
    cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
    if cluster not in ecs._clusters and cluster != "default":
        raise RefusedError("Cluster not found.", "ClusterNotFoundException")
    if definition := definition_of_request(request):
        refuse_first(_judged(request, definition), "InvalidParameterException")


def _judged(request: dict[str, Any], definition: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    overrides = members(request.get("overrides"))
    role = definition.get("taskRoleArn") or overrides.get("taskRoleArn")
    network = members(request.get("networkConfiguration")).get("awsvpcConfiguration")
    size = len(compact(overrides))
    no_network = definition.get("networkMode") == "awsvpc" and not network
    yield definition.get("status") == "INACTIVE", "TaskDefinition is inactive"
    yield no_network, "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    yield size > _LONGEST_OVERRIDES, f"Container Overrides length must be at most {_LONGEST_OVERRIDES}"
    yield not 1 <= int(request.get("count", 1)) <= _MOST_TASKS, f"Count must be between 1 and {_MOST_TASKS}."
    starter = len(request.get("startedBy") or "")
    yield starter > _LONGEST_STARTER, f"startedBy length must be at most {_LONGEST_STARTER}"
    unnamed = bool(request.get("enableExecuteCommand")) and not role
    yield unnamed, "A valid taskRoleArn is needed to execute commands: specify a task role in the task definition."


@departure(
    "recorded answers of AWS: LocalStack's test_ecs_task_service.snapshot.json (RunTask, and the task that "
    "ended); botocore ecs DescribeTasks, include"
)
def task_answers() -> None:
    """A task is described without what has not happened yet, and without tags unless they are asked for.

    It has an override for each of its containers, the architecture it runs on, and Fargate's 20 GiB of storage.
    """
    wrap(ecs, "_sanitize", _described)
    wrap(ecs, "_describe_tasks", _without_tags)


def _described(original: Original, item: Any) -> Any:
    task = original(item)
    if not is_object(task) or "taskDefinitionArn" not in task or "overrides" not in task:
        return task
    definition = definition_of_task(task)
    architecture = members(definition.get("runtimePlatform")).get("cpuArchitecture", "X86_64")
    overrides = members(task["overrides"])
    given = {item["name"]: item for item in overrides.get("containerOverrides") or ()}
    names = [container["name"] for container in definition.get("containerDefinitions") or ()]
    task = {name: value for name, value in task.items() if name not in _LATER or value}
    task["overrides"] = {
        "inferenceAcceleratorOverrides": [],
        **overrides,
        "containerOverrides": [given.get(name, {"name": name}) for name in names],
    }
    task["attributes"] = [{"name": "ecs.cpu-architecture", "value": _ARCHITECTURES.get(architecture, architecture)}]
    task["ephemeralStorage"] = task.get("ephemeralStorage") or {"sizeInGiB": 20}
    return task


def _without_tags(original: Original, request: dict[str, Any]) -> Any:
    status, headers, body = original(request)
    answer = json.loads(body)
    if "TAGS" in (request.get("include") or ()) or "tasks" not in answer:
        return status, headers, body
    for task in answer["tasks"]:
        task["tags"] = []
    return status, headers, json.dumps(answer).encode()
