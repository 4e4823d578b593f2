"""Deployments of CodeDeploy, which move the traffic of a function's alias step by step while alarms are watched.

`run` puts the weights on the alias, one step after the other. What fails is moved back, when the group wants it, in a
deployment of its own.
"""

import secrets
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.judge import ask_role, ask_trust, denied
from naws.cli.embedded.departures.refusals import RefusedError, failed
from naws.cli.embedded.departures.services import cloudwatch, functions, here
from naws.cli.embedded.departures.templates import is_true

PRINCIPAL = "codedeploy.amazonaws.com"
MINUTE = 1.0
"""Seconds that a minute of a deployment takes here."""
_POLL_SECONDS = 0.1
_NO_RIGHTS = (
    "The IAM role {role} does not give you permission to perform operations in the following AWS service: {service}. "
    "Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to "
    "your users or groups by creating IAM policies."
)
_ALARMED = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected "
    "deployments have been stopped. Activated alarms: {alarms}"
)
_OTHER_VERSION = (
    "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration is missing "
    "or has an invalid configuration. The Lambda function alias version does not match the current version in AppSpec "
    "file."
)
_EVENTS = {"ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM", "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST"}

Key = tuple[str, ...]
applications: dict[Key, dict[str, Any]] = {}
"""By `here()` and name."""
groups: dict[Key, dict[str, Any]] = {}
"""By `here()`, application and name."""
configs: dict[Key, dict[str, Any]] = {}
"""By `here()` and name; those of AWS are in `config_of`."""


@dataclass
class Deployment:
    """One deployment; `info` is what `GetDeployment` answers."""

    where: str
    info: dict[str, Any]
    stopping: bool = False
    wants_rollback: bool = False

    @property
    def id(self) -> str:
        """Its id."""
        return self.info["deploymentId"]


@dataclass(frozen=True)
class Shift:
    """An alias, the version that it names and the one that it shall name."""

    function: str
    alias: str
    current: str
    target: str


@dataclass
class _StoppedError(Exception):
    code: str
    message: str
    args: tuple[str, ...] = field(default=())


deployments: dict[str, Deployment] = {}
"""By id, in the order of their creation."""


def config_of(name: str) -> dict[str, Any]:
    """A deployment configuration, of the account or of AWS.

    Raises:
        RefusedError: There is none of this name for functions.
    """
    found = configs.get((here(), name)) or _BUILT_IN.get(name)
    if found is None:
        raise RefusedError(
            f"No deployment configuration found for name: {name}", "DeploymentConfigDoesNotExistException"
        )
    return found


def _built_in() -> Iterator[tuple[str, dict[str, Any]]]:
    # Source: CodeDeploy User Guide, 'Deployment configurations on an AWS Lambda compute platform'.
    for minutes in (5, 10, 15, 30):
        canary = {"canaryPercentage": 10, "canaryInterval": minutes}
        yield f"LambdaCanary10Percent{minutes}Minutes", {"type": "TimeBasedCanary", "timeBasedCanary": canary}
    for minutes in (1, 2, 3, 10):
        linear = {"linearPercentage": 10, "linearInterval": minutes}
        name = f"LambdaLinear10PercentEvery{minutes}Minute{'s'[: minutes - 1]}"
        yield name, {"type": "TimeBasedLinear", "timeBasedLinear": linear}
    yield "LambdaAllAtOnce", {"type": "AllAtOnce"}


_BUILT_IN = {
    f"CodeDeployDefault.{name}": {
        "deploymentConfigName": f"CodeDeployDefault.{name}",
        "computePlatform": "Lambda",
        "trafficRoutingConfig": routing,
    }
    for name, routing in _built_in()
}


def application_of(name: str) -> dict[str, Any]:
    """An application.

    Raises:
        RefusedError: There is none of this name.
    """
    if (here(), name) not in applications:
        raise RefusedError(f"No application found for name: {name}", "ApplicationDoesNotExistException")
    return applications[here(), name]


def group_of(application: str, name: str) -> dict[str, Any]:
    """A deployment group.

    Raises:
        RefusedError: There is none of this name in this application, or no such application.
    """
    application_of(application)
    if (here(), application, name) not in groups:
        text = f"No Deployment Group found for name: {name}"
        raise RefusedError(text, "DeploymentGroupDoesNotExistException")
    return groups[here(), application, name]


def steps(routing: dict[str, Any]) -> list[tuple[int, int]]:
    """The percentages of a traffic routing before the last, each with the minutes that it lasts."""
    if canary := routing.get("timeBasedCanary"):
        return [(canary["canaryPercentage"], canary["canaryInterval"])]
    if linear := routing.get("timeBasedLinear"):
        step = linear["linearPercentage"]
        return [(percent, linear["linearInterval"]) for percent in range(step, 100, step)]
    return []


def run(group: dict[str, Any], shift: Shift) -> None:
    """Deploy, and return when the alias names the new version only.

    Raises:
        RefusedError: The deployment failed or was stopped, in the words that CloudFormation has for it.
    """
    deployment = _begin(group, "user")
    try:
        _shift(deployment, group, shift)
    except _StoppedError as error:
        status = "Stopped" if error.code in _EVENTS else "Failed"
        _end(deployment, status, {"code": error.code, "message": error.message})
        rollback = members(group.get("autoRollbackConfiguration"))
        event = _EVENTS.get(error.code, "DEPLOYMENT_FAILURE")
        wanted = is_true(rollback.get("enabled")) and event in rollback["events"]
        if wanted or deployment.wants_rollback:
            _back(deployment, group, shift)
        raise RefusedError(f"{deployment.id} failed. {error.message}", error.code) from None
    _end(deployment, "Succeeded")


def _begin(group: dict[str, Any], creator: str) -> Deployment:
    active = [item.id for item in of_group(group) if item.info["status"] == "InProgress"]
    if active:
        name = group["deploymentGroupName"]
        text = f"The Deployment Group '{name}' already has an active Deployment '{active[0]}'"
        raise RefusedError(text, "DeploymentLimitExceededException")
    identity = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(9))
    copied = ("applicationName", "deploymentGroupName", "deploymentConfigName", "deploymentStyle", "computePlatform")
    info = {name: group[name] for name in copied if name in group}
    now = time.time()
    deployment = Deployment(
        here(),
        {
            **info,
            "deploymentId": f"d-{identity}",
            "status": "InProgress",
            "createTime": now,
            "startTime": now,
            "creator": creator,
            "autoRollbackConfiguration": group.get("autoRollbackConfiguration") or {"enabled": False},
        },
    )
    deployments[deployment.id] = deployment
    return deployment


def of_group(group: dict[str, Any]) -> list[Deployment]:
    """The deployments of a group, the oldest first."""
    names = ("applicationName", "deploymentGroupName")
    found = [item for item in deployments.values() if item.where == here()]
    return [item for item in found if all(item.info[name] == group[name] for name in names)]


def _end(deployment: Deployment, status: str, error: dict[str, str] | None = None) -> None:
    more = {"errorInformation": error} if error else {}
    deployment.info.update(status=status, completeTime=time.time(), **more)


def _shift(deployment: Deployment, group: dict[str, Any], shift: Shift) -> None:
    for percent, minutes in steps(config_of(group["deploymentConfigName"])["trafficRoutingConfig"]):
        _watch(deployment, group, shift)
        _weigh(group, shift, shift.current, {shift.target: percent / 100})
        deadline = time.monotonic() + minutes * MINUTE
        while time.monotonic() < deadline:
            _watch(deployment, group, shift)
            time.sleep(_POLL_SECONDS)
    _watch(deployment, group, shift)
    _weigh(group, shift, shift.target, {})


def _watch(deployment: Deployment, group: dict[str, Any], shift: Shift) -> None:
    if deployment.stopping:
        raise _StoppedError("MANUAL_STOP", "The deployment was stopped by a user.")
    watched = members(group.get("alarmConfiguration"))
    alarms: list[dict[str, str]] = watched.get("alarms") or []
    names = [alarm["name"] for alarm in alarms] if is_true(watched.get("enabled")) else []
    if names and not is_true(watched.get("ignorePollAlarmFailure")):
        _ask(group, "cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{here()}:alarm:*", "AmazonCloudWatch")
    states = {**cloudwatch._alarms, **cloudwatch._composite_alarms}
    active = [name for name in names if states.get(name, {}).get("StateValue") == "ALARM"]
    if active:
        raise _StoppedError("ALARM_ACTIVE", _ALARMED.format(alarms=" ".join(f"<{name}>" for name in active)))
    _ask(group, "lambda:GetAlias", functions._func_arn(shift.function), "AWSLambda")
    alias = functions._functions[shift.function]["aliases"].get(shift.alias, {})
    if alias.get("FunctionVersion") != shift.current:
        raise _StoppedError("INVALID_LAMBDA_CONFIGURATION", _OTHER_VERSION)


def _weigh(group: dict[str, Any], shift: Shift, version: str, weights: dict[str, float]) -> None:
    _ask(group, "lambda:UpdateAlias", functions._func_arn(shift.function), "AWSLambda")
    request = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}}
    response = functions._update_alias(shift.function, shift.alias, request)
    if failed(response):
        raise _StoppedError("INVALID_LAMBDA_CONFIGURATION", bytes(response[2]).decode())


def _ask(group: dict[str, Any], action: str, resource: str, service: str) -> None:
    role, source = group["serviceRoleArn"], group_arn(group)
    trusted = not denied(ask_trust, role, PRINCIPAL, source_arn=source)
    if not trusted or denied(ask_role, role, "CodeDeploy", action, resource):
        raise _StoppedError("IAM_ROLE_PERMISSIONS", _NO_RIGHTS.format(role=role, service=service))


def group_arn(group: dict[str, Any]) -> str:
    """The ARN of a deployment group."""
    return f"arn:aws:codedeploy:{here()}:deploymentgroup:{group['applicationName']}/{group['deploymentGroupName']}"


def _back(stopped: Deployment, group: dict[str, Any], shift: Shift) -> None:
    """Move all traffic to the old version, as AWS does: in a deployment of its own, at once."""
    rollback = _begin(group, "codeDeployRollback")
    triggered = f"Automatic rollback is triggered with a DeploymentId {rollback.id}."
    stopped.info["rollbackInfo"] = {
        "rollbackDeploymentId": rollback.id,
        "rollbackMessage": f"Deployment {stopped.id} terminated. {triggered}",
    }
    rollback.info["rollbackInfo"] = {
        "rollbackTriggeringDeploymentId": stopped.id,
        "rollbackMessage": f"Deployment {rollback.id} is triggered to roll back deployment {stopped.id}.",
    }
    try:
        _weigh(group, shift, shift.current, {})
    except _StoppedError as error:
        _end(rollback, "Failed", {"code": error.code, "message": error.message})
    else:
        _end(rollback, "Succeeded")
