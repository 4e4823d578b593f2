"""What a judge found, how it is shown, and what was left behind."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

Level = Literal["ok", "warning", "error"]
_ENDING = (signal.SIGINT, signal.SIGTERM)
_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@dataclass(frozen=True)
class Verdict:
    """One judge's word on one thing.

    Attributes:
        scenario: whose template it is of.
        what: the thing: a logical id, or the template.
        judge: the AWS operation that was asked.
        level: only an error fails the whole.
        finding: the first finding; empty when there is none.
    """

    scenario: str
    what: str
    judge: str
    level: Level
    finding: str = ""


def asked(scenario: str, what: str, judge: str, ask: Callable[[], tuple[Level, str]]) -> Verdict:
    """The verdict of `ask`; a judge that could not be asked is an error: silence would look like a pass."""
    try:
        level, finding = ask()
    except (ClientError, BotoCoreError) as error:
        level, finding = "error", f"could not be asked: {error}"
    return Verdict(scenario, what, judge, level, finding)


def shown(verdicts: Iterable[Verdict], console: Console) -> None:
    """Print the table."""
    table = Table("scenario", "what", "judge", "verdict", "first finding")
    for one in verdicts:
        colour = _COLOURS[one.level]
        table.add_row(one.scenario, one.what, one.judge, f"[{colour}]{one.level}[/{colour}]", _plain(one.finding))
    console.print(table)


def _plain(text: str) -> str:
    """Without what rich would read as markup."""
    return text.replace("[", r"\[")


class Leftovers:
    """What was made in the account; all of it is taken away when the block ends, however it ends.

    Attributes:
        kept: what could not be taken away, with the reason.
    """

    def __init__(self) -> None:
        self.kept: list[str] = []
        self._made: list[tuple[str, Callable[[], Any]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.take_away()

    def made(self, name: str, remove: Callable[[], Any]) -> None:
        """Note a thing before it is made: an interruption in between must not leave it there."""
        self._made.append((name, remove))

    def take_away(self) -> None:
        """Remove everything that was made so far, the newest first."""
        with _undisturbed():
            while self._made:
                name, remove = self._made.pop()
                try:
                    remove()
                except (ClientError, BotoCoreError) as error:
                    self.kept.append(f"{name} ({error})")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals wait until the end: a second Ctrl-C would leave behind what is just being removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda at, _: came.append(at)) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt
