"""What ECS refuses of RunTask, and what it answers of a task."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
from collections.abc import Callable, Iterator
from typing import Any

from naws.cli.embedded.departures.json_values import is_object, members
from naws.cli.embedded.departures.patching import departure, replace, service, unless

_LONGEST_OVERRIDES = 8192
_LONGEST_STARTER = 128
_MOST_TASKS = 10
_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
_LATER = ("stopCode", "stoppedReason", "stoppedAt", "stoppingAt", "startedAt", "pullStartedAt", "pullStoppedAt")


@departure(
    source="botocore ecs RunTask (count, startedBy, overrides, networkConfiguration, enableExecuteCommand); the "
    "sentences as users met them on AWS: convox/rack issue 1906, fabfuel/ecs-deploy issue 133, DefangLabs/defang "
    "pull request 775",
    replaces=("ecs._run_task", "ecs._resolve_cluster_name", "ecs._clusters", "ecs._resolve_td_key", "ecs._task_defs"),
)
def task_requests() -> None:
    """A task is refused in a cluster that is not there, of a revision that is gone, and without a network of its own.

    So it is with overrides above 8,192 characters, more than ten at once, a starter's name above 128 characters, and
    commands to be executed without a task role. Which default cluster there is, is not asked.
    """
    replace(service("ecs"), "_run_task", unless(_refused))


def _refused(request: dict[str, Any]) -> Any:
    ecs = service("ecs")
    cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
    if cluster not in ecs._clusters and cluster != "default":
        return ecs.error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    definition = ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", "")))
    wrong = _wrong(request, definition) if definition else ""
    return ecs.error_response_json("InvalidParameterException", wrong, 400) if wrong else None


def _wrong(request: dict[str, Any], definition: dict[str, Any]) -> str:
    return next((text for wrong, text in _judged(request, definition) if wrong), "")


def _judged(request: dict[str, Any], definition: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    overrides = members(request.get("overrides"))
    role = definition.get("taskRoleArn") or overrides.get("taskRoleArn")
    network = members(request.get("networkConfiguration")).get("awsvpcConfiguration")
    size = len(json.dumps(overrides, ensure_ascii=False, separators=(",", ":")))
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
    source="recorded answers of AWS: LocalStack's test_ecs_task_service.snapshot.json (RunTask, and the task that "
    "ended); botocore ecs DescribeTasks, include",
    replaces=("ecs._run_task", "ecs._describe_tasks", "ecs._sanitize", "ecs._task_defs"),
)
def task_answers() -> None:
    """A task is described without what has not happened yet, and without tags unless they are asked for.

    It has an override for each of its containers, the architecture it runs on, and Fargate's 20 GiB of storage.
    """
    ecs = service("ecs")
    replace(ecs, "_sanitize", _described)
    replace(ecs, "_describe_tasks", _without_tags)


def _described(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def sanitize(item: Any) -> Any:
        found = original(item)
        if not is_object(found) or "taskDefinitionArn" not in found or "overrides" not in found:
            return found
        task = found
        definition = members(service("ecs")._task_defs.get(task["taskDefinitionArn"].rpartition("/")[2]))
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

    return sanitize


def _without_tags(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def describe(request: dict[str, Any]) -> Any:
        status, headers, body = original(request)
        answer = json.loads(body)
        if "TAGS" in (request.get("include") or ()) or "tasks" not in answer:
            return status, headers, body
        for task in answer["tasks"]:
            task["tags"] = []
        return status, headers, json.dumps(answer).encode()

    return describe
