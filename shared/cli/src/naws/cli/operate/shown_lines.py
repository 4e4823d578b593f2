"""Lines of logs on the terminal."""

from collections.abc import Sequence

from naws.cli import console
from naws.cli.log_records import shown
from naws.cli.operate.lines import Line

_INDENT = " " * 10


class ShownLines:
    """Prints lines for people; a traceback once, however many attempts of a run have it."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, ...], str] = {}

    def show(self, lines: Sequence[Line]) -> None:
        """Print them, each with its time and what it is of."""
        for line in lines:
            when = line.at.astimezone().strftime("%H:%M:%S")
            source = line.run or line.source
            for number, text in enumerate(self._of(line)):
                head = "  ".join(filter(None, (when, source))) if number == 0 else _INDENT
                console.out.print(f"{head}  {text}" if number == 0 else f"{head}{text}", markup=False)

    def _of(self, line: Line) -> list[str]:
        texts = [line.words] if line.words else shown(line.text)
        first = "" if line.run else self._sources.setdefault(tuple(texts), line.source)
        if len(texts) > 1 and first and first != line.source:
            return [f"{texts[0]}  (as in {first})"]
        return texts
