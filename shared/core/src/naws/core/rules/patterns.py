"""Event patterns, of rules and of pipes' filters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Told, plain
from naws.core.spelling import nearest
from naws.core.tokens import has_token

LONGEST_PATTERN = 4_096
_PATTERNS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html"
_MATCHERS = ("prefix", "suffix", "anything-but", "numeric", "cidr", "exists", "equals-ignore-case", "wildcard")
_MESSAGE = (
    "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource",
    "eventSourceARN", "awsRegion",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern over events or messages.

    Attributes:
        path: the field in the user's spelling.
        value: the pattern as data.
        message: whether it is over SQS messages.
    """

    path: str
    value: Mapping[str, Any]
    message: bool = False


@rule(
    code="NAWS-PATTERN-001",
    level="limit",
    title="A pattern says what matches",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html",
    example="triggers=[EventTrigger(events.EventPattern())]",
    fix='triggers=[EventTrigger(events.EventPattern(source=["app.orders"], detail_type=["OrderPlaced"]))]',
)
def not_empty(pattern: Pattern) -> Iterator[Finding]:
    """EventBridge refuses an empty pattern; one that matched everything would start a run for every event."""
    if not pattern.value:
        example = '{"body": {"kind": ["report"]}}' if pattern.message else 'events.EventPattern(source=["app.orders"])'
        name = pattern.path.rsplit(".", 1)[-1]
        expected = "at least one field to match"
        yield Finding(path=pattern.path, value={}, expected=expected, remedy=f"{name}={example}")


@rule(
    code="NAWS-PATTERN-002",
    level="limit",
    title="A pattern has a list at every end",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html",
    example='triggers=[EventTrigger(events.EventPattern(source=["app"], detail={"status": "FAILED"}))]',
    fix='triggers=[EventTrigger(events.EventPattern(source=["app"], detail={"status": ["FAILED"]}))]',
)
def lists_at_ends(pattern: Pattern) -> Iterator[Finding]:
    """A pattern's field holds the values that match, in a list, even when there is one; all else is refused."""
    for path, value in _ends(pattern.value, pattern.path):
        if has_token(value) or hasattr(value, "__jsii_ref__"):
            continue
        if not isinstance(value, list | tuple):
            remedy = f"{_key(path)}: [{json.dumps(value, default=str)}]"
            yield Finding(path=path, value=value, expected="a list of the values that match", remedy=remedy)
        elif not value:
            expected = "at least one value that matches"
            yield Finding(path=path, value=[], expected=expected, remedy=f'{_key(path)}: [{{"exists": True}}]')


@rule(
    code="NAWS-PATTERN-003",
    level="limit",
    title="A pattern uses the matchers that EventBridge has",
    source=_PATTERNS,
    example='triggers=[EventTrigger(events.EventPattern(detail={"app": [{"startsWith": "web"}]}))]',
    fix='triggers=[EventTrigger(events.EventPattern(detail={"app": [{"prefix": "web"}]}))]',
)
def known_matchers(pattern: Pattern) -> Iterator[Finding]:
    """EventBridge refuses a rule with a matcher that it does not know, and a dict with two of them."""
    for path, value in _ends(pattern.value, pattern.path):
        for index, part in enumerate(cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()):
            if not isinstance(part, Mapping):
                continue
            matcher = cast("Mapping[str, object]", part)
            if len(matcher) != 1 or next(iter(matcher)) not in _MATCHERS:
                near = next((near for name in matcher if (near := nearest(name, _MATCHERS))), "prefix")
                yield Finding(
                    path=f"{path}[{index}]",
                    value=dict(matcher),
                    expected=f"one of {', '.join(_MATCHERS)}",
                    remedy=f'{{"{near}": …}}',
                )


@rule(
    code="NAWS-PATTERN-004",
    level="limit",
    title="A pattern has at most 4,096 characters",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html",
    example='triggers=[EventTrigger(events.EventPattern(source=[f"app.{n}" for n in range(600)]))]',
    fix='triggers=[EventTrigger(events.EventPattern(source=events.Match.prefix("app.")))]',
)
def pattern_length(pattern: Pattern) -> Iterator[Finding]:
    """The API takes no more. Beyond 2,048 characters a rule also needs a higher quota, which is for the asking."""
    size = _length(pattern.value)
    if size > LONGEST_PATTERN:
        yield Finding(
            path=pattern.path,
            value=Told(f"{plain(size)} characters"),
            expected=f"at most {plain(LONGEST_PATTERN)} characters as JSON",
            remedy='{"prefix": …} or {"wildcard": …} instead of many values, or several triggers',
        )


@rule(
    code="NAWS-PATTERN-005",
    level="practice",
    title="A queue's filter names fields of a message",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html",
    example='triggers=[QueueTrigger(filter={"kind": ["report"]})]',
    fix='triggers=[QueueTrigger(filter={"body": {"kind": ["report"]}})]',
)
def message_fields(pattern: Pattern) -> Iterator[Finding]:
    """What the program calls the message is its `body`. A filter that never matches deletes every message, silently."""
    for name in pattern.value if pattern.message else ():
        if name not in _MESSAGE and not name.startswith("$"):
            yield Finding(
                path=f'{pattern.path}["{name}"]',
                value=pattern.value[name],
                expected=f"a field of an SQS message: {', '.join(_MESSAGE)}",
                remedy=f'filter={{"body": {{"{name}": …}}}}',
            )


def _ends(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Every end of a pattern with its path; `$or` holds a list of patterns."""
    if not isinstance(value, Mapping):
        yield path, value
        return
    for name, part in cast("Mapping[str, object]", value).items():
        where = f'{path}["{name}"]'
        if name == "$or" and isinstance(part, list | tuple):
            for index, either in enumerate(cast("Sequence[object]", part)):
                yield from _ends(either, f"{where}[{index}]")
        else:
            yield from _ends(part, where)


def _key(path: str) -> str:
    return path[path.rfind("[") + 1 : -1] if path.endswith('"]') else path.rsplit(".", 1)[-1]


def _length(value: Mapping[str, Any]) -> int:
    return len(json.dumps(value, default=str, separators=(",", ":")))
