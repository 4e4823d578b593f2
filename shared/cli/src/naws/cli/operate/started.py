"""`naws run`, `naws fire` and `naws send`: a run by hand, by a schedule now, by a message."""

import hashlib
import json
import re
import shlex
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from naws.cli import console
from naws.cli.accounts import asked, code_of
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.operate.asked import exit_code, kept
from naws.cli.operate.deployed import Deployed, find_one
from naws.cli.operate.lines import RunLines, follow
from naws.cli.operate.seen import Seen, data
from naws.cli.operate.where import Asked, Where, find_where
from naws.cli.runs import Run, read_described, read_run
from naws.core.spelling import nearest

PERMISSIONS = (
    "It takes cloudformation:DescribeStacks, GetTemplate and ListStackResources, and what starts: "
    "states:StartExecution, lambda:InvokeFunction, sqs:SendMessage and GetQueueAttributes; to wait "
    "states:DescribeExecution and GetExecutionHistory; for a schedule scheduler:ListSchedules and GetSchedule."
)
TIMED_OUT = 124
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
            return _invoke(where, pattern, payload, wait=start.wait or start.follow, show=show)
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
        chosen = _one(pattern.schedules, schedule, f"schedule of {pattern.runs.path}")
        target = _schedule(pattern, chosen)["Target"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        given = _filled(target, now)
        if pattern.runs.kind == "function":
            return _invoke(where, pattern, given, wait=start.wait or start.follow, show=show)
        named = _id_of(given) or str(uuid.uuid4())
        return _after(where, pattern, (_begin(pattern, named, given), named), start, show=show)


@dataclass(frozen=True)
class Message:
    """What is sent, and to which queue.

    Attributes:
        body: JSON text, `@` and a file, or `-` for stdin.
        queue: The queue's name, or a part of it; None: the only one.
        group: The message group, of a FIFO queue.
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
    text = _given(message.body) if message.raw else read_json(message.body, "The message")
    with asked(PERMISSIONS):
        where, pattern = _pattern(name, options, show=show)
        names = {url.rpartition("/")[2]: url for url in pattern.queues}
        url = names[_one([*names], message.queue, f"queue trigger of {pattern.runs.path}")]
        more: dict[str, str] = {}
        if url.endswith(".fifo"):
            more = {"MessageGroupId": message.group or "naws", "MessageDeduplicationId": str(uuid.uuid4())}
        sqs = pattern.place.client("sqs", attempts=1)
        _check_size(sqs, url, text)
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


def read_json(given: str, what: str) -> str:
    """JSON text, as it was given.

    Args:
        given: The text, `@` and a file, or `-` for stdin.
        what: What it is, for the error.

    Raises:
        CliError: It is not JSON, or there is no such file.
    """
    text = _given(given)
    try:
        json.loads(text)
    except ValueError as error:
        detail = f"{error}\n{text[:200]}"
        if isinstance(error, json.JSONDecodeError):
            line = text.splitlines()[error.lineno - 1] if text else ""
            detail = (
                f"{error.msg} at line {error.lineno}, column {error.colno}:\n{line[:200]}\n{' ' * (error.colno - 1)}^"
            )
        raise CliError(f"{what} is not JSON.", detail, code=2) from None
    return text


def _given(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"{given[1:]} cannot be read.", str(error), code=2) from None


def _pattern(name: str, options: Asked, *, show: bool) -> tuple[Where, Deployed]:
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    return where, find_one(where, name)


def _one(names: list[str], wanted: str | None, what: str) -> str:
    """The one that is wanted."""
    found = [each for each in names if wanted is None or wanted == each] or [
        each for each in names if wanted and wanted.lower() in each.lower()
    ]
    if len(found) == 1:
        return found[0]
    if not names:
        raise CliError(f"There is no {what}.", code=NOT_FOUND)
    if found:
        raise CliError(f"Which {what}?", "Name one of " + ", ".join(found) + ".", code=2)
    near = nearest(str(wanted), names)
    hint = f"Did you mean {near}?" if near else "There is " + ", ".join(names) + "."
    raise CliError(f"There is no {what} {wanted}.", hint, code=NOT_FOUND)


def _start(pattern: Deployed, trigger: str, payload: str, wanted: str | None) -> tuple[str, str]:
    """The ARN of an execution that was started, and the id of its run."""
    named = wanted or str(uuid.uuid4())
    head = json.dumps({"trigger": trigger, "id": named, "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
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
        raise CliError(f"A run {named} of {pattern.runs.path} was started before.", hint) from None


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
        title = f"The run {named} has not ended within {start.timeout:g} seconds; it goes on."
        raise CliError(title, f"naws logs {shlex.quote(named)} --follow", code=TIMED_OUT)
    if show:
        status, style = console.status_of(ended)
        code = "" if ended.exit_code is None else f"  exit {ended.exit_code}"
        console.line(f"{status}  {named}{code}  {console.duration(ended.seconds)}  {ended.error}".rstrip(), style=style)
    return exit_code(ended), {**document, **data(ended)}


def _waited(pattern: Deployed, arn: str, start: Start, *, show: bool) -> Run | None:
    """The run at its end; None when it did not end in time."""
    deadline = None if start.timeout is None else time.monotonic() + start.timeout
    seen = Seen(pattern, read_described(pattern.place, arn, pattern.runs.path))
    lines = follow(RunLines(seen, workflow=pattern.log_group is None), _PAUSE) if start.follow and show else None
    while True:
        if lines is not None:
            for line in next(lines, ()):
                console.out.print(line.text, markup=False)
        if read_described(pattern.place, arn).ended:
            for line in next(lines, ()) if lines is not None else ():
                console.out.print(line.text, markup=False)
            return read_run(pattern.place, arn, pattern=pattern.runs.path)
        if deadline is not None and time.monotonic() > deadline:
            return None
        if lines is None:
            time.sleep(_PAUSE)


def _invoke(where: Where, pattern: Deployed, payload: str, *, wait: bool, show: bool) -> tuple[int, Any]:
    kind = "RequestResponse" if wait else "Event"
    # Once: what got no answer may have been done.
    client = pattern.place.client("lambda", attempts=1)
    answer = client.invoke(FunctionName=pattern.arn, InvocationType=kind, Payload=payload.encode())
    request, failed = answer["ResponseMetadata"].get("RequestId", ""), answer.get("FunctionError")
    text = answer["Payload"].read().decode(errors="replace")
    if show:
        console.line(text if wait else f"invoked: {request}", style="red" if failed else "")
    document = {"where": where.data(), **pattern.data(), "run": request, "failed": bool(failed)}
    return int(bool(failed)), {**document, "answer": text if wait else None}


def _schedule(pattern: Deployed, name: str) -> dict[str, Any]:
    """A schedule, from the group that it is in."""
    scheduler = pattern.place.client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate(NamePrefix=name):
        for each in page["Schedules"]:
            if each["Name"] == name:
                return scheduler.get_schedule(Name=name, GroupName=each["GroupName"])
    raise CliError(f"The schedule {name} of {pattern.runs.path} is gone.", code=NOT_FOUND)


def _filled(target: dict[str, Any], now: str) -> str:
    """A schedule's input, as EventBridge Scheduler would fill it in.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    text = str(target.get("Input") or "{}")
    context = {"scheduled-time": now, "execution-id": str(uuid.uuid4()), "attempt-number": "1", "schedule-arn": ""}
    for name, value in context.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    if "aws-sdk:" in str(target.get("Arn")):
        request = json.loads(text)
        return str(request.get("Input", request.get("Payload", "{}")))
    return text


def _id_of(given: str) -> str:
    found = json.loads(given)
    return str(found.get("id", "")) if isinstance(found, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
