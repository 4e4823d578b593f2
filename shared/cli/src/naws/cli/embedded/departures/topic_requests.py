"""Requests about topics, subscriptions and messages that SNS refuses."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError, check_requests
from naws.cli.embedded.departures.services import sns
from naws.cli.embedded.departures.templates import BOTH, check_template, is_true

_LONGEST_NAME = 256
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PROTOCOLS = frozenset({"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"})
_MATCHES = frozenset(
    {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}
)


@departure("recorded answers of AWS: LocalStack's test_sns.snapshot.json and test_sns_filter_policy.snapshot.json")
def topic_requests() -> None:
    """A topic is refused for its name, a subscription for its protocol, endpoint or filter, a message for what it is.

    An empty message is none, a message has 256 KiB at most, and one of structure json a default.
    Topics and subscriptions of templates are judged like those of the API.
    """
    check_requests(sns, "_create_topic", _check_topic)
    check_requests(sns, "_subscribe", _check_subscription)
    check_requests(sns, "_set_subscription_attributes", _check_attribute)
    check_requests(sns, "_publish", _check_message)
    check_requests(sns, "_publish_batch", _check_batch)
    check_template("SNS::Topic", BOTH, _check_topic_properties)
    check_template("SNS::Subscription", BOTH, _check_subscription_properties)


def _refuse(reason: str) -> NoReturn:
    raise RefusedError(f"Invalid parameter: {reason}", "InvalidParameter")


def _check_topic_properties(properties: dict[str, Any]) -> None:
    if properties.get("TopicName"):
        _check_name(str(properties["TopicName"]), fifo=is_true(properties.get("FifoTopic")))
    for subscription in properties.get("Subscription") or ():
        _check_subscription_properties(subscription)


def _check_subscription_properties(properties: dict[str, Any]) -> None:
    _check_endpoint(str(properties.get("Protocol") or ""), str(properties.get("Endpoint") or ""))
    given = properties.get("FilterPolicy") or ""
    text = given if isinstance(given, str) else json.dumps(given)
    _check_filter(text, str(properties.get("FilterPolicyScope") or ""))


def _attributes(parameters: dict[str, Any]) -> dict[str, str]:
    read, found = sns._p, dict[str, str]()
    while key := read(parameters, f"Attributes.entry.{len(found) + 1}.key"):
        found[key] = read(parameters, f"Attributes.entry.{len(found) + 1}.value")
    return found


def _check_topic(parameters: dict[str, Any]) -> None:
    _check_name(sns._p(parameters, "Name"), fifo=_attributes(parameters).get("FifoTopic") == "true")


def _check_name(name: str, *, fifo: bool) -> None:
    plain = name.removesuffix(".fifo") if fifo else name
    if not _NAME.fullmatch(plain) or len(name) > _LONGEST_NAME or fifo is not name.endswith(".fifo"):
        _refuse("Topic Name")


def _check_subscription(parameters: dict[str, Any]) -> None:
    if sns._topic_by_arn_any_scope(sns._p(parameters, "TopicArn")) is None:
        return  # refused for that
    _check_endpoint(sns._p(parameters, "Protocol"), sns._p(parameters, "Endpoint"))
    given = _attributes(parameters)
    _check_filter(given.get("FilterPolicy", ""), given.get("FilterPolicyScope", ""))


def _check_endpoint(protocol: str, endpoint: str) -> None:
    if protocol and protocol not in _PROTOCOLS:
        _refuse(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol == "sqs" and not re.fullmatch(r"arn:[^:]+:sqs:[^:]+:\d{12}:[A-Za-z0-9_.-]+", endpoint):
        _refuse("SQS endpoint ARN")


def _check_attribute(parameters: dict[str, Any]) -> None:
    arn, name = sns._p(parameters, "SubscriptionArn"), sns._p(parameters, "AttributeName")
    found = sns._find_subscription(sns._sub_arn_to_topic.get(arn) or "", arn)
    if found and name == "FilterPolicy":
        _check_filter(sns._p(parameters, "AttributeValue"), found["attributes"].get("FilterPolicyScope", ""))


def _check_filter(text: str, scope: str) -> None:
    reason = "Attributes Reason: FilterPolicy: "
    try:
        policy = json.loads(text or "{}")
    except ValueError as error:
        _refuse(f"{reason}failed to parse JSON. {error}")
    if not is_object(policy):
        _refuse(f"{reason}Filter is not an object")
    if scope != "MessageBody" and any(is_object(rule) for rule in policy.values()):
        _refuse("Filter policy scope MessageAttributes does not support nested filter policy")
    for wrong in _wrong_rules(policy):
        _refuse(reason + wrong)


def _wrong_rules(rules: dict[str, Any]) -> Iterator[str]:
    for name, rule in rules.items():
        if is_object(rule):
            yield from _wrong_rules(rule)
        elif not is_array(rule):
            yield f'"{name}" must be an object or an array'
        elif not rule:
            yield "Empty arrays are not allowed"
        else:
            for value in rule:
                yield from _wrong_rules(value) if name == "$or" and is_object(value) else _wrong_value(value)


def _wrong_value(value: Any) -> Iterator[str]:
    if is_array(value):
        yield "Match value must be String, number, true, false, or null"
    if is_object(value) and len(value) != 1:
        yield "Only one key allowed in match expression"
    if is_object(value) and next(iter(value), None) not in _MATCHES:
        yield f"Unrecognized match type {next(iter(value))}"


def _check_message(parameters: dict[str, Any]) -> None:
    message = sns._p(parameters, "Message")
    topic = sns._p(parameters, "TopicArn") or sns._p(parameters, "TargetArn")
    if topic.count(":") == 5:  # noqa: PLR2004  # a topic's ARN
        _check_existence(topic)
    if not message:
        _refuse("Empty message")
    if sns._message_payload_size(message, sns._parse_message_attributes(parameters)) > sns._SNS_MAX_PAYLOAD_BYTES:
        _refuse("Message too long")
    if sns._p(parameters, "MessageStructure") == "json":
        _check_forms(message)


def _check_existence(topic: str) -> None:
    if sns._topic_by_arn_any_scope(topic) is None:
        raise RefusedError("Topic does not exist", "NotFound", 404)


def _check_batch(parameters: dict[str, Any]) -> None:
    _check_existence(sns._p(parameters, "TopicArn"))
    entries: list[dict[str, Any]] = sns._parse_batch_entries(parameters)
    sizes = (sns._message_payload_size(entry["message"], entry.get("message_attributes", {})) for entry in entries)
    if sum(sizes) > sns._SNS_MAX_PAYLOAD_BYTES:
        text = "The length of all the messages put together is more than the limit."
        raise RefusedError(text, "BatchRequestTooLong")
    for entry in entries:
        if entry.get("message_structure") == "json":
            _check_forms(entry["message"])


def _check_forms(message: str) -> None:
    try:
        forms = json.loads(message)
    except ValueError:
        _refuse("Message Structure - JSON message body failed to parse")
    if not is_object(forms) or not isinstance(forms.get("default"), str):
        _refuse("Message Structure - No default entry in JSON message body")
