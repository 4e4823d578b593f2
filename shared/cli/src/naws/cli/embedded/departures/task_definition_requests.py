"""Task definitions that ECS refuses."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import check_requests, refuse_first
from naws.cli.embedded.departures.services import ecs
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import BOTH, check_template

_STOP_SECONDS = range(2, 121)
_STORAGE_GIB = range(21, 201)
_SIZES: dict[float, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}
"""The MiB that a Fargate task of so many CPU units may have."""
_UNITS = re.compile(r"([\d.]+)\s*(vcpu|gb)?", re.IGNORECASE)
_ECR = re.compile(r"\d{12}\.dkr\.ecr[.-]")
_NO_ROLE = "Fargate requires task definition to have execution role ARN to support"
_OTHER_PORT = "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
_Found = Iterator[tuple[bool, str]]


@departure(
    "botocore ecs RegisterTaskDefinition (memory, networkMode, executionRoleArn), ContainerDefinition (cpu, "
    "essential, memory, privileged, stopTimeout), EphemeralStorage; the sentences as users met them on AWS: "
    "aws/amazon-ecs-cli issue 463, klothoplatform/klotho issue 892, eagletmt/hako pull request 68, fabfuel/ecs-deploy "
    "issue 87, virtual-kubelet issue 193, jenkinsci/amazon-ecs-plugin pull request 53, guardian/cdk pull request 1101, "
    "pulumi/pulumi-awsx issue 935; "
    "measured on AWS: badmintoncryer/cdk-preflight, rules pf-ecs-* (September 2026)"
)
def task_definition_requests() -> None:
    """A task definition has an essential container, and for Fargate a size and settings that Fargate has.

    That is of the API's and of a template's alike. Whether an image exists, or a role may be assumed, is not asked.
    """
    check_requests(ecs, "_register_task_definition", _check)
    shape = operation("ecs", "RegisterTaskDefinition").input_shape
    check_template("ECS::TaskDefinition", BOTH, lambda properties: _check(to_api(properties, shape)))


def _check(request: dict[str, Any]) -> None:
    containers: list[dict[str, Any]] = request.get("containerDefinitions") or []
    refuse_first(_of_any(request, containers), "ClientException")
    if "FARGATE" in (request.get("requiresCompatibilities") or ()):
        refuse_first(_of_fargate(request, containers), "ClientException")


def _of_any(request: dict[str, Any], containers: list[dict[str, Any]]) -> _Found:
    names = [container.get("name") for container in containers]
    none_essential = bool(containers) and not any(container.get("essential", True) for container in containers)
    cpu, memory = _units(request.get("cpu")), _units(request.get("memory"))
    yield none_essential, "Task definition doesn't have any essential container."
    yield len(set(names)) < len(names), "Container names must be unique within a task definition."
    for container in containers:
        own, reserved = container.get("memory"), container.get("memoryReservation")
        message = f"The 'memory' setting for container '{container.get('name')}' is greater than for the task."
        yield memory is not None and max(own or 0, reserved or 0) > memory, message
        without_role = bool(container.get("secrets")) and not request.get("executionRoleArn")
        value = "you must also specify a value for 'executionRoleArn'."
        yield without_role, f"When you are specifying container secrets, {value}"
        ports: list[dict[str, Any]] = container.get("portMappings") or []
        other = any(item.get("hostPort") not in (None, 0, item.get("containerPort")) for item in ports)
        yield request.get("networkMode") == "awsvpc" and other, _OTHER_PORT
    total = sum(container.get("cpu") or 0 for container in containers)
    message = "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
    yield cpu is not None and total > cpu, message


def _of_fargate(request: dict[str, Any], containers: list[dict[str, Any]]) -> _Found:
    yield request.get("networkMode") != "awsvpc", "Fargate only supports network mode ‘awsvpc’."  # noqa: RUF001  # AWS's own quotes
    for name in ("cpu", "memory"):
        yield request.get(name) is None, f"Fargate requires that '{name}' be defined at the task level."
    cpu, memory = _units(request.get("cpu")), _units(request.get("memory"))
    yield memory not in _SIZES.get(cpu or 0, ()), "No Fargate configuration exists for given values."
    storage = members(request.get("ephemeralStorage")).get("sizeInGiB")
    if storage is not None:
        yield storage < _STORAGE_GIB[0], f"EphemeralStorage size should be at least {_STORAGE_GIB[0]}."
        yield storage > _STORAGE_GIB[-1], f"EphemeralStorage size should be at most {_STORAGE_GIB[-1]}."
    for container in containers:
        yield from _container_of_fargate(container, has_role=bool(request.get("executionRoleArn")))


def _container_of_fargate(container: dict[str, Any], *, has_role: bool) -> _Found:
    stop, name = container.get("stopTimeout"), container.get("name")
    log = members(container.get("logConfiguration")).get("logDriver")
    yield (
        bool(container.get("privileged")),
        "Fargate requires that the 'privileged' setting be 'false' at the container level.",
    )
    if stop is not None:
        longest = "Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds."
        yield stop > _STOP_SECONDS[-1], longest
        yield stop < _STOP_SECONDS[0], f"Granular stop timeout on container '{name}' must be at least 2 seconds."
    yield log == "awslogs" and not has_role, f"{_NO_ROLE} log driver awslogs."
    yield _ECR.match(container.get("image") or "") is not None and not has_role, f"{_NO_ROLE} ECR images."


def _units(value: Any) -> float | None:
    """CPU units, or MiB, of what may be written as ``.5 vCPU`` or ``1 GB``; None of what is not given or no number."""
    found = _UNITS.fullmatch(str(value).strip()) if value is not None else None
    return float(found.group(1)) * (1024 if found.group(2) else 1) if found else None
