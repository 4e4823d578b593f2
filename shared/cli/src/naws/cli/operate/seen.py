"""Runs as AWS has them: the executions of a workflow, and what the log of a function reports of its invocations."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from shlex import quote
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.json_texts import parsed
from naws.cli.operate import executions
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.times import utc
from naws.cli.runs import Attempt, Run, names_of, read_described, read_run
from naws.cli.words import counted
from naws.core.parsed_json import is_object
from naws.core.spelling import nearest

LOOKED_INTO = 200
"""Executions of a pattern whose inputs are read to find a run by its id; each is a call."""
OF_FUNCTIONS = timedelta(days=2)
"""How far invocations of functions are looked for."""
EXPRESS = "StateMachineTypeNotSupported"
_READERS = 8
_PAGE = 1000
_ENDS = {"success": "SUCCEEDED", "timeout": "TIMED_OUT"}
_HAVING = ("workflow", "function")
_MOST_NAMED = 5
_FINE = ("RUNNING", "SUCCEEDED")


@dataclass(frozen=True)
class Seen:
    """One run, and whose it is.

    Attributes:
        pattern: The pattern.
        run: The run.
    """

    pattern: Deployed
    run: Run


def runs_of(pattern: Deployed, since: datetime, limit: int, statuses: Sequence[str] = ()) -> tuple[list[Run], str]:
    """The newest runs of a pattern, the newest first, and what is to be known of the list.

    Args:
        pattern: Which.
        since: Those that began before are left out.
        limit: How many at most.
        statuses: Only those with one of these; empty: all.
    """
    if pattern.runs.kind == "function":
        found = [run for run in reported(pattern, since) if not statuses or run.status in statuses]
        return found[:limit], executions.more(limit) if len(found) > limit else ""
    if pattern.runs.kind != "workflow":
        path = quote(pattern.runs.path)
        logs = f", naws logs {path}" if pattern.log_group else ""
        return [], f"a {pattern.runs.kind} has no runs: naws status {path}{logs}"
    try:
        states = pattern.place.client("stepfunctions")
        arns, note = executions.began(states, pattern.arn, since, limit, statuses)
    except ClientError as error:
        if code_of(error) != EXPRESS:
            raise
        return [], f"an EXPRESS workflow keeps no history of executions: naws logs {quote(pattern.runs.path)}"
    with ThreadPoolExecutor(_READERS) as readers:
        found = [*readers.map(partial(_read, pattern), arns)]
    return [*filter(None, found)], note


def _read(pattern: Deployed, arn: str) -> Run | None:
    """A run with its attempts; of a workflow of the user's own, whose history may be long, without."""
    read = read_described if pattern.runs.redrive == "execution" else read_run
    try:
        return read(pattern.place, arn, pattern=pattern.runs.path)
    except ClientError as error:
        if code_of(error) == "ExecutionDoesNotExist":
            return None
        raise


def whole(seen: Seen) -> Run:
    """All that is known of a run: with its way through the states, of a workflow of the user's own."""
    run, pattern = seen.run, seen.pattern
    if not run.execution_arn:
        return run
    names = names_of(pattern.place, run.execution_arn) if pattern.runs.redrive == "execution" else None
    return read_run(pattern.place, run.execution_arn, names, pattern.runs.path)


def reported(pattern: Deployed, since: datetime, of: str = "") -> list[Run]:
    """The requests to a function that its log reports, each once with its attempts, the newest first.

    Args:
        pattern: The function's.
        since: When to begin.
        of: Only this invocation's.
    """
    asked = {"logGroupName": pattern.log_group, "startTime": int(since.timestamp() * 1000)}
    pages = pattern.place.client("logs").get_paginator("filter_log_events")
    found: list[Run] = []
    for page in pages.paginate(**asked, filterPattern=f'"{of or "platform.report"}"') if pattern.log_group else ():
        records = (parsed(event["message"]) for event in page["events"])
        found += [
            _invocation(pattern, each) for each in records if is_object(each) and each.get("type") == "platform.report"
        ]
    by_request: dict[str, list[Run]] = {}
    for each in sorted(found, key=lambda run: run.started):
        by_request.setdefault(each.id, []).append(each)
    requests = [_request(attempts) for attempts in by_request.values()]
    return sorted(requests, key=lambda run: run.started, reverse=True)


def _request(attempts: Sequence[Run]) -> Run:
    """One request with its attempts: Lambda tries an asynchronous one again under the same id.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (record of three attempts)
    """
    tried = tuple(Attempt(None, None, each.error, seconds=each.seconds) for each in attempts)
    return replace(attempts[-1], started=attempts[0].started, attempts=tried)


def _invocation(pattern: Deployed, event: Any) -> Run:
    record = event["record"]
    ended = datetime.fromisoformat(str(event["time"]))
    took = timedelta(milliseconds=float(record.get("metrics", {}).get("durationMs", 0)))
    error = str(record.get("errorType", ""))
    status = _ENDS.get(str(record.get("status", "success")), "FAILED")
    status = "FAILED" if error and status == "SUCCEEDED" else status
    return Run("", "", str(record["requestId"]), status, (), ended - took, ended, error, pattern=pattern.runs.path)


def find_run(patterns: Sequence[Deployed], name: str, since: datetime) -> Seen:
    """The run of an id.

    Args:
        patterns: Whose it may be.
        name: Its id or the beginning of it, the name or the ARN of its execution.
        since: How far invocations of functions are looked for.

    Raises:
        CliError: There is none, or several whose ids begin so.
    """
    if not name:
        raise CliError("Which run?", _listing(patterns), code=2)
    known: list[Seen] = []
    for pattern in patterns:
        if pattern.runs.kind == "workflow" and (found := by_execution(pattern, name)):
            # One that failed may have been put back, in an execution of another name.
            same = [] if found.run.status in _FINE or ":" in name else _candidates(pattern, name, since)
            later = [found, *(each for each in same if each.run.id == found.run.id)]
            return max(later, key=lambda each: each.run.started)
    for pattern in patterns:
        known += _candidates(pattern, name, since)
    exact = [each for each in known if name in _names(each.run)]
    begins = exact or [each for each in known if any(one.startswith(name) for one in _names(each.run))]
    ids = list(dict.fromkeys(each.run.id for each in begins))
    if len(ids) > 1:
        raise CliError(f"{name} is the beginning of several runs.", "\n".join(ids), code=2)
    if not begins:
        near = nearest(name, {each.run.id for each in known})
        hint = f"Did you mean {near}?" if near else _listing(patterns)
        looked = f" among the newest {LOOKED_INTO} of each of {counted(len(patterns), 'pattern')}"
        raise CliError(
            f"There is no run {name}{looked if patterns else ': no pattern is deployed'}.", hint, code=NOT_FOUND
        )
    # A run that was put back has several executions: the last one says what became of it.
    return max(begins, key=lambda each: each.run.started)


def _listing(patterns: Sequence[Deployed]) -> str:
    """The commands that list the runs of some patterns, by stacks where these are several."""
    having = [each for each in patterns if each.runs.kind in _HAVING]
    names = [each.runs.path for each in having] if len(having) == 1 else sorted({each.stack for each in having})
    lists = (f"naws runs {name} lists runs, naws failures {name} --all what failed." for name in map(quote, names))
    return "\n".join(islice(lists, _MOST_NAMED))


def by_execution(pattern: Deployed, name: str) -> Seen | None:
    """The run of a pattern whose execution has this name or ARN; None when there is none."""
    prefix = pattern.arn.replace(":stateMachine:", ":execution:") + ":"
    if name.startswith("arn:") and not name.startswith(prefix):
        return None
    if not name.removeprefix(prefix).replace("-", "").replace("_", "").replace(".", "").isalnum():
        return None
    try:
        run = _read(pattern, prefix + name.removeprefix(prefix))
    except ClientError as error:
        if code_of(error) in {EXPRESS, "InvalidArn", "InvalidName", "ValidationException"}:
            return None
        raise
    return Seen(pattern, run) if run else None


def _candidates(pattern: Deployed, name: str, since: datetime) -> list[Seen]:
    if pattern.runs.kind == "function":
        return [Seen(pattern, run) for run in reported(pattern, since)]
    if pattern.runs.kind != "workflow":
        return []
    pages = pattern.place.client("stepfunctions").get_paginator("list_executions")
    try:
        page = next(iter(pages.paginate(stateMachineArn=pattern.arn, PaginationConfig={"PageSize": _PAGE})))
    except ClientError as error:
        if code_of(error) != EXPRESS:
            raise
        return []
    executions = page["executions"]
    looked = [each for at, each in enumerate(executions) if at < LOOKED_INTO or each["name"].startswith(name)]
    arns = [str(each["executionArn"]) for each in looked]
    with ThreadPoolExecutor(_READERS) as readers:
        return [Seen(pattern, run) for run in readers.map(partial(_described, pattern), arns) if run]


def _described(pattern: Deployed, arn: str) -> Run | None:
    try:
        return read_described(pattern.place, arn, pattern.runs.path)
    except ClientError as error:
        if code_of(error) == "ExecutionDoesNotExist":
            return None
        raise


def _names(run: Run) -> tuple[str, ...]:
    return (run.id, run.execution_arn.rpartition(":")[2]) if run.execution_arn else (run.id,)


def data(run: Run) -> dict[str, Any]:
    """A run for a program."""
    attempts = [
        {
            "task": each.task_arn,
            "exitCode": each.exit_code,
            "reason": each.stopped_reason,
            "container": each.container,
            "size": [*each.size],
            "seconds": each.seconds,
        }
        for each in run.attempts
    ]
    times = {"started": utc(run.started), "ended": utc(run.ended), "seconds": round(run.seconds, 3)}
    cause = ": ".join(filter(None, run.failure)) or run.error
    named = {"run": run.id, "path": run.pattern, "trigger": run.trigger, "status": run.status}
    return {**named, **times, "cause": cause, "execution": run.execution_arn or None, "attempts": attempts}


def attempted(seen: Seen) -> Seen:
    """The same with its attempts, if only its description was read."""
    run = _read(seen.pattern, seen.run.execution_arn) if seen.run.execution_arn else None
    return replace(seen, run=run) if run else seen
