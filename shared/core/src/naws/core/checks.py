"""The check registry: a rule has a code, a reason and one job; a pattern lists the rules that it runs.

    rule ──on(select)──> Check ──run──> Issue        validate() runs every Check and raises once

A rule judges one part of a plan (a size, a schedule, a queue) and never sees a scope, so that every pattern can run it.
"""

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from naws.core.issues import Issue, Level, PatternValidationError, shown

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")

_GUIDE = "docs/concepts/validation.md"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule reports of the part it judged; the rule adds its code, level and source.

    Attributes:
        path: the field in the user's spelling.
        value: what was given.
        expected: what would be accepted.
        remedy: a line to paste.
    """

    path: str
    value: object
    expected: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[PartT]):
    """A check with a name: what it is, why it is, where AWS says so, and an example that breaks it.

    Attributes:
        code: `NAWS-<AREA>-<NNN>`.
        level: limit, practice or advice.
        title: one sentence that states the rule.
        why: what happens to a user who breaks it.
        source: the AWS page or model, or the practice, behind it.
        example: Python keyword arguments that break it; the documentation shows them and a test runs them.
        fix: the same arguments, mended.
        judge: yields a finding for each violation in one part of a plan.
    """

    code: str
    level: Level
    title: str
    why: str
    source: str
    example: str
    fix: str
    judge: Callable[[PartT], Iterator[Finding]]

    def on(self, select: Callable[[PlanT], Iterable[PartT]]) -> "Check[PlanT]":
        """This rule, applied to the parts of a plan that `select` names."""
        return Check(rule=self, run=lambda plan: [i for part in select(plan) for i in self.issues(part)])

    def issues(self, part: PartT) -> list[Issue]:
        """Every violation in one part."""
        return [
            Issue(
                code=self.code,
                level=self.level,
                path=found.path,
                value=shown(found.value, name=found.path.rsplit(".", 1)[-1]),
                expected=found.expected,
                remedy=found.remedy,
                source=self.source,
            )
            for found in self.judge(part)
        ]


@dataclass(frozen=True)
class Check(Generic[PlanT]):
    """A rule bound to the parts of one pattern's plan."""

    rule: Rule[Any]
    run: Callable[[PlanT], list[Issue]]


def rule(
    *, code: str, level: Level, title: str, source: str, example: str, fix: str
) -> Callable[[Callable[[PartT], Iterator[Finding]]], Rule[PartT]]:
    """Make a rule of the decorated generator; its docstring is the rule's why."""

    def decorate(judge: Callable[[PartT], Iterator[Finding]]) -> Rule[PartT]:
        why = inspect.cleandoc(judge.__doc__ or "")
        return Rule(
            code=code, level=level, title=title, why=why, source=source, example=example, fix=fix, judge=judge
        )

    return decorate


@dataclass(frozen=True)
class Verdict:
    """What is left when nothing forbids building.

    Attributes:
        advice: findings to show as warnings.
        acknowledged: practices that the user accepted, with the reason given; they go into the template's metadata.
    """

    advice: tuple[Issue, ...]
    acknowledged: Mapping[str, str]


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
    rules = {check.rule.code: check.rule for check in checks}
    wrong = [part for item in acknowledge.items() for part in _acknowledgement_issues(*item, rules, found)]
    refused = [i for i in found if i.level == "limit" or (i.level == "practice" and i.code not in acknowledge)]
    if refused or wrong:
        raise PatternValidationError(where, [*refused, *wrong])
    return Verdict(
        advice=tuple(i for i in found if i.level == "advice" and i.code not in acknowledge),
        acknowledged=dict(acknowledge),
    )


def _acknowledgement_issues(
    code: str, reason: str, rules: Mapping[str, Rule[Any]], found: Sequence[Issue]
) -> Iterator[Issue]:
    path = f'acknowledge["{code}"]'
    if code not in rules:
        near = difflib.get_close_matches(code, rules, n=1)
        remedy = f'acknowledge={{"{near[0]}": "…"}}' if near else "remove the entry"
        yield _acknowledgement_issue("001", path, code, "the code of a practice that this pattern checks", remedy)
        return
    if rules[code].level == "limit":
        expected = "a practice: AWS itself refuses what a limit forbids"
        yield _acknowledgement_issue("002", path, code, expected, "remove the entry and mend the value")
    elif not any(issue.code == code for issue in found):
        yield _acknowledgement_issue("003", path, code, "an issue that occurs in this construct", "remove the entry")
    if not reason.strip():
        yield _acknowledgement_issue("004", path, reason, "a reason that a reviewer can read", f'"{code}": "because …"')


def _acknowledgement_issue(number: str, path: str, value: object, expected: str, remedy: str) -> Issue:
    return Issue(
        code=f"NAWS-ACK-{number}",
        level="limit",
        path=path,
        value=shown(value),
        expected=expected,
        remedy=remedy,
        source=_GUIDE,
    )
