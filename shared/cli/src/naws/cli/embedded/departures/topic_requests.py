"""What SNS refuses of topics, subscriptions and messages."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
import re
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object
from naws.cli.embedded.departures.patching import departure, judge_template, replace, service, unless

_LONGEST_NAME = 256
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
        "sns._publish_batch",
        "sns._parse_batch_entries",
        "sns._parse_message_attributes",
        "sns._message_payload_size",
        "sns._SNS_MAX_PAYLOAD_BYTES",
        "sns._error",
        "sns._p",
        "sns._topic_by_arn_any_scope",
        "cloudformation.provisioners._RESOURCE_HANDLERS",
    ),
)
def topic_requests() -> None:
    """A topic is refused for its name, a subscription for its protocol, endpoint or filter, a message for what it is.

    An empty message is none, a message has 256 KiB at most, and one of structure json a default.
    Topics and subscriptions of templates are judged like those of the API.
    """
    sns = service("sns")
    replace(sns, "_create_topic", unless(_refused_topic))
    replace(sns, "_subscribe", unless(_refused_subscription))
    replace(sns, "_set_subscription_attributes", unless(_refused_attribute))
    replace(sns, "_publish", unless(_refused_message))
    replace(sns, "_publish_batch", unless(_refused_batch))
    judge_template("SNS::Topic", _judge_topic)
    judge_template("SNS::Subscription", _judge_subscription)


def _judge_topic(properties: dict[str, Any]) -> None:
    fifo = str(properties.get("FifoTopic", "")).lower() == "true"
    if properties.get("TopicName") and not _is_name(str(properties["TopicName"]), fifo=fifo):
        raise ValueError("Invalid parameter: Topic Name")
    for subscription in properties.get("Subscription") or ():
        _judge_subscription(subscription)


def _judge_subscription(properties: dict[str, Any]) -> None:
    wrong = _wrong_endpoint(str(properties.get("Protocol") or ""), str(properties.get("Endpoint") or ""))
    given = properties.get("FilterPolicy") or ""
    text = given if isinstance(given, str) else json.dumps(given)
    wrong = wrong or _wrong_filter(text, str(properties.get("FilterPolicyScope") or ""))
    if wrong:
        raise ValueError(f"Invalid parameter: {wrong}")


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
    return None if _is_name(name, fifo=fifo) else _refusal("Topic Name")


def _is_name(name: str, *, fifo: bool) -> bool:
    plain = name.removesuffix(".fifo") if fifo else name
    return _NAME.fullmatch(plain) is not None and len(name) <= _LONGEST_NAME and fifo is name.endswith(".fifo")


def _refused_subscription(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    protocol, endpoint = sns._p(parameters, "Protocol"), sns._p(parameters, "Endpoint")
    if sns._topic_by_arn_any_scope(sns._p(parameters, "TopicArn")) is None:
        return None  # refused for that
    wrong = _wrong_endpoint(protocol, endpoint)
    given = _attributes(parameters)
    wrong = wrong or _wrong_filter(given.get("FilterPolicy", ""), given.get("FilterPolicyScope", ""))
    return _refusal(wrong) if wrong else None


def _wrong_endpoint(protocol: str, endpoint: str) -> str:
    if protocol and protocol not in _PROTOCOLS:
        return f"Amazon SNS does not support this protocol string: {protocol}"
    if protocol == "sqs" and not re.fullmatch(r"arn:[^:]+:sqs:[^:]+:\d{12}:[A-Za-z0-9_.-]+", endpoint):
        return "SQS endpoint ARN"
    return ""


def _refused_attribute(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    arn, name = sns._p(parameters, "SubscriptionArn"), sns._p(parameters, "AttributeName")
    found = sns._find_subscription(sns._sub_arn_to_topic.get(arn) or "", arn)
    if not found or name != "FilterPolicy":
        return None
    wrong = _wrong_filter(sns._p(parameters, "AttributeValue"), found["attributes"].get("FilterPolicyScope", ""))
    return _refusal(wrong) if wrong else None


def _wrong_filter(text: str, scope: str) -> str:
    reason = "Attributes Reason: FilterPolicy: "
    try:
        policy = json.loads(text or "{}")
    except ValueError as error:
        return f"{reason}failed to parse JSON. {error}"
    if not is_object(policy):
        return f"{reason}Filter is not an object"
    if scope != "MessageBody" and any(is_object(rule) for rule in policy.values()):
        return "Filter policy scope MessageAttributes does not support nested filter policy"
    wrong = next(filter(None, (_wrong_rule(name, rule) for name, rule in policy.items())), "")
    return reason + wrong if wrong else ""


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


def _refused_batch(parameters: dict[str, Any]) -> Any:
    sns = service("sns")
    if sns._topic_by_arn_any_scope(sns._p(parameters, "TopicArn")) is None:
        return _refusal("Topic does not exist", "NotFound", 404)
    entries: list[dict[str, Any]] = sns._parse_batch_entries(parameters)
    sizes = (sns._message_payload_size(entry["message"], entry.get("message_attributes", {})) for entry in entries)
    if sum(sizes) > sns._SNS_MAX_PAYLOAD_BYTES:
        text = "The length of all the messages put together is more than the limit."
        return sns._error("BatchRequestTooLong", text, 400)
    structured = (entry["message"] for entry in entries if entry.get("message_structure") == "json")
    return next((refused for refused in map(_refused_forms, structured) if refused), None)


def _refused_forms(message: str) -> Any:
    try:
        forms = json.loads(message)
    except ValueError:
        return _refusal("Message Structure - JSON message body failed to parse")
    if not is_object(forms) or not isinstance(forms.get("default"), str):
        return _refusal("Message Structure - No default entry in JSON message body")
    return None
