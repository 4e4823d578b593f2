"""CloudFormation's types beside a website that MiniStack does not know: delivery of logs, web ACLs, sign-in."""

import uuid
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.json_values import json_object
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.placeholders import forget, note
from naws.cli.embedded.departures.refusals import failed
from naws.cli.embedded.departures.services import cognito, logs, responses, waf
from naws.cli.embedded.departures.shapes import operation, to_api
from naws.cli.embedded.departures.templates import BOTH, Made, check_template, physical_name, provide

_REGION = "us-east-1"
_NO_LOGS = "No logs of requests are delivered here."
_NO_FIREWALL = "Requests are not filtered by web ACLs here."
_NO_BRANDING = "The pages for signing in have one look here."
_WRONG_SCOPE = (
    "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT "
    "(Service: Wafv2, Status Code: 400)"
)
_LONGEST_NAME = 60
_OTHER_SOURCE = (
    'Resource handler returned message: "Update to existing Delivery Source with new ResourceId is not allowed. '
    'Please create a new Delivery Source instead."'
)

Properties = dict[str, Any]


def _asked(function: Callable[[Properties], Any], request: Properties) -> Properties:
    answer = function(request)
    found = json_object(answer[2])
    if failed(answer):
        text = found.get("message") or found.get("Message") or ""
        raise ValueError(f'Resource handler returned message: "{text}" (RequestToken: {uuid.uuid4()})')
    return found


def _request(service: str, name: str, properties: Properties) -> Properties:
    """The properties that are members of a request, as the API spells them; tags are a map."""
    shape = operation(service, name).input_shape
    named = {key: value for key, value in properties.items() if key[:1].lower() + key[1:] in shape.members}
    tags = {each["Key"]: each["Value"] for each in named.pop("Tags", None) or ()}
    return {**to_api(named, shape), **({"tags": tags} if tags else {})}


@departure(
    "CloudFormation User Guide, AWS::Logs::DeliverySource, DeliveryDestination and Delivery; Amazon CloudFront "
    "Developer Guide, 'Configure standard logging (v2)': the source of a distribution is in us-east-1; the sentence is "
    "that of AWS's answer in aws-cloudformation/cloudformation-coverage-roadmap#2513"
)
def log_deliveries() -> None:
    """Sources, destinations and deliveries of a template are those of the API; no log of requests is delivered.

    A source keeps what it is of: under the same name it is refused for something else.
    """
    provide("Logs::DeliverySource", _source, _changed_source, _drop_source)
    provide("Logs::DeliveryDestination", _target, _changed_target, _drop_target)
    provide("Logs::Delivery", _delivery, _changed_delivery, _drop_delivery, update_with_logical_id=True)


def _source(_logical_id: str, properties: Properties, _stack: str) -> Made:
    if ":cloudfront:" in properties["ResourceArn"] and responses.get_region() != _REGION:
        raise ValueError(f"The delivery source of a CloudFront distribution must be in {_REGION}.")
    made = _asked(logs._put_delivery_source, _request("logs", "PutDeliverySource", properties))["deliverySource"]
    return made["name"], {"Arn": made["arn"], "Service": made["service"], "ResourceArns": made["resourceArns"]}


def _target(_logical_id: str, properties: Properties, _stack: str) -> Made:
    config = {"destinationResourceArn": properties["DestinationResourceArn"]}
    request = {**_request("logs", "PutDeliveryDestination", properties), "deliveryDestinationConfiguration": config}
    made = _asked(logs._put_delivery_destination, request)["deliveryDestination"]
    kind = str(made.get("deliveryDestinationType", ""))
    return made["name"], {"Arn": made["arn"], "DeliveryDestinationType": kind}


def _changed_source(_name: str, old: Properties, new: Properties, stack: str) -> Made:
    if old["Name"] == new["Name"] and old["ResourceArn"] != new["ResourceArn"]:
        raise ValueError(_OTHER_SOURCE)
    return _source("", new, stack)


def _changed_target(_name: str, _old: Any, new: Properties, stack: str) -> Made:
    return _target("", new, stack)


def _delivery(logical_id: str, properties: Properties, stack: str) -> Made:
    names = {"S3SuffixPath": "suffixPath", "S3EnableHiveCompatiblePath": "enableHiveCompatiblePath"}
    s3 = {name: properties[key] for key, name in names.items() if key in properties}
    request = {**_request("logs", "CreateDelivery", properties), **({"s3DeliveryConfiguration": s3} if s3 else {})}
    made = _asked(logs._create_delivery, request)["delivery"]
    note(stack, logical_id, "Logs::Delivery", made["id"], _NO_LOGS)
    return made["id"], {"Arn": made["arn"], "DeliveryId": made["id"]}


def _changed_delivery(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
    _drop_delivery(physical_id, old)
    return _delivery(logical_id, new, stack)


def _drop_source(name: str, _properties: Any) -> None:
    if name in logs._delivery_sources:
        _asked(logs._delete_delivery_source, {"name": name})


def _drop_target(name: str, _properties: Any) -> None:
    if name in logs._delivery_destinations:
        _asked(logs._delete_delivery_destination, {"name": name})


def _drop_delivery(physical_id: str, _properties: Any) -> None:
    forget(physical_id)
    if physical_id in logs._deliveries:
        _asked(logs._delete_delivery, {"id": physical_id})


@departure(
    "CloudFormation User Guide, AWS::WAFv2::IPSet and RuleGroup (Ref is name, id and scope); AWS WAF API Reference, "
    "CreateWebACL: what is for CloudFront is made in us-east-1"
)
def firewall_types() -> None:
    """Sets of addresses and groups of rules exist; no request is filtered, which ``not_emulated`` says.

    What has the scope CLOUDFRONT is refused in every region but us-east-1, a web ACL too.
    """
    check_template("WAFv2::WebACL", BOTH, _check_scope)
    for kind, create, store in (
        ("WAFv2::IPSet", waf._create_ip_set, waf._ip_sets),
        ("WAFv2::RuleGroup", waf._create_rule_group, waf._rule_groups),
    ):
        _provide_set(kind, create, store)


def _check_scope(properties: Properties) -> None:
    if properties.get("Scope") == "CLOUDFRONT" and responses.get_region() != _REGION:
        raise ValueError(f'Resource handler returned message: "{_WRONG_SCOPE}" (HandlerErrorCode: InvalidRequest)')


def _provide_set(kind: str, api: Any, store: Any) -> None:
    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        _check_scope(properties)
        name = physical_name(properties, "Name", stack, logical_id, _LONGEST_NAME)
        made = _asked(api, {**properties, "Name": name})["Summary"]
        physical_id = f"{name}|{made['Id']}|{properties['Scope']}"
        note(stack, logical_id, kind, physical_id, _NO_FIREWALL)
        return physical_id, {"Arn": made["ARN"], "Id": made["Id"]}

    def update(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Made:
        _, set_id, scope = physical_id.split("|")
        if scope != new["Scope"] or old.get("Name") != new.get("Name"):
            return create(logical_id, new, stack)
        record: Properties = waf._resource_from_scope(store, set_id, scope)
        record.update({key: value for key, value in new.items() if key in record and key not in {"Name", "Scope"}})
        return physical_id, {"Arn": record["ARN"], "Id": set_id}

    def delete(physical_id: str, _properties: Any) -> None:
        forget(physical_id)
        _, set_id, scope = physical_id.split("|")
        store.pop_scoped(responses.get_account_id(), waf._scope_home_region(scope), set_id, None)

    provide(kind, create, update, delete, update_with_logical_id=True)


@departure("CloudFormation User Guide, AWS::Cognito::UserPoolIdentityProvider and ManagedLoginBranding")
def sign_in_types() -> None:
    """Identity providers of a template are those of the API; the look of the pages for signing in is recorded only."""
    kind = "Cognito::ManagedLoginBranding"

    def brand(logical_id: str, properties: Properties, stack: str) -> Made:
        branding = str(uuid.uuid4())
        physical_id = f"{properties['UserPoolId']}|{branding}"
        note(stack, logical_id, kind, physical_id, _NO_BRANDING)
        return physical_id, {"ManagedLoginBrandingId": branding}

    def rebrand(physical_id: str, _old: Any, _new: Any, _stack: str) -> Made:
        return physical_id, {"ManagedLoginBrandingId": physical_id.partition("|")[2]}

    provide(kind, brand, rebrand, _forgotten)
    provide("Cognito::UserPoolIdentityProvider", _provider, _changed_provider, _drop_provider)


def _forgotten(physical_id: str, _properties: Any) -> None:
    forget(physical_id)


def _provider(_logical_id: str, properties: Properties, _stack: str) -> Made:
    _asked(cognito._create_identity_provider, properties)
    return properties["ProviderName"], {}


def _changed_provider(name: str, old: Properties, new: Properties, stack: str) -> Made:
    fixed = ("ProviderName", "ProviderType", "UserPoolId")
    if any(old.get(key) != new.get(key) for key in fixed):
        return _provider("", new, stack)
    _asked(cognito._update_identity_provider, new)
    return name, {}


def _drop_provider(name: str, properties: Properties) -> None:
    pool: Properties | None = cognito._user_pools.get(properties["UserPoolId"])
    if pool and name in (pool.get("_identity_providers") or {}):
        _asked(cognito._delete_identity_provider, {"UserPoolId": properties["UserPoolId"], "ProviderName": name})
