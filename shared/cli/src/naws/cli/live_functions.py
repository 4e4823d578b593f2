"""Shows requests and runs of functions as they happen, a line for each, and what a failed run logged."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from naws.cli import console, distributions
from naws.cli.embedded import EmbeddedAws, FunctionRun, HttpRecord
from naws.cli.endpoints import endpoints_of
from naws.cli.load_balancers import paths_of
from naws.cli.log_records import FOLDER, cut, record_of, sentence
from naws.cli.stacks import EmbeddedStack

_LOG_LINES = 5
_LINE_CHARACTERS = 300
_FRAMES = 3
_PLATFORM = ("START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START ", "INIT_REPORT ")
# What the runtime client adds to every unhandled exception, and the words before the message, which is shown anyway.
_NOISE = ("LAMBDA_WARNING:", "Traceback (most recent call last)")
_FILE = re.compile(rf'({FOLDER.pattern})([^/"]+)')
_OF_FUNCTION = "The Lambda function returned the following error"
_ERROR, _THROTTLED, _FAULT = 400, 429, 500


class LiveFunctions:
    """Prints requests to functions, load balancers and distributions, and runs of functions, since the last look.

    A run that a request brought has a line of its own only when it failed or its init was late: the request shows
    everything else.
    """

    def __init__(self, stacks: Sequence[EmbeddedStack], embedded: EmbeddedAws) -> None:
        """Begin with nothing seen yet.

        Args:
            stacks: Those whose functions, load balancers and distributions are shown.
            embedded: Where they run.
        """
        self._embedded = embedded
        paths = {alias: path for stack in stacks for alias, path in stack.functions.items()}
        self._by_name = {alias.split(":")[6]: path for alias, path in paths.items()}
        self._by_api = {one.id: paths[one.alias] for stack in stacks for one in endpoints_of(stack)}
        self._by_api |= {arn: path for stack in stacks for arn, path in paths_of(stack).items()}
        self._by_api |= {arn: path for stack in stacks for arn, path in distributions.paths_of(stack).items()}
        self._seen: set[tuple[str, float]] = set()
        self._attempts: Counter[str] = Counter()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._failures: Counter[tuple[str, str]] = Counter()
        self._throttles: Counter[tuple[str, str]] = Counter()

    def look(self) -> None:
        """Print what is new."""
        if not self._by_name and not self._by_api:
            return
        runs = [run for run in self._embedded.function_runs() if run.function in self._by_name]
        requests = [one for one in self._embedded.http_requests() if one.api_id in self._by_api]
        happened = [(run.ended, run) for run in runs] + [(one.at + one.latency / 1000, one) for one in requests]
        now = {(one.request_id, at) for at, one in happened}
        fresh = [each for each in happened if (each[1].request_id, each[0]) not in self._seen]
        again = Counter(_throttled(one) for _, one in fresh)
        for _, one in sorted(fresh, key=lambda each: each[0]):
            key = _throttled(one)
            times = again.pop(key, 0) if key else 1
            if isinstance(one, FunctionRun):
                self._show_run(one, times)
            elif times:
                self._show_request(one, times)
        self._seen = now

    def counts(self) -> list[tuple[str, str, int, int, int]]:
        """Path of the function, what brought it, its runs, those of them that failed, and its throttles."""
        keys = sorted({*self._counts, *self._throttles})
        return [(*key, self._counts[key], self._failures[key], self._throttles[key]) for key in keys]

    def _show_request(self, one: HttpRecord, times: int) -> None:
        style = "red" if one.status >= _FAULT else "yellow" if one.status >= _ERROR else "green"
        more = f"and {times - 1} more" if times > 1 else ""
        error = "" if one.error.startswith(_OF_FUNCTION) else one.error
        path, asked = self._by_api[one.api_id], f"{one.method} {one.path}"
        target = f"→ {one.target}" if one.target else one.route if ":distribution/" in one.api_id else ""
        text = _joined(f"{'http':<8}", asked, f"{one.latency} ms", path, target, error, one.request_id, more)
        console.event(str(one.status), style, _time(one.at + one.latency / 1000), text)

    def _show_throttled(self, run: FunctionRun, times: int) -> None:
        """That none began, once for all of one look: an event is tried again until it is let in."""
        path, more = self._by_name[run.function], f"and {times - 1} more" if times > 1 else ""
        self._throttles[path, run.trigger] += 1
        if times and run.trigger != "http":
            text = _joined(f"{run.trigger:<8}", path, run.request_id, more)
            console.event(run.outcome, "yellow", _time(run.ended), text)

    def _show_run(self, run: FunctionRun, times: int) -> None:
        if run.outcome == "throttled":
            self._show_throttled(run, times)
            return
        path, failed = self._by_name[run.function], run.outcome == "failed"
        self._counts[path, run.trigger] += 1
        self._failures[path, run.trigger] += failed or run.given_back > 0
        self._attempts[run.request_id] += 1
        if run.trigger == "http" and not failed and not run.late_init:
            return
        number = self._attempts[run.request_id]
        more = [f"attempt {number}"] if number > 1 else []
        more += ["init over 10 s"] if run.late_init else []
        more += [f"{run.given_back} of its messages failed"] if run.given_back else []
        taken = f"→ {run.taken_by}" if run.taken_by else ""
        took = f"{round((run.ended - run.started) * 1000)} ms"
        text = _joined(f"{run.trigger:<8}", path, took, *more, run.error_type, run.request_id, taken)
        style = "red" if failed else "yellow" if run.given_back else "green"
        console.event("partly" if run.given_back else run.outcome, style, _time(run.ended), text)
        if (failed or run.given_back) and number == 1:  # its further attempts log the same
            for line in failure_of(run):
                console.line(f"          {cut(line, _LINE_CHARACTERS)}", style="dim")


def _throttled(one: FunctionRun | HttpRecord) -> tuple[str, ...]:
    """What is the same of what was throttled, which comes in crowds and has one line at each look; empty of others."""
    if isinstance(one, FunctionRun) and one.outcome == "throttled":
        return one.function, one.trigger
    if isinstance(one, HttpRecord) and one.status == _THROTTLED:
        return one.api_id, one.method, one.path, one.error
    return ()


def failure_of(run: FunctionRun) -> Iterator[str]:
    """Class and message of what a failed run raised, where it was raised, and the last lines that it logged."""
    if run.error_message:
        yield f"{run.error_type}: {' '.join(run.error_message.split())}"
    logged: list[str] = []
    frames: Iterable[str] = ()
    for line in run.log:
        record = record_of(line)
        if "stackTrace" in record:
            # Of an init that is tried twice, the last; the message is shown already.
            frames = [each for frame in _innermost(record["stackTrace"]) for each in frame.splitlines()]
        logged += _words(line, record, run)
    yield from (FOLDER.sub("", frame) for frame in frames)
    yield from (f"| {line}" for line in logged[-_LOG_LINES:])


def _innermost(frames: Sequence[str]) -> Sequence[str]:
    """The last frames; where they are all of libraries, the last of the function's own instead of the first of them."""
    own = next((at for at in reversed(range(len(frames))) if _is_own(frames[at])), len(frames))
    first = max(0, len(frames) - _FRAMES)
    return frames[first:] if own >= first else [frames[own], *frames[first + 1 :]]


def _is_own(frame: str) -> bool:
    """Whether its file is of the function's package, and of no distribution that was packed with it."""
    found = _FILE.search(frame)
    if not found:
        return False
    # RECORD, which would say it of all, is not packed.
    packed = [*Path(found[1]).glob("*.dist-info")]
    named = {each.name.partition("-")[0].lower() for each in packed}
    named |= {name for each in packed for file in each.glob("top_level.txt") for name in file.read_text().split()}
    return found[2].removesuffix(".py") not in named


def _words(line: str, record: Mapping[str, Any], run: FunctionRun) -> Iterator[str]:
    """What a person reads of one line: nothing of what Lambda itself says of every invocation."""
    if str(record.get("type", "")).startswith("platform.") or ("stackTrace" in record and "message" not in record):
        return
    text = str(record.get("message", "") if record else line).strip()
    repeated = text == f"[ERROR] {run.error_type}: {run.error_message}"
    shown = sentence(record, text)
    if shown and not repeated and not text.startswith(_PLATFORM) and not any(noise in text for noise in _NOISE):
        yield shown


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
