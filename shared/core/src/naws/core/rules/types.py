"""Values of the wrong type, each with what was probably meant."""

import math
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast, get_args, get_origin

from naws.core.issues import MASK, shown
from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import as_duration, one_of
from naws.core.shapes import Misfit

_MEMORY = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[KMGT]?i?B?)", re.IGNORECASE)
_MIB = {"": 1, "K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}
_SPAN = re.compile(
    r"(?:PT?)?(?P<number>[0-9]+)\s*(?P<unit>s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE
)
_SPAN_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LOG_DAYS = (
    "1 ONE_DAY 3 THREE_DAYS 5 FIVE_DAYS 7 ONE_WEEK 14 TWO_WEEKS 30 ONE_MONTH 60 TWO_MONTHS 90 THREE_MONTHS "
    "120 FOUR_MONTHS 150 FIVE_MONTHS 180 SIX_MONTHS 365 ONE_YEAR 400 THIRTEEN_MONTHS 545 EIGHTEEN_MONTHS 731 TWO_YEARS "
    "1096 THREE_YEARS 1827 FIVE_YEARS 2192 SIX_YEARS 2557 SEVEN_YEARS 2922 EIGHT_YEARS 3288 NINE_YEARS 3653 TEN_YEARS"
)
_RETENTION = dict(zip(map(int, _LOG_DAYS.split()[::2]), _LOG_DAYS.split()[1::2], strict=True))
_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "True or False"}
_MODULES = {
    "aws_ec2": "ec2", "aws_ecs": "ecs", "aws_events": "events", "aws_iam": "iam", "aws_kms": "kms", "aws_logs": "logs",
    "aws_s3": "s3", "aws_secretsmanager": "secretsmanager", "aws_sns": "sns", "aws_sqs": "sqs", "aws_cdk": "cdk",
}  # fmt: skip


@rule(
    code="NAWS-TYPE-001",
    level="limit",
    title="A value has the type of its field",
    source="the field's declared type; a type checker such as pyright or mypy reports the same while you write",
    example='cpu="1024"',
    fix="cpu=1024",
)
def declared_type(misfit: Misfit) -> Iterator[Finding]:
    """A wrong type would otherwise end in a TypeError from deep inside, or in text where AWS expects a number."""
    yield Finding(
        path=misfit.path,
        value=misfit.value,
        expected=f"{_in_words(misfit.annotation)}, not {_kind(misfit.value)}",
        remedy=_remedy(misfit),
    )


def _in_words(annotation: Any) -> str:
    members = [part for part in get_args(annotation) if part is not type(None)] if _is_union(annotation) else []
    if members:
        return one_of(tuple(_in_words(part) for part in members))
    if annotation in _NAMES:
        return _NAMES[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Sequence:
        return f"a list of {_plural(_in_words(parts[0]))}"
    if origin is Mapping:
        return f"a dict of text to {_in_words(parts[1])}"
    if parts:
        return one_of(tuple(repr(part) for part in parts))
    return _qualified(annotation)


def _plural(words: str) -> str:
    return "texts" if words == "text" else words


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) not in (None, Sequence, Mapping) and not isinstance(get_args(annotation)[0], str)


def _qualified(kind: Any) -> str:
    """A class as the usual imports name it: `ecs.Secret`, `cdk.Duration`."""
    module: str = getattr(kind, "__module__", "")
    name: str = getattr(kind, "__name__", str(kind))
    prefix = next((_MODULES[part] for part in reversed(module.split(".")) if part in _MODULES), "")
    return f"{prefix}.{name}" if prefix else name


def _kind(value: object) -> str:
    match value:
        case None:
            return "None"
        case bool():
            return "True or False"
        case str():
            return "text"
        case int() | float():
            return "a number with a fraction" if isinstance(value, float) and value % 1 else "a number"
        case _:
            return f"a {_qualified(type(value))}"


def _remedy(misfit: Misfit) -> str:
    """What was probably meant, as a line to paste."""
    meant = [text for kind in _kinds(misfit.annotation) if (text := _meant(misfit, kind))]
    if misfit.value is None and misfit.optional:
        meant = ["omit it for the default"]
    lines = [_line(misfit.path, text) for text in dict.fromkeys(meant)]
    return "\n".join(lines) or _line(misfit.path, f"…  # {_in_words(misfit.annotation)}")


def _line(path: str, text: str) -> str:
    if text.startswith("omit"):
        return text
    key = re.search(r"\[(?P<key>\"[^\"]*\")\]$", path)
    if key:
        return f"{key['key']}: {text}"
    return text if path.endswith("]") else f"{path.rsplit('.', 1)[-1]}={text}"


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if _is_union(annotation) else (annotation,)


def _meant(misfit: Misfit, kind: Any) -> str:
    value = misfit.value
    if get_origin(kind) is Sequence:
        return _as_list(value, get_args(kind)[0])
    name = getattr(kind, "__name__", "")
    if kind in (int, float):
        return _as_number(value)
    if kind is str:
        return repr(str(value)) if isinstance(value, int | float) else ""
    if kind is bool:
        return str(bool(value)) if value in (0, 1) else ""
    return _BY_NAME.get(name, _no_guess)(value)


def _no_guess(_value: object) -> str:
    return ""


def _as_number(value: object) -> str:
    if isinstance(value, float):
        return str(round(value)) if math.isfinite(value) else ""
    match = _MEMORY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return ""
    return str(round(float(match["number"]) * _MIB[match["unit"].upper().rstrip("B").rstrip("I")]))


def _as_list(value: object, item: Any) -> str:
    """One thing where a list of them is expected."""
    if isinstance(value, str) and item is str:
        try:
            words = shlex.split(value)
        except ValueError:
            words = [value]
        return shown(words) if shown(value) != repr(MASK) else ""
    if isinstance(value, str):
        makers = (_BY_NAME.get(getattr(kind, "__name__", ""), _no_guess) for kind in _kinds(item))
        guesses = [text for make in makers if (text := make(value))]
        return f"[{guesses[0]}]" if guesses else ""
    return "" if value is None or isinstance(value, int | float | Mapping) else f"[{type(value).__name__}(…)]"


def _as_duration(value: object) -> str:
    if isinstance(value, timedelta):
        return as_duration(value.total_seconds())
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return as_duration(value)
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    return as_duration(int(match["number"]) * _SPAN_SECONDS[match["unit"][0].lower()]) if match else ""


def _as_retention(value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    days = next((days for days in _RETENTION if days >= value), 3653)
    return f"logs.RetentionDays.{_RETENTION[days]}"


def _member(prefix: str, *names: str) -> Callable[[object], str]:
    def guess(value: object) -> str:
        wanted = str(value).upper().replace("-", "_")
        return next((f"{prefix}.{name}" for name in names if name == wanted), f"{prefix}.{names[0]}")

    return guess


def _quoted(template: str) -> Callable[[object], str]:
    """A call around the text that was given; nothing when it may not be shown."""

    def guess(value: object) -> str:
        return template.format(shown(value).replace("'", '"')) if isinstance(value, str) else ""

    return guess


def _as_lookup(value: object) -> str:
    how = "by_id" if isinstance(value, str) and value.startswith("vpc-") else "by_name"
    return _quoted(f"VpcLookup.{how}({{}})")(value)


def _as_pattern(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    keys = {str(key).replace("-", "_") for key in cast("Mapping[object, object]", value)}
    return f"events.EventPattern({', '.join(f'{key}=…' for key in sorted(keys))})"


def _fixed(text: str) -> Callable[[object], str]:
    return lambda _value: text


_BY_NAME: dict[str, Callable[[object], str]] = {
    "Alarms": lambda value: "omit it for all alarms" if value is True else "",
    "ContainerImage": _quoted("ecs.ContainerImage.from_registry({})"),
    "CpuArchitecture": _member("ecs.CpuArchitecture", "X86_64", "ARM64"),
    "Duration": _as_duration,
    "EventPattern": _as_pattern,
    "IManagedPolicy": _quoted('iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", {})'),
    "IRole": _quoted('iam.Role.from_role_arn(self, "Role", {})'),
    "NoAlarms": lambda value: "" if value is True else 'NoAlarms(reason="because …")',
    "RemovalPolicy": _member("cdk.RemovalPolicy", "RETAIN", "DESTROY", "SNAPSHOT"),
    "RetentionDays": _as_retention,
    "ScheduleTrigger": _quoted("ScheduleTrigger({})"),
    "Secret": _fixed("ecs.Secret.from_secrets_manager(secret)"),
    "VpcLookup": _as_lookup,
    "datetime": _quoted("datetime.fromisoformat({}).replace(tzinfo=UTC)"),
}
