"""Requests about ECS services: created, updated, deleted, and their deployments looked at."""

import json
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_services_deployments import begin
from naws.cli.embedded.departures.ecs_services_records import Record, lock, new_deployment, primary
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import ecs
from naws.cli.embedded.departures.templates import is_true

_REDEPLOYING = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""Beside the task definition, what "triggers a new service deployment" says botocore's model of UpdateService."""
_KEPT = (
    *_REDEPLOYING,
    "availabilityZoneRebalancing",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
)


@departure(
    "botocore ecs CreateService, UpdateService (what triggers a new service deployment), DeleteService; Amazon ECS API "
    "Reference, 'DeleteService' (DRAINING, then INACTIVE)"
)
def service_requests() -> None:
    """A service keeps all that it is given, begins in a deployment that is in progress, and is deleted by draining.

    What AWS says triggers a deployment triggers one when it changes.
    """
    replace(ecs, "_make_deployment", new_deployment)
    wrap(ecs, "_create_service", _create)
    wrap(ecs, "_update_service", _update)
    wrap(ecs, "_delete_service", _delete)


def find(request: Record) -> Record | None:
    """The service that a request names."""
    named: tuple[str, str | None] | None = ecs._resolve_service_ref(request.get("service") or "")
    cluster = ecs._resolve_cluster_name(request.get("cluster") or "default")
    return ecs._services.get(f"{cluster}/{named[0]}") if named else None


def _create(original: Original, request: Record) -> Any:
    with lock:
        response = original(request)
        if failed(response):
            return response
        service: Any = find({**request, "service": request["serviceName"]})
        service["availabilityZoneRebalancing"] = "ENABLED"
        service.update({name: request[name] for name in _KEPT if name in request})
        begin(service, primary(service))
        return ecs.json_response({"service": ecs._sanitize(service)})


def _update(original: Original, request: Record) -> Any:
    with lock:
        service = find(request)
        if service is None:
            return original(request)
        events, before = list(service["events"]), primary(service)
        changed = any(name in request and request[name] != service.get(name) for name in _REDEPLOYING)
        if changed:
            request = {**request, "forceNewDeployment": True}
        response = original(request)
        if failed(response):
            return response
        # MiniStack's one event says that connections of one task are drained, whatever happens.
        service["events"] = events
        service.pop("_steady", None)
        service.update({name: request[name] for name in _KEPT if name in request})
        if (now := primary(service)) is not before:
            now["rolloutStateReason"] = f"ECS deployment {now['id']} in progress."
            begin(service, now)
        return ecs.json_response({"service": ecs._sanitize(service)})


def _delete(original: Original, request: Record) -> Any:
    with lock:
        service = find(request)
        wanted = service and (int(service["desiredCount"]) == 0 or is_true(request.get("force")))
        if service is None or not wanted:
            return original(request)
        if service["status"] == "ACTIVE":
            service.update(status="DRAINING", desiredCount=0)
        return ecs.json_response({"service": ecs._sanitize(service)})


@departure("botocore ecs ListServiceDeployments, DescribeServiceDeployments, ServiceDeployment, Rollback")
def service_deployments() -> None:
    """The deployments of a service are listed, the newest first, with status, circuit breaker, alarms and rollback.

    Revisions have an ARN and counts of tasks only; one that another replaced before its end is STOPPED.
    """
    replace(ecs, "_list_service_deployments", _list)
    replace(ecs, "_describe_service_deployments", _describe)
    for name in ("list", "describe"):
        action = f"{name.capitalize()}ServiceDeployments"
        ecs._ACTION_MAP[action] = getattr(ecs, f"_{name}_service_deployments")


def _list(request: Record) -> Any:
    service = find(request)
    if service is None:
        return ecs.error_response_json("ServiceNotFoundException", "Service not found.", 400)
    wanted = request.get("status") or ()
    found = [_shown(service, item) for item in service.get("_history") or ()]
    brief = [_brief(item) for item in found if not wanted or item["status"] in wanted]
    return ecs.json_response({"serviceDeployments": brief})


def _brief(shown: Record) -> Record:
    names = ("serviceDeploymentArn", "serviceArn", "clusterArn", "startedAt", "createdAt", "finishedAt", "status")
    revision = {"targetServiceRevisionArn": shown["targetServiceRevision"]["arn"]}
    return {name: shown[name] for name in (*names, "statusReason") if shown.get(name)} | revision


def _describe(request: Record) -> Any:
    known = {
        shown["serviceDeploymentArn"]: shown
        for service in list(ecs._services.values())
        for shown in (_shown(service, item) for item in service.get("_history") or ())
    }
    asked: list[str] = request.get("serviceDeploymentArns") or []
    missing = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
    return ecs.json_response({"serviceDeployments": [known[arn] for arn in asked if arn in known], "failures": missing})


def _shown(service: Record, deployment: Record) -> Record:
    settings = deployment["_config"]
    breaker, alarms = members(settings.get("deploymentCircuitBreaker")), members(settings.get("alarms"))
    status = deployment.get("_outcome") or ("IN_PROGRESS" if deployment is primary(service) else "STOPPED")
    tripped = "circuit breaker" in deployment["rolloutStateReason"] and deployment["rolloutState"] == "FAILED"
    ended = "MONITORING" if status == "IN_PROGRESS" else "MONITORING_COMPLETE"
    back = deployment.get("_rolled_back_to")
    shown: Record = {
        "serviceDeploymentArn": _arn(service, deployment, "service-deployment"),
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "createdAt": deployment["createdAt"],
        "startedAt": deployment["createdAt"],
        "updatedAt": deployment["updatedAt"],
        "finishedAt": deployment.get("_finished_at"),
        "status": status,
        "statusReason": deployment["rolloutStateReason"] if status not in ("IN_PROGRESS", "SUCCESSFUL") else None,
        "targetServiceRevision": {
            "arn": _arn(service, deployment, "service-revision"),
            "requestedTaskCount": deployment["desiredCount"],
            "runningTaskCount": deployment["runningCount"],
            "pendingTaskCount": deployment["pendingCount"],
        },
        "deploymentConfiguration": settings,
        "deploymentCircuitBreaker": {
            "status": _monitor(breaker, ended, triggered=tripped),
            "failureCount": deployment["failedTasks"],
            "threshold": ecs._circuit_breaker_threshold(service),
        },
        "alarms": {
            "status": _monitor(alarms, ended, triggered=bool(deployment.get("_triggered"))),
            "alarmNames": alarms.get("alarmNames") or [],
            "triggeredAlarmNames": deployment.get("_triggered") or [],
        },
    }
    if back:
        shown["rollback"] = {
            "reason": deployment["rolloutStateReason"],
            "startedAt": deployment["updatedAt"],
            "serviceRevisionArn": _arn(service, back, "service-revision"),
        }
    return {name: value for name, value in json.loads(json.dumps(shown, default=str)).items() if value is not None}


def _arn(service: Record, deployment: Record, kind: str) -> str:
    where, _, path = service["serviceArn"].partition(":service/")
    return f"{where}:{kind}/{path}/{name_of(deployment['id'])}"


def _monitor(settings: Record, otherwise: str, *, triggered: bool) -> str:
    if triggered:
        return "TRIGGERED"
    return otherwise if is_true(settings.get("enable")) else "DISABLED"
