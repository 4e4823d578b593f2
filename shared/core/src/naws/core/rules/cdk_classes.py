"""Objects of CDK and of this library that a plain value can become, as Python to paste.

from_value("arn:aws:sqs:…", sqs.IQueue) -> 'sqs.Queue.from_queue_arn(self, "Queue", "arn:aws:sqs:…")'
"""

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, cast

from naws.core.rules.json_values import named_by, names_of
from naws.core.secrecy import redact_repr
from naws.core.spelling import nearest
from naws.core.text import Line, as_list, class_of, qualified, variable
from naws.core.type_checks import TypeMismatch, jsii_classes

_FROM_TEXT: Mapping[str, tuple[str, str]] = {
    # class: the call around a name, the call around an ARN
    "Environment": ('cdk.Environment(account="…", region={})', ""),
    "IBucket": ('s3.Bucket.from_bucket_name(self, "Bucket", {})', 's3.Bucket.from_bucket_arn(self, "Bucket", {})'),
    "ICluster": (
        'ecs.Cluster.from_cluster_attributes(self, "Cluster", cluster_name={}, vpc=vpc)',
        'ecs.Cluster.from_cluster_arn(self, "Cluster", {})',
    ),
    "IEventBus": (
        'events.EventBus.from_event_bus_name(self, "Bus", {})',
        'events.EventBus.from_event_bus_arn(self, "Bus", {})',
    ),
    "IFunction": (
        'lambda_.Function.from_function_name(self, "Function", {})',
        'lambda_.Function.from_function_arn(self, "Function", {})',
    ),
    "IKey": ('kms.Alias.from_alias_name(self, "Key", {})', 'kms.Key.from_key_arn(self, "Key", {})'),
    "IManagedPolicy": (
        'iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", {})',
        'iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", {})',
    ),
    "IParameter": (
        'ssm.StringParameter.from_string_parameter_name(self, "Parameter", {})',
        'ssm.StringParameter.from_string_parameter_arn(self, "Parameter", {})',
    ),
    "IQueue": ('sqs.Queue.from_queue_arn(self, "Queue", "arn:…")', 'sqs.Queue.from_queue_arn(self, "Queue", {})'),
    "IRole": ('iam.Role.from_role_name(self, "Role", {})', 'iam.Role.from_role_arn(self, "Role", {})'),
    "ISecret": (
        'secretsmanager.Secret.from_secret_name_v2(self, "Secret", {})',
        'secretsmanager.Secret.from_secret_complete_arn(self, "Secret", {})',
    ),
    "ISecurityGroup": ('ec2.SecurityGroup.from_security_group_id(self, "Group", {})', ""),
    "IStateMachine": (
        'sfn.StateMachine.from_state_machine_name(self, "Machine", {})',
        'sfn.StateMachine.from_state_machine_arn(self, "Machine", {})',
    ),
    "ITable": (
        'dynamodb.Table.from_table_name(self, "Table", {})',
        'dynamodb.Table.from_table_arn(self, "Table", {})',
    ),
    "ITopic": ('sns.Topic.from_topic_arn(self, "Topic", "arn:…")', 'sns.Topic.from_topic_arn(self, "Topic", {})'),
}
_X86 = {"amd64": "X86_64", "x64": "X86_64", "x86": "X86_64", "x8664": "X86_64"}
_MEMBERS: Mapping[str, Mapping[str, str]] = {
    # what else a member is called
    "RemovalPolicy": {"delete": "DESTROY", "remove": "DESTROY", "keep": "RETAIN"},
    "CpuArchitecture": {**_X86, "arm": "ARM64", "arm64": "ARM64", "aarch64": "ARM64"},
    "Architecture": {**_X86, "arm": "ARM_64", "arm64": "ARM_64", "aarch64": "ARM_64"},
}  # fmt: skip
_DAYS = (
    "1 ONE_DAY 3 THREE_DAYS 5 FIVE_DAYS 7 ONE_WEEK 14 TWO_WEEKS 30 ONE_MONTH 60 TWO_MONTHS 90 THREE_MONTHS "
    "120 FOUR_MONTHS 150 FIVE_MONTHS 180 SIX_MONTHS 365 ONE_YEAR 400 THIRTEEN_MONTHS 545 EIGHTEEN_MONTHS 731 TWO_YEARS "
    "1096 THREE_YEARS 1827 FIVE_YEARS 2192 SIX_YEARS 2557 SEVEN_YEARS 2922 EIGHT_YEARS 3288 NINE_YEARS 3653 TEN_YEARS"
)
_RETENTION = dict(zip(map(int, _DAYS.split()[::2]), _DAYS.split()[1::2], strict=True))
PARAMETERS = ("IStringParameter", "StringParameter", "IParameter")


def from_value(value: object, kind: type) -> str:
    """The Python that makes a `kind` of `value`; empty when there is no telling, or when its text may not be shown."""
    name = kind.__name__
    special = SPECIAL.get(name)
    if special is not None:
        return special(value)
    if name in _MEMBERS:
        return _member(value, kind)
    if name == "Runtime":
        return _runtime(value, kind)
    if name not in _FROM_TEXT:
        return ""
    by_name, by_arn = _FROM_TEXT[name]
    text = text_of(value)
    call = by_arn if by_arn and text.startswith('"arn:') else by_name
    return call.format(text) if text.strip('" ') else ""


def moved_to_secrets(mismatch: TypeMismatch) -> str:
    """A secret among the plain variables moves to those that are filled in when the program starts."""
    found = re.search(r"\benvironment\[(?P<name>\"[^\"]*\")\]$", mismatch.path)
    names = {class_name_of(each) for kind in jsii_classes(mismatch.value) for each in kind.__mro__}
    if found is None or mismatch.key or not names & {"Secret", "ISecret", "SecretValue", *PARAMETERS}:
        return ""
    ready = qualified(class_of(mismatch.value)) == "ecs.Secret"
    return f"secrets={{{found['name']}: {'secret' if ready else _container_secret(mismatch.value)}}}"


def text_of(value: object) -> str:
    """Text as Python writes it; empty when it may not be shown, or not in full."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and redact_repr(value) == repr(value) else ""


def to_source(value: object) -> str:
    """A value as it would stand in the user's code; an object by the name of what it is."""
    match value:
        case bool() | int() | float():
            return str(value)
        case str() | Path():
            return text_of(str(value)) or "…"
        case list() | tuple():
            return f"[{', '.join(to_source(each) for each in as_list(cast('object', value)))}]"
        case Enum():
            return f"{qualified(type(value))}.{value.name}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            return f"{type(value).__name__}(…)"
        case _:
            return variable(value)


def class_name(value: object) -> str:
    """The class of a thing by its name alone."""
    return class_name_of(class_of(value))


def class_name_of(kind: Any) -> str:
    """A class by its name alone."""
    return qualified(kind).rsplit(".", 1)[-1]


def _member(value: object, kind: type) -> str:
    """A member by its name or another word for it."""
    word = _bare(value) if isinstance(value, str) else ""
    others = _MEMBERS[kind.__name__]
    found = others.get(word) or nearest(word, [*dict.fromkeys(others.values())]) if word else ""
    return f"{qualified(kind)}.{found}" if found else ""


def _runtime(value: object, kind: type) -> str:
    """A runtime of Lambda, or the newest of its language: its constant has its name, but for dots and underscores."""
    if not isinstance(value, str | float):
        return ""
    word, names = _bare(str(value)), {_bare(each): each for each in dir(kind) if each.isupper()}
    language = re.split(r"\d", word)[0]
    alike = [each for bare, each in names.items() if language and re.fullmatch(rf"{language}\d+", bare)]
    newest = max(alike, key=lambda each: [int(number) for number in re.findall(r"\d+", each)], default="")
    found = names.get(word) or names.get(f"python{word}") or newest
    return f"{qualified(kind)}.{found}" if found else ""


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _retention(value: object) -> str:
    if isinstance(value, str) and (near := nearest(value, [*_RETENTION.values()])):
        return f"logs.RetentionDays.{near}"
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    days = next((days for days in _RETENTION if days >= value), 3653)
    return f"logs.RetentionDays.{_RETENTION[days]}"


def _lookup(value: object) -> str:
    text = text_of(value)
    how = "by_id" if text.startswith('"vpc-') else "by_name"
    return f"VpcLookup.{how}({text})" if text.strip('" ') else ""


def _subnets(value: object) -> str:
    given = as_list(value)
    if given and all(class_name(each) in ("ISubnet", "Subnet", "PrivateSubnet") for each in given):
        return f"ec2.SubnetSelection(subnets=[{', '.join(to_source(each) for each in given)}])"
    (one, *_) = given or [None]
    kind = isinstance(one, Enum) and type(one).__name__ == "SubnetType"
    return f"ec2.SubnetSelection(subnet_type={to_source(one)})" if kind else ""


def _port(value: object) -> str:
    return f"ec2.Port.tcp({value})" if isinstance(value, int) and not isinstance(value, bool) else ""


def _peer(value: object) -> str:
    text = text_of(value)
    how = "prefix_list" if text.startswith('"pl-') else "ipv6" if ":" in text else "ipv4" if "." in text else ""
    return f"ec2.Peer.{how}({text})" if how else ""


def _image(value: object) -> str:
    """An image of a registry by its name, or of a folder that is there or is written as one."""
    if isinstance(value, Path):
        return "ecs.ContainerImage.from_asset(str(path))"
    text = text_of(value)
    if not isinstance(value, str) or not text.strip('" '):
        return ""
    how = "asset" if value.startswith((".", "/", "~")) or Path(value).is_dir() else "registry"
    return f"ecs.ContainerImage.from_{how}({text})"


def _schedule_trigger(value: object) -> str:
    if class_name(value) == "Duration":
        return "ScheduleTrigger.rate(duration)"
    text = named_by(value) if class_name(value) in ("Schedule", "ScheduleExpression") else text_of(value)
    return f"ScheduleTrigger({text})" if text.strip('" ') and not text.startswith('"arn:') else ""


def _event_trigger(value: object) -> str:
    bucket = variable(value) if "Bucket" in names_of(value) else _of_service(value, "s3", "IBucket")
    return f"EventTrigger.object_created({bucket})" if bucket else ""


def _queue_trigger(value: object) -> str:
    queue = variable(value) if "Queue" in names_of(value) else _of_service(value, "sqs", "IQueue")
    return f"QueueTrigger(queue={queue})" if queue else ""


def _of_service(value: object, service: str, kind: str) -> str:
    """The import of what an ARN of this service names."""
    text = text_of(value)
    return _FROM_TEXT[kind][1].format(text) if re.match(rf'"arn:[\w-]+:{service}:', text) else ""


def _container_secret(value: object) -> str:
    """The Python that makes an `ecs.Secret` of a parameter or a secret."""
    if class_name(value) in PARAMETERS:
        return "ecs.Secret.from_ssm_parameter(parameter)"
    text = text_of(value)
    secret = _FROM_TEXT["ISecret"][1].format(text) if text.startswith('"arn:') else "secret"
    return f"ecs.Secret.from_secrets_manager({secret})"


_BINDINGS = {
    "Bucket": "BucketBinding(bucket)",
    "Secret": "SecretBinding(secret)",
    "Table": "TableBinding(table)",
    "TableV2": "TableBinding(table)",
    "DatabaseInstance": "DatabaseBinding(database)",
    "DatabaseCluster": "DatabaseBinding(database)",
    "DatabaseProxy": "DatabaseBinding(database)",
    "StringParameter": "ParameterBinding(parameter)",
    "Queue": "QueueBinding(queue)",
    "Topic": "TopicBinding(topic)",
    "EventBus": "EventBusBinding(bus)",
    "FileSystem": "FileSystemBinding(file_system)",
    "StateMachine": "WorkflowBinding(machine)",
    "Function": "FunctionBinding(function)",
}
"""By the class or interface of a source: its binding."""


def _binding(value: object) -> str:
    """A data source without its binding."""
    names = {class_name_of(each) for kind in jsii_classes(value) for each in kind.__mro__}
    return next((how for each, how in _BINDINGS.items() if names & {each, f"I{each}"}), "")


def _moment(value: object) -> str:
    text = text_of(value)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and text else None
    except ValueError:
        return ""
    return f"datetime.fromisoformat({text}){'' if moment.tzinfo else '.replace(tzinfo=UTC)'}" if moment else ""


def _alarms(value: object) -> str:
    if value is True:
        return Line("omit it for the usual alarms; detail=True of Alarms adds those on single causes")
    return f"Alarms(email={text_of(value)})" if "@" in text_of(value) else ""


def _no_alarms(value: object) -> str:
    return 'NoAlarms(reason="because …")' if value is False or (isinstance(value, str) and "@" not in value) else ""


def _endpoint(value: object) -> str:
    """Of a service its endpoint; of an address the domain that it has."""
    if "endpoint" in dir(value):
        return f"{variable(value)}.endpoint"
    found = re.match(r'"(?:https?://)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)', text_of(value))
    return f'HttpEndpoint.of_domain("{found[1]}")' if found else ""


SPECIAL = {
    "Alarms": _alarms, "Binding": _binding, "ContainerImage": _image, "EventTrigger": _event_trigger,
    "HttpEndpoint": _endpoint, "IPeer": _peer,
    "NoAlarms": _no_alarms, "Port": _port, "QueueTrigger": _queue_trigger, "RetentionDays": _retention,
    "ScheduleTrigger": _schedule_trigger, "Secret": _container_secret, "SubnetSelection": _subnets,
    "VpcLookup": _lookup, "datetime": _moment,
}  # fmt: skip
