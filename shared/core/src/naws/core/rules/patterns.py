"""Rules on event patterns, of EventBridge rules and of pipes' filters."""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.json_values import as_json, compact, mistyped
from naws.core.rules.pattern_syntax import (
    choices,
    ends,
    entries,
    fields_of_pattern,
    misread,
    objects,
    unknown,
    values,
)
from naws.core.rules.values import Field, format_number, is_text
from naws.core.spelling import nearest

LONGEST_PATTERN = 4_096
_PATTERNS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html"
_SYNTAX = "https://github.com/aws/event-ruler#match-conditions"
_MATCHERS = ("prefix", "suffix", "anything-but", "numeric", "cidr", "exists", "equals-ignore-case", "wildcard")
_ALSO_READ = "exactly"
"""AWS's own compiler reads it, the user guide does not name it."""
MESSAGE = (
    "messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody", "eventSource",
    "eventSourceARN", "awsRegion",
)  # fmt: skip


EVENT = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
_REPLAYED = "replay-name"
"""A field of events that an archive sends once more."""
_MOST_MISSING = 9
_EXAMPLE = '{"source": ["app.orders"]}'


@dataclass(frozen=True, kw_only=True)
class Pattern(Field):
    """A pattern over events or messages.

    Attributes:
        message: whether it is over SQS messages.
        of_bucket: whether `EventTrigger.object_created` wrote it.
        of_cdk: whether it is an `events.EventPattern`, which has no other fields than an event.
    """

    message: bool = False
    of_bucket: bool = False
    of_cdk: bool = False


@limit(
    code="NAWS-PATTERN-001",
    title="A pattern names what matches",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html",
    example="triggers=[EventTrigger(events.EventPattern())]",
    fix='triggers=[EventTrigger(events.EventPattern(source=["app.orders"], detail_type=["OrderPlaced"]))]',
)
def not_empty(pattern: Pattern) -> Iterator[Finding]:
    """EventBridge refuses an empty pattern, and an empty object anywhere in one.

    A pattern that matched everything would start a run for every event.
    """
    expected = "at least one field to match"
    if not pattern.value:
        example = '{"body": {"kind": ["report"]}}' if pattern.message else _EXAMPLE
        yield Field(pattern.path, {}).finding(expected, f"{pattern.name}={example}")
        return
    for each in objects(pattern):
        if not each.value:
            key = _key_of(each)
            yield Field(each.path, {}).finding(expected, f'omit {key}\n{key}: [{{"exists": True}}]')


@limit(
    code="NAWS-PATTERN-002",
    title="A pattern has a list at every end",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html",
    example='triggers=[EventTrigger(events.EventPattern(source=["app"], detail={"status": "FAILED"}))]',
    fix='triggers=[EventTrigger(events.EventPattern(source=["app"], detail={"status": ["FAILED"]}))]',
)
def lists_at_ends(pattern: Pattern) -> Iterator[Finding]:
    """A pattern's field holds the values that match, in a list, even when there is one; all else is refused.

    The values are text, numbers, True, False, None and matchers, not lists. `$or` has two patterns or more.
    """
    for end in ends(pattern):
        if unknown(end.value) or isinstance(end.value, set | frozenset):
            continue  # a set is no JSON
        if not isinstance(end.value, list | tuple):
            yield end.finding("a list of the values that match", f"{_key_of(end)}: [{_json(end.value)}]")
        elif not end.value:
            remedy = f'{_key_of(end)}: [{{"exists": True}}]'
            yield Field(end.path, []).finding("at least one value that matches", remedy)
    for part in values(pattern):
        if isinstance(part.value, list | tuple):
            remedy = ", ".join(map(_json, cast("Sequence[object]", part.value))) or "…"
            yield part.finding("a value, not a list in the list", remedy)
    for choice in choices(pattern):
        either = cast("Sequence[object]", choice.value) if isinstance(choice.value, list | tuple) else ()
        if len(either) < 2 or not all(isinstance(each, Mapping) for each in either):  # noqa: PLR2004  # two make a choice
            remedy = '"$or": [{"kind": ["a"]}, {"size": [1]}]\nomit "$or", and write its only pattern in its place'
            yield choice.finding("a list of two patterns or more", remedy)


@limit(
    code="NAWS-PATTERN-003",
    title="A pattern uses the matchers that EventBridge has",
    source=_PATTERNS,
    example='triggers=[EventTrigger(events.EventPattern(detail={"app": [{"startsWith": "web"}]}))]',
    fix='triggers=[EventTrigger(events.EventPattern(detail={"app": [{"prefix": "web"}]}))]',
)
def known_matchers(pattern: Pattern) -> Iterator[Finding]:
    """EventBridge refuses a rule with a matcher that it does not know, and a dict with two of them."""
    for part in values(pattern):
        if not isinstance(part.value, Mapping):
            continue
        names = [*cast("Mapping[object, object]", part.value)]
        if len(names) != 1 or names[0] not in (*_MATCHERS, _ALSO_READ):
            near = next((near for name in names if (near := nearest(str(name), _MATCHERS))), "prefix")
            yield part.finding(f"one of {', '.join(_MATCHERS)}", f'{{"{near}": …}}')


@limit(
    code="NAWS-PATTERN-004",
    title="A pattern has at most 4,096 characters",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html",
    example='triggers=[EventTrigger(events.EventPattern(source=[f"app.{n}" for n in range(600)]))]',
    fix='triggers=[EventTrigger(events.EventPattern(source=events.Match.prefix("app.")))]',
)
def pattern_length(pattern: Pattern) -> Iterator[Finding]:
    """The API takes no more, written as short as JSON can be.

    Beyond 2,048 characters a rule also needs a higher quota, which is for the asking.
    """
    size = 0 if any(mistyped(pattern)) else len(compact(pattern.value))
    if size > LONGEST_PATTERN:
        yield pattern.finding(
            f"at most {format_number(LONGEST_PATTERN)} characters as JSON",
            '{"prefix": …} or {"wildcard": …} instead of many values, or several triggers',
            shown=f"{format_number(size)} characters",
        )


@practice(
    code="NAWS-PATTERN-005",
    title="A pattern names fields that an event or a message has",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html, and "
    "https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html",
    example='triggers=[QueueTrigger(filter={"kind": ["report"]})]',
    fix='triggers=[QueueTrigger(filter={"body": {"kind": ["report"]}})]',
)
def known_fields(pattern: Pattern) -> Iterator[Finding]:
    """The text of a message is its `body`, and an application's own data in an event are its `detail`.

    A filter that never matches deletes every message, and a rule that never matches starts no run: silently.
    """
    known, of, around = (MESSAGE, "an SQS message", "body") if pattern.message else (EVENT, "an event", "detail")
    for name, part in () if pattern.of_cdk else pattern.value.items():
        if name in (*known, _REPLAYED) or str(name).startswith("$"):
            continue
        field = Field(f'{pattern.path}["{name}"]', part)
        text = "…" if pattern.message or any(mistyped(field)) else _json(part)
        near = nearest(str(name), known) if not pattern.message else _same(str(name), known)
        yield field.finding(
            f"a field of {of}: {', '.join(known)}",
            f'"{near}": {text}' if near else f'{pattern.name}={{"{around}": {{"{name}": {text}}}}}',
        )


@limit(
    code="NAWS-PATTERN-009",
    title="A pattern that is text is JSON",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html",
    example='triggers=[EventTrigger(\'{"source": ["app.orders"], }\')]',
    fix='triggers=[EventTrigger(\'{"source": ["app.orders"]}\')]',
)
def pattern_text(field: Field) -> Iterator[Finding]:
    """The text is read when the app is synthesised, and held to the rules for patterns; a token passes."""
    if not is_text(field.value) or fields_of_pattern(field.value) is not None:
        return
    wrong, line, remedy = "an object of fields", field.value, ""
    try:
        json.loads(field.value)
    except json.JSONDecodeError as error:
        wrong = f"JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        if "{" in field.value:
            remedy = f"mend the text at line {error.lineno}, column {error.colno}"
        lines = field.value.splitlines() or [""]
        line = lines[min(error.lineno, len(lines)) - 1]
    except RecursionError:
        wrong = "JSON that is not as deep"
    mended = _mended(field.value) or ("" if remedy else _EXAMPLE)
    yield Field(field.path, line.strip()).finding(wrong, f"{field.name}={mended}" if mended else remedy)


@limit(
    code="NAWS-PATTERN-006",
    title="A matcher has a value of its kind",
    source=_SYNTAX,
    example='triggers=[EventTrigger(events.EventPattern(detail={"size": [{"numeric": [">", "5"]}]}))]',
    fix='triggers=[EventTrigger(events.EventPattern(detail={"size": [{"numeric": [">", 5]}]}))]',
)
def matcher_values(pattern: Pattern) -> Iterator[Finding]:
    """EventBridge compiles a pattern when the rule is made, and refuses what its compiler cannot read."""
    for matcher in (matcher for part in values(pattern) for matcher in entries(part)):
        found = None if unknown(matcher.value) else misread(_key_of(matcher).strip('"'), matcher.value)
        if found:
            yield matcher.finding(*found)


@limit(
    code="NAWS-PATTERN-007",
    title="A pattern is JSON",
    source=_SYNTAX,
    example='triggers=[QueueTrigger(filter={"body": {"at": [datetime(2030, 1, 1)]}})]',
    fix='triggers=[QueueTrigger(filter={"body": {"at": ["2030-01-01"]}})]',
)
def pattern_is_json(pattern: Pattern) -> Iterator[Finding]:
    """EventBridge gets the pattern as JSON: text, finite numbers, True, False, lists and dicts of text.

    None is lost when CDK's Python hands an `events.EventPattern` to Node; a dict keeps it.
    """
    for field in mistyped(pattern):
        expected = "text, a finite number, True, False, None, a list or a dict with text as keys"
        key = f"{_key_of(field)}: " if field.path.endswith('"]') else ""
        yield field.finding(expected, key + as_json(field.value))
    for part in values(pattern) if pattern.of_cdk else ():
        if part.value is None:
            yield part.finding("no None: CDK drops it from the list without a word", '{"exists": False}')


@advice(
    code="NAWS-PATTERN-008",
    title="A prefix and a suffix are no wildcards",
    source=_PATTERNS,
    example='triggers=[EventTrigger.object_created(s3.Bucket(stack, "In"), prefix="in/*")]',
    fix='triggers=[EventTrigger.object_created(s3.Bucket(stack, "In"), prefix="in/")]',
)
def literal_stars(pattern: Pattern) -> Iterator[Finding]:
    """`*` stands for itself in both: no run starts for a key without it. Only `{"wildcard": …}` reads it."""
    for part in values(pattern):
        for matcher in entries(part):
            name, value = _key_of(matcher), matcher.value
            starred = name in ('"prefix"', '"suffix"') and "*" in str(value)
            escaped = pattern.of_bucket and name == '"wildcard"' and r"\*" in str(value)
            if isinstance(value, str) and (starred or escaped):
                yield Field(part.path, value).finding(
                    "no '*': it stands for itself here, and keys hardly have one",
                    'prefix="in/", suffix=".csv"' if pattern.of_bucket else '{"wildcard": …}',
                )


def _key_of(field: Field) -> str:
    """The last key of a path, as it is written in the pattern."""
    return field.path[field.path.rfind("[") + 1 : -1] if field.path.endswith('"]') else field.name


def _same(name: str, names: Sequence[str]) -> str:
    """The name but for its case: a field of a message is not guessed, what it has is the program's."""
    return next((field for field in names if field.lower() == name.lower()), "")


def _mended(text: str) -> str:
    """A pattern written as Python is, or with a comma too many or a mark too few; empty when it cannot be read."""
    text = re.sub(r",(?=\s*[}\]])", "", text)
    for read in (ast.literal_eval, json.loads):
        try:
            value = read(text if read is ast.literal_eval else _with_delimiters(text))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(value, dict) and value:
            return repr(cast("object", value))
    return ""


def _with_delimiters(text: str) -> str:
    """A JSON text with the colons and commas that the reader misses."""
    for _ in range(_MOST_MISSING):
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            missed = re.fullmatch(r"Expecting '(.)' delimiter", error.msg)
            if missed is None:
                break
            text = f"{text[: error.pos].rstrip()}{missed[1]} {text[error.pos :]}"
    return text


def _json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


PATTERN_RULES = (
    not_empty,
    lists_at_ends,
    known_matchers,
    pattern_length,
    known_fields,
    matcher_values,
    pattern_is_json,
    literal_stars,
)
"""The rules for each pattern over events or messages."""
