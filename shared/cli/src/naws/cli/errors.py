"""The error with which a command fails, and how to get what it lacks."""

from importlib.metadata import version

NO_ACCESS = 4
"""Exit code: credentials, region or account."""
NOT_FOUND = 6
"""Exit code: what was asked about is not there."""
PARTLY = 5
"""Exit code: not all of it could be done."""
EXISTS = 7
"""Exit code: what was to be made is there already."""
REFUSED = 8
"""Exit code: AWS refuses it for another reason than access, or this machine lacks what it takes."""
TIMED_OUT = 124
"""Exit code: what was waited for goes on, or nobody knows that it ended."""
INTERRUPTED = 130
"""Exit code: Ctrl-C ended it; a shell reports it so, too."""


class CliError(Exception):
    """Something that the user can understand and act on; shown as it is, without a traceback.

    Attributes:
        title: One line: what failed.
        detail: Any number of lines: what is known about it; may be empty.
        code: The command's exit code.
    """

    def __init__(self, title: str, detail: str = "", *, code: int = 1) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.code = code


def install_line(extras: str) -> str:
    """How extras of this distribution are installed. No registry has it: the wheel is one that somebody built."""
    wheel = f"naws_cli-{version('naws-cli')}-py3-none-any.whl"
    return (
        f"`make wheels` in a checkout makes the wheel: pip install 'dist/{wheel}[{extras}]'; `uv sync` is enough there."
    )
