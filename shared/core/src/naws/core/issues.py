"""What a check finds, and how it is told.

PatternValidationError(ValueError)
└── issues: tuple[Issue, ...]     data first; the text is rendered from it
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["limit", "practice", "advice"]
"""limit: AWS refuses it. practice: AWS accepts it, an experienced engineer would not. advice: worth a look."""

DOCS_URL = "docs/errors.md"
_SECRET_NAME = re.compile(r"PASSW|SECRET|TOKEN|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"(AKIA|ASIA)[A-Z0-9]{12,}|-----BEGIN|://[^/\s:@]+:[^/\s@]+@|gh[pousr]_\w{20,}|xox[baprs]-")
_LONGEST_VALUE = 120


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One finding of a check.

    Attributes:
        code: `NAWS-<AREA>-<NNN>`, stable and never reused; its heading in docs/errors.md explains it.
        level: limit, practice or advice.
        path: the field in the user's own spelling, such as `triggers[0].expression`.
        value: what was given, as text; secrets are masked.
        expected: what would be accepted, for this neighbourhood (the memory sizes of the chosen cpu).
        remedy: a line to paste.
        source: the AWS page or model that sets the limit.
    """

    code: str
    level: Level
    path: str
    value: str
    expected: str
    remedy: str
    source: str

    def render(self, *, colour: bool = False) -> str:
        """The finding as five short lines."""
        red, bold, dim, reset = ("\033[31m", "\033[1m", "\033[2m", "\033[0m") if colour else ("", "", "", "")
        return "\n".join(
            (
                f"  {red}{self.code}{reset} {self.level}: {bold}{self.path} = {self.value}{reset}",
                f"    expected: {self.expected}",
                f"    fix:      {bold}{self.remedy}{reset}",
                f"    source:   {dim}{self.source}{reset}",
                f"    more:     {dim}{DOCS_URL}#{self.code.lower()}{reset}",
            ),
        )


class PatternValidationError(ValueError):
    """Every limit and every practice that one construct breaks, reported together before anything is built.

    Attributes:
        where: the construct path.
        issues: all findings, in the order of the checks.
    """

    def __init__(self, where: str, issues: Sequence[Issue]) -> None:
        self.where = where
        self.issues = tuple(issues)
        super().__init__(self.render())

    def render(self, *, colour: bool = False) -> str:
        """The whole report: where, how many, then each issue."""
        count = f"{len(self.issues)} issue{'' if len(self.issues) == 1 else 's'}"
        body = "\n\n".join(issue.render(colour=colour) for issue in self.issues)
        return f"{self.where} cannot be built: {count}\n\n{body}\n"


def looks_secret(name: str, value: str = "") -> bool:
    """Whether an environment variable's name or value looks like a credential."""
    return _SECRET_NAME.search(name) is not None or _SECRET_VALUE.search(value) is not None


def shown(value: object, *, name: str = "") -> str:
    """`value` as an error may print it: masked when it looks like a secret, shortened when it is long."""
    if isinstance(value, str) and looks_secret(name, value):
        return "'***'"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
