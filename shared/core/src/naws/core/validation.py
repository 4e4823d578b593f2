"""Running the rules: all of them, then one error with everything that they found.

A rule judges one part of a plan (a size, a schedule, a queue) and never sees a scope, so that every pattern can run it.
"""

from collections.abc import Callable, Collection, Container, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from naws.core.issues import Issue, Level, PatternValidationError
from naws.core.rule import Check, Rule
from naws.core.rules.acknowledgements import ACKNOWLEDGEMENT_RULES, Acknowledgement

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")


@dataclass(frozen=True)
class Verdict:
    """The result of a validation when nothing forbids building.

    Attributes:
        advice: findings to show as warnings.
        acknowledged: practices that the user accepted, with the reason given; they go into the template's metadata.
        occurred: the codes of all that was found.
    """

    advice: tuple[Issue, ...]
    acknowledged: Mapping[str, str]
    occurred: frozenset[str]


def bind(select: Callable[[PlanT], Iterable[PartT]], rules: Iterable[Rule[PartT]]) -> tuple[Check[PlanT], ...]:
    """Each rule, asked of the parts of a plan that `select` yields."""
    return tuple(rule.on(select) for rule in rules)


def of(part: Callable[[PlanT], PartT], checks: Iterable[Check[PartT]]) -> tuple[Check[PlanT], ...]:
    """The checks of one part, asked of a plan that has it."""
    return tuple(_of(part, check) for check in checks)


def _of(part: Callable[[PlanT], PartT], check: Check[PartT]) -> Check[PlanT]:
    return Check(rule=check.rule, run=lambda plan: check.run(part(plan)))


def of_some(part: Callable[[PlanT], PartT | None], checks: Iterable[Check[PartT]]) -> tuple[Check[PlanT], ...]:
    """The checks of one part, asked of a plan that may be without it."""
    return tuple(_of_some(part, check) for check in checks)


def _of_some(part: Callable[[PlanT], PartT | None], check: Check[PartT]) -> Check[PlanT]:
    def run(plan: PlanT) -> list[Issue]:
        found = part(plan)
        return [] if found is None else check.run(found)

    return Check(rule=check.rule, run=run)


def validate(
    where: str,
    plan: PlanT,
    checks: Sequence[Check[PlanT]],
    acknowledge: Mapping[str, str],
    later: Mapping[str, Level] | None = None,
) -> Verdict:
    """Run every check on `plan`.

    Args:
        where: the construct path, for the report.
        plan: the pattern's plan.
        checks: all of them run, whatever the others find.
        acknowledge: `{code: reason}` for practices that are broken on purpose.
        later: the codes of rules that are asked at synthesis, with their levels: what is accepted of them need not
            occur yet. Omitted: none are.

    Raises:
        PatternValidationError: with every limit, every practice that is not acknowledged, and every acknowledgement
            that is itself wrong.
    """
    found = [issue for check in checks for issue in check.run(plan)]
    accepted = dict(acknowledge) if isinstance(acknowledge, Mapping) else {}  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
    levels: dict[str, Level] = {check.rule.code: check.rule.level for check in checks}
    levels |= later or {}
    wrong = acknowledgement_issues(accepted, levels, {issue.code for issue in found}, later or ())
    forbidden = refused(found, accepted)
    if forbidden or wrong:
        raise PatternValidationError(where, [*forbidden, *wrong])
    return Verdict(
        advice=tuple(i for i in found if i.level == "advice" and i.code not in accepted),
        acknowledged=accepted,
        occurred=frozenset(issue.code for issue in found),
    )


def refused(found: Iterable[Issue], acknowledge: Container[str]) -> list[Issue]:
    """The issues that forbid building: limits, and practices that nobody accepted."""
    return [i for i in found if i.level == "limit" or (i.level == "practice" and i.code not in acknowledge)]


@contextmanager
def adding_issues(more: Callable[[], Sequence[Issue]]) -> Generator[None]:
    """Add to an error what else is wrong, which is looked for only then.

    Args:
        more: the further issues; those of a code and a field that the error has already are left out.
    """
    try:
        yield
    except PatternValidationError as error:
        known = {(issue.code, issue.path) for issue in error.issues}
        further = [issue for issue in more() if (issue.code, issue.path) not in known]
        if not further:
            raise
        raise PatternValidationError(error.where, [*error.issues, *further]) from None


@contextmanager
def guided(guide_url: str | None) -> Generator[None]:
    """Have an error lead to the guide where conventions say that it is; None: they say nothing."""
    try:
        yield
    except PatternValidationError as error:
        if guide_url is None or error.guide_url is not None:
            raise
        raise PatternValidationError(error.where, error.issues, guide_url) from None


def acknowledgement_issues(
    acknowledge: Mapping[str, str], levels: Mapping[str, Level], occurred: Collection[str], later: Container[str] = ()
) -> list[Issue]:
    """Issues of the acknowledgements themselves.

    Args:
        acknowledge: `{code: reason}`.
        levels: the codes that may be named, with their levels.
        occurred: the codes of all that was found.
        later: the codes that may still be found. Omitted: none.
    """
    entries = (
        Acknowledgement(code=code, reason=reason, levels=levels, occurred=None if code in later else occurred)
        for code, reason in acknowledge.items()
    )
    return [issue for entry in entries for each in ACKNOWLEDGEMENT_RULES for issue in each.issues(entry)]
