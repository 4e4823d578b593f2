"""How far a command is, on stderr: one changing line on a terminal, a line for each thousand elsewhere."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.markup import escape

from naws.cli import console

_STEP = 1000


class Counting:
    """Shows people how far a command is."""

    @contextmanager
    def of(self, title: str, things: str) -> Generator[Callable[[int, int], None]]:
        """Show one of its tasks.

        Args:
            title: What is done.
            things: What is counted.

        Yields:
            What is called with how many are done, and of how many.
        """
        if not console.err.is_terminal:
            yield _Lines(title, things)
            return
        with console.err.status(escape(title), spinner="dots") as status:
            yield lambda done, total: status.update(escape(f"{title}: {done:,} of {total:,} {things}"))


class _Lines:
    """A line for each thousand, so that a log of a short command has none."""

    def __init__(self, title: str, things: str) -> None:
        self._title, self._things, self._next = title, things, _STEP

    def __call__(self, done: int, total: int) -> None:
        if done >= self._next:
            self._next = done - done % _STEP + _STEP
            console.aside(f"{self._title}: {done:,} of {total:,} {self._things}")
