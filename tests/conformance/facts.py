"""Facts of AWS as data, and their replay against an endpoint: a small vocabulary of calls and comparisons.

A file of facts holds ``stands``, lists of calls that several facts begin with, and ``facts``. A fact sends calls in
turn; the last is refused with, or answers, what ``answered`` holds. A call is ``{"call": "sqs.send_message", "with":
{…}}``; ``as`` names its answer; with ``until`` it is made again, for ten seconds, until it answers so; the last call
is made again until it answers as AWS did when it has ``"again": true``.

In what is sent, ``${name.path.0}`` is a part of an answer, or of the fact's ``let``; ``${new}`` is unlike in each
replay; ``{"$json": …}`` is JSON text, ``{"$repeat": ["a", 3]}`` is ``aaa``, ``{"$ago": 60}`` the moment a minute ago,
``{"$zip": {"app.py": "…"}}`` an archive.
What is expected may hold ``{"$json": …}``, too, ``{"$like": "a regular expression"}`` and ``"$absent"``. An object
may answer more than is expected of it, a list may not.
"""

import io
import json
import re
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

SERVICES = (
    "ecs",
    "rules",
    "pipes",
    "scheduler",
    "sqs",
    "sns",
    "s3",
    "dynamodb",
    "cloudwatch",
    "aliases",
    "apigatewayv2",
    "mappings",
    "autoscaling",
    "elbv2",
    "ecs_services",
)
_REFERENCE = re.compile(r"\$\{([^}]+)\}")
_PATIENCE_SECONDS = 10.0


def facts_of(name: str) -> list[dict[str, Any]]:
    """The facts of a file, each with the calls of its stand first."""
    content = json.loads(Path(__file__).with_name(f"{name}.json").read_text())
    stands: dict[str, list[Any]] = content.get("stands", {})
    used = {fact["on"] for fact in content["facts"] if "on" in fact}
    assert used == set(stands), f"{name}.json has a stand that no fact is on"
    return [{**fact, "sent": [*stands.get(fact.get("on", ""), []), *fact["sent"]]} for fact in content["facts"]]


@dataclass
class Replay:
    """One fact, replayed; ``clients`` makes a client of a service's name."""

    clients: Callable[[str], Any]
    known: dict[str, Any]
    _answers: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.known = {"new": uuid.uuid4().hex[:8], **self.known}

    def of(self, fact: dict[str, Any]) -> str:
        """How the last answer differs from AWS's; empty when it does not."""
        self.known.update(fact.get("let", {}))
        *first, last = fact["sent"]
        for step in first:
            difference = self._make(step, step.get("until", {}), again="until" in step)
            assert not difference, f"{step['call']}: {difference}"
        return self._make(last, fact["answered"], again=last.get("again", False))

    def _make(self, step: dict[str, Any], expected: Any, *, again: bool) -> str:
        service, _, operation = step["call"].partition(".")
        call = getattr(self.clients(service), operation)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answer = _answer(call, self.sent(step.get("with", {})))
            difference = self._difference(expected if "error" in expected else {"error": "$absent", **expected}, answer)
            if not difference or not again or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        if not difference and "as" in step:
            self._answers[step["as"]] = answer
        return difference

    def sent(self, value: Any) -> Any:  # noqa: PLR0911  # one form of what a fact says each
        """What is really sent for what a fact says."""
        match value:
            case {"$json": inner}:
                return json.dumps(self.sent(inner))
            case {"$repeat": [text, times]}:
                return text * times
            case {"$zip": files}:
                return _zipped(files)
            case {"$ago": seconds}:
                return datetime.now(UTC) - timedelta(seconds=seconds)
            case dict():
                return {self.sent(name): self.sent(item) for name, item in value.items()}
            case list():
                return [self.sent(item) for item in value]
            case str() if whole := _REFERENCE.fullmatch(value):
                return self.sent(self._known(whole.group(1)))
            case str():
                return _REFERENCE.sub(lambda found: str(self.sent(self._known(found.group(1)))), value)
            case _:
                return value

    def _known(self, path: str) -> Any:
        name, *steps = path.split(".")
        found = self.known[name] if name in self.known else self._answers[name]
        for step in steps:
            found = found[int(step)] if step.isdigit() else found[step]
        return found

    def _difference(self, expected: Any, answer: Any, at: str = "") -> str:
        match expected:
            case {"$json": inner} if isinstance(answer, str) and answer != "$absent":
                return self._difference(inner, json.loads(answer), f"{at} as JSON")
            case {"$like": pattern}:
                same = isinstance(answer, str) and re.search(pattern, answer) is not None
            case dict() if isinstance(answer, dict):
                found = (
                    self._difference(item, answer.get(name, "$absent"), f"{at}.{name}")
                    for name, item in expected.items()
                )
                return "; ".join(text for text in found if text)
            case list() if isinstance(answer, list) and len(answer) == len(expected):
                found = (
                    self._difference(*both, f"{at}[{index}]")
                    for index, both in enumerate(zip(expected, answer, strict=True))
                )
                return "; ".join(text for text in found if text)
            case _:
                wanted = self.sent(expected)
                same = (wanted, type(wanted)) == (answer, type(answer))
        return "" if same else f"{at} is {str(answer)[:600]!r}, on AWS {str(expected)[:600]!r}"


def _zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def _answer(call: Callable[..., Any], request: dict[str, Any]) -> dict[str, Any]:
    """The answer, or its error with the HTTP status; a stream as text."""
    try:
        answer = call(**request)
    except ClientError as refused:
        error = refused.response
        return {
            **{name: item for name, item in error.items() if name != "Error"},
            "error": {**error["Error"], "status": error["ResponseMetadata"]["HTTPStatusCode"]},
        }
    return {name: item.read().decode() if hasattr(item, "read") else item for name, item in answer.items()}
