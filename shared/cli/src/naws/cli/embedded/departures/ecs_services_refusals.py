"""Services that ECS refuses to create or to update."""

from collections.abc import Iterator
from typing import Any

from naws.cli.embedded.departures.arns import name_of
from naws.cli.embedded.departures.ecs_definitions import definition_of_request
from naws.cli.embedded.departures.ecs_services_records import Record, configuration
from naws.cli.embedded.departures.ecs_services_requests import find
from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.patching import departure, patch
from naws.cli.embedded.departures.refusals import RefusedError, check_requests, refuse_first
from naws.cli.embedded.departures.services import alb, ecs
from naws.cli.embedded.departures.target_health import in_use

_CODE = "InvalidParameterException"
_FULL = 100
_JUDGED = (
    "deploymentConfiguration",
    "healthCheckGracePeriodSeconds",
    "loadBalancers",
    "networkConfiguration",
    "taskDefinition",
)
_BLOCKED = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments"
_EXCLUSIVE = (
    "loadBalancerName and targetGroupArn cannot both be specified. You must specify either a loadBalancerName or a "
    "targetGroupArn in all loadBalancer entries"
)
_NO_GRACE = "Health check grace period is only valid for services configured to use load balancers"
_NO_DEFINITION = "TaskDefinition not found."
_NO_NETWORK = "Network Configuration must be provided when networkMode 'awsvpc' is specified."


@departure(
    "botocore ecs CreateService, UpdateService; the sentences as users met them on AWS: hashicorp/terraform, issues "
    "32908 (target group) and 16635 (name); ewilde/faas-fargate, 13 (draining); terraform-provider-aws, 31104 "
    "(grace period); riboseinc/terraform-aws-ecs-gitlab, 5 (target type); boltops-tools/ufo, 114 (container); "
    "pulumi/pulumi-aws, 3095 (port); tryretool/retool-onpremise, pull request 84 (network); "
    "badmintoncryer/cdk-preflight, rules/ecs (percentages, classic load balancer)"
)
def refused_services() -> None:
    """A service is refused whose load balancers, network or percentages ECS refuses.

    A target group needs a load balancer first, and addresses as targets where tasks have addresses of their own; it
    gets a container and a port of the task definition, which has to be there. The sentence on numbers below zero is
    ours. An update is judged when it names one of these. A name that a
    service has is refused even when everything else is the same, too.
    """
    check_requests(ecs, "_create_service", _check_new)
    check_requests(ecs, "_update_service", _check_update)


@departure(
    "botocore ecs ClusterContainsServicesException; the sentence as users met it on AWS: "
    "hashicorp/terraform-provider-aws, internal/service/ecs"
)
@patch(check_requests, ecs, "_delete_cluster")
def used_clusters(request: Record) -> None:
    """A cluster with services is not deleted."""
    cluster = ecs._resolve_cluster_name(request.get("cluster") or "default")
    services = [item for item in list(ecs._services.values()) if name_of(item["clusterArn"]) == cluster]
    if any(item["status"] != "INACTIVE" for item in services):
        text = "The Cluster cannot be deleted while Services are active."
        raise RefusedError(text, "ClusterContainsServicesException")


def _check_new(request: Record) -> None:
    status = members(find({**request, "service": request.get("serviceName")})).get("status")
    if status == "DRAINING":
        raise RefusedError("Unable to Start a service that is still Draining.", _CODE)
    if status == "ACTIVE":
        raise RefusedError("Creation of service was not idempotent.", _CODE)
    refuse_first(_numbers(request), _CODE)
    _check(request)
    _check_groups(request)


def _check_update(request: Record) -> None:
    existing = find(request)
    if existing is None:
        return
    if existing["status"] != "ACTIVE":
        raise RefusedError("Service was not ACTIVE.", "ServiceNotActiveException")
    refuse_first(_numbers(request), _CODE)
    if any(name in request for name in _JUDGED):
        _check({**existing, **request})
    _check_groups(request)


def _check(service: Record) -> None:
    definition = definition_of_request(service)
    if service.get("taskDefinition") and definition is None:
        raise RefusedError(_NO_DEFINITION, "ClientException")
    definition = members(definition)
    refuse_first(_judged(service), _CODE)
    for item in service.get("loadBalancers") or ():
        refuse_first(_judged_target(item, definition), _CODE)


def _check_groups(request: Record) -> None:
    for item in request.get("loadBalancers") or ():
        arn = item.get("targetGroupArn")
        if arn and not in_use(arn):
            text = f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            raise RefusedError(text, _CODE)


def _numbers(request: Record) -> Iterator[tuple[bool, str]]:
    for name in ("desiredCount", "healthCheckGracePeriodSeconds"):
        yield int(request.get(name) or 0) < 0, f"{name} must not be negative."


def _judged(service: Record) -> Iterator[tuple[bool, str]]:
    percents = configuration(service)
    least, most = int(percents["minimumHealthyPercent"]), int(percents["maximumPercent"])
    network = members(service.get("networkConfiguration")).get("awsvpcConfiguration")
    grace = bool(service.get("healthCheckGracePeriodSeconds"))
    own_addresses = members(definition_of_request(service)).get("networkMode") == "awsvpc"
    yield least > _FULL, f"minimumHealthyPercent must be at most {_FULL}"
    yield least == most == _FULL, _BLOCKED
    yield grace and not service.get("loadBalancers"), _NO_GRACE
    yield own_addresses and not network, _NO_NETWORK


def _judged_target(item: Record, definition: Record) -> Iterator[tuple[bool, str]]:
    arn, name, port = item.get("targetGroupArn", ""), item.get("containerName", ""), item.get("containerPort")
    containers: list[Record] = definition.get("containerDefinitions") or []
    ports = {each["name"]: _ports(each) for each in containers}
    kind = members(alb._tgs.get(arn)).get("TargetType", "ip")
    wrong_kind = kind == "instance" and definition.get("networkMode") == "awsvpc"
    incompatible = f"has target type {kind}, which is incompatible with the awsvpc network mode specified"
    yield bool(arn and item.get("loadBalancerName")), _EXCLUSIVE
    yield bool(containers) and name not in ports, f"The container {name} does not exist in the task definition."
    undefined = f"The container {name} did not have a container port {port} defined."
    yield bool(containers) and port not in ports.get(name, ()), undefined
    yield wrong_kind, f"The provided target group {arn} {incompatible} in the task definition."


def _ports(container: Record) -> list[Any]:
    mapped: list[Record] = container.get("portMappings") or []
    return [item.get("containerPort") for item in mapped]
