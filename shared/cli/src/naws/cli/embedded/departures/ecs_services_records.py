"""ECS services as MiniStack keeps them: their tasks, deployments and events, in AWS's words."""

import json
import secrets
import threading
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import ecs, events

lock = threading.RLock()
"""Held while a service is looked at and changed."""
_MOST_EVENTS = 100

Record = dict[str, Any]


def tasks_of(service: Record) -> list[Record]:
    """The tasks of a service that have not stopped."""
    return [task for task in all_tasks_of(service) if task["lastStatus"] != "STOPPED"]


def all_tasks_of(service: Record) -> list[Record]:
    """The tasks of a service, also those that stopped."""
    group, cluster = f"service:{service['serviceName']}", service["clusterArn"]
    tasks = list(ecs._tasks.values())
    return [task for task in tasks if task.get("group") == group and task["clusterArn"] == cluster]


def service_of(task: Record) -> Record | None:
    """The service that started a task; None when none did."""
    kind, _, name = task.get("group", "").partition(":")
    found = ecs._services.get(f"{name_of(task['clusterArn'])}/{name}")
    return found if kind == "service" else None


def primary(service: Record) -> Record:
    """The deployment that a service is to be in."""
    return next(item for item in service["deployments"] if item["status"] == "PRIMARY")


def configuration(service: Record) -> Record:
    """The deployment configuration of a service, with its defaults.

    Source: botocore ecs DeploymentConfiguration.
    """
    given = members(service.get("deploymentConfiguration"))
    return {"maximumPercent": 200, "minimumHealthyPercent": 100, **given}


def new_deployment(task_definition: str, desired_count: int) -> Record:
    """A deployment that begins, with its count of wanted tasks."""
    identity, now = f"ecs-svc/{secrets.randbelow(9 * 10**18) + 10**18}", ecs._iso()
    return {
        "id": identity,
        "status": "PRIMARY",
        "taskDefinition": task_definition,
        "desiredCount": desired_count,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "launchType": "FARGATE",
        "createdAt": now,
        "updatedAt": now,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identity} in progress.",
    }


def set_state(deployment: Record, state: str, reason: str) -> None:
    """Change a deployment's rollout state."""
    deployment.update(rolloutState=state, rolloutStateReason=reason, updatedAt=ecs._iso())


def count(service: Record) -> None:
    """Count the tasks of a service and of each of its deployments."""
    tasks = tasks_of(service)
    for record in (service, *service["deployments"]):
        own = [task for task in tasks if record is service or task.get("_deployment_id") == record["id"]]
        states = [task["lastStatus"] for task in own]
        pending = sum(state in ("PROVISIONING", "PENDING", "ACTIVATING") for state in states)
        record.update(runningCount=states.count("RUNNING"), pendingCount=pending)


def say(service: Record, text: str, about: str = "") -> None:
    """Add an event to a service; ``about`` is what stands beside its name in the brackets."""
    message = f"(service {service['serviceName']}{about}) {text}"
    event = {"id": ecs.new_uuid(), "createdAt": ecs._iso(), "message": message}
    service["events"] = [event, *service["events"]][:_MOST_EVENTS]


def ids(tasks: list[Record]) -> str:
    """Tasks as events list them."""
    return " ".join(f"(task {name_of(task['taskArn'])})" for task in tasks)


def emit(detail_type: str, resources: list[str], detail: Record) -> None:
    """Send an event of ECS to the rules of the default bus."""
    event = {
        "EventId": ecs.new_uuid(),
        "Source": "aws.ecs",
        "DetailType": detail_type,
        "Detail": json.dumps(detail, default=str),
        "EventBusName": "default",
        "Time": ecs._iso(),
        "Resources": resources,
        "Account": ecs.get_account_id(),
        "Region": ecs.get_region(),
    }
    events._dispatch_event(event)


def emit_deployment(service: Record, deployment: Record, name: str) -> None:
    """Send the state of a deployment to rules.

    Source: Amazon ECS Developer Guide, 'Amazon ECS service deployment state change events'.
    """
    detail = {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": f"SERVICE_DEPLOYMENT_{name}",
        "deploymentId": deployment["id"],
        "updatedAt": deployment["updatedAt"],
        "reason": deployment["rolloutStateReason"],
    }
    emit("ECS Deployment State Change", [service["serviceArn"]], detail)
