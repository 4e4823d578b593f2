"""`naws logs`: what the tasks of a run printed, or all that a pattern's log group has."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.json_texts import parsed
from naws.cli.operate.seen import Seen, attempted, utc
from naws.cli.runs import Attempt, Run
from naws.core.parsed_json import is_object

_NOTHING: dict[str, Any] = {}
_ENTERED, _EXITED = "StateEntered", "StateExited"
_LATE = timedelta(seconds=5)
"""How much later than what it is about an event may be in a log group."""


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        at: When.
        text: It.
        source: What it is of: an attempt, a state, a log stream.
    """

    at: datetime
    text: str
    source: str = ""

    def data(self) -> dict[str, Any]:
        """The same for a program."""
        return {"at": utc(self.at), "source": self.source, "text": self.text}


@dataclass
class RunLines:
    """The lines of a run, each once, however often it is asked.

    Attributes:
        seen: The run.
        attempt: Only this attempt's, counted from 1; None: all.
        workflow: Also the states that it enters and leaves.
    """

    seen: Seen
    attempt: int | None = None
    workflow: bool = False
    _tokens: dict[str, str] = field(default_factory=dict[str, str])
    _events: set[Any] = field(default_factory=set[Any])

    def new(self) -> list[Line]:
        """What came since the last time, in order."""
        self.seen = attempted(self.seen)
        run, pattern = self.seen.run, self.seen.pattern
        found: list[Line] = []
        if run.execution_arn:
            for number, attempt in enumerate(run.attempts, 1):
                if self.attempt in (None, number):
                    found += self._of_attempt(pattern, attempt, f"attempt {number}")
            found += self._of_workflow() if self.workflow else ()
        else:
            found += self._of_invocation(pattern, run)
        return sorted(found, key=lambda line: line.at)

    @property
    def run(self) -> Run:
        """As it was at the last look."""
        return self.seen.run

    def _of_attempt(self, pattern: Deployed, attempt: Attempt, source: str) -> Iterator[Line]:
        stream = stream_of(pattern, attempt)
        if stream is None or pattern.log_group is None:
            return
        asked = {"logGroupName": pattern.log_group, "logStreamName": stream, "startFromHead": True}
        logs = pattern.place.client("logs")
        while True:
            token = self._tokens.get(stream)
            try:
                answer = logs.get_log_events(**asked, **({"nextToken": token} if token else {}))
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
                return
            for at, event in enumerate(answer["events"]):
                key = (stream, event["timestamp"], event["message"], event.get("ingestionTime"), at)
                if key not in self._events:
                    self._events.add(key)
                    yield Line(_moment(event["timestamp"]), event["message"], source)
            following = answer.get("nextForwardToken")
            # A token that stays the same is the end for now.
            if following in (None, token):
                return
            self._tokens[stream] = following

    def _of_workflow(self) -> Iterator[Line]:
        states: Any = self.seen.pattern.place.client("stepfunctions")
        pages = states.get_paginator("get_execution_history").paginate(executionArn=self.run.execution_arn)
        for event in (one for page in pages for one in page["events"]):
            key, kind = ("state", event["id"]), str(event["type"])
            details: Mapping[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), _NOTHING)
            text = _transition(kind, details)
            if text and key not in self._events:
                self._events.add(key)
                yield Line(event["timestamp"].astimezone(UTC), text, "workflow")

    def _of_invocation(self, pattern: Deployed, run: Run) -> Iterator[Line]:
        ended = run.ended or run.started
        asked = {"startTime": _millis(run.started - _LATE), "endTime": _millis(ended + _LATE)}
        for event in _filtered(pattern, f'"{run.id}"', **asked):
            if event["eventId"] not in self._events:
                self._events.add(event["eventId"])
                yield Line(_moment(event["timestamp"]), event["message"].rstrip("\n"))


@dataclass
class GroupLines:
    """The lines of a pattern's log group, each once.

    Attributes:
        pattern: Whose.
        since: From when.
    """

    pattern: Deployed
    since: datetime
    _seen: set[str] = field(default_factory=set[str])

    def new(self) -> list[Line]:
        """What came since the last time, in order."""
        found: list[Line] = []
        for event in _filtered(self.pattern, "", startTime=_millis(self.since)):
            if event["eventId"] not in self._seen:
                self._seen.add(event["eventId"])
                source = str(event["logStreamName"]).rpartition("/")[2]
                found.append(Line(_moment(event["timestamp"]), event["message"].rstrip("\n"), source))
        if found:
            self.since = max(self.since, max(line.at for line in found) - _LATE)
        return sorted(found, key=lambda line: line.at)


def stream_of(pattern: Deployed, attempt: Attempt) -> str | None:
    """The log stream of an attempt's main container; None when it has no task, or there is no such stream."""
    if attempt.task_arn is None or pattern.log_group is None:
        return None
    task = attempt.task_arn.rpartition("/")[2]
    definitions = pattern.own("AWS::ECS::TaskDefinition")
    for logical in definitions:
        for container in pattern.template[logical].get("Properties", {}).get("ContainerDefinitions", ()):
            options = container.get("LogConfiguration", {}).get("Options", {})
            prefix = options.get("awslogs-stream-prefix")
            if prefix and attempt.container in ("", container.get("Name")):
                return f"{prefix}/{container['Name']}/{task}"
    return f"run/{attempt.container}/{task}" if attempt.container else None


def last_of(seen: Seen, count: int) -> list[str]:
    """The last lines of a run's last attempt; Lambda's own records only where there is nothing else."""
    found = [line.text for line in RunLines(seen, len(seen.run.attempts) or None).new()]
    return [*([each for each in found if not _is_record(each)] or found)][-count:]


def _is_record(text: str) -> bool:
    """Whether a line is Lambda's, and not the program's."""
    record = parsed(text)
    return is_object(record) and str(record.get("type", "")).startswith("platform.")


def follow(lines: RunLines | GroupLines, pause: float = 1.0) -> Iterator[Sequence[Line]]:
    """Lines as they come; those of a run until it has ended."""
    while True:
        # Asked before the lines: what ended by then has written all of them.
        ended = isinstance(lines, RunLines) and attempted(lines.seen).run.ended
        yield lines.new()
        if ended:
            return
        time.sleep(pause)


def _filtered(pattern: Deployed, terms: str, **between: int) -> Iterator[dict[str, Any]]:
    if pattern.log_group is None:
        return
    pages = pattern.place.client("logs").get_paginator("filter_log_events")
    asked = {"logGroupName": pattern.log_group, **between, **({"filterPattern": terms} if terms else {})}
    for page in pages.paginate(**asked):
        yield from page["events"]


def _transition(kind: str, details: Mapping[str, Any]) -> str:
    if kind.endswith(_ENTERED):
        return f"→ {details.get('name', '')}"
    if kind.endswith(_EXITED):
        return f"← {details.get('name', '')}"
    if kind.startswith("Execution") and kind != "ExecutionStarted":
        error = ": ".join(part for part in (details.get("error"), details.get("cause")) if part)
        return f"{kind.removeprefix('Execution').lower()} {error}".rstrip()
    return ""


def _moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


def _millis(when: datetime) -> int:
    return int(when.timestamp() * 1000)
