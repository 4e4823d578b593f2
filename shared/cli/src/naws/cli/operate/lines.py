"""`naws logs`: what the tasks of a run printed, or all that a pattern's log group has."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.log_records import is_platform, is_report, run_named_in, started_in, transition
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.seen import Seen, attempted
from naws.cli.operate.times import utc
from naws.cli.runs import Attempt, Run

_NOTHING: dict[str, Any] = {}
_LATE = timedelta(seconds=5)
"""How much later than what it is about an event may be in a log group."""


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        at: When.
        text: It.
        source: What it is of: an attempt, a state, a log stream.
        run: The beginning of the id of the run that it is of, where a log has several; may be empty.
        words: The same for a person, where that is not read from the text.
    """

    at: datetime
    text: str
    source: str = ""
    run: str = ""
    words: str = ""

    def data(self) -> dict[str, Any]:
        """The same for a program, its text as it is."""
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
                    found += self._of_no_start(attempt, f"attempt {number}")
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

    def _of_no_start(self, attempt: Attempt, source: str) -> Iterator[Line]:
        """Why an attempt whose program never ran did not start: no log has it."""
        key = ("no start", source)
        if attempt.unstarted and key not in self._events:
            self._events.add(key)
            yield Line(self.run.ended or datetime.now(UTC), attempt.failure, source)

    def _of_workflow(self) -> Iterator[Line]:
        states: Any = self.seen.pattern.place.client("stepfunctions")
        pages = states.get_paginator("get_execution_history").paginate(executionArn=self.run.execution_arn)
        for event in (one for page in pages for one in page["events"]):
            key, kind = ("state", event["id"]), str(event["type"])
            details: Mapping[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), _NOTHING)
            # What fails within a state, the execution has too.
            of_way = kind.startswith("Execution") or "State" in kind
            words = transition(kind, details) if of_way else ""
            if words and key not in self._events:
                self._events.add(key)
                text = transition(kind, details, whole=True)
                yield Line(event["timestamp"].astimezone(UTC), text, "workflow", words=words)

    def _of_invocation(self, pattern: Deployed, run: Run) -> Iterator[Line]:
        ended = run.ended or run.started
        asked = {"startTime": _millis(run.started - _LATE), "endTime": _millis(ended + _LATE)}
        named = sorted(_filtered(pattern, f'"{run.id}"', **asked), key=lambda one: one["timestamp"])
        for number, attempt in enumerate(_attempts(named), 1):
            for event in _with_unnamed(pattern, attempt, run.id) if self.attempt in (None, number) else ():
                if event["eventId"] not in self._events:
                    self._events.add(event["eventId"])
                    yield Line(_moment(event["timestamp"]), event["message"].rstrip("\n"), f"attempt {number}")


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
    _runs: dict[str, str] = field(default_factory=dict[str, str])

    def new(self) -> list[Line]:
        """What came since the last time, in order."""
        found: list[Line] = []
        for event in _filtered(self.pattern, "", startTime=_millis(self.since)):
            if event["eventId"] not in self._seen:
                self._seen.add(event["eventId"])
                stream, text = str(event["logStreamName"]), event["message"].rstrip("\n")
                # A stream of a function has one run at a time, and not each line names it.
                run = self._runs[stream] = run_named_in(text) or self._runs.get(stream, "")
                found.append(Line(_moment(event["timestamp"]), text, stream.rpartition("/")[2], run))
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
    return [*([each for each in found if not is_platform(each)] or found)][-count:]


def follow(lines: RunLines | GroupLines, pause: float = 1.0) -> Iterator[Sequence[Line]]:
    """Lines as they come; those of a run until it has ended."""
    while True:
        # Asked before the lines: what ended by then has written all of them.
        ended = isinstance(lines, RunLines) and attempted(lines.seen).run.ended
        yield lines.new()
        if ended:
            return
        time.sleep(pause)


def _attempts(named: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The events of a request by its attempts: Lambda tries again under the same id, and each ends with its report."""
    found: list[list[dict[str, Any]]] = [[]]
    for event in named:
        found[-1].append(event)
        if is_report(event["message"]):
            found.append([])
    return found if found[-1] else found[:-1]


def _with_unnamed(pattern: Deployed, attempt: Sequence[dict[str, Any]], request: str) -> Iterator[dict[str, Any]]:
    """The events of an attempt with what its program printed plainly, which has no request's id.

    An environment has one request at a time and a log stream of its own: all from a start to its report is of one.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """
    times = [event["timestamp"] for event in attempt]
    for stream in dict.fromkeys(event["logStreamName"] for event in attempt):
        now = ""
        for event in _filtered(pattern, "", logStreamNames=[stream], startTime=min(times), endTime=max(times)):
            now = started_in(event["message"]) or now
            if now == request or request in event["message"]:
                yield event
            now = "" if is_report(event["message"]) else now


def _filtered(pattern: Deployed, terms: str, **between: Any) -> Iterator[dict[str, Any]]:
    if pattern.log_group is None:
        return
    pages = pattern.place.client("logs").get_paginator("filter_log_events")
    asked = {"logGroupName": pattern.log_group, **between, **({"filterPattern": terms} if terms else {})}
    for page in pages.paginate(**asked):
        yield from page["events"]


def _moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


def _millis(when: datetime) -> int:
    return int(when.timestamp() * 1000)
