"""CloudFormation's types of CodeDeploy, for functions, and the policies of AWS that its role has."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures import deployments
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.judge import ask_trust, denied
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError, refuse_first
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import here, iam
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import Made, is_true, physical_name, provide

_LONGEST = 100
_CONFIG = ("MinimumHealthyHosts", "TrafficRoutingConfig", "ZonalConfig")
_MOST_ALARMS = 10
_MOST_MINUTES = 2880
_STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
_FIELDS = {"timeBasedCanary": ("canaryPercentage", "canaryInterval")}
_FIELDS["timeBasedLinear"] = ("linearPercentage", "linearInterval")


@departure(
    "CloudFormation User Guide, AWS::CodeDeploy::Application, ::DeploymentGroup and ::DeploymentConfig (Ref is the "
    "name); CodeDeploy API Reference, 'CreateApplication', 'CreateDeploymentGroup', 'CreateDeploymentConfig', "
    "'AlarmConfiguration', 'AutoRollbackConfiguration', 'TimeBasedCanary'; CodeDeploy User Guide, 'CodeDeploy quotas'"
)
def deployment_types() -> None:
    """Applications, groups and configurations of functions are made, changed and deleted; a wrong one fails the stack.

    The role of a group must let ``codedeploy.amazonaws.com`` assume it. Those of servers and ECS are not emulated.
    """
    _provide("Application", "ApplicationName", _new_application)
    _provide("DeploymentGroup", "DeploymentGroupName", _new_group, "ApplicationName")
    _provide("DeploymentConfig", "DeploymentConfigName", _new_config, *_CONFIG)


def _provide(kind: str, naming: str, put: Any, *more: str) -> None:
    """Provide a type; what changes its name, its compute platform or one of ``more`` replaces it."""
    full, stores = (
        f"CodeDeploy::{kind}",
        {"Application": deployments.applications, "DeploymentGroup": deployments.groups},
    )
    store = stores.get(kind, deployments.configs)

    def key(name: str, properties: dict[str, Any]) -> deployments.Key:
        return (here(), *((properties["ApplicationName"],) if kind == "DeploymentGroup" else ()), name)

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        name = physical_name(properties, naming, stack, logical_id, _LONGEST)
        if key(name, properties) in store:
            raise ValueError(f"Resource of type 'AWS::{full}' with identifier '{name}' already exists.")
        store[key(name, properties)] = put({**properties, naming: name})
        return name, {}

    def update(name: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Made:
        if all(old.get(field) == new.get(field) for field in (naming, "ComputePlatform", *more)):
            store[key(name, new)] |= put({**new, naming: name})
            return name, {}
        if key(new.get(naming) or "", new) in store:
            text = "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            raise ValueError(f"{text} Rename {new[naming]} and update the stack again.")
        return create(f"{logical_id}{uuid.uuid4().hex[:8]}", new, stack)

    def delete(name: str, properties: dict[str, Any]) -> None:
        store.pop(key(name, properties), None)

    provide(full, create, update, delete, update_with_logical_id=True)


def _request(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    check_model("codedeploy", name, properties)
    return to_api(properties, operation("codedeploy", name).input_shape)


def _new_application(properties: dict[str, Any]) -> dict[str, Any]:
    request = _request("CreateApplication", properties)
    _only_functions(request.get("computePlatform"))
    return {**request, "applicationId": str(uuid.uuid4()), "linkedToGitHub": False}


def _only_functions(platform: str | None) -> None:
    if platform != "Lambda":
        text = f"The embedded AWS deploys functions only: the compute platform is {platform or 'Server'}, not Lambda"
        raise RefusedError(text, "InvalidComputePlatformException")


def _new_group(properties: dict[str, Any]) -> dict[str, Any]:
    request = _request("CreateDeploymentGroup", properties)
    application = deployments.application_of(request["applicationName"])
    if "deploymentConfigName" not in request:
        request["deploymentConfigName"] = "CodeDeployDefault.LambdaAllAtOnce"
    deployments.config_of(request["deploymentConfigName"])
    refuse_first(_wrong(request))
    role = request["serviceRoleArn"]
    if denied(ask_trust, role, deployments.PRINCIPAL, source_arn=deployments.group_arn(request)):
        text = f"AWS CodeDeploy does not have the permissions required to assume the role {role}."
        raise RefusedError(text, "InvalidRoleException")
    platform = application["computePlatform"]
    return {**request, "deploymentGroupId": str(uuid.uuid4()), "computePlatform": platform}


def _wrong(request: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    alarms = members(request.get("alarmConfiguration"))
    names = [alarm.get("name") for alarm in alarms.get("alarms") or ()]
    rollback = members(request.get("autoRollbackConfiguration"))
    style = {**_STYLE, **members(request.get("deploymentStyle"))}
    plain = "deploymentStyle" not in request or style != _STYLE
    yield plain, "The deployment style of a function is BLUE_GREEN, WITH_TRAFFIC_CONTROL."
    yield (
        len(names) > _MOST_ALARMS,
        f"The maximum number of alarms for a deployment group ({_MOST_ALARMS}) was exceeded.",
    )
    yield is_true(alarms.get("enabled")) and not names, "The alarm configuration is enabled, but has no alarms."
    yield len(names) != len(set(names)), "The alarm configuration names an alarm twice."
    on = is_true(rollback.get("enabled")) and not rollback.get("events")
    yield on, "The automatic rollback configuration is enabled, but an event type is missing."


def _new_config(properties: dict[str, Any]) -> dict[str, Any]:
    request = _request("CreateDeploymentConfig", properties)
    _only_functions(request.get("computePlatform"))
    routing = members(request.get("trafficRoutingConfig"))
    refuse_first(_wrong_routing(request, routing), "InvalidTrafficRoutingConfigurationException")
    minutes = sum(minutes for _, minutes in deployments.steps(routing))
    refuse_first([(minutes > _MOST_MINUTES, f"Traffic is shifted within {_MOST_MINUTES} minutes, not {minutes}.")])
    return {**request, "deploymentConfigId": str(uuid.uuid4())}


def _wrong_routing(request: dict[str, Any], routing: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    kind = routing.get("type") or ""
    yield not kind, "The configuration of functions has a TrafficRoutingConfig with a Type."
    yield "minimumHealthyHosts" in request, "The configuration of functions has no MinimumHealthyHosts."
    name = f"{kind[:1].lower()}{kind[1:]}"
    others = [other for other in _FIELDS if other != name and other in routing]
    yield bool(others), f"A {kind} configuration has no {' '.join(others)}."
    for field in _FIELDS.get(name, ()):
        value, most = members(routing.get(name)).get(field), 99 if field.endswith("Percentage") else _MOST_MINUTES
        yield not isinstance(value, int) or not 1 <= value <= most, f"{field} is from 1 to {most}, not {value}."


_HOOKS = "arn:aws:lambda:*:*:function:CodeDeployHook_*"
_TAGGED = {"StringEquals": {"s3:ExistingObjectTag/UseWithCodeDeploy": "true"}}
_ALIASES = (
    "cloudwatch:DescribeAlarms",
    "lambda:UpdateAlias",
    "lambda:GetAlias",
    "lambda:GetProvisionedConcurrencyConfig",
)


@departure(
    "AWS Managed Policy Reference, 'AWSCodeDeployRoleForLambda' and 'AWSCodeDeployRoleForLambdaLimited' (the first "
    "publishes to topics, too)"
)
def deployment_policies() -> None:
    """The policies of AWS for CodeDeploy's role let it read and move aliases, and read alarms."""
    for name, more in (("AWSCodeDeployRoleForLambda", ("sns:Publish",)), ("AWSCodeDeployRoleForLambdaLimited", ())):
        objects = ["s3:GetObject", "s3:GetObjectVersion"]
        statements: list[dict[str, Any]] = [
            {"Action": [*_ALIASES, *more], "Resource": "*"},
            {"Action": objects, "Resource": "arn:aws:s3:::*/CodeDeploy/*"},
            {"Action": objects, "Resource": "*", "Condition": _TAGGED},
            {"Action": "lambda:InvokeFunction", "Resource": _HOOKS},
        ]
        allowed = [{"Effect": "Allow", **statement} for statement in statements]
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        record = iam._make_aws_managed_record(f"service-role/{name}", document)
        iam._aws_managed_policies[record["Arn"]] = record
