"""Things of CDK's that were probably meant by what is said in their place, and how a thing is spoken of.

BY_NAME[class](value) -> the thing as Python to paste, or ""
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, cast

from naws.core.issues import shown
from naws.core.text import class_of, qualified
from naws.core.type_checks import jsii_classes

_LOG_DAYS = (
    "1 ONE_DAY 3 THREE_DAYS 5 FIVE_DAYS 7 ONE_WEEK 14 TWO_WEEKS 30 ONE_MONTH 60 TWO_MONTHS 90 THREE_MONTHS "
    "120 FOUR_MONTHS 150 FIVE_MONTHS 180 SIX_MONTHS 365 ONE_YEAR 400 THIRTEEN_MONTHS 545 EIGHTEEN_MONTHS 731 TWO_YEARS "
    "1096 THREE_YEARS 1827 FIVE_YEARS 2192 SIX_YEARS 2557 SEVEN_YEARS 2922 EIGHT_YEARS 3288 NINE_YEARS 3653 TEN_YEARS"
)
_RETENTION = dict(zip(map(int, _LOG_DAYS.split()[::2]), _LOG_DAYS.split()[1::2], strict=True))


def text_of(value: object) -> str:
    """Text as Python writes it; empty when it may not be shown, or not in full."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and shown(value) == repr(value) else ""


def spoken(value: object) -> str:
    """A value as it would stand in the user's code; an object by the name of what it is."""
    match value:
        case bool() | int() | float():
            return str(value)
        case str():
            return text_of(value) or "…"
        case Enum():
            return f"{qualified(type(value))}.{value.name}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            return f"{type(value).__name__}(…)"
        case _:
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"^I(?=[A-Z])", "", name_of(class_of(value)))).lower()


def name_of(kind: Any) -> str:
    """A class by its name alone."""
    return qualified(kind).rsplit(".", 1)[-1]


def _member(prefix: str, names: Mapping[str, tuple[str, ...]]) -> Callable[[object], str]:
    """A member by its name or another word for it; the first when there is no telling."""

    def guess(value: object) -> str:
        wanted = re.sub(r"[^a-z0-9]", "", str(value).lower())
        return next(
            (f"{prefix}.{name}" for name, words in names.items() if wanted in words), f"{prefix}.{next(iter(names))}"
        )

    return guess


def _quoted(template: str, arn: str = "") -> Callable[[object], str]:
    """A call around the text that was given; nothing when it may not be shown.

    Args:
        template: the call.
        arn: the call when the text is an ARN. Omitted: the same.
    """

    def guess(value: object) -> str:
        text = text_of(value)
        return (arn if arn and text.startswith('"arn:') else template).format(text) if text.strip('" ') else ""

    return guess


def _as_retention(value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    days = next((days for days in _RETENTION if days >= value), 3653)
    return f"logs.RetentionDays.{_RETENTION[days]}"


def _as_lookup(value: object) -> str:
    how = "by_id" if isinstance(value, str) and value.startswith("vpc-") else "by_name"
    return _quoted(f"VpcLookup.{how}({{}})")(value)


def _as_pattern(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    keys = {str(key).replace("-", "_") for key in cast("Mapping[object, object]", value)}
    return f"events.EventPattern({', '.join(f'{key}=…' for key in sorted(keys))})"


def _as_subnets(value: object) -> str:
    given = list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else [value]
    ids = [_quoted('ec2.Subnet.from_subnet_id(self, "Subnet…", {})')(each) for each in given if isinstance(each, str)]
    things = [spoken(each) for each in given if class_name(each) in ("ISubnet", "Subnet", "PrivateSubnet")]
    if given and len(given) in (len([each for each in ids if each]), len(things)):
        numbered = [text.replace("…", str(number), 1) for number, text in enumerate(ids, start=1)]
        return f"ec2.SubnetSelection(subnets=[{', '.join(numbered or things)}])"
    (one, *_) = given or [None]
    kind = isinstance(one, Enum) and type(one).__name__ == "SubnetType"
    return f"ec2.SubnetSelection(subnet_type={spoken(one)})" if kind else ""


def _as_port(value: object) -> str:
    return f"ec2.Port.tcp({value})" if isinstance(value, int) and not isinstance(value, bool) else ""


def _as_peer(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if text.startswith("sg-"):
        return _group(value)
    how = "prefix_list" if text.startswith("pl-") else "ipv6" if ":" in text else "ipv4" if "." in text else ""
    return _quoted(f"ec2.Peer.{how}({{}})")(value) if how else ""


def _as_trigger(value: object) -> str:
    if class_name(value) == "Duration":
        return "ScheduleTrigger.rate(duration)"
    return "ScheduleTrigger(schedule.expression_string)" if class_name(value) == "Schedule" else ""


def as_container_secret(value: object) -> str:
    """What ECS fills a variable from, by a parameter or a secret."""
    if class_name(value) in PARAMETERS:
        return "ecs.Secret.from_ssm_parameter(parameter)"
    text = _secret(value) if isinstance(value, str) and value.startswith("arn:") else ""
    return f"ecs.Secret.from_secrets_manager({text or 'secret'})"


def _as_architecture(value: object) -> str:
    """Which architecture of Lambda's it is only Node knows: either, then."""
    either = "ecs.CpuArchitecture.ARM64\ncpu_architecture=ecs.CpuArchitecture.X86_64"
    return either if class_name(value) == "Architecture" else _architecture(value)


def _as_moment(value: object) -> str:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return ""
    text = text_of(value) if moment else ""
    return text and f"datetime.fromisoformat({text}){'' if moment and moment.tzinfo else '.replace(tzinfo=UTC)'}"


def class_name(value: object) -> str:
    """The class of a thing by its name alone."""
    return name_of(class_of(value))


def _as_egress(value: object) -> str:
    """A port or a peer alone."""
    names = {name_of(kind) for kind in jsii_classes(value)}
    if "Port" in names:
        return 'Egress(peer=ec2.Peer.any_ipv4(), port=port, description="…")'
    return 'Egress(peer=peer, port=ec2.Port.HTTPS, description="…")' if "IPeer" in names else ""


def _as_binding(value: object) -> str:
    """A bucket or a secret without its binding."""
    names = {name_of(each) for kind in jsii_classes(value) for each in kind.__mro__}
    for name in ("Bucket", "Secret"):
        if names & {name, f"I{name}"}:
            return f"{name}Binding({name.lower()})"
    return ""


_secret = _quoted(
    'secretsmanager.Secret.from_secret_name_v2(self, "Secret", {})',
    'secretsmanager.Secret.from_secret_complete_arn(self, "Secret", {})',
)
_group = _quoted('ec2.SecurityGroup.from_security_group_id(self, "Group", {})')
_architecture = _member(
    "ecs.CpuArchitecture", {"X86_64": ("x8664", "x86", "amd64", "x64"), "ARM64": ("arm64", "arm", "aarch64", "64")}
)
PARAMETERS = ("IStringParameter", "StringParameter", "IParameter")
_SIZES = {
    "memory_limit_mib": "size.to_mebibytes()", "max_memory_limit_mib": "size.to_mebibytes()",
    "memory_reservation_mib": "size.to_mebibytes()", "scratch_mib": "size.to_mebibytes()",
    "ephemeral_storage_gib": "size.to_gibibytes()", "max_message_size": "size.to_bytes()",
}  # fmt: skip
"""How a `cdk.Size` is said where a number is."""
_TOLD_BY = {
    ("Schedule", "expression"): "schedule.expression_string",
    ("Duration", "expression"): 'f"rate({duration.to_minutes()} minutes)"',
    ("TimeZone", "timezone"): "time_zone.timezone_name",
}
"""What says a thing of CDK's as text, by its class and the field."""


def as_plain_value(value: object, field: str) -> str:
    """How a thing of CDK's says itself where a number or text is expected."""
    said = _SIZES.get(field) if class_name(value) == "Size" else _TOLD_BY.get((class_name(value), field))
    return said or ""


BY_NAME: dict[str, Callable[[object], str]] = {
    "Alarms": lambda value: (
        "omit it for the usual alarms; detail=True of Alarms adds those on single causes" if value is True else ""
    ),
    "Binding": _as_binding,
    "ContainerImage": _quoted("ecs.ContainerImage.from_registry({})"),
    "CpuArchitecture": _as_architecture,
    "Egress": _as_egress,
    "EventPattern": _as_pattern,
    "IBucket": _quoted('s3.Bucket.from_bucket_name(self, "Bucket", {})'),
    "ICluster": _quoted(
        'ecs.Cluster.from_cluster_attributes(self, "Cluster", cluster_name={}, vpc=vpc)',
        'ecs.Cluster.from_cluster_arn(self, "Cluster", {})',
    ),
    "IEventBus": _quoted('events.EventBus.from_event_bus_name(self, "Bus", {})'),
    "IKey": _quoted('kms.Alias.from_alias_name(self, "Key", {})', 'kms.Key.from_key_arn(self, "Key", {})'),
    "IManagedPolicy": _quoted(
        'iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", {})',
        'iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", {})',
    ),
    "IPeer": _as_peer,
    "IQueue": _quoted(
        'sqs.Queue.from_queue_arn(self, "Queue", "arn:…")', 'sqs.Queue.from_queue_arn(self, "Queue", {})'
    ),
    "IRole": _quoted('iam.Role.from_role_name(self, "Role", {})', 'iam.Role.from_role_arn(self, "Role", {})'),
    "ISecret": _secret,
    "ISecurityGroup": _group,
    "ITopic": _quoted(
        'sns.Topic.from_topic_arn(self, "Topic", "arn:…")', 'sns.Topic.from_topic_arn(self, "Topic", {})'
    ),
    "NoAlarms": lambda value: "" if value is True else 'NoAlarms(reason="because …")',
    "Port": _as_port,
    "RemovalPolicy": _member(
        "cdk.RemovalPolicy",
        {
            "RETAIN": ("retain", "keep", "true"),
            "DESTROY": ("destroy", "delete", "remove", "false"),
            "SNAPSHOT": ("snapshot",),
        },
    ),
    "RetentionDays": _as_retention,
    "ScheduleTrigger": lambda value: _quoted("ScheduleTrigger({})")(value) or _as_trigger(value),
    "Secret": as_container_secret,
    "SubnetSelection": _as_subnets,
    "VpcLookup": _as_lookup,
    "datetime": _as_moment,
}
