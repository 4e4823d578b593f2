"""Runs of functions by what their failure queues keep: there a run has the id of its envelope, too."""

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
from naws.cli.operate.printed import clock
from naws.cli.operate.progress import Counting
from naws.cli.operate.seen import Seen, find_run


class NoLogError(CliError):
    """A run failed, and its log has nothing of it."""


def find_kept_run(patterns: Sequence[Deployed], name: str, since: datetime) -> Seen:
    """The run of an id; of a function also by that of its envelope, which only its failure queue has.

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
        kept = _kept(patterns, name)
        if kept is None:
            raise
    pattern, failure = kept
    with suppress(CliError):
        return find_run([pattern], failure.run, since)
    path = pattern.runs.path
    title = f"The run {failure.run} of {path} failed {clock(failure.at)}: {failure.cause.text}."
    raise NoLogError(title, "Its log no longer has it, or never had.", code=NOT_FOUND)


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
