"""What SNS refuses of topics, subscriptions and messages."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import re
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.seam import departure, replace, service, unless

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PROTOCOLS = frozenset({"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"})
_MATCHES = frozenset(
    {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}
)


@departure(
    source="recorded answers of AWS: LocalStack's test_sns.snapshot.json and test_sns_filter_policy.snapshot.json",
    replaces=(
        "sns._create_topic",
        "sns._subscribe",
        "sns._set_subscription_attributes",
        "sns._find_subscription",
        "sns._sub_arn_to_topic",
        "sns._publish",
        "sns._error",
        "sns._p",
        "sns._topic_by_arn_any_scope",
    ),
)
def topic_requests() -> None:
    """A topic is refused for its name, a subscription for its protocol, endpoint or filter, a message for what it is.

    An empty message is none, a message has 256 KiB at most, and one of structure json a default.
    """
    sns = service("sns")
    replace(sns, "_create_topic", unless(_refused_topic))
    replace(sns, "_subscribe", unless(_refused_subscription))
    replace(sns, "_set_subscription_attributes", unless(_refused_attribute))
    replace(sns, "_publish", unless(_refused_message))


def _refusal(reason: str, code: str = "InvalidParameter", status: int = 400) -> Any:
    return service("sns")._error(code, reason if status != 400 else f"Invalid parameter: {reason}", status)  # noqa: PLR2004  # HTTP


def _attributes(parameters: dict[str, Any]) -> dict[str, str]:
    read, found = service("sns")._p, dict[str, str]()
    while key := read(parameters, f"Attributes.entry.{len(found) + 1}.key"):
        found[key] = read(parameters, f"Attributes.entry.{len(found) + 1}.value")
    return found


def _refused_topic(parameters: dict[str, Any]) -> Any:
    name = service("sns")._p(parameters, "Name")
    fifo = _attributes(parameters).get("FifoTopic") == "true"
    plain = name.removesuffix(".fifo") if fifo else name
    if not _NAME.fullmatch(plain) or len(name) > 256 or fifo is not name.endswith(".fifo"):  # noqa: PLR2004  # SNS's limit
        return _refusal("Topic Name")
    return None


def _refused_subscription(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    protocol, endpoint = sns._p(parameters, "Protocol"), sns._p(parameters, "Endpoint")
    if sns._topic_by_arn_any_scope(sns._p(parameters, "TopicArn")) is None:
        return None  # refused for that
    if protocol and protocol not in _PROTOCOLS:
        return _refusal(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol == "sqs" and not re.fullmatch(r"arn:[^:]+:sqs:[^:]+:\d{12}:[A-Za-z0-9_.-]+", endpoint):
        return _refusal("SQS endpoint ARN")
    given = _attributes(parameters)
    return _refused_filter(given.get("FilterPolicy", ""), given.get("FilterPolicyScope", ""))


def _refused_attribute(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    arn, name = sns._p(parameters, "SubscriptionArn"), sns._p(parameters, "AttributeName")
    found = sns._find_subscription(sns._sub_arn_to_topic.get(arn) or "", arn)
    if not found or name != "FilterPolicy":
        return None
    return _refused_filter(sns._p(parameters, "AttributeValue"), found["attributes"].get("FilterPolicyScope", ""))


def _refused_filter(text: str, scope: str) -> Any:
    reason = "Attributes Reason: FilterPolicy: "
    try:
        policy = json.loads(text or "{}")
    except ValueError as error:
        return _refusal(f"{reason}failed to parse JSON. {error}")
    if not is_object(policy):
        return _refusal(f"{reason}Filter is not an object")
    if scope != "MessageBody" and any(is_object(rule) for rule in policy.values()):
        return _refusal("Filter policy scope MessageAttributes does not support nested filter policy")
    wrong = next(filter(None, (_wrong_rule(name, rule) for name, rule in policy.items())), "")
    return _refusal(reason + wrong) if wrong else None


def _wrong_rule(name: str, rule: Any) -> str:
    if is_object(rule):
        return next(filter(None, (_wrong_rule(*inner) for inner in rule.items())), "")
    if not is_array(rule):
        return f'"{name}" must be an object or an array'
    if not rule:
        return "Empty arrays are not allowed"
    for value in rule:
        if name == "$or" and is_object(value):
            inner = next(filter(None, (_wrong_rule(*item) for item in value.items())), "")
        else:
            inner = _wrong_value(value)
        if inner:
            return inner
    return ""


def _wrong_value(value: Any) -> str:
    if is_array(value):
        return "Match value must be String, number, true, false, or null"
    if is_object(value) and len(value) != 1:
        return "Only one key allowed in match expression"
    if is_object(value) and next(iter(value)) not in _MATCHES:
        return f"Unrecognized match type {next(iter(value))}"
    return ""


def _refused_message(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    message = sns._p(parameters, "Message")
    topic = sns._p(parameters, "TopicArn") or sns._p(parameters, "TargetArn")
    if topic.count(":") == 5 and sns._topic_by_arn_any_scope(topic) is None:  # noqa: PLR2004  # a topic's ARN
        return _refusal("Topic does not exist", "NotFound", 404)
    if not message:
        return _refusal("Empty message")
    if sns._message_payload_size(message, sns._parse_message_attributes(parameters)) > sns._SNS_MAX_PAYLOAD_BYTES:
        return _refusal("Message too long")
    structured = sns._p(parameters, "MessageStructure") == "json"
    return _refused_forms(message) if structured else None


def _refused_forms(message: str) -> Any:
    try:
        forms = json.loads(message)
    except ValueError:
        return _refusal("Message Structure - JSON message body failed to parse")
    if not is_object(forms) or not isinstance(forms.get("default"), str):
        return _refusal("Message Structure - No default entry in JSON message body")
    return None
