"""How deployments of ECS services end: completed, or failed by the circuit breaker or by alarms, and rolled back."""

import time
from collections.abc import Iterator

from naws.cli.embedded.departures.ecs_services_failures import note_deployment
from naws.cli.embedded.departures.ecs_services_records import (
    Record,
    configuration,
    emit_deployment,
    primary,
    say,
    set_state,
    tasks_of,
)
from naws.cli.embedded.departures.ecs_services_targets import healthy
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.services import cloudwatch, ecs
from naws.cli.embedded.departures.templates import is_true

BAKE_SECONDS = 3.0
"""How long alarms are watched once a deployment is steady. AWS computes some minutes of the alarms' periods."""
FAILING_STOPS = ("EssentialContainerExited", "TaskFailedToStart")
"""The codes of tasks that ended by themselves, or never started."""
_UNSTEADY = "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section."
_TROUBLED = 3
"""Failed tasks after which a service says that it cannot start tasks. The number is ours."""


def begin(service: Record, deployment: Record) -> None:
    """Begin a deployment of a service: rules hear of it, and alarms that are quiet now are watched.

    An alarm that is in ALARM at the start keeps all of them from being watched, as on AWS.
    """
    alarms = members(configuration(service).get("alarms"))
    names: list[str] = alarms.get("alarmNames") or [] if is_true(alarms.get("enable")) else []
    deployment["_alarms"] = [] if list(_ringing(names)) else names
    deployment["_config"] = configuration(service)
    service.setdefault("_history", []).insert(0, deployment)
    emit_deployment(service, deployment, "IN_PROGRESS")


def judge(service: Record, stopped: list[Record]) -> None:
    """Count what failed, and fail the deployment when it was too much or an alarm rings.

    A task counts when it did not start, ended before it was healthy, or failed its health checks. A healthy task sets
    the count back to zero, unless ``resetOnHealthyTask`` is false.
    """
    deployment = primary(service)
    for task in (*tasks_of(service), *stopped):
        if task.get("_deployment_id") == deployment["id"]:
            _count(service, deployment, task)
    if deployment["rolloutState"] != "IN_PROGRESS" or "_back_from" in deployment:
        return
    breaker = members(configuration(service).get("deploymentCircuitBreaker"))
    alarms = members(configuration(service).get("alarms"))
    deployment["_triggered"] = list(_ringing(deployment.get("_alarms") or []))
    if is_true(breaker.get("enable")) and deployment["failedTasks"] >= ecs._circuit_breaker_threshold(service):
        reason = "ECS deployment circuit breaker: tasks failed to start."
        _fail(service, deployment, reason, "tasks failed to start.", back=is_true(breaker.get("rollback")))
    elif deployment["_triggered"]:
        _fail(
            service,
            deployment,
            "ECS deployment failed: alarm detected.",
            "alarm detected.",
            back=is_true(alarms.get("rollback")),
        )


def _ringing(names: list[str]) -> Iterator[str]:
    states = {**cloudwatch._alarms, **cloudwatch._composite_alarms}
    return (name for name in names if members(states.get(name)).get("StateValue") == "ALARM")


def _count(service: Record, deployment: Record, task: Record) -> None:
    breaker = members(configuration(service).get("deploymentCircuitBreaker"))
    if "_was_healthy" not in task and healthy(task):
        task["_was_healthy"] = True
        deployment["_failures_in_a_row"] = 0
        if breaker.get("resetOnHealthyTask", True):
            deployment["failedTasks"] = 0
    ended = task["desiredStatus"] == "STOPPED" and task["stopCode"] in FAILING_STOPS and "_was_healthy" not in task
    if (ended or "_failed_checks" in task) and "_counted" not in task:
        task["_counted"] = True
        deployment["failedTasks"] += 1
        deployment["_failures_in_a_row"] = deployment.get("_failures_in_a_row", 0) + 1
        deployment["_last_failure"] = time.monotonic()
        deployment["_last_failed_task"] = task["taskArn"]
        if deployment["_failures_in_a_row"] == _TROUBLED:
            say(service, _UNSTEADY)


def complete(service: Record) -> None:
    """Complete the deployment of a service that is steady, once no alarm rang for a while."""
    deployment = primary(service)
    if deployment["rolloutState"] != "IN_PROGRESS":
        return
    steady_since = deployment.setdefault("_steady_since", time.monotonic())
    if deployment.get("_alarms") and time.monotonic() - steady_since < BAKE_SECONDS:
        return
    set_state(deployment, "COMPLETED", f"ECS deployment {deployment['id']} completed.")
    deployment.setdefault("_outcome", "SUCCESSFUL")
    deployment.setdefault("_finished_at", ecs._iso())
    if failure := deployment.pop("_back_from", None):
        failure.update(_outcome="ROLLBACK_SUCCESSFUL", _finished_at=ecs._iso())
    say(service, f"(deployment {deployment['id']}) deployment completed.")
    emit_deployment(service, deployment, "COMPLETED")


def replaced(service: Record) -> None:
    """Forget the deployments of which no task is left; of those that completed the last is what is rolled back to."""
    living = {task.get("_deployment_id") for task in tasks_of(service)}
    kept = [item for item in service["deployments"] if item["status"] == "PRIMARY" or item["id"] in living]
    for item in service["deployments"]:
        if item not in kept:
            item["status"] = "INACTIVE"
    if primary(service)["rolloutState"] == "COMPLETED":
        service["_last_completed"] = primary(service)
    service["deployments"] = kept


def _fail(service: Record, deployment: Record, reason: str, why: str, *, back: bool) -> None:
    set_state(deployment, "FAILED", reason)
    deployment["desiredCount"] = 0
    say(service, f"(deployment {deployment['id']}) deployment failed: {why}")
    emit_deployment(service, deployment, "FAILED")
    earlier: Record | None = service.get("_last_completed") if back else None
    note_deployment(service, deployment, f"{reason} Rolling back." if earlier else reason)
    if earlier is None:
        deployment.update(_outcome="STOPPED", _finished_at=ecs._iso())
        return
    deployment.update(status="ACTIVE", _outcome="ROLLBACK_IN_PROGRESS", _rolled_back_to=earlier)
    what = "circuit breaker" if "circuit breaker" in reason else "alarms"
    set_state(earlier, "IN_PROGRESS", f"ECS deployment {what}: rolling back to deploymentId {earlier['id']}.")
    earlier.update(status="PRIMARY", desiredCount=service["desiredCount"], failedTasks=0, _back_from=deployment)
    earlier.pop("_steady_since", None)
    others = [item for item in service["deployments"] if item is not earlier]
    service["deployments"] = [earlier, *others]
    service["taskDefinition"] = earlier["taskDefinition"]
    say(service, f"rolling back to deployment {earlier['id']}.")
    emit_deployment(service, earlier, "IN_PROGRESS")
