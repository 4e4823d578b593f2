"""`naws failures`: what failed, by cause, from queues and history together."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from naws.cli import console
from naws.cli.accounts import asked
from naws.cli.operate.deployed import find_deployed
from naws.cli.operate.found import Found, find_failures
from naws.cli.operate.printed import next_lines, show_found
from naws.cli.operate.progress import Counting
from naws.cli.operate.times import utc
from naws.cli.operate.where import Asked, find_where
from naws.cli.words import counted

PERMISSIONS = (
    "It takes cloudformation:DescribeStacks, GetTemplate and ListStackResources; sqs:GetQueueAttributes, "
    "ReceiveMessage and ChangeMessageVisibility; states:ListExecutions and DescribeExecution; for a queue of another "
    "stack sqs:GetQueueUrl, pipes:DescribePipe or lambda:GetEventSourceMapping. ReadOnlyAccess lacks those of messages."
)


def failures(names: Sequence[str], options: Asked, since: datetime, *, every: bool, show: bool) -> tuple[int, Any]:
    """List what failed of the patterns of these names.

    Args:
        names: As for `find_deployed`.
        options: Where they are looked for.
        since: What failed before is left out.
        every: Print each run, and look into all executions without a message.
        show: Print what was found.

    Returns:
        The exit code, 0 or 1 when something failed or cannot be seen, and what was found.

    Raises:
        CliError: A name is not there, or AWS cannot be asked.
    """
    where = find_where(options, Path.cwd())
    if show:
        console.aside(where.title)
    with asked(PERMISSIONS):
        patterns = find_deployed(where, names)
        found = [find_failures(each, since, all_of_it=every, counting=Counting()) for each in patterns]
    failed = sum(len(each.open) for each in found)
    if show:
        _show(found, named=bool(names), every=every)
    hidden = sum(each.unseen for each in found)
    document = {"where": where.data(), "since": utc(since), "failed": failed, "hidden": hidden}
    unread = sum(len(each.unread) for each in found)
    return min(failed + hidden + unread, 1), {**document, "patterns": [each.data() for each in found]}


def _show(found: Sequence[Found], *, named: bool, every: bool) -> None:
    # Of all that is deployed only what failed is of interest.
    shown = found if named else [each for each in found if each.failures or each.notes or each.unseen]
    for each in shown:
        show_found(each, every=every)
    if not shown:
        console.line(f"nothing failed of {counted(len(found), 'pattern')}" if found else "no pattern is deployed")
    for line in next_lines(found):
        console.line(f"next: {line}")
