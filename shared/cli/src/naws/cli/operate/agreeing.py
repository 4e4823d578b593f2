"""Asking before something is changed that nobody named."""

import sys

from naws.cli import console
from naws.cli.errors import CliError


def agree(what: str, refused: str) -> None:
    """Ask whoever can answer.

    Args:
        what: What would be done, as a sentence goes on after "It would".
        refused: What is answered to a no.

    Raises:
        CliError: Nobody agreed.
    """
    if not (sys.stdin.isatty() and console.err.is_terminal):
        raise CliError(f"It would {what}.", "--yes agrees; --dry-run only looks.", code=2)
    if console.err.input(f"{what[0].upper()}{what[1:]}? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise CliError(refused, code=2)
