"""`naws run`, `naws fire` and `naws send`: a run by hand, by a schedule now, by a message."""

import hashlib
import json
import re
import shlex
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import asked, code_of
from naws.cli.errors import EXISTS, NOT_FOUND, TIMED_OUT, CliError
from naws.cli.log_records import shown
from naws.cli.operate.asked import exit_code, kept
from naws.cli.operate.bodies import FAILED_STATES
from naws.cli.operate.deployed import Deployed, find_deployed, find_one
from naws.cli.operate.invoked import LONGEST, invoke
from naws.cli.operate.lines import Line, RunLines, follow
from naws.cli.operate.message_sizes import check_handed_over
from naws.cli.operate.next_steps import logs_of, redrive_of, show_next
from naws.cli.operate.seen import Seen, data
from naws.cli.operate.times import utc
from naws.cli.operate.where import Asked, Where, find_where
from naws.cli.runs import Run, read_described, read_run
from naws.cli.schedules import written
from naws.cli.texts import read_json, read_text
from naws.cli.words import counted, duration
from naws.core.spelling import nearest

PERMISSIONS = (
    "It takes cloudformation:DescribeStacks, GetTemplate and ListStackResources; of a queue of another stack "
    "sqs:GetQueueUrl, and pipes:DescribePipe or lambda:GetEventSourceMapping; and what starts: "
    "states:StartExecution, lambda:InvokeFunction, sqs:SendMessage and GetQueueAttributes; to wait "
    "states:DescribeExecution and GetExecutionHistory; for a schedule scheduler:ListSchedules and GetSchedule."
)
MOST_BYTES = 262_144
"""Of the input of an execution.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (task, state, or execution)
"""
MOST_BYTES_SENT = 1_048_576
"""Of a message, where its queue takes no less.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html (MessageBody)
"""
_LARGEST = "MaximumMessageSize"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_PAUSE = 1.0


@dataclass(frozen=True)
class Start:
    """How a run is started.

    Attributes:
        payload: JSON text, `@` and a file, or `-` for stdin.
        id: Its id; None: a new one.
        wait: Wait for its end.
        follow: Wait, and print what it prints.
        timeout: Seconds to wait at most; None: until it ends.
    """

    payload: str = "{}"
    id: str | None = None
    wait: bool = False
    follow: bool = False
    timeout: float | None = None

    @property
    def patience(self) -> float | None:
        """Seconds to wait for the answer of a function; None: it is not waited for."""
        if not (self.wait or self.follow):
            return None
        return LONGEST if self.timeout is None else min(self.timeout, LONGEST)


def run(name: str, options: Asked, start: Start, *, show: bool) -> tuple[int, Any]:
    """Start a run of a pattern by hand.

    Args:
        name: As for `find_one`.
        options: Where it is looked for.
        start: What it is given, and whether its end is waited for.
        show: Print what happens.

    Returns:
        The exit code: 0 it was started; of a run that was waited for its own, 124 when it did not end in time.

    Raises:
        CliError: There is no such pattern, it has no runs, or AWS refuses the start.
    """
    payload = read_json(start.payload, "--payload")
    with asked(PERMISSIONS):
        where, pattern = _pattern(name, options, show=show)
        if pattern.runs.kind == "workflow":
            started = _start(pattern, "manual", payload, start.id)
            return _after(where, pattern, started, start, show=show)
        if pattern.runs.kind == "function":
            return invoke(where, pattern, payload, start.patience, show=show)
    title = f"{pattern.runs.path} is a {pattern.runs.kind}: it has no runs to start."
    raise CliError(title, f"naws status {shlex.quote(pattern.runs.path)}", code=2)


def fire(name: str, schedule: str | None, options: Asked, start: Start, *, show: bool) -> tuple[int, Any]:
    """Start what a schedule starts, with its input, now.

    Args:
        name: As for `find_one`.
        schedule: Its name, or a part of it; None: the only one.
        options: Where it is looked for.
        start: Whether its end is waited for.
        show: Print what happens.

    Raises:
        CliError: There is no such pattern or schedule, or AWS refuses the start.
    """
    with asked(PERMISSIONS):
        where, pattern = _pattern(name, options, show=show)
        chosen = _one_schedule(pattern, schedule)
        found = _schedule(pattern, chosen)
        target = found["Target"]
        now = utc(datetime.now(UTC))
        given = _filled(target, now, found["Arn"])
        if pattern.runs.kind == "function":
            return invoke(where, pattern, given, start.patience, show=show)
        named = _id_of(given) or str(uuid.uuid4())
        return _after(where, pattern, (_begin(pattern, named, given), named), start, show=show)


@dataclass(frozen=True)
class Message:
    """What is sent, and to which queue.

    Attributes:
        body: JSON text, `@` and a file, or `-` for stdin.
        queue: The queue's name, or a part of it; None: the only one.
        group: The message group: of a FIFO queue, or a tenant of a fair one.
        raw: The body may be other than JSON.
    """

    body: str
    queue: str | None = None
    group: str | None = None
    raw: bool = False


def send(name: str, message: Message, options: Asked, *, show: bool) -> tuple[int, Any]:
    """Send a message to a queue that starts a pattern.

    Args:
        name: As for `find_one`.
        message: What is sent.
        options: Where it is looked for.
        show: Print what happens.

    Raises:
        CliError: The body is not JSON, or there is no such pattern or queue.
    """
    text = read_text(message.body) if message.raw else read_json(message.body, "The message")
    with asked(PERMISSIONS):
        where, pattern = _pattern(name, options, show=show)
        names = {url.rpartition("/")[2]: url for url in pattern.queues}
        what = f"queue trigger of {pattern.runs.path}"
        if not names:
            raise CliError(f"There is no {what}.", _instead(pattern, "QueueTrigger()"), code=NOT_FOUND)
        url = names[_one(names, message.queue, what)]
        more = {"MessageGroupId": message.group} if message.group else {}
        if url.endswith(".fifo"):
            more = {"MessageGroupId": message.group or "naws", "MessageDeduplicationId": str(uuid.uuid4())}
        sqs = pattern.place.client("sqs", attempts=1)
        _check_size(sqs, url, text)
        check_handed_over(pattern, text)
        sent = sqs.send_message(QueueUrl=url, MessageBody=text, **more)["MessageId"]
    if show:
        console.line(f"sent {sent} to {url}")
        console.line(f"next: naws runs {shlex.quote(pattern.runs.path)}")
    return 0, {"where": where.data(), **pattern.data(), "queue": url, "message": sent}


def _check_size(sqs: Any, url: str, text: str) -> None:
    """Refuse a message that its queue does not take.

    Raises:
        CliError: It is longer.
    """
    size, largest = len(text.encode()), MOST_BYTES_SENT
    try:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[_LARGEST]).get("Attributes", {})
        largest = int(found.get(_LARGEST, largest))
    except ClientError as error:
        # Who may only send is refused by SQS itself.
        if "AccessDenied" not in code_of(error):
            raise
    if size > largest:
        title = f"The message has {size:,} bytes; {url.rpartition('/')[2]} takes {largest:,}."
        raise CliError(title, "Put it into a bucket, and send its name.", code=2)


def _pattern(name: str, options: Asked, *, show: bool) -> tuple[Where, Deployed]:
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    return where, find_one(where, name)


def _one_schedule(pattern: Deployed, wanted: str | None) -> str:
    """The name of the schedule that is wanted, by its name or its expression."""
    schedules, what = pattern.schedules, f"schedule of {pattern.runs.path}"
    if not schedules:
        raise CliError(f"There is no {what}.", _instead(pattern, 'ScheduleTrigger("@daily")'), code=NOT_FOUND)
    by_expression = [name for name, expression in schedules.items() if wanted and written(wanted) == expression]
    if len(by_expression) == 1:
        return by_expression[0]
    return _one(schedules, wanted, what)


def _one(names: Mapping[str, str], wanted: str | None, what: str) -> str:
    """The one that is wanted, of names and what else is to be known of each."""
    found = [each for each in names if wanted is None or wanted == each] or [
        each for each in names if wanted and wanted.lower() in each.lower()
    ]
    if len(found) == 1:
        return found[0]
    lines = {name: f"{name}  {more}" if more != name and "://" not in more else name for name, more in names.items()}
    if found:
        raise CliError(f"Which {what}?", "\n".join(["Name one of", *(f"  {lines[each]}" for each in found)]), code=2)
    near = nearest(str(wanted), names)
    hint = f"Did you mean {near}?" if near else "\n".join(["There is", *(f"  {each}" for each in lines.values())])
    raise CliError(f"There is no {what} {wanted}.", hint, code=NOT_FOUND)


def _instead(pattern: Deployed, trigger: str) -> str:
    """What starts a pattern that lacks a trigger, and how it gets that."""
    path = shlex.quote(pattern.runs.path)
    if pattern.runs.kind not in {"workflow", "function"}:
        return f"A {pattern.runs.kind} has no runs to start: naws status {path}"
    ways = [f"naws run {path}"]
    ways += [f"naws fire {path}"] if pattern.schedules else []
    ways += [f"naws send {path} '{{}}'"] if pattern.queues else []
    return f"What starts it: {' · '.join(ways)}\nTo have one: triggers=[{trigger}] in its props."


def _start(pattern: Deployed, trigger: str, payload: str, wanted: str | None) -> tuple[str, str]:
    """The ARN of an execution that was started, and the id of its run."""
    named = wanted or str(uuid.uuid4())
    head = json.dumps({"trigger": trigger, "id": named, "time": utc(datetime.now(UTC))})
    return _begin(pattern, named, f'{head[:-1]}, "payload": {payload}}}'), named


def _begin(pattern: Deployed, named: str, given: str) -> str:
    size = len(given.encode())
    if size > MOST_BYTES:
        title = f"The input has {size:,} bytes; an execution takes {MOST_BYTES:,}."
        raise CliError(title, "Put it into a bucket, and give its name.", code=2)
    name = named if _NAME.fullmatch(named) else hashlib.sha256(named.encode()).hexdigest()[:40]
    states = pattern.place.client("stepfunctions")
    try:
        return states.start_execution(stateMachineArn=pattern.arn, name=name, input=given)["executionArn"]
    except ClientError as error:
        if code_of(error) != "ExecutionAlreadyExists":
            raise
        path, run = shlex.quote(pattern.runs.path), shlex.quote(named)
        hint = f"naws show {run}; if it failed, naws redrive {path} {run} puts it back."
        raise CliError(f"A run {named} of {pattern.runs.path} was started before.", hint, code=EXISTS) from None


def _after(where: Where, pattern: Deployed, started: tuple[str, str], start: Start, *, show: bool) -> tuple[int, Any]:
    """What a command does when its run is started."""
    arn, named = started
    document = {"where": where.data(), **pattern.data(), "run": named, "execution": arn}
    if not (start.wait or start.follow):
        if show:
            console.line(f"started {named}")
            console.line(f"next: naws logs {shlex.quote(named)} --follow")
        return 0, document
    if not kept(pattern):
        title = f"{pattern.runs.path} is an EXPRESS workflow: nobody can ask for its end."
        raise CliError(title, f"It was started as {named}. naws logs {shlex.quote(pattern.runs.path)}", code=2)
    if show:
        console.aside(f"started {named}; Ctrl-C leaves it running")
    try:
        ended = _waited(pattern, arn, start, show=show)
    except KeyboardInterrupt:
        raise CliError(
            f"Interrupted: the run {named} goes on.", f"naws logs {shlex.quote(named)} --follow", code=130
        ) from None
    if ended is None:
        title = f"The run {named} has not ended within {counted(start.timeout or 0, 'second')}; it goes on."
        raise CliError(title, f"naws logs {shlex.quote(named)} --follow", code=TIMED_OUT)
    if show:
        status, style = console.status_of(ended)
        code = "" if ended.exit_code is None else f"  exit {ended.exit_code}"
        console.line(f"{status}  {named}{code}  {duration(ended.seconds)}  {ended.error}".rstrip(), style=style)
        if ended.status in FAILED_STATES:
            seen = Seen(pattern, ended)
            show_next([*logs_of(seen, find_deployed(where, ())), *redrive_of(seen)])
    return exit_code(ended), {**document, **data(ended)}


def _waited(pattern: Deployed, arn: str, start: Start, *, show: bool) -> Run | None:
    """The run at its end; None when it did not end in time."""
    deadline = None if start.timeout is None else time.monotonic() + start.timeout
    seen = Seen(pattern, read_described(pattern.place, arn, pattern.runs.path))
    followed = RunLines(seen, workflow=pattern.log_group is None) if start.follow and show else None
    lines = follow(followed, _PAUSE) if followed is not None else None
    reported = 0
    while True:
        if lines is not None and followed is not None:
            _print(next(lines, ()))
            for text in failed_attempts(followed.run)[reported:]:
                console.aside(text)
                reported += 1
        if read_described(pattern.place, arn).ended:
            _print(next(lines, ()) if lines is not None else ())
            return read_run(pattern.place, arn, pattern=pattern.runs.path)
        if deadline is not None and time.monotonic() > deadline:
            return None
        if lines is None:
            time.sleep(_PAUSE)


def _print(lines: Sequence[Line]) -> None:
    for line in lines:
        for text in [line.words] if line.words else shown(line.text):
            console.out.print(text, markup=False)


def failed_attempts(run: Run) -> list[str]:
    """What each attempt failed by whose program ran and is over, in order; one that did not start is in the lines."""
    failed = [(number, attempt.failure) for number, attempt in run.failed_attempts if not attempt.unstarted]
    return [f"attempt {number} failed: {failure}" for number, failure in failed]


def _schedule(pattern: Deployed, name: str) -> dict[str, Any]:
    """A schedule, from the group that it is in."""
    scheduler = pattern.place.client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate(NamePrefix=name):
        for each in page["Schedules"]:
            if each["Name"] == name:
                return scheduler.get_schedule(Name=name, GroupName=each["GroupName"])
    raise CliError(f"The schedule {name} of {pattern.runs.path} is gone.", code=NOT_FOUND)


def _filled(target: dict[str, Any], now: str, arn: str) -> str:
    """A schedule's input, as EventBridge Scheduler would fill it in.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    text = str(target.get("Input") or "{}")
    context = {"scheduled-time": now, "execution-id": str(uuid.uuid4()), "attempt-number": "1", "schedule-arn": arn}
    for name, value in context.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    if "aws-sdk:" in str(target.get("Arn")):
        request = json.loads(text)
        return str(request.get("Input", request.get("Payload", "{}")))
    return text


def _id_of(given: str) -> str:
    found = json.loads(given)
    return str(found.get("id", "")) if isinstance(found, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
