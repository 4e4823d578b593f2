"""The settings of target groups, and groups that are created again."""

from typing import Any

from naws.cli.embedded.departures.json_values import members
from naws.cli.embedded.departures.load_balancer_shapes import request_of
from naws.cli.embedded.departures.patching import Original, departure, patch, wrap
from naws.cli.embedded.departures.services import alb

_DEFAULTS: dict[str, Any] = {
    "HealthCheckEnabled": True,
    "HealthCheckIntervalSeconds": 30,
    "HealthCheckPath": "/",
    "HealthCheckPort": "traffic-port",
    "HealthCheckProtocol": "HTTP",
    "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 5,
    "TargetType": "instance",
    "UnhealthyThresholdCount": 2,
}
_NO_SETTINGS = ("Name", "Tags")


@departure("botocore elbv2 CreateTargetGroup ('with the same settings, each call succeeds')")
@patch(wrap, alb, "_create_tg")
def repeated_target_groups(original: Original, params: dict[str, Any]) -> Any:
    """A target group that is created again with the same settings is answered as it is; its tags are not compared."""
    request = request_of("CreateTargetGroup", params)
    name = request.get("Name")
    existing: Any = next((group for group in list(alb._tgs.values()) if group["TargetGroupName"] == name), None)
    if existing is None or not _same(existing, request):
        return original(params)
    return alb._xml(200, "CreateTargetGroup", f"<TargetGroups>{alb._tg_xml(existing)}</TargetGroups>")


def _same(group: dict[str, Any], request: dict[str, Any]) -> bool:
    wanted = {"Protocol": group["Protocol"], **_DEFAULTS, **request}
    keep(wanted, request)
    return all(group.get(name) == value for name, value in wanted.items() if name not in _NO_SETTINGS)


def keep(group: dict[str, Any], given: dict[str, Any]) -> None:
    """Complete a group with the settings that MiniStack does not keep, and their defaults."""
    version = given.get("ProtocolVersion") or ("HTTP1" if group["Protocol"] in ("HTTP", "HTTPS") else "")
    group["ProtocolVersion"], group["IpAddressType"] = version, given.get("IpAddressType") or "ipv4"
    group["Matcher"] = given.get("Matcher") or {"HttpCode": "200"}
    if version == "GRPC":
        group["Matcher"] = {"GrpcCode": "12", **members(given.get("Matcher"))}
        group["HealthCheckPath"] = given.get("HealthCheckPath") or "/AWS.ALB/healthcheck"
