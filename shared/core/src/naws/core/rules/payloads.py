"""What a trigger hands over: whether it is JSON, and whether it fits."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Told, plain
from naws.core.tokens import has_token

LARGEST_SCHEDULED = 262_144
"""Bytes. Source: EventBridge Scheduler quotas, and Step Functions quotas, input of an execution."""
LARGEST_OF_RULE = 8_192
"""Characters. Source: EventBridge API, InputTransformer, InputTemplate."""
_ENVELOPE = 512


@dataclass(frozen=True, kw_only=True)
class Payload:
    """A trigger's own payload.

    Attributes:
        path: its trigger in the user's spelling.
        value: what the task gets; None when the trigger brings its own.
        most: characters that the service takes, envelope included.
        service: whose limit that is.
    """

    path: str
    value: Mapping[str, Any] | None
    most: int
    service: str


@rule(
    code="NAWS-PAYLOAD-001",
    level="limit",
    title="A payload is JSON",
    source="https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html",
    example='triggers=[ScheduleTrigger("@daily", payload={"since": datetime(2027, 1, 1)})]',
    fix='triggers=[ScheduleTrigger("@daily", payload={"since": "2027-01-01"})]',
)
def is_json(payload: Payload) -> Iterator[Finding]:
    """The task receives the payload as JSON: text, numbers, True, False, None, lists and dicts with text as keys."""
    for where, value in _unfit(payload.value, f"{payload.path}.payload"):
        yield Finding(
            path=where,
            value=value,
            expected="text, a finite number, True, False, None, a list or a dict with text as keys",
            remedy=f"{where.rsplit('.', 1)[-1]}: str(…)  # as text, such as an ISO date",
        )


@rule(
    code="NAWS-PAYLOAD-002",
    level="limit",
    title="A payload fits into what the trigger can carry",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html",
    example='triggers=[EventTrigger(events.EventPattern(source=["app"]), payload={"text": "x" * 9_000})]',
    fix='triggers=[EventTrigger(events.EventPattern(source=["app"]), payload={"text_at": "s3://texts/1"})]',
)
def fits(payload: Payload) -> Iterator[Finding]:
    """A rule takes 8,192 characters, a schedule 262,144 bytes, the run's id and time included.

    What is larger is put into a bucket and named in the payload.
    """
    if payload.value is None or any(_unfit(payload.value, "")):
        return
    size = len(json.dumps(payload.value, default=str).encode()) + _ENVELOPE
    if size > payload.most:
        yield Finding(
            path=f"{payload.path}.payload",
            value=Told(f"{plain(size)} bytes with the run's id and time"),
            expected=f"at most {plain(payload.most)}, which {payload.service} takes",
            remedy='payload={"uri": "s3://…"}  # and a BucketBinding by which the program reads it',
        )


def _unfit(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Every part that is not JSON; a token and a construct's attribute pass."""
    match value:
        case None | bool() | str() | int():
            return
        case float():
            if not has_token(value) and value - value != 0:
                yield path, value
        case Mapping():
            for key, part in value.items():  # pyright: ignore[reportUnknownVariableType] - that is what is judged
                if not isinstance(key, str):
                    yield f"{path}[{key!r}]", key
                yield from _unfit(part, f'{path}["{key}"]')  # pyright: ignore[reportUnknownArgumentType] - as above
        case list() | tuple():
            for index, part in enumerate(value):  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - as above
                yield from _unfit(part, f"{path}[{index}]")  # pyright: ignore[reportUnknownArgumentType] - as above
        case _:
            if not hasattr(value, "__jsii_ref__"):
                yield path, value
