"""Rules on acknowledgements that acknowledge nothing."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from naws.core.issues import Level
from naws.core.rule import Finding, limit
from naws.core.rules.values import Field

_GUIDE = "docs/concepts/validation.md"
_NEAR = 0.84
_FEWEST_LETTERS = 2
"""Of a reason: one is as little of it as `because` alone."""
_PLACEHOLDERS = ("", "because …", "because ...", "because", "…", "...")


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """One entry of `acknowledge`.

    Attributes:
        code: which rule.
        reason: why it is broken on purpose.
        levels: the codes that the pattern checks, each with its level.
        occurred: the codes that were found; None when that cannot be known yet.
    """

    code: str
    reason: object
    levels: Mapping[str, Level]
    occurred: Collection[str] | None

    @property
    def path(self) -> str:
        """The entry in the user's spelling."""
        return f'acknowledge["{self.code}"]'


@limit(
    code="NAWS-ACK-001",
    title="An acknowledgement names a code that this pattern checks",
    source=_GUIDE,
    example='acknowledge={"NAWS-TASK-999": "the image needs it"}',
    fix="acknowledge={}",
)
def known_code(entry: Acknowledgement) -> Iterator[Finding]:
    """A misspelt code would accept nothing, and whoever reads it would believe that something was accepted."""
    if entry.code in entry.levels or not isinstance(entry.code, str):  # pyright: ignore[reportUnnecessaryIsInstance] - the rule on types reports it
        return
    area, number = re.sub(r"[0-9]", "", entry.code), re.sub(r"[^0-9]", "", entry.code)
    # One digit more or less is another practice; what is misspelt is the area.
    same_number = [each for each in entry.levels if each.endswith(f"-{number:0>3}") and entry.levels[each] != "limit"]
    near = difflib.get_close_matches(area.strip().upper(), [each[:-3] for each in same_number], n=1, cutoff=_NEAR)
    yield Field(entry.path, entry.code).finding(
        "the code of a practice that this pattern checks; `naws rules` lists them",
        f'acknowledge={{"{near[0]}{number:0>3}": "because …"}}' if near else "remove the entry",
    )


@limit(
    code="NAWS-ACK-002",
    title="A limit cannot be acknowledged",
    source=_GUIDE,
    example='cpu=1, acknowledge={"NAWS-SIZE-001": "it is a small job"}',
    fix="cpu=256, memory_limit_mib=512",
)
def only_practices(entry: Acknowledgement) -> Iterator[Finding]:
    """AWS itself refuses what a limit forbids: accepting it here would only move the error into the deployment."""
    if entry.levels.get(entry.code) == "limit":
        expected = "the code of a practice: AWS itself refuses what a limit forbids"
        yield Field(entry.path, entry.code).finding(expected, "remove the entry, mend the value")


@limit(
    code="NAWS-ACK-003",
    title="An acknowledgement answers an issue that occurs",
    source=_GUIDE,
    example='acknowledge={"NAWS-SIZE-006": "most of it is read once"}',
    fix='scratch_mib=1536, acknowledge={"NAWS-SIZE-006": "most of it is read once"}',
)
def occurs(entry: Acknowledgement) -> Iterator[Finding]:
    """An acknowledgement whose issue is mended must go: the next mistake of that kind would pass unseen."""
    if entry.occurred is None or entry.levels.get(entry.code) in (None, "limit") or entry.code in entry.occurred:
        return
    expected = "an issue that occurs in this construct"
    yield Field(entry.path, entry.code).finding(expected, "remove the entry: nothing breaks it")


@limit(
    code="NAWS-ACK-004",
    title="An acknowledgement has a reason",
    source=_GUIDE,
    example='user="root", acknowledge={"NAWS-TASK-007": ""}',
    fix='user="root", acknowledge={"NAWS-TASK-007": "the vendor\'s image writes to /var"}',
)
def has_reason(entry: Acknowledgement) -> Iterator[Finding]:
    """The reason goes into the template's metadata, where a reviewer reads it instead of asking.

    The `because …` of a remedy is where it belongs, not a reason.
    """
    yield from no_reason(Field(entry.path, entry.reason), f'acknowledge={{"{entry.code}": "because …"}}')


def no_reason(field: Field, remedy: str) -> Iterator[Finding]:
    """A finding when a reason is none."""
    if isinstance(field.value, str) and (
        field.value.strip() in _PLACEHOLDERS or len(re.sub(r"\W", "", field.value)) < _FEWEST_LETTERS
    ):
        yield field.finding("a reason that a reviewer can read", remedy)


ACKNOWLEDGEMENT_RULES = (known_code, only_practices, occurs, has_reason)
