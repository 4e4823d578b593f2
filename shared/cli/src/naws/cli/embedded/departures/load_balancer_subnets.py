"""The subnets of load balancers: two zones at least, and one of each."""

from typing import Any

from naws.cli.embedded.departures.load_balancer_shapes import request_of
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import alb, ec2
from naws.cli.embedded.departures.templates import BOTH, check_template

_LEAST_ZONES = 2


@departure(
    "Elastic Load Balancing API Reference, CreateLoadBalancer and SetSubnets; the sentences: "
    "badmintoncryer/cdk-preflight, rules/elbv2"
)
def subnets_of_load_balancers() -> None:
    """A load balancer has one subnet of each of its zones, and an application load balancer two zones at least.

    A subnet that is not there, such as one that a template takes from elsewhere, counts as one of another zone.
    """
    check_requests(alb, "_create_lb", _check_request)
    check_requests(alb, "_set_subnets", _check_changed)
    check_template("ElasticLoadBalancingV2::LoadBalancer", BOTH, _check)


def _check_request(params: dict[str, Any]) -> None:
    _check(request_of("CreateLoadBalancer", params))


def _check_changed(params: dict[str, Any]) -> None:
    request = request_of("SetSubnets", params)
    balancer: Any = alb._lbs.get(request.get("LoadBalancerArn", ""))
    if balancer:
        _check({**request, "Type": balancer["Type"]})


def _check(given: dict[str, Any]) -> None:
    mapped: list[dict[str, Any]] = given.get("SubnetMappings") or []
    subnets: list[str] = [*(given.get("Subnets") or ()), *(item.get("SubnetId", "") for item in mapped)]
    zones = {name: ec2._subnets[name]["AvailabilityZone"] if name in ec2._subnets else name for name in subnets}
    if len(set(zones.values())) < len(zones):
        text = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        raise RefusedError(text, "InvalidConfigurationRequest")
    if given.get("Type", "application") == "application" and len(zones) < _LEAST_ZONES:
        text = "At least two subnets in two different Availability Zones must be specified"
        raise RefusedError(text, "ValidationError")
