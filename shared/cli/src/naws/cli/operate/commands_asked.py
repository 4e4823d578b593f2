"""What a shell gives to the commands that look at what is deployed, and change nothing."""

from typing import Annotated

import typer

from naws.cli.operate.options import (
    SINCE,
    At,
    NameArgument,
    NamesArgument,
    OfOption,
    Outcome,
    RunArgument,
    deployed,
    moment,
)

_UNCHANGED = "nothing was changed"


@deployed(_UNCHANGED)
def status(names: NamesArgument = None, *, at: At) -> Outcome:
    """Show how each pattern does: last run, running, next firing, queues, alarms.

    Exits with 1 when something needs a person: a run that failed, a message in a failure queue, an alarm.
    """
    from naws.cli.operate import states as command  # noqa: PLC0415  # loads boto3

    return command.status(names or (), at.asked, show=at.show)


@deployed(_UNCHANGED)
def runs(  # noqa: PLR0913  # each is an option of the command
    name: NameArgument,
    *,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only those that failed, timed out or were aborted.")
    ] = False,
    running: Annotated[bool, typer.Option("--running", help="Only those that run now.")] = False,
    since: Annotated[str, typer.Option(metavar="2d|DATE", help=f"Leave out what began before: {SINCE}")] = "7d",
    limit: Annotated[int, typer.Option(min=1, help="The most of each pattern.")] = 20,
    at: At,
) -> Outcome:
    """List the newest runs of patterns, whatever started them."""
    from naws.cli.operate import asked as command  # noqa: PLC0415  # loads boto3
    from naws.cli.operate.bodies import FAILED_STATES  # noqa: PLC0415  # as above

    statuses = (*(FAILED_STATES if failed else ()), *(("RUNNING",) if running else ()))
    wanted = command.Wanted(moment(since), limit, statuses)
    return command.runs(name, at.asked, wanted, show=at.show)


@deployed(_UNCHANGED)
def show(name: RunArgument, *, of: OfOption = None, at: At) -> Outcome:
    """Show what became of a run: attempts, sizes, exit codes, reasons, its last lines, and what to do next."""
    from naws.cli.operate import asked as command  # noqa: PLC0415  # loads boto3

    return command.show(name, at.asked, of or (), show=at.show)


@deployed(_UNCHANGED)
def logs(  # noqa: PLR0913  # as above
    name: Annotated[
        str, typer.Argument(metavar="RUN|PATH", help="A run, by its id or its beginning; or a pattern, by its path.")
    ],
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait for more; of a run until its end, with its exit code.")
    ] = False,
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Of a run: only this attempt's.", show_default="all")
    ] = None,
    workflow: Annotated[
        bool, typer.Option("--workflow", help="Of a run: also the states that it enters and leaves.")
    ] = False,
    grep: Annotated[str, typer.Option(help="Only lines with this in them.", show_default="all")] = "",
    since: Annotated[str, typer.Option(metavar="1h|DATE", help=f"Of a pattern: how far back: {SINCE}")] = "1h",
    at: At,
) -> Outcome:
    """Print what a run printed, or what a pattern's log group has.

    With `--follow --json` each line is a JSON object of its own.
    """
    from naws.cli.operate import asked as command  # noqa: PLC0415  # loads boto3

    chosen = command.Chosen(moment(since), attempt, workflow, grep, follow)
    return command.logs(name, at.asked, chosen, as_json=at.as_json)
