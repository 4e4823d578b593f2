"""Errors in colour, where a person reads them. Nothing here is done by itself: an app asks for it."""

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType

_ISSUE = re.compile(r"^  (NAWS-[A-Z]+-\d{3}) \((limit|practice|advice)\)  (.*)$")
_ASIDE = re.compile(r"^    (source|more)( +)(.*)$")
_RED, _BOLD, _DIM, _RESET = "\033[31m", "\033[1m", "\033[2m", "\033[0m"

_Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def colour_errors() -> None:
    """Show the issues in an error that ends the program in colour, when standard error is a terminal.

    Call it once, where the app begins. Without a terminal, with the variable `NO_COLOR` or with `TERM=dumb` nothing
    changes, nor does any other error. It sets `sys.excepthook`, and hands on to the one that was set before.
    """
    before: _Hook = sys.excepthook

    def shown(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        coloured_text = coloured(text)
        if coloured_text == text or not _wants_colour():
            before(kind, error, trace)
        else:
            sys.stderr.write(coloured_text)

    sys.excepthook = shown


def coloured(report: str) -> str:
    """`report`, a text that may hold rendered issues: codes in red, fields in bold, sources and pages dim."""
    return "\n".join(_lines(report.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    within = False
    for line in lines:
        issue, aside = _ISSUE.match(line), _ASIDE.match(line)
        within = bool(issue) or (within and line.startswith("    "))
        if issue:
            yield f"  {_RED}{issue[1]}{_RESET} ({issue[2]})  {_BOLD}{issue[3]}{_RESET}"
        elif aside and within:
            yield f"    {aside[1]}{aside[2]}{_DIM}{aside[3]}{_RESET}"
        else:
            yield line


def _wants_colour() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
