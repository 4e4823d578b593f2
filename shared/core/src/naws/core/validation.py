"""Running the rules: all of them, then one error with everything that they found.

A rule judges one part of a plan (a size, a schedule, a queue) and never sees a scope, so that every pattern can run it.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from naws.core.issues import Issue, Level, PatternValidationError
from naws.core.rule import Check, Finding, Rule, rule
from naws.core.rules.acknowledgements import ACKNOWLEDGEMENT_RULES, Acknowledgement

__all__ = [
    "Check",
    "Finding",
    "Rule",
    "Verdict",
    "acknowledgement_issues",
    "adding_issues",
    "bind",
    "late",
    "of",
    "rule",
    "validate",
]

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")


@dataclass(frozen=True)
class Verdict:
    """What is left when nothing forbids building.

    Attributes:
        advice: findings to show as warnings.
        acknowledged: practices that the user accepted, with the reason given; they go into the template's metadata.
    """

    advice: tuple[Issue, ...]
    acknowledged: Mapping[str, str]


def bind(select: Callable[[PlanT], Iterable[PartT]], rules: Iterable[Rule[PartT]]) -> tuple[Check[PlanT], ...]:
    """Each rule, asked of the parts of a plan that `select` yields."""
    return tuple(rule.on(select) for rule in rules)


def of(part: Callable[[PlanT], PartT], checks: Iterable[Check[PartT]]) -> tuple[Check[PlanT], ...]:
    """The checks of one part, asked of a plan that has it."""
    return tuple(_of(part, check) for check in checks)


def _of(part: Callable[[PlanT], PartT], check: Check[PartT]) -> Check[PlanT]:
    return Check(rule=check.rule, run=lambda plan: check.run(part(plan)))


def late(rule: Rule[Any]) -> Check[Any]:
    """A rule that only the built construct can answer: its code may be acknowledged, and it finds nothing yet."""
    return Check(rule=rule, run=_nothing)


def _nothing(_plan: object) -> list[Issue]:
    return []


def validate(where: str, plan: PlanT, checks: Sequence[Check[PlanT]], acknowledge: Mapping[str, str]) -> Verdict:
    """Run every check on `plan`.

    Args:
        where: the construct path, for the report.
        plan: the pattern's plan.
        checks: all of them run, whatever the others find.
        acknowledge: `{code: reason}` for practices that are broken on purpose.

    Raises:
        PatternValidationError: with every limit, every practice that is not acknowledged, and every acknowledgement
            that is itself wrong.
    """
    found = [issue for check in checks for issue in check.run(plan)]
    accepted = dict(acknowledge) if isinstance(acknowledge, Mapping) else {}  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
    refused = [i for i in found if i.level == "limit" or (i.level == "practice" and i.code not in accepted)]
    wrong = acknowledgement_issues(accepted, checks, found)
    if refused or wrong:
        raise PatternValidationError(where, [*refused, *wrong])
    return Verdict(
        advice=tuple(i for i in found if i.level == "advice" and i.code not in accepted), acknowledged=accepted
    )


@contextmanager
def adding_issues(more: Callable[[], Sequence[Issue]]) -> Generator[None]:
    """Add to an error what else is wrong, which is looked for only then.

    Args:
        more: the further issues; those of a code and a field that the error has already are left out.
    """
    try:
        yield
    except PatternValidationError as refused:
        told = {(issue.code, issue.path) for issue in refused.issues}
        further = [issue for issue in more() if (issue.code, issue.path) not in told]
        if not further:
            raise
        raise PatternValidationError(refused.where, [*refused.issues, *further]) from None


def acknowledgement_issues(
    acknowledge: Mapping[str, str], checks: Sequence[Check[PlanT]], found: Sequence[Issue], *, built: bool = False
) -> list[Issue]:
    """What is wrong with the acknowledgements themselves; `built` says that the late rules have been asked too."""
    levels: dict[str, Level] = {check.rule.code: check.rule.level for check in checks}
    later = set[str]() if built else {check.rule.code for check in checks if check.run is _nothing}
    occurred = [issue.code for issue in found]
    entries = (
        Acknowledgement(code=code, reason=reason, levels=levels, occurred=None if code in later else occurred)
        for code, reason in acknowledge.items()
    )
    return [issue for entry in entries for each in ACKNOWLEDGEMENT_RULES for issue in each.issues(entry)]
