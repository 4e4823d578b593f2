"""Arguments and options that the commands have in common; nothing that they need is loaded yet."""

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from naws.cli import console
from naws.cli.errors import INTERRUPTED, CliError
from naws.cli.shell import ended

if TYPE_CHECKING:
    from naws.cli.operate.where import Asked

Outcome = tuple[int, object]
"""The exit code, and the document for a program."""
SINCE = "30m, 12h, 2d, 3w, or a date with or without a time, 2026-11-28T03:00, in local time unless it has a zone."
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STACK|PATH",
        help="Stacks, by name or construct path; patterns, by construct path or its end: `Reports/Nightly`, `Nightly`; "
        "stages: `Prod`.",
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
    Path | None,
    typer.Option(
        "--app", help="What `cdk synth` wrote: only its stacks, each in its region; not those of other accounts."
    ),
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


def moment(text: str) -> datetime:
    """A moment of the past: how long ago, such as `2d`, or a date, with or without a time and a zone.

    Raises:
        typer.BadParameter: It is neither, or of the future.
    """
    now = datetime.now(UTC)
    try:
        if found := re.fullmatch(r"(\d+)([mhdw])", text):
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
        # Without a zone it is local, as times are printed.
        given = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        wrong = f"{text} is neither a number and a unit (30m, 12h, 2d, 3w) nor a date (2026-11-28, 2026-11-28T03:00Z)."
        raise typer.BadParameter(wrong, param_hint="--since") from None
    if given > now:
        raise typer.BadParameter(f"{text} is {given:%Y-%m-%d %H:%M} UTC, which is to come.", param_hint="--since")
    return given


@dataclass(frozen=True)
class At:
    """What the options say that every command about something deployed has.

    Attributes:
        assembly: What `cdk synth` wrote.
        aws: The account of the credentials.
        local: The embedded AWS.
        state_dir: That of `naws local`.
        as_json: One JSON document is wanted.
    """

    assembly: AssemblyOption = None
    aws: AwsOption = False
    local: LocalOption = False
    state_dir: StateOption = None
    as_json: JsonOption = False

    @property
    def asked(self) -> "Asked":
        """Where it looks."""
        from naws.cli.operate.where import Asked  # noqa: PLC0415  # loads boto3

        return Asked(self.aws, self.local, self.state_dir, self.assembly)

    @property
    def show(self) -> bool:
        """Whether it prints for people."""
        return not self.as_json


def deployed(how: str) -> Callable[[Callable[..., Outcome]], Callable[..., None]]:
    """Make a command of a function: the options of `At` stand behind its own, and it ends with its exit code.

    Args:
        how: What Ctrl-C says of the things that it was about.
    """

    def made(command: Callable[..., Outcome]) -> Callable[..., None]:
        own = [each for name, each in inspect.signature(command).parameters.items() if name != "at"]
        options = inspect.signature(At).parameters

        @functools.wraps(command)
        def answered(**given: Any) -> None:
            at = At(**{name: given.pop(name) for name in options})
            run = _interruptible(lambda: command(**given, at=at), how)
            ended(lambda: console.reported(run, as_json=at.as_json))

        keywords = (each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in options.values())
        vars(answered)["__signature__"] = inspect.Signature([*own, *keywords])
        return answered

    return made


def _interruptible(run: Callable[[], Outcome], how: str) -> Callable[[], Outcome]:
    """A command that Ctrl-C ends with an error, which `--json` prints, too.

    Args:
        run: The command.
        how: What is to be known of the things that it was about.
    """

    def do() -> Outcome:
        try:
            return run()
        except KeyboardInterrupt:
            raise CliError(f"Interrupted: {how}.", code=INTERRUPTED) from None

    return do
