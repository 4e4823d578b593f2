"""CloudFormation types of Elastic Load Balancing, with all of their properties and attributes."""

import re
from typing import Any
from xml.sax.saxutils import escape

from naws.cli.embedded.departures.load_balancer_groups import keep
from naws.cli.embedded.departures.load_balancer_refusals import check_certificates
from naws.cli.embedded.departures.load_balancer_shapes import request_of
from naws.cli.embedded.departures.patching import Original, departure, wrap
from naws.cli.embedded.departures.placeholders import forget, note
from naws.cli.embedded.departures.refusals import RefusedError, answer
from naws.cli.embedded.departures.services import alb, ec2
from naws.cli.embedded.departures.target_health import balancers_of, port_of, targets
from naws.cli.embedded.departures.templates import BOTH, Made, complete_template, provide, wrap_template

_CERTIFICATES = "AdditionalCertificates"
_NO_FIREWALL = "Requests are not filtered by web ACLs here."


@departure("CloudFormation User Guide, AWS::ElasticLoadBalancingV2::LoadBalancer and TargetGroup")
def template_load_balancers() -> None:
    """A load balancer of a template is in the VPC of its subnets, and a target group has its targets and protocol.

    Subnets are named by themselves or by ``SubnetMappings``. The full name of a target group, which its metrics have,
    begins with ``targetgroup/``.
    """
    complete_template("ElasticLoadBalancingV2::LoadBalancer", BOTH, _complete_balancer)
    complete_template("ElasticLoadBalancingV2::TargetGroup", BOTH, _complete_group)
    wrap_template("ElasticLoadBalancingV2::TargetGroup", create=_with_names, update=_with_names)
    wrap_template("ElasticLoadBalancingV2::ListenerRule", create=_with_default, update=_with_default)
    wrap(alb, "_create_tg", _created_group)
    wrap(alb, "_tg_xml", _group_xml)


def _complete_balancer(arn: str, properties: dict[str, Any]) -> None:
    mapped: list[dict[str, Any]] = properties.get("SubnetMappings") or []
    balancer: dict[str, Any] = alb._lbs[arn]
    balancer["Subnets"] = balancer["Subnets"] or [item["SubnetId"] for item in mapped]
    known = [ec2._subnets[subnet]["VpcId"] for subnet in balancer["Subnets"] if subnet in ec2._subnets]
    balancer["VpcId"] = known[0] if known else balancer["VpcId"]


def _complete_group(arn: str, properties: dict[str, Any]) -> None:
    group: dict[str, Any] = alb._tgs[arn]
    keep(group, properties)
    given: list[dict[str, Any]] = properties.get("Targets") or []
    listed: list[dict[str, Any]] = alb._targets.get(arn) or []
    known = {(item["Id"], port_of(item, group)): item for item in [*listed, *given]}
    alb._targets[arn] = [{"Id": name, "Port": port} for name, port in known]
    targets(arn)


def _created_group(original: Original, params: dict[str, Any]) -> Any:
    known = set(alb._tgs)
    response = original(params)
    for arn in set(alb._tgs) - known:
        keep(alb._tgs[arn], request_of("CreateTargetGroup", params))
        return alb._xml(200, "CreateTargetGroup", f"<TargetGroups>{alb._tg_xml(alb._tgs[arn])}</TargetGroups>")
    return response


def _group_xml(original: Original, group: dict[str, Any]) -> str:
    kept = (name for name in ("ProtocolVersion", "IpAddressType") if group.get(name))
    more = "".join(f"<{name}>{escape(group[name])}</{name}>" for name in kept)
    text = f"{original(group).removesuffix('</member>')}{more}</member>"
    codes = "".join(f"<{name}>{escape(str(code))}</{name}>" for name, code in group["Matcher"].items())
    return re.sub("<Matcher>.*</Matcher>", f"<Matcher>{codes}</Matcher>", text)


def _with_names(original: Original, *arguments: Any, **named: Any) -> Made:
    arn, attributes = original(*arguments, **named)
    more: dict[str, Any] = {"LoadBalancerArns": balancers_of(arn), "TargetGroupFullName": arn.rpartition(":")[2]}
    return arn, {**attributes, **more}


def _with_default(original: Original, *arguments: Any, **named: Any) -> Made:
    arn, attributes = original(*arguments, **named)
    return arn, {**attributes, "IsDefault": "false"}


@departure(
    "Elastic Load Balancing API Reference, AddListenerCertificates, RemoveListenerCertificates and "
    "DescribeListenerCertificates; CloudFormation User Guide, AWS::ElasticLoadBalancingV2::ListenerCertificate"
)
def listener_certificates() -> None:
    """A listener has more certificates than its default one."""
    alb._ACTION_MAP["AddListenerCertificates"] = _add
    alb._ACTION_MAP["RemoveListenerCertificates"] = _remove
    alb._ACTION_MAP["DescribeListenerCertificates"] = _describe
    kind = "ElasticLoadBalancingV2::ListenerCertificate"

    def create(logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
        _change(properties["ListenerArn"], _arns(properties), add=True)
        return f"{properties['ListenerArn']}|{logical_id}", {}

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Made:
        delete(physical_id, old)
        return create(logical_id, new, stack)

    def delete(_physical_id: str, properties: dict[str, Any]) -> None:
        if properties["ListenerArn"] in alb._listeners:
            _change(properties["ListenerArn"], _arns(properties), add=False)

    provide(kind, create, update, delete, update_with_logical_id=True)


def _arns(properties: dict[str, Any]) -> list[str]:
    given: list[dict[str, str]] = properties["Certificates"]
    return [item["CertificateArn"] for item in given]


def _change(listener_arn: str, arns: list[str], *, add: bool) -> None:
    listener: dict[str, Any] | None = alb._listeners.get(listener_arn)
    if listener is None:
        raise RefusedError(f"One or more listeners not found: '{listener_arn}'", "ListenerNotFound")
    if add:
        check_certificates(arns)
    known: list[str] = listener.get(_CERTIFICATES) or []
    listener[_CERTIFICATES] = [*(arn for arn in known if arn not in arns), *(arns if add else ())]


def _requested(params: dict[str, Any], action: str, *, add: bool) -> Any:
    arns: list[str] = alb._parse_certificate_arns(params)
    try:
        _change(alb._p(params, "ListenerArn"), arns, add=add)
    except RefusedError as error:
        return answer(alb, error)
    shown = "".join(f"<member><CertificateArn>{escape(arn)}</CertificateArn></member>" for arn in arns)
    return alb._xml(200, action, f"<Certificates>{shown}</Certificates>")


def _add(params: dict[str, Any]) -> Any:
    return _requested(params, "AddListenerCertificates", add=True)


def _remove(params: dict[str, Any]) -> Any:
    return _requested(params, "RemoveListenerCertificates", add=False)


def _describe(params: dict[str, Any]) -> Any:
    listener: dict[str, Any] = alb._listeners.get(alb._p(params, "ListenerArn")) or {}
    default: list[str] = listener.get("Certificates") or []
    more: list[str] = listener.get(_CERTIFICATES) or []
    named = [(arn, "true") for arn in default] + [(arn, "false") for arn in more]
    shown = "".join(
        f"<member><CertificateArn>{escape(arn)}</CertificateArn><IsDefault>{is_default}</IsDefault></member>"
        for arn, is_default in named
    )
    return alb._xml(200, "DescribeListenerCertificates", f"<Certificates>{shown}</Certificates>")


@departure("CloudFormation User Guide, AWS::WAFv2::WebACLAssociation")
def web_acl_association() -> None:
    """A web ACL is associated by name only: no request is filtered, which ``not_emulated`` says."""
    kind = "WAFv2::WebACLAssociation"

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Made:
        physical_id = f"{properties['WebACLArn']}|{properties['ResourceArn']}"
        note(stack, logical_id, kind, physical_id, _NO_FIREWALL)
        return physical_id, {}

    def update(physical_id: str, _old: Any, new: dict[str, Any], stack: str, logical_id: str) -> Made:
        forget(physical_id)
        return create(logical_id, new, stack)

    provide(kind, create, update, _forgotten, update_with_logical_id=True)


def _forgotten(physical_id: str, _properties: Any) -> None:
    forget(physical_id)
