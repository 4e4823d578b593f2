"""Rules, and checks, which bind them to the parts of a pattern's plan.

rule ──on(select)──> Check ──run──> Issue
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from naws.core.issues import Issue, Level
from naws.core.secrecy import redact, redact_remedy, redact_repr

PlanT = TypeVar("PlanT")
PartT = TypeVar("PartT")
_STATE_NAME = re.compile(r'(?<=[Ss]tates)\[".*?"\]')


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding of a rule in the part it judged; the rule adds its code, level and source.

    Attributes:
        path: the field in the user's spelling.
        value: what was given; it is masked when it or the path looks like a secret.
        expected: what would be accepted.
        remedy: a line to paste; further lines are alternatives.
        source: the AWS page behind this finding, where a rule has several. Omitted: the rule's.
    """

    path: str
    value: object
    expected: str
    remedy: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[PartT]):
    """A check with a name: what it is, why it is, where AWS says so, and an example that breaks it.

    Attributes:
        code: `NAWS-<AREA>-<NNN>`.
        level: limit, practice or advice.
        title: one sentence that states the rule.
        why: what happens to a user who breaks it.
        source: the AWS page or model, or the practice, behind it.
        example: what breaks it: Python keyword arguments, or a state machine's definition as JSON; the documentation
            shows it and a test runs it.
        fix: the same, mended.
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
        return [self._issue(found) for found in self.judge(part)]

    def _issue(self, found: Finding) -> Issue:
        # A name is what the path says anyway: not a value, which the name would make a secret of.
        is_name = isinstance(found.value, str) and found.path.endswith(f'["{found.value}"]')
        # Nor does the name of a state say anything of the values in it.
        name = "" if is_name else _STATE_NAME.sub("", found.path)
        return Issue(
            code=self.code,
            level=self.level,
            path=redact(found.path, None, name=found.path),
            value=redact_repr(found.value, name=name),
            expected=redact(found.expected, found.value, name=name),
            remedy=redact_remedy(found.remedy, found.value, name=name),
            source=found.source or self.source,
        )


@dataclass(frozen=True)
class Check(Generic[PlanT]):
    """A rule bound to the parts of one pattern's plan."""

    rule: Rule[Any]
    run: Callable[[PlanT], list[Issue]]


def _rule(  # noqa: PLR0913  # what every rule says of itself, by name
    *, code: str, level: Level, title: str, source: str, example: str, fix: str
) -> Callable[[Callable[[PartT], Iterator[Finding]]], Rule[PartT]]:
    """Make a rule of the decorated generator; its docstring is the rule's why."""

    def decorate(judge: Callable[[PartT], Iterator[Finding]]) -> Rule[PartT]:
        why, broken, mended = map(inspect.cleandoc, (judge.__doc__ or "", example, fix))
        return Rule(
            code=code, level=level, title=title, why=why, source=source, example=broken, fix=mended, judge=judge
        )

    return decorate


limit, practice, advice = (
    partial(_rule, level="limit"),
    partial(_rule, level="practice"),
    partial(_rule, level="advice"),
)
"""Makes a rule of that level of a generator: `@limit(code=…)`."""
