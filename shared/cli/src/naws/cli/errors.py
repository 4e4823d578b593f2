"""The error with which a command fails."""


class CliError(Exception):
    """Something that the user can understand and act on; shown as it is, without a traceback.

    Attributes:
        title: One line: what failed.
        detail: Any number of lines: what is known about it; may be empty.
    """

    def __init__(self, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
