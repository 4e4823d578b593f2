"""What a check finds, and how it is told.

PatternValidationError(ValueError)
└── issues: tuple[Issue, ...]     data first; the text is rendered from it
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

Level = Literal["limit", "practice", "advice"]
"""limit: AWS refuses it. practice: AWS accepts it, an experienced engineer would not. advice: worth a look."""

DOCS_URL = "docs/errors.md"
MASK = "***"
"""Stands for what must not be printed."""

_SECRET_NAME = re.compile(
    r"PASSW(OR)?D|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{12,}|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s:@]+:[^/\s@]+@"
    r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abeprs]-[\w-]{10,}|eyJ[\w-]{10,}\.[\w-]{10,}\.|sk_live_\w{10,}"
)
_SECRET_PAIR = re.compile(rf"(?:{_SECRET_NAME.pattern})\w*[\"']?\s*[=:]\s*\S", re.IGNORECASE)
_TOKEN = re.compile(r"[$#]\{Token\[[^\]]*\]\}")
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

    def render(self, *, colour: bool = False) -> str:
        """The finding as a few short lines; colour is for terminals."""
        red, bold, dim, reset = ("\033[31m", "\033[1m", "\033[2m", "\033[0m") if colour else ("", "", "", "")
        lines = [f"  {red}{self.code}{reset} ({self.level})  {bold}{self.path} = {self.value}{reset}"]
        lines += [f"    {label:<10} {dim if label in _ASIDES else ''}{text}{reset}" for label, text in self._told()]
        return "\n".join(lines)

    def _told(self) -> Iterator[tuple[str, str]]:
        yield "expected", self.expected
        for number, line in enumerate(self.remedy.splitlines()):
            yield ("or" if number else "fix"), line
        if self.level == "practice":
            yield "or accept", f'acknowledge={{"{self.code}": "because …"}}'
        yield "source", self.source
        yield "more", f"{DOCS_URL}#{self.code.lower()}"


_ASIDES = ("source", "more")


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
    """Whether a name or a value looks like a credential; a CDK token never does."""
    return _SECRET_NAME.search(name) is not None or _SECRET_VALUE.search(_TOKEN.sub("", value)) is not None


def shown(value: object, *, name: str = "") -> str:
    """`value` as an error may print it: what looks like a secret is masked, at any depth, and long text is cut.

    Args:
        value: anything.
        name: what the value is called; a name that looks like a credential's masks the whole value.
    """
    text = repr(_masked(value, name))
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _masked(value: object, name: str) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            hidden = looks_secret(name, value) or _SECRET_PAIR.search(_TOKEN.sub("", value))
            return MASK if hidden else value
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return {key: _masked(part, f"{name}.{key}") for key, part in items}
        case list() | tuple():
            parts = [_masked(part, name) for part in cast("Sequence[object]", value)]
            return parts if isinstance(value, list) else tuple(parts)
        case _:
            return _Named(value)


class _Named:
    """Prints an object by its class: a construct's own text says nothing, a dataclass's says too much."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        if isinstance(self._value, type):
            return f"the class {self._value.__name__}"
        plain = type(self._value).__module__ in ("builtins", "datetime", "decimal", "pathlib", "enum")
        return repr(self._value) if plain or _is_enum(self._value) else f"a {type(self._value).__name__}"


def _is_enum(value: object) -> bool:
    return hasattr(value, "name") and hasattr(type(value), "__members__")
