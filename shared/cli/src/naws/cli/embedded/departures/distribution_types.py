"""CloudFormation's types of CloudFront that MiniStack does not know, by the API that it has."""

import uuid
from typing import Any

import botocore.serialize
from defusedxml.ElementTree import fromstring

from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import cloudfront, provisioners
from naws.cli.embedded.departures.shapes import operation
from naws.cli.embedded.departures.templates import Made, provide

_PROTOCOLS = "OriginSSLProtocols"


@departure("CloudFormation User Guide, AWS::CloudFront::VpcOrigin; aws/aws-cdk issues 34629 and 35765")
def vpc_origins() -> None:
    """A VPC origin of a template is one of the API; one that a distribution uses is neither changed nor deleted.

    Not even its tags are changed while it is in use, those of its stack included. Its security groups are not looked
    at: on AWS that of the load balancer has to let CloudFront in.
    """
    kind = "CloudFront::VpcOrigin"
    provide(kind, _create, _update, _delete)
    provisioners._STACK_TAG_PROPERTY[f"AWS::{kind}"] = ("Tags", "list")


def _create(_logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
    tags: dict[str, Any] = {"Tags": {"Items": properties["Tags"]}} if properties.get("Tags") else {}
    given = {"VpcOriginEndpointConfig": _endpoint(properties), **tags}
    answer = _asked(cloudfront._create_vpc_origin, body_of("CreateVpcOrigin", given))
    return _made(answer[1]["Location"].rpartition("/")[2])


def _made(vpc_origin: str) -> Made:
    record: dict[str, Any] = cloudfront._vpc_origins[vpc_origin]
    names = ("Arn", "CreatedTime", "Id", "LastModifiedTime", "Status")
    return vpc_origin, {name: record[name] for name in names}


def _endpoint(properties: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = dict(properties["VpcOriginEndpointConfig"])
    protocols: list[str] = given.pop(_PROTOCOLS, None) or ["TLSv1.2"]
    ports = {"HTTPPort": int(given.get("HTTPPort", 80)), "HTTPSPort": int(given.get("HTTPSPort", 443))}
    listed = {"Quantity": len(protocols), "Items": protocols}
    policy = given.get("OriginProtocolPolicy", "match-viewer")
    return {**given, **ports, "OriginProtocolPolicy": policy, "OriginSslProtocols": listed}


def _update(vpc_origin: str, old: dict[str, Any], new: dict[str, Any], _stack: str) -> Made:
    if old.get("Tags") != new.get("Tags") and cloudfront._vpc_origin_in_use(vpc_origin):
        raise ValueError(f"{cloudfront._VPC_ORIGIN_IN_USE} (Service: CloudFront, Status Code: 409)")
    body = body_of("UpdateVpcOrigin", {"VpcOriginEndpointConfig": _endpoint(new), "Id": vpc_origin, "IfMatch": "-"})
    _asked(cloudfront._update_vpc_origin, vpc_origin, _match(vpc_origin), body)
    cloudfront._tags[cloudfront._vpc_origins[vpc_origin]["Arn"]] = list(new.get("Tags") or ())
    return _made(vpc_origin)


def _delete(vpc_origin: str, _properties: Any) -> None:
    if vpc_origin in cloudfront._vpc_origins:
        _asked(cloudfront._delete_vpc_origin, vpc_origin, _match(vpc_origin))


def _match(vpc_origin: str) -> dict[str, str]:
    return {"if-match": cloudfront._vpc_origin_etag(cloudfront._vpc_origins[vpc_origin]["Version"])}


def _asked(function: Any, *arguments: Any) -> Any:
    """What the API answers; an error fails the resource."""
    answer = function(*arguments)
    if failed(answer):
        found = {each.tag.rpartition("}")[2]: each.text or "" for each in fromstring(answer[2]).iter()}
        raise ValueError(
            f'Resource handler returned message: "{found.get("Message", "")} (Service: CloudFront, Status Code: '
            f'{answer[0]}, Request ID: {uuid.uuid4()})" (HandlerErrorCode: {found.get("Code", "")})'
        )
    return answer


def body_of(name: str, given: dict[str, Any]) -> bytes:
    """The body of a request to CloudFront."""
    serializers: Any = botocore.serialize
    made = serializers.create_serializer("rest-xml", include_validation=False)
    body = made.serialize_to_request(given, operation("cloudfront", name))["body"]
    return body if isinstance(body, bytes) else str(body).encode()


@departure("CloudFormation User Guide, AWS::CloudFront::MonitoringSubscription")
def monitoring_subscriptions() -> None:
    """A subscription of a template lets CloudFront publish a distribution's additional metrics."""
    kind = "CloudFront::MonitoringSubscription"

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> Made:
        distribution: str = properties["DistributionId"]
        given = {"MonitoringSubscription": properties["MonitoringSubscription"], "DistributionId": distribution}
        body = body_of("CreateMonitoringSubscription", given)
        _asked(cloudfront._create_monitoring_subscription, distribution, body)
        return distribution, {}

    def update(_physical_id: str, _old: Any, new: dict[str, Any], stack: str) -> Made:
        return create("", new, stack)

    def delete(distribution: str, _properties: Any) -> None:
        if distribution in cloudfront._distributions:
            cloudfront._delete_monitoring_subscription(distribution)

    provide(kind, create, update, delete)
