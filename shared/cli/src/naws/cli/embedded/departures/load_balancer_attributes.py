"""Attributes of load balancers, target groups and listeners: their defaults, and which are refused."""

from typing import Any

from naws.cli.embedded.departures.judge import ask_service, denied, lets_account
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import alb, responses
from naws.cli.embedded.departures.templates import BOTH, check_template, complete_template

_BALANCER = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "health_check_logs.s3.enabled": "false",
    "health_check_logs.s3.bucket": "",
    "health_check_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
_GROUP = {
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.type": "lb_cookie",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
_OF_FUNCTIONS = {"lambda.multi_value_headers.enabled": "false"}
_RANGES = {
    "client_keep_alive.seconds": range(60, 604_801),
    "deregistration_delay.timeout_seconds": range(3601),
    "idle_timeout.timeout_seconds": range(1, 4001),
    "stickiness.lb_cookie.duration_seconds": range(1, 604_801),
}
_LOGS = ("access_logs.s3", "connection_logs.s3", "health_check_logs.s3")
_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
_ACCOUNTS = {
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-southeast-3": "589379963580",
    "ca-central-1": "985666609251",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
}
"""Accounts of Elastic Load Balancing in the regions that are older than August 2022, as the CDK's region facts have
them."""


@departure(
    "Elastic Load Balancing API Reference, LoadBalancerAttribute and TargetGroupAttribute; Application Load Balancers, "
    "'Enable access logs for your Application Load Balancer'; the sentences: terraform-provider-aws, "
    "internal/service/elbv2; aws-cdk, issue 21947; badmintoncryer/cdk-preflight, rules/elbv2 (a value too great)"
)
def load_balancer_attributes() -> None:
    """Load balancers and target groups have every attribute, with its default, and refuse one that there is not.

    Logs need a bucket whose policy lets ``logdelivery.elasticloadbalancing.amazonaws.com`` write to it, or the account
    of Elastic Load Balancing in a region that is older than August 2022. The sentence on a value below its range is
    ours, and so is that on one above it but for the idle timeout, of which AWS counts "characters". No log is
    written here.
    """
    check_requests(alb, "_modify_lb_attrs", _check_balancer_request)
    check_requests(alb, "_modify_tg_attrs", _check_group_request)
    wrap(alb, ("_describe_lb_attrs", "_modify_lb_attrs"), _with_balancer_defaults)
    wrap(alb, ("_describe_tg_attrs", "_modify_tg_attrs"), _with_group_defaults)
    check_template("ElasticLoadBalancingV2::LoadBalancer", BOTH, _check_balancer_template)
    check_template("ElasticLoadBalancingV2::TargetGroup", BOTH, _check_group_template)
    complete_template("ElasticLoadBalancingV2::Listener", ("create",), _complete_listener)


def _check_balancer_request(params: dict[str, Any]) -> None:
    _check_balancer(_given(params))


def _check_group_request(params: dict[str, Any]) -> None:
    _check("Target group", {**_GROUP, **_OF_FUNCTIONS}, _given(params))


def _check_balancer_template(properties: dict[str, Any]) -> None:
    _check_balancer(_listed(properties, "LoadBalancerAttributes"))


def _check_group_template(properties: dict[str, Any]) -> None:
    _check("Target group", {**_GROUP, **_OF_FUNCTIONS}, _listed(properties, "TargetGroupAttributes"))


def _given(params: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    while key := alb._p(params, f"Attributes.member.{len(found) + 1}.Key"):
        found[key] = alb._p(params, f"Attributes.member.{len(found) + 1}.Value")
    return found


def _listed(properties: dict[str, Any], name: str) -> dict[str, str]:
    given: list[dict[str, Any]] = properties.get(name) or []
    return {item["Key"]: str(item.get("Value", "")) for item in given}


def _check(what: str, known: dict[str, str], given: dict[str, str]) -> None:
    for key, value in given.items():
        if key not in known:
            raise RefusedError(f"{what} attribute key '{key}' is not recognized", "ValidationError")
        allowed = _RANGES.get(key)
        if allowed and value.isdecimal() and int(value) > allowed[-1]:
            unit = " characters" if key == "idle_timeout.timeout_seconds" else ""
            text = f"The value of '{key}' cannot be greater than {allowed[-1]}{unit}"
            raise RefusedError(text, "ValidationError")
        if allowed and not (value.isdecimal() and int(value) in allowed):
            limits = f"between '{allowed[0]}' and '{allowed[-1]}'"
            raise RefusedError(f"{what} attribute '{key}' must be {limits}", "ValidationError")


def _check_balancer(given: dict[str, str]) -> None:
    _check("Load balancer", _BALANCER, given)
    for kind in _LOGS:
        bucket = given.get(f"{kind}.bucket", "")
        if given.get(f"{kind}.enabled", "").lower() == "true" and not _may_write(bucket, given.get(f"{kind}.prefix")):
            text = f"Access Denied for bucket: {bucket}. Please check S3bucket permission"
            raise RefusedError(text, "InvalidConfigurationRequest")


def _may_write(bucket: str, prefix: str | None) -> bool:
    account, region = responses.get_account_id(), responses.get_region()
    folder = f"{prefix}/" if prefix else ""
    written = f"arn:aws:s3:::{bucket}/{folder}AWSLogs/{account}/ELBAccessLogTestFile"
    source = f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/*"
    if region in _ACCOUNTS and lets_account(_ACCOUNTS[region], "s3:PutObject", written):
        return True
    return not denied(ask_service, _DELIVERY, "s3:PutObject", written, source_arn=source)


def _with_balancer_defaults(original: Original, params: dict[str, Any]) -> Any:
    _fill(alb._lb_attrs, alb._p(params, "LoadBalancerArn"), _BALANCER)
    return original(params)


def _with_group_defaults(original: Original, params: dict[str, Any]) -> Any:
    arn = alb._p(params, "TargetGroupArn")
    group: dict[str, Any] = alb._tgs.get(arn) or {}
    _fill(alb._tg_attrs, arn, _OF_FUNCTIONS if group.get("TargetType") == "lambda" else _GROUP)
    return original(params)


def _fill(store: Any, arn: str, defaults: dict[str, str]) -> None:
    attributes: list[dict[str, str]] = store.get(arn) or []
    known = {item["Key"]: item["Value"] for item in attributes}
    if arn in store:
        store[arn] = [{"Key": key, "Value": value} for key, value in {**defaults, **known}.items()]


def _complete_listener(arn: str, properties: dict[str, Any]) -> None:
    given = {"routing.http.response.server.enabled": "true", **_listed(properties, "ListenerAttributes")}
    alb._listener_attrs[arn] = [{"Key": key, "Value": value} for key, value in given.items()]
