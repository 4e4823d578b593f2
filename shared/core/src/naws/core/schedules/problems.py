"""The problems of a schedule, as data; text is rendered from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, kw_only=True)
class ScheduleProblem:
    """One thing that is wrong with a schedule expression or a time zone name.

    Attributes:
        field: the part that is wrong, such as ``"minute"``, ``"unit"`` or ``"timezone"``; ``""`` means the whole.
        value: that part, as the user wrote it.
        expected: what is legal there, in words.
        remedy: the whole expression (or zone name), corrected, to paste; ``""`` when no correction is known.
    """

    field: str
    value: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line: the part, its value, what is expected, and the correction."""
        where = f"{self.field} {self.value!r}" if self.field else f"{self.value!r}"
        cure = f" (write {self.remedy})" if self.remedy else ""
        return f"{where}: expected {self.expected}{cure}"


class ScheduleSyntaxError(ValueError):
    """An expression or a time zone name was refused.

    Attributes:
        problems: everything that is wrong with it, in reading order.
    """

    def __init__(self, problems: Iterable[ScheduleProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    @classmethod
    def of(cls, field: str, value: str, expected: str, remedy: str = "") -> Self:
        """The error of one problem."""
        return cls([ScheduleProblem(field=field, value=value, expected=expected, remedy=remedy)])

    def __str__(self) -> str:
        """All problems, one a line."""
        return "\n".join(str(problem) for problem in self.problems)
