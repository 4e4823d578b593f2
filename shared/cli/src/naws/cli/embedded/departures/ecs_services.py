"""The scheduler of ECS services, which keeps as many healthy tasks running as are wanted.

Every tick looks at each service: what started becomes a target, what is unhealthy is replaced, what failed is counted,
tasks are started and old ones stopped within the percentages, and a deployment of which all is healthy is completed.
"""

import contextlib
import json
import logging
import time

from naws.cli.embedded.departures import ecs_services_deployments as deployments
from naws.cli.embedded.departures import ecs_services_targets as targets
from naws.cli.embedded.departures.ecs_health import failed_check
from naws.cli.embedded.departures.ecs_services_failures import note_task
from naws.cli.embedded.departures.ecs_services_records import (
    Record,
    all_tasks_of,
    configuration,
    count,
    ids,
    lock,
    primary,
    say,
    tasks_of,
)
from naws.cli.embedded.departures.ecs_tasks import begin_end
from naws.cli.embedded.departures.metrics import every
from naws.cli.embedded.departures.patching import departure, nothing, replace
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import ecs

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 0.1
_MOST_AT_ONCE = 10
_LONGEST_PAUSE = 5.0
_LEAST_GRACE = 3.0
"""Seconds. Health checks come sooner here than on AWS, but a program does not start sooner."""
_STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the "
    "minimumHealthyPercent or maximumPercent value and try again."
)
_FAILED_CHECKS = "Task failed container health checks"
_STOP_CODE = "ServiceSchedulerInitiated"


@departure(
    "Amazon ECS Developer Guide, 'Deploy Amazon ECS services by replacing tasks', 'How the Amazon ECS deployment "
    "circuit breaker detects failures', 'How CloudWatch alarms detect Amazon ECS deployment failures', 'Amazon ECS "
    "service event messages'; botocore ecs DeploymentConfiguration, Deployment, ThresholdConfiguration; events of real "
    "services as users published them"
)
def service_scheduler() -> None:
    """A service has ``desiredCount`` healthy tasks, and is deployed without going below ``minimumHealthyPercent``.

    A task counts as healthy when it runs, its essential containers pass their health checks, and its target groups
    have found it so. New tasks are started as far as
    ``maximumPercent`` allows; old ones are stopped as new ones become healthy, before them only where there is no room.
    Failed health checks within the grace period are ignored; afterwards the task is replaced: outside of a deployment
    its replacement is healthy before it stops, where ``maximumPercent`` leaves room. What is stopped leaves
    its groups first. A deployment is completed when only healthy tasks of it are left. The circuit breaker counts
    failed tasks and alarms are watched; what fails is rolled back to the last completed deployment.

    AWS waits longer and longer, up to minutes, between the starts of tasks that fail; here it is half a second more
    each time, and five at most. Spreading over zones, daemons, placement and task protection are not
    emulated. That a task which ends by itself counts as failed until it was healthy, and the reason of tasks of a
    deleted service, are ours.
    """
    for name in ("_reconcile_service_tasks", "_complete_service_deployment", "_schedule_service_deployment_completion"):
        replace(ecs, name, nothing)
    for name in ("_record_service_task_failure", "_record_service_task_healthy", "_prepare_service_images"):
        replace(ecs, name, nothing)
    replace(ecs, "_refresh_service_state", _refresh)
    every(_TICK_SECONDS, _tick, "naws-ecs-scheduler")


def _refresh(cluster: str, group: str) -> None:
    service = ecs._services.get(f"{cluster}/{group.removeprefix('service:')}") if group else None
    if service:
        count(service)


def _tick() -> None:
    for (account, region, _), service in list(ecs._services.all_items()):
        if service["status"] not in ("ACTIVE", "DRAINING"):
            continue
        with ecs.request_scope(account, region), lock:
            try:
                _look(service)
            except Exception:  # noqa: BLE001  # of whatever kind: other services must go on
                _LOG.exception("service %s", service["serviceName"])


def _look(service: Record) -> None:
    if service["status"] == "DRAINING":
        _drain(service)
        return
    ended = [task for task in all_tasks_of(service) if task["lastStatus"] == "STOPPED" and "_seen" not in task]
    running = [task for task in tasks_of(service) if task["lastStatus"] == "RUNNING"]
    for task in (task for task in running if task["desiredStatus"] == "RUNNING"):
        task.setdefault("_running_since", time.monotonic())
        targets.register(service, task)
        _check(service, task)
    for task in (task for task in ended if task["stopCode"] in deployments.FAILING_STOPS):
        note_task(service, task, "task ended", task.get("stoppedReason") or "")
    deployments.judge(service, ended)
    for task in ended:
        targets.deregister(service, task)
        task["_seen"] = True
    _balance(service)
    count(service)
    _settle(service)


def _check(service: Record, task: Record) -> None:
    grace = max(int(service.get("healthCheckGracePeriodSeconds") or 0), _LEAST_GRACE)
    if "_failed_checks" in task or time.monotonic() - task["_running_since"] < grace:
        return
    if check := failed_check(task):
        task.update(_failed_checks=check, _stop_reason=_FAILED_CHECKS)
        note_task(service, task, "unhealthy", check)
        return
    found = targets.unhealthy(task)
    if found is None:
        return
    place, why = found
    arn, _, port = place
    task["_failed_checks"] = f"{targets.asked(arn)}: {why}{targets.silent(task, place)}"
    say(service, f"{ids([task])} (port {port}) is unhealthy in (target-group {arn}) due to (reason {why}).")
    note_task(service, task, "unhealthy", task["_failed_checks"])
    task["_stop_reason"] = f"Task failed ELB health checks in (target-group {arn})"


def _balance(service: Record) -> None:
    """Start what is missing and stop what is too much."""
    deployment, settings, desired = primary(service), configuration(service), int(service["desiredCount"])
    living = [task for task in tasks_of(service) if task["desiredStatus"] == "RUNNING"]
    sick = [task for task in living if "_failed_checks" in task]
    well = [task for task in living if "_failed_checks" not in task]
    new = [task for task in well if task.get("_deployment_id") == deployment["id"]]
    old = [task for task in well if task.get("_deployment_id") != deployment["id"]]
    wanted = 0 if deployment["rolloutState"] == "FAILED" else desired
    most = desired * int(settings["maximumPercent"]) // 100
    least = -(-desired * int(settings["minimumHealthyPercent"]) // 100)
    missing = wanted - len(new)
    replaced = sick if deployment["rolloutState"] == "COMPLETED" else []
    room = most - len(new) - len(old) - len(replaced)
    if missing > 0 and room > 0 and not _pausing(deployment):
        _start(service, deployment, min(missing, room, _MOST_AT_ONCE), len(replaced))
    lacking = wanted - sum(map(targets.healthy, new)) if replaced else 0
    # Where there is no room for a replacement one is stopped to make it.
    for task in sick[max(lacking, 0) :] or (sick[:1] if missing > 0 and room <= 0 else []):
        _stop_sick(service, task)
    if missing < 0 and wanted:
        _stop(service, _spare(new, -missing), f"Scaling activity initiated by (deployment {deployment['id']})")
    elif not wanted:
        pending = [task for task in new if task["lastStatus"] != "RUNNING"]
        _stop(service, pending if desired else new, f"Scaling activity initiated by (deployment {deployment['id']})")
    floor = least if missing > max(room, 0) else desired
    working = sum(map(targets.healthy, old))
    spare = len(old) - working + max(sum(map(targets.healthy, new)) + working - floor, 0)
    _stop(service, _spare(old, spare), f"Scaling activity initiated by (deployment {deployment['id']})")
    if missing > 0 and room <= 0 and not spare and len(new) + len(old) == len(tasks_of(service)):
        _say_stuck(service, deployment)


def _say_stuck(service: Record, deployment: Record) -> None:
    if "_stuck" not in deployment:
        deployment["_stuck"] = True
        say(service, _STUCK)


def _pausing(deployment: Record) -> bool:
    failures = deployment.get("_failures_in_a_row", 0)
    pause = min(failures / 2, _LONGEST_PAUSE)
    return bool(failures) and time.monotonic() - deployment["_last_failure"] < pause


def _spare(tasks: list[Record], number: int) -> list[Record]:
    """Those to stop: first what is not healthy, then the newest."""
    by_age = sorted(tasks, key=lambda task: task["createdAt"], reverse=True)
    return sorted(by_age, key=targets.healthy)[:number]


def _start(service: Record, deployment: Record, number: int, replaced: int) -> None:
    request: Record = {
        "cluster": service["clusterArn"],
        "taskDefinition": deployment["taskDefinition"],
        "count": number,
        "group": f"service:{service['serviceName']}",
        "startedBy": deployment["id"],
        "launchType": service.get("launchType"),
        "capacityProviderStrategy": service.get("capacityProviderStrategy"),
        "platformVersion": service.get("platformVersion") or "",
        "networkConfiguration": service.get("networkConfiguration") or {},
        "enableExecuteCommand": service.get("enableExecuteCommand", False),
        "_deploymentId": deployment["id"],
    }
    match service.get("propagateTags"):
        case "SERVICE":
            request["tags"] = list(ecs._tags.get(service["serviceArn"], []))
        case "TASK_DEFINITION":
            request["propagateTags"] = "TASK_DEFINITION"
        case _:
            pass
    response = ecs._run_task(request)
    answer = json.loads(response[2])
    if failed(response):
        failures = deployment.get("_failures_in_a_row", 0) + 1
        deployment.update(_failures_in_a_row=failures, _last_failure=time.monotonic())
        deployment["failedTasks"] += 1
        say(service, f"was unable to place a task. Reason: {answer.get('message', '')}.")
        return
    started = [ecs._tasks[task["taskArn"]] for task in answer["tasks"]]
    service.pop("_steady", None)
    why = f" Amazon ECS replaced {min(number, replaced)} tasks due to an unhealthy status." if replaced else ""
    say(service, f"has started {number} tasks: {ids(started)}.{why}")


def _stop_sick(service: Record, task: Record) -> None:
    if task["_stop_reason"] == _FAILED_CHECKS:
        say(service, f"{ids([task])} failed container health checks.")
    _stop(service, [task], task["_stop_reason"])


def _stop(service: Record, tasks: list[Record], reason: str) -> None:
    if not tasks:
        return
    running = [task for task in tasks if task["lastStatus"] == "RUNNING"]
    if running:
        say(service, f"has stopped {len(running)} running tasks: {ids(running)}.")
    if len(running) < len(tasks):
        say(service, f"stopped {len(tasks) - len(running)} pending tasks.")
    service.pop("_steady", None)
    for task in tasks:
        begin_end(task, ecs._get_docker(), reason, _STOP_CODE)


def _settle(service: Record) -> None:
    deployments.replaced(service)
    deployment, tasks = primary(service), tasks_of(service)
    own = all(task.get("_deployment_id") == deployment["id"] for task in tasks)
    steady = own and len(tasks) == int(service["desiredCount"]) and all(map(targets.healthy, tasks))
    if not steady or deployment["rolloutState"] == "FAILED":
        deployment.pop("_steady_since", None)
        return
    deployments.complete(service)
    deployments.replaced(service)
    if deployment["rolloutState"] == "COMPLETED" and "_steady" not in service:
        service["_steady"] = True
        say(service, "has reached a steady state.")


def _drain(service: Record) -> None:
    left = tasks_of(service)
    _stop(service, [task for task in left if task["desiredStatus"] == "RUNNING"], "Task stopped by (service deletion)")
    count(service)
    if not left:
        service["status"] = "INACTIVE"
        with contextlib.suppress(KeyError):
            ecs._recount_cluster(service["clusterArn"].rpartition("/")[2])
