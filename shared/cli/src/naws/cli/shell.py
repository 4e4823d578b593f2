"""How a command ends: with an exit code, and an error in a line."""

from collections.abc import Callable

import typer

from naws.cli import console
from naws.cli.errors import INTERRUPTED, CliError


def ended(command: Callable[[], int]) -> None:
    """Run a command and end with its exit code."""
    try:
        code = command()
    except CliError as error:
        console.failed(error)
        code = error.code
    except KeyboardInterrupt:
        console.err.print(f"\n{console.STOPPED}")
        code = INTERRUPTED
    raise typer.Exit(code)
