"""How a command of ours fails."""

NO_ACCESS = 4
"""Exit code: credentials, region or account."""
NOT_FOUND = 6
"""Exit code: what was asked about is not there."""


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
