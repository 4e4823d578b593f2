"""What a shell gives to the commands that operate what is deployed: arguments and options, and nothing loaded yet."""

from pathlib import Path
from typing import Annotated

import typer

from naws.cli.errors import CliError
from naws.cli.operate.options import SINCE, At, NamesArgument, Outcome, deployed, moment


@deployed("nothing was changed")
def failures(
    names: NamesArgument = None,
    *,
    since: Annotated[str, typer.Option(metavar="2d|DATE", help=f"Leave out what failed before: {SINCE}")] = "90d",
    every: Annotated[bool, typer.Option("--all", help="Each run, and not only an example of each cause.")] = False,
    at: At,
) -> Outcome:
    """List what failed, by cause: messages of failure and dead-letter queues, and executions that have none.

    Nothing is changed: messages are received and given back. Exits with 1 when something failed.
    """
    from naws.cli.operate import failures as command  # noqa: PLC0415  # loads boto3

    return command.failures(names or (), at.asked, moment(since), every=every, show=at.show)


@deployed("the same command goes on")
def redrive(  # noqa: PLR0913  # each is an option of the command
    name: Annotated[
        str | None,
        typer.Argument(metavar="STACK|PATH", help="A stack, or a pattern by its construct path or the end of it."),
    ] = None,
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Ids of runs, or their beginnings.", show_default="all that failed"),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that failed: of the name, or of everything that is deployed.")
    ] = False,
    cause: Annotated[str, typer.Option(help="Only those with this in their cause.", show_default="any")] = "",
    history: Annotated[
        bool, typer.Option("--history", help="Also executions that no message has; named ones are, anyway.")
    ] = False,
    from_start: Annotated[
        bool,
        typer.Option("--from-start", help="Start anew, with today's definition, what would go on where it failed."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="The most runs in a second.")] = 20,
    journal: Annotated[
        Path | None, typer.Option(help="What remembers what was done.", show_default="a file in .naws/redrive")
    ] = None,
    at: At,
) -> Outcome:
    """Put failed runs back under the same id. A message goes only when its run was accepted.

    After Ctrl-C the same command goes on. Exits with 5 when not all could be put back.
    """
    from naws.cli.operate import redrive as command  # noqa: PLC0415  # loads boto3

    if name is None and not everything:
        raise CliError("Put what back?", "Name a stack or a pattern; --all is everything that is deployed.", code=2)
    if runs and everything:
        raise CliError("Either --all or runs by their ids.", code=2)
    chosen = command.Chosen(runs or (), cause, history, from_start, dry_run, rate, yes, journal)
    return command.redrive(name, at.asked, chosen, show=at.show)


@deployed("see with --list what is shown")
def rollback(  # noqa: PLR0913  # as above
    name: Annotated[
        str, typer.Argument(metavar="PATH", help="A website by its construct path or the end of it, or its stack.")
    ],
    release: Annotated[
        str | None,
        typer.Argument(help="The id of a release, or its beginning.", show_default="the one before the shown one"),
    ] = None,
    *,
    only_list: Annotated[bool, typer.Option("--list", help="Only list the releases that are kept.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    at: At,
) -> Outcome:
    """Show an older release of a website at once, until another one is deployed.

    Nothing is uploaded and nothing invalidated: the function at the edge is published with another id. CloudFormation
    does not notice: to deploy the same release once more changes nothing. The line that is printed brings it back.
    """
    from naws.cli.operate import rollback as command  # noqa: PLC0415  # loads boto3

    return command.rollback(name, release, at.asked, only_list=only_list, dry_run=dry_run, agreed=yes, show=at.show)
