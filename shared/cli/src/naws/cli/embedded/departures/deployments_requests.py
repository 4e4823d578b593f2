"""Requests of CodeDeploy, of which MiniStack has none: what one looks at, and what stops a deployment."""

import json
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures import deployments
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError
from naws.cli.embedded.departures.services import app, here, iam_actions, responses, router

_TARGET = "CodeDeploy_20141006"


@departure(
    "CodeDeploy API Reference, 'ListApplications', 'GetApplication', 'ListDeploymentGroups', 'GetDeploymentGroup', "
    "'GetDeploymentConfig', 'ListDeployments', 'GetDeployment', 'StopDeployment'"
)
def deployment_requests() -> None:
    """Applications, groups and deployments are listed and described, and a deployment is stopped.

    What makes or changes them is a template only; a request that is not here is refused as unknown.
    """
    router.SERVICE_PATTERNS["codedeploy"] = {"host_patterns": [r"codedeploy\."], "target_prefixes": [_TARGET]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE["codedeploy"] = "codedeploy"
    app.SERVICE_HANDLERS["codedeploy"] = _handle


async def _handle(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: Any) -> Any:
    name = headers.get("x-amz-target", "").rpartition(".")[2]
    if name not in _ANSWERS:
        text = f"The embedded AWS has no {name} of CodeDeploy"
        return responses.error_response_json("UnknownOperationException", text)
    try:
        answer = _ANSWERS[name](json.loads(body or b"{}"))
    except RefusedError as error:
        return responses.error_response_json(error.code, str(error), error.status)
    return responses.json_response(answer)


def _deployment(request: dict[str, Any]) -> deployments.Deployment:
    name = request.get("deploymentId", "")
    found = deployments.deployments.get(name)
    if found is None or found.where != here():
        raise RefusedError(f"The deployment {name} could not be found", "DeploymentDoesNotExistException")
    return found


def _list_groups(request: dict[str, Any]) -> dict[str, Any]:
    name = request["applicationName"]
    deployments.application_of(name)
    found = [key[2] for key in deployments.groups if key[:2] == (here(), name)]
    return {"applicationName": name, "deploymentGroups": found}


def _group(request: dict[str, Any]) -> dict[str, Any]:
    group = deployments.group_of(request["applicationName"], request["deploymentGroupName"])
    made = deployments.of_group(group)
    last = {"lastAttemptedDeployment": _short(made[-1])} if made else {}
    succeeded = [item for item in made if item.info["status"] == "Succeeded"]
    return {**group, **last, **({"lastSuccessfulDeployment": _short(succeeded[-1])} if succeeded else {})}


def _short(deployment: deployments.Deployment) -> dict[str, Any]:
    times = {"createTime": deployment.info["createTime"], "endTime": deployment.info.get("completeTime")}
    known = {name: item for name, item in times.items() if item}
    return {"deploymentId": deployment.id, "status": deployment.info["status"], **known}


def _list(request: dict[str, Any]) -> dict[str, Any]:
    """The deployments, the newest first."""
    wanted = {name: request[name] for name in ("applicationName", "deploymentGroupName") if name in request}
    statuses = request.get("includeOnlyStatuses")
    found = [
        item.id
        for item in reversed(deployments.deployments.values())
        if item.where == here()
        and all(item.info[name] == value for name, value in wanted.items())
        and (not statuses or item.info["status"] in statuses)
    ]
    return {"deployments": found}


def _stop(request: dict[str, Any]) -> dict[str, Any]:
    deployment = _deployment(request)
    if deployment.info["status"] != "InProgress":
        text = f"The deployment {deployment.id} is already completed"
        raise RefusedError(text, "DeploymentAlreadyCompletedException")
    deployment.wants_rollback = bool(request.get("autoRollbackEnabled"))
    deployment.stopping = True
    return {"status": "Pending", "statusMessage": "Deployment is stopping"}


_ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "ListApplications": lambda _: {
        "applications": [name for where, name in deployments.applications if where == here()]
    },
    "GetApplication": lambda request: {"application": deployments.application_of(request["applicationName"])},
    "ListDeploymentGroups": _list_groups,
    "GetDeploymentGroup": lambda request: {"deploymentGroupInfo": _group(request)},
    "GetDeploymentConfig": lambda request: {
        "deploymentConfigInfo": deployments.config_of(request["deploymentConfigName"])
    },
    "ListDeployments": _list,
    "GetDeployment": lambda request: {"deploymentInfo": _deployment(request).info},
    "StopDeployment": _stop,
}
