"""EventBridge's paths, and the input template of a pipe: pure text work on one event."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from naws.cli.embedded.departures.json_values import is_array, is_object

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>]*>')
_PLACEHOLDER = re.compile(r"<([^<>]*)>")
_STEP = re.compile(r"\.([\w-]+|\*)|\[(\d+|\*)\]|\['([^']+)'\]")
MISSING = object()
"""What a path leads to where the event has nothing."""


class UnrenderableError(Exception):
    """A template of a JSON value did not become one."""


def parsed_body(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event as filters and templates see it: a body that is a JSON object or array is parsed."""
    try:
        body = json.loads(event["body"])
    except (KeyError, TypeError, ValueError):
        return event
    return {**event, "body": body} if is_object(body) or is_array(body) else event


def render(template: str, event: dict[str, Any], variables: dict[str, str]) -> Any:
    """Return what the pipe delivers for one event.

    A placeholder in a JSON value position becomes JSON, one inside a string becomes text; an object inside a string
    loses its quotes, as on AWS. A path that the event does not have becomes the empty string.

    What a text with quotes, backslashes or line ends becomes, AWS says nowhere. Here it becomes what helps least: it is
    put there as it is, and a template of a JSON value that is no JSON then is not delivered. Others are text.

    Raises:
        UnrenderableError: The template does not become JSON.
    """
    seen = parsed_body(event)
    reserved = {
        "aws.pipes.event.ingestion-time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws.pipes.event.json": event,
        "aws.pipes.event": event,
        **variables,
    }

    def value(path: str) -> Any:
        if path in reserved:
            return reserved[path]
        found = find(seen, path)
        return "" if found is MISSING else found

    def inside(match: re.Match[str]) -> str:
        found = value(match.group(1))
        return found if isinstance(found, str) else json.dumps(found).replace('"', "")

    def token(match: re.Match[str]) -> str:
        text = match.group(0)
        if text.startswith('"'):
            return _PLACEHOLDER.sub(inside, text)
        found = value(text[1:-1])
        return f'"{found}"' if isinstance(found, str) else json.dumps(found)

    rendered = _TOKEN.sub(token, template)
    try:
        return json.loads(rendered)
    except ValueError as error:
        if template.lstrip()[:1] in {"{", "[", '"'}:
            raise UnrenderableError(rendered) from error
        return _PLACEHOLDER.sub(lambda inner: _as_text(value(inner.group(1))), template)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def find(event: Any, path: str) -> Any:
    """Return what a path of EventBridge leads to in an event.

    Of JSONPath it knows dots, names, indices and ``*`` (EventBridge User Guide, "Input transformation").
    """
    if not path.startswith("$"):
        return MISSING
    found, position = event, 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return MISSING
        found = _child(found, next(part for part in step.groups() if part is not None))
        if found is MISSING:
            return MISSING
        position = step.end()
    return found


def _child(value: Any, key: str) -> Any:
    if key == "*":
        return list(value.values()) if is_object(value) else value
    if is_object(value):
        return value.get(key, MISSING)
    if is_array(value) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return MISSING
