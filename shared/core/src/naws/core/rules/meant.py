"""What a value of the wrong type was probably meant to be, as Python to paste.

guesses(misfit) ── per kind that the field takes ──> _of_plain | _as_list | _as_dict | _BY_NAME | _as_dataclass
"""

import json
import math
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, is_dataclass
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

from naws.core.issues import looks_secret, shown
from naws.core.rules.values import as_duration
from naws.core.shapes import Misfit, declared, fits, jsii_classes
from naws.core.spelling import nearest
from naws.core.tokens import has_token
from naws.core.words import class_of, qualified

LEFT_OUT = "omit it for the default"
"""The remedy for a value that says nothing where nothing has to be said."""

_AMOUNT = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?:(?P<unit>[KMGT])i?B?|(?P<bytes>B)|(?P<vcpu>v?CPUs?))?", re.IGNORECASE
)
_BYTES = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_FIELD_BYTES = {"_mib": 1024**2, "_gib": 1024**3, "max_message_size": 1}
_VCPU = 1024
_SPAN = re.compile(
    r"(?:PT?)?(?P<number>[0-9]+)\s*(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE
)
_SPAN_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_ZERO_IS_SOMETHING = ("stop_timeout", "visibility_timeout")
_LOG_DAYS = (
    "1 ONE_DAY 3 THREE_DAYS 5 FIVE_DAYS 7 ONE_WEEK 14 TWO_WEEKS 30 ONE_MONTH 60 TWO_MONTHS 90 THREE_MONTHS "
    "120 FOUR_MONTHS 150 FIVE_MONTHS 180 SIX_MONTHS 365 ONE_YEAR 400 THIRTEEN_MONTHS 545 EIGHTEEN_MONTHS 731 TWO_YEARS "
    "1096 THREE_YEARS 1827 FIVE_YEARS 2192 SIX_YEARS 2557 SEVEN_YEARS 2922 EIGHT_YEARS 3288 NINE_YEARS 3653 TEN_YEARS"
)
_RETENTION = dict(zip(map(int, _LOG_DAYS.split()[::2]), _LOG_DAYS.split()[1::2], strict=True))


def guesses(misfit: Misfit) -> list[str]:
    """What was probably meant, the likeliest first; nothing when there is no telling.

    Args:
        misfit: the value and the field that it does not fit.
    """
    found = [text for kind in kinds(misfit.annotation) if (text := _guess(misfit, misfit.value, kind))]
    if misfit.optional and (misfit.value is None or (not found and _says_nothing(misfit.value))):
        return [LEFT_OUT]
    return found


def kinds(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; of anything else itself."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _says_nothing(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= 0


def _guess(misfit: Misfit, value: object, kind: Any) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Sequence:
        return _as_list(misfit, value, parts[0])
    if origin is Mapping:
        return f'{{"…": {_spoken(value)}}}' if type(value) is parts[1] else _as_dict(value, parts[0])
    if origin is Literal:
        return _as_one_of(value, parts)
    if kind in (int, float, str, bool):
        return _as_plain(misfit, value, kind)
    if kind.__name__ == "Duration":
        return _as_duration(value, misfit.path)
    return _BY_NAME.get(kind.__name__, _no_guess)(value) or _as_dataclass(value, kind)


def _no_guess(_value: object) -> str:
    return ""


def _text(value: object) -> str:
    """Text as Python writes it; empty when it may not be shown, or not in full."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and shown(value) == repr(value) else ""


def _as_plain(misfit: Misfit, value: object, kind: type) -> str:
    name = misfit.path.rsplit(".", 1)[-1]
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}.value" if fits(value.value, kind) else ""
    if has_token(value) and kind is not bool:
        return "cdk.Token.as_string(…)" if kind is str else "cdk.Token.as_number(…)"
    if kind in (int, float):
        return _as_number(value, name)
    if kind is bool:
        return str(bool(value)) if value in (0, 1) else ""
    if not isinstance(value, int | float) or isinstance(value, bool) or looks_secret(misfit.path):
        return ""
    return '"1000:1000"' if name == "user" and value <= 0 else f'"{value}"'


def _as_number(value: object, name: str) -> str:
    """A whole number in the unit of the field; a fraction is rounded up, because less would not be enough."""
    if isinstance(value, float) and math.isfinite(value):
        return str(math.ceil(value * _VCPU if name == "cpu" and 0 < value < _VCPU / 4 else value))
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    number = float(match["number"])
    unit = next((size for end, size in _FIELD_BYTES.items() if name.endswith(end)), None)
    if match["unit"] or match["bytes"]:
        return str(math.ceil(number * _BYTES[(match["unit"] or "B").upper()] / unit)) if unit else ""
    if name == "cpu":
        return str(math.ceil(number * _VCPU if number % 1 or match["vcpu"] else number))
    return "" if match["vcpu"] else str(math.ceil(number))


def _as_list(misfit: Misfit, value: object, item: Any) -> str:
    """One thing where a list of them is expected."""
    if isinstance(value, str) and item is str:
        return _as_words(value)
    if value is None or isinstance(value, int | float | Mapping | list | tuple):
        return ""
    if not isinstance(value, str) and fits(value, item):
        return f"[{_spoken(value)}]"
    guessed = (text for kind in kinds(item) if (text := _guess(misfit, value, kind)))
    return f"[{one}]" if (one := next(guessed, "")) else ""


def _as_words(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        words = [value]
    parts = [_text(word) for word in words]
    return f"[{', '.join(parts)}]" if parts and all(parts) and _text(value) else ""


def _as_dict(value: object, key: Any) -> str:
    parts = list(cast("Sequence[object]", value)) if isinstance(value, list | tuple) else []
    plain = all(isinstance(part, int | str) and fits(part, key) and shown(part) == repr(part) for part in parts)
    return f"{{{', '.join(f'{_spoken(part)}: …' for part in parts)}}}" if parts and plain else ""


def _as_one_of(value: object, words: tuple[Any, ...]) -> str:
    """The word that was meant; the first, which is the default, when there is no telling."""
    meant = nearest(value, [word for word in words if isinstance(word, str)]) if isinstance(value, str) else ""
    return json.dumps(meant or words[0])


def _as_duration(value: object, path: str) -> str:
    if isinstance(value, timedelta):
        return _positive(value.total_seconds(), path)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return _positive(value, path)
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    return _positive(int(match["number"]) * _SPAN_SECONDS[match["unit"][0].lower()], path) if match else ""


def _positive(seconds: float, path: str) -> str:
    return as_duration(seconds) if seconds > 0 or (seconds == 0 and path.endswith(_ZERO_IS_SOMETHING)) else ""


def _as_retention(value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    days = next((days for days in _RETENTION if days >= value), 3653)
    return f"logs.RetentionDays.{_RETENTION[days]}"


def _as_dataclass(value: object, kind: type) -> str:
    """A dataclass around the one value that was given, or around a dict of its fields."""
    if not is_dataclass(kind):
        return ""
    said, name = declared(kind), _name(kind)
    if value is kind:
        return f"{name}(…)"
    if isinstance(value, Mapping):
        return _from_dict(cast("Mapping[object, object]", value), name, [field.name for field, _ in said])
    (first, hint), *others = said
    text = _spoken(value) if value is not None and fits(value, hint) else "…"
    if text == "…" or any(_required(field) for field, _ in others):
        return ""
    return f"{name}({f'{first.name}=' if first.kw_only else ''}{text})"


def _from_dict(value: Mapping[object, object], name: str, known: list[str]) -> str:
    if not value or not all(isinstance(key, str) and key in known for key in value):
        return ""
    return f"{name}({', '.join(f'{key}={_spoken(part)}' for key, part in value.items())})"


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _spoken(value: object) -> str:
    """A value as it would stand in the user's code; an object by the name of what it is."""
    match value:
        case bool() | int() | float():
            return str(value)
        case str():
            return _text(value) or "…"
        case Enum():
            return f"{qualified(type(value))}.{value.name}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            return f"{type(value).__name__}(…)"
        case _:
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"^I(?=[A-Z])", "", _name(class_of(value)))).lower()


def _name(kind: Any) -> str:
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
        text = _text(value)
        return (arn if arn and text.startswith('"arn:') else template).format(text) if text.strip('" ') else ""

    return guess


def _as_lookup(value: object) -> str:
    how = "by_id" if isinstance(value, str) and value.startswith("vpc-") else "by_name"
    return _quoted(f"VpcLookup.{how}({{}})")(value)


def _as_pattern(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    keys = {str(key).replace("-", "_") for key in cast("Mapping[object, object]", value)}
    return f"events.EventPattern({', '.join(f'{key}=…' for key in sorted(keys))})"


def _as_subnets(value: object) -> str:
    kind = isinstance(value, Enum) and type(value).__name__ == "SubnetType"
    return f"ec2.SubnetSelection(subnet_type={_spoken(value)})" if kind else ""


def _as_egress(value: object) -> str:
    """A port or a peer alone."""
    names = {_name(kind) for kind in jsii_classes(value)}
    if "Port" in names:
        return 'Egress(peer=ec2.Peer.any_ipv4(), port=port, description="…")'
    return 'Egress(peer=peer, port=ec2.Port.HTTPS, description="…")' if "IPeer" in names else ""


def _as_binding(value: object) -> str:
    """A bucket or a secret without its binding."""
    names = {_name(each) for kind in jsii_classes(value) for each in kind.__mro__}
    for name in ("Bucket", "Secret"):
        if names & {name, f"I{name}"}:
            return f"{name}Binding({name.lower()})"
    return ""


def _fixed(text: str) -> Callable[[object], str]:
    return lambda _value: text


_BY_NAME: dict[str, Callable[[object], str]] = {
    "Alarms": lambda value: "omit it for all alarms" if value is True else "",
    "Binding": _as_binding,
    "ContainerImage": _quoted("ecs.ContainerImage.from_registry({})"),
    "CpuArchitecture": _member(
        "ecs.CpuArchitecture", {"X86_64": ("x8664", "x86", "amd64", "x64"), "ARM64": ("arm64", "arm", "aarch64", "64")}
    ),
    "Egress": _as_egress,
    "EventPattern": _as_pattern,
    "IBucket": _quoted('s3.Bucket.from_bucket_name(self, "Bucket", {})'),
    "IEventBus": _quoted('events.EventBus.from_event_bus_name(self, "Bus", {})'),
    "IKey": _quoted('kms.Alias.from_alias_name(self, "Key", {})', 'kms.Key.from_key_arn(self, "Key", {})'),
    "IManagedPolicy": _quoted(
        'iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", {})',
        'iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", {})',
    ),
    "IRole": _quoted('iam.Role.from_role_name(self, "Role", {})', 'iam.Role.from_role_arn(self, "Role", {})'),
    "NoAlarms": lambda value: "" if value is True else 'NoAlarms(reason="because …")',
    "RemovalPolicy": _member(
        "cdk.RemovalPolicy",
        {
            "RETAIN": ("retain", "keep", "true"),
            "DESTROY": ("destroy", "delete", "remove", "false"),
            "SNAPSHOT": ("snapshot",),
        },
    ),
    "RetentionDays": _as_retention,
    "ScheduleTrigger": _quoted("ScheduleTrigger({})"),
    "Secret": _fixed("ecs.Secret.from_secrets_manager(secret)"),
    "SubnetSelection": _as_subnets,
    "VpcLookup": _as_lookup,
    "datetime": _quoted("datetime.fromisoformat({}).replace(tzinfo=UTC)"),
}
