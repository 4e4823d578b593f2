"""Issues, the findings of checks, and the error that prints them.

PatternValidationError(ValueError)
└── issues: tuple[Issue, ...]     data first; the text is rendered from it
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Literal

Level = Literal["limit", "practice", "advice"]
"""limit: AWS refuses it. practice: AWS accepts it, an experienced engineer would not. advice: worth a thought."""

_PAGE = re.compile(r"^docs/([\w/-]+)\.md")
"""A source that is a page of the guide itself."""


def guide_at(guide_url: str | None) -> str | None:
    """Where the guide is published; None: nowhere.

    Args:
        guide_url: what conventions give. None: the address `Documentation` in the metadata of the installed library,
            when whoever released it gave one. Empty: nowhere.
    """
    return _published() if guide_url is None else guide_url or None


def page_of(guide_url: str | None, page: str) -> str:
    """Where a page of the guide is, such as `errors` or `concepts/stages`.

    Args:
        guide_url: what conventions give, as for `guide_at`. Published nowhere: its files are named.
        page: the path of its file in `docs/`, without the extension.
    """
    guide = guide_at(guide_url)
    return f"{guide.rstrip('/')}/{page}/" if guide else f"docs/{page}.md"


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One finding of a check.

    Attributes:
        code: `NAWS-<AREA>-<NNN>`, stable and never reused; its heading in docs/errors.md explains it.
        level: limit, practice or advice.
        path: the field in the user's own spelling, such as `triggers[0].expression`.
        value: what was given, as text; secrets are masked.
        expected: what would be accepted, for this neighbourhood (the memory sizes of the chosen cpu).
        remedy: a line to paste; further lines are alternatives.
        source: the AWS page or model that sets the limit, or the practice.
    """

    code: str
    level: Level
    path: str
    value: str
    expected: str
    remedy: str
    source: str

    def render(self, guide_url: str | None = None) -> str:
        """The finding as a few short lines; the last one leads to the guide, which may be published at a URL."""
        head = f"  {self.code} ({self.level})  {self.path} = {self.value}"
        return "\n".join((head, *(f"    {label:<10} {text}" for label, text in self._lines(guide_url))))

    def _lines(self, guide_url: str | None) -> Iterator[tuple[str, str]]:
        yield "expected", self.expected
        for number, line in enumerate(self.remedy.splitlines()):
            yield ("or" if number else "fix"), line
        if self.level == "practice" and f'"{self.code}"' not in self.remedy:  # that says how, where it is otherwise
            yield "or accept", f'acknowledge={{"{self.code}": "because …"}}'
        yield "source", _PAGE.sub(lambda page: page_of(guide_url, page[1]), self.source)
        page = f"{page_of(guide_url, 'errors')}#{self.code.lower()}"
        yield "more", page if guide_at(guide_url) else f"naws explain {self.code}{_of_command()}"


class PatternValidationError(ValueError):
    """Every limit and every practice that one construct breaks, reported together before anything is built.

    Attributes:
        where: the construct path.
        issues: all findings, in the order of the checks.
        guide_url: where conventions say that the guide is which explains them; None: they say nothing.
    """

    def __init__(self, where: str, issues: Sequence[Issue], guide_url: str | None = None) -> None:
        self.where = where
        self.issues = tuple(issues)
        self.guide_url = guide_url
        super().__init__(self.render())

    def render(self) -> str:
        """The whole report: where, how many, then each issue."""
        count = f"{len(self.issues)} issue{'' if len(self.issues) == 1 else 's'}"
        body = "\n\n".join(issue.render(self.guide_url) for issue in self.issues)
        return f"{self.where} cannot be built: {count}\n\n{body}\n"


@cache
def _published() -> str | None:
    """The address of the guide in the metadata of the installed library; None: it has none."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415  # only for what is wrong, and alarms

    try:
        urls = metadata("naws-core").get_all("Project-URL", [])
    except PackageNotFoundError:
        return None
    named = (url.partition(",") for url in urls)
    return next((url.strip() for label, _, url in named if label.strip() == "Documentation"), None)


@cache
def _of_command() -> str:
    """What has the command `naws`, when it is not installed."""
    return "" if find_spec("naws.cli") else ", with naws-cli installed"
