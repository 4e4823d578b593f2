"""Arguments and options that the commands have in common; nothing that they need is loaded yet."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from naws.cli.errors import INTERRUPTED, CliError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STACK|PATH",
        help="Stacks, by name or construct path; patterns, by construct path or its end: `Reports/Nightly`, `Nightly`.",
        show_default="all",
    ),
]
NameArgument = Annotated[
    str, typer.Argument(metavar="STACK|PATH", help="A stack, or a pattern by its construct path or the end of it.")
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's id, or its beginning; or the name or ARN of its execution.")
]
OfOption = Annotated[
    list[str] | None,
    typer.Option("--of", metavar="STACK|PATH", help="Look only at runs of these.", show_default="all"),
]
AssemblyOption = Annotated[
    Path | None, typer.Option("--app", help="What `cdk synth` wrote: only its stacks, each where it has to be.")
]
AwsOption = Annotated[
    bool, typer.Option("--aws", help="Ask the account of the credentials, even if `naws local` runs in this folder.")
]
LocalOption = Annotated[bool, typer.Option("--local", help="Ask the embedded AWS of `naws local`, and no account.")]
StateOption = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Of `naws local`, when it was given another.", show_default="one in .naws"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def ago(text: str) -> timedelta:
    """A time of the past, such as `2d`.

    Raises:
        typer.BadParameter: It is not a number and a unit.
    """
    found = re.fullmatch(r"(\d+)([mhdw])", text)
    if found is None:
        raise typer.BadParameter(f"{text} is not a number and a unit: 30m, 12h, 2d or 3w.", param_hint="--since")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def interruptible(run: Callable[[], tuple[int, object]], how: str) -> Callable[[], tuple[int, object]]:
    """A command that Ctrl-C ends with an error, which `--json` prints, too.

    Args:
        run: The command.
        how: What is to be known of the things that it was about.
    """

    def do() -> tuple[int, object]:
        try:
            return run()
        except KeyboardInterrupt:
            raise CliError(f"Interrupted: {how}.", code=INTERRUPTED) from None

    return do
