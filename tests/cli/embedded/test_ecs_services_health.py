"""Health checks of containers: what they make of tasks and of services, with processes as tasks."""

import urllib.request
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws
from naws.cli.embedded.departures import ecs_health
from tests.cli.embedded.ecs_services import CONTAINER_PORT, Services

pytestmark = pytest.mark.e2e
SCRIPT = f"test -f ready-{CONTAINER_PORT} || {{ echo not ready; exit 3; }}"
CHECK = {"command": ["CMD-SHELL", SCRIPT], "interval": 5, "timeout": 4, "retries": 1, "startPeriod": 5}
FAILED = "Task failed container health checks"


def fall_ill(services: Services, group: Any) -> None:
    (port,) = services.ports(group)
    urllib.request.urlopen(f"http://127.0.0.1:{port}/fall-ill", timeout=10).close()


def happened(services: Services, name: str, task: Any) -> list[str]:
    """The events of a service from the first that names a task on, without targets and steady states."""
    identity = task["taskArn"].rpartition("/")[2]
    texts = [text.partition(f"(service {name}) ")[2] for text in services.messages(name)]
    every = [text.replace(identity, "ill") for text in texts if text and "target" not in text and "steady" not in text]
    return every[next(at for at, text in enumerate(every) if "(task ill)" in text) :]


def test_a_task_that_falls_ill_is_replaced_when_another_one_is_healthy(services: Services, until: Any) -> None:
    """The events of a service as its user logged them, newest first: has stopped, failed, has started and replaced.

    Amazon ECS Developer Guide, 'Amazon ECS services'; botocore ecs HealthCheck of the task that runs alone.
    """
    group = services.group()
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    alone = services.ecs.run_task(
        cluster=services.cluster,
        taskDefinition=services.definition("unready", healthCheck=CHECK),
        launchType="FARGATE",
        networkConfiguration=network,
    )["tasks"][0]["taskArn"]
    name = services.create(services.definition("well", healthCheck=CHECK), group, count=1)
    until(lambda: services.ports(group), seconds=20)
    (before,) = services.tasks(name)
    assert (before["healthStatus"], before["containers"][0]["healthStatus"]) == ("UNKNOWN", "UNKNOWN")
    assert services.state(name) == "IN_PROGRESS"
    until(lambda: services.state(name) == "COMPLETED", seconds=20)
    (healthy,) = services.tasks(name)
    assert (healthy["healthStatus"], healthy["containers"][0]["healthStatus"]) == ("HEALTHY", "HEALTHY")
    fall_ill(services, group)
    ended = until(lambda: services.tasks(name, "STOPPED"), seconds=30)
    assert [task["taskArn"] for task in ended] == [healthy["taskArn"]]
    assert (ended[0]["stoppedReason"], ended[0]["stopCode"]) == (FAILED, "ServiceSchedulerInitiated")
    assert ended[0]["healthStatus"] == "UNHEALTHY"
    (other,) = services.tasks(name)
    assert other["healthStatus"] == "HEALTHY"
    new = other["taskArn"].rpartition("/")[2]
    assert happened(services, name, healthy)[-3:] == [
        f"has started 1 tasks: (task {new}). Amazon ECS replaced 1 tasks due to an unhealthy status.",
        "(task ill) failed container health checks.",
        "has stopped 1 running tasks: (task ill).",
    ]
    services.delete(name)
    (task,) = services.ecs.describe_tasks(cluster=services.cluster, tasks=[alone])["tasks"]
    assert (task["healthStatus"], task["lastStatus"]) == ("UNHEALTHY", "RUNNING")
    services.ecs.stop_task(cluster=services.cluster, task=alone)


def test_without_room_for_another_task_it_stops_first(services: Services, until: Any) -> None:
    group = services.group()
    settings = {"maximumPercent": 100, "minimumHealthyPercent": 0}
    definition = services.definition("well", healthCheck=CHECK)
    name = services.create(definition, group, count=1, deploymentConfiguration=settings)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    (healthy,) = services.tasks(name)
    fall_ill(services, group)
    until(lambda: services.tasks(name, "STOPPED"), seconds=30)
    until(lambda: services.messages(name)[-1].endswith("steady state."), seconds=30)
    (other,) = services.tasks(name)
    new = other["taskArn"].rpartition("/")[2]
    assert happened(services, name, healthy)[-3:] == [
        "(task ill) failed container health checks.",
        "has stopped 1 running tasks: (task ill).",
        f"has started 1 tasks: (task {new}).",
    ]
    services.delete(name)


def test_a_version_whose_check_never_passes_fails(services: Services, embedded: EmbeddedAws, until: Any) -> None:
    """Amazon ECS Developer Guide, deployment circuit breaker, stage 2: container health checks are counted, too."""
    breaker = {
        "enable": True,
        "rollback": False,
        "resetOnHealthyTask": True,
        "thresholdConfiguration": {"type": "COUNT", "value": 2},
    }
    name = services.create(services.definition("unready", healthCheck=CHECK), count=2, breaker=breaker)
    until(lambda: services.state(name) == "FAILED", seconds=40)
    stopped = until(lambda: services.tasks(name, "STOPPED"))
    assert {task["stoppedReason"] for task in stopped} == {FAILED}
    assert services.look(name)["deployments"][0]["failedTasks"] == 2
    services.delete(name)
    (failure,) = [each for each in embedded.service_failures() if each.service == name]
    assert failure.reason == "ECS deployment circuit breaker: tasks failed to start."
    assert failure.task_reason.startswith(f"{FAILED}: /bin/sh -c test -f ready-")
    assert failure.task_reason.endswith(" || { echo not ready; exit 3; }: exit code 3: not ready")


@pytest.mark.parametrize(
    ("containers", "task"),
    [
        (["UNHEALTHY", "UNKNOWN"], "UNHEALTHY"),
        (["UNHEALTHY", "HEALTHY"], "UNHEALTHY"),
        (["HEALTHY", "UNKNOWN"], "UNKNOWN"),
        (["HEALTHY", "HEALTHY"], "HEALTHY"),
        (["UNHEALTHY", "UNKNOWN", "UNKNOWN"], "UNHEALTHY"),
        (["UNHEALTHY", "UNKNOWN", "HEALTHY"], "UNHEALTHY"),
        (["UNHEALTHY", "HEALTHY", "HEALTHY"], "UNHEALTHY"),
        (["HEALTHY", "UNKNOWN", "HEALTHY"], "UNKNOWN"),
        (["HEALTHY", "UNKNOWN", "UNKNOWN"], "UNKNOWN"),
        (["HEALTHY", "HEALTHY", "HEALTHY"], "HEALTHY"),
    ],
)
def test_a_task_is_as_its_essential_containers(containers: list[str], task: str) -> None:
    """The examples of botocore's ecs HealthCheck, beside a container that is not essential."""
    every = [{"healthStatus": status} for status in (*containers, "UNHEALTHY")]
    essentials = [*[True] * len(containers), False]
    assert ecs_health.health_of({"containers": every, "_container_essentials": essentials}) == task
