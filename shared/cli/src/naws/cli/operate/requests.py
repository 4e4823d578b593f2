"""Runs by ids that only others know: a function's failure queue that of the envelope, a log that of the task."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from naws.cli.accounts import code_of
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.operate.deployed import Deployed
from naws.cli.operate.failure import Failure
from naws.cli.operate.found import find_failures
from naws.cli.operate.history import LONGEST
from naws.cli.operate.progress import Counting
from naws.cli.operate.seen import LOOKED_INTO, Seen, find_run, runs_of
from naws.cli.operate.times import clock

_TASK = re.compile(r"[0-9a-f]{32}|[0-9a-f-]{36}")
"""Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html"""


class NoLogError(CliError):
    """A run failed, and its log has nothing of it."""


def find_kept_run(patterns: Sequence[Deployed], name: str, since: datetime) -> Seen:
    """The run of an id; of a function also by that of its envelope, which only its failure queue has, or of a task.

    Args:
        patterns: Whose it may be.
        name: As for `find_run`.
        since: As for `find_run`.

    Raises:
        NoLogError: Only the failure queue has it.
        CliError: As of `find_run`.
    """
    try:
        return find_run(patterns, name, since)
    except CliError as error:
        if error.code != NOT_FOUND:
            raise
        if _TASK.fullmatch(name) and (of_task := _by_task(patterns, name)):
            return of_task
        kept = _kept(patterns, name)
        if kept is None:
            raise
    pattern, failure = kept
    with suppress(CliError):
        return find_run([pattern], failure.run, since)
    path = pattern.runs.path
    title = f"The run {failure.run} of {path} failed {clock(failure.at)}: {failure.cause.text}."
    raise NoLogError(title, "Its log no longer has it, or never had.", code=NOT_FOUND)


def _by_task(patterns: Sequence[Deployed], task: str) -> Seen | None:
    """The run that a task was made for: its log names the task, and its execution's history has it."""
    for pattern in (each for each in patterns if each.runs.kind == "workflow" and each.runs.redrive != "execution"):
        runs, _ = runs_of(pattern, datetime.now(UTC) - LONGEST, LOOKED_INTO)
        for run in runs:
            if any(task in str(attempt.task_arn) for attempt in run.attempts):
                return Seen(pattern, run)
    return None


def _kept(patterns: Sequence[Deployed], name: str) -> tuple[Deployed, Failure] | None:
    for pattern in patterns:
        if pattern.runs.kind != "function":
            continue
        try:
            found = find_failures(pattern, datetime.now(UTC) - LONGEST, all_of_it=False, counting=Counting())
        except ClientError as error:
            # Who may not read messages sees runs by their requests alone.
            if "AccessDenied" not in code_of(error):
                raise
            continue
        named = [each for each in found.failures if name in each.names]
        named = named or [each for each in found.failures if each.begins(name)]
        if len({each.run for each in named}) == 1:
            return pattern, named[-1]
    return None
