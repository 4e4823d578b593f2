"""Rules about what will be deployed: CDK asks when it synthesises, after everything that ordinary CDK code added.

The first pattern that is asked reads all patterns of its stack, each resource once and all of them with one call; the
others have their answers by then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
import jsii
from constructs import IValidation

from naws.core.issues import Issue, Level
from naws.core.jsii_reference import reference_of
from naws.core.pattern.base import Pattern, advise
from naws.core.pattern.inspection import Inspection, Properties, given_properties, stack_view
from naws.core.rules.stack_size import STACK_RULES
from naws.core.stacks import node_of
from naws.core.validation import acknowledgement_issues, refused

_OF_STACKS = {rule.code for rule in STACK_RULES}


@dataclass(frozen=True, kw_only=True)
class SynthSubject:
    """A pattern that is asked for.

    Attributes:
        scope: the pattern.
        stack: its stack.
        resources: the resources whose properties are read.
        judge: what is wrong with the pattern, given a look at its stack and those properties, in their order.
        levels: the codes of all rules that are asked at synthesis, each with its level.
    """

    scope: Pattern
    stack: cdk.Stack
    resources: Callable[[], Sequence[cdk.CfnResource]]
    judge: Callable[[Inspection, Sequence[Properties]], Iterable[Issue]]
    levels: Mapping[str, Level]


def add_synth_checks(subject: SynthSubject) -> None:
    """Have CDK ask when it synthesises: errors end the synthesis, advice becomes warnings."""
    stack = _STACKS.setdefault(reference_of(subject.stack), _StackSubject(subject.stack))
    stack.patterns[reference_of(subject.scope)] = subject
    node_of(subject.scope).add_validation(_Validation(stack, subject))


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, stack: "_StackSubject", subject: SynthSubject) -> None:
        self._stack, self._key = stack, reference_of(subject.scope)

    def validate(self) -> list[str]:
        """The errors, as CDK takes them."""
        return self._stack.errors_of(self._key)


class _StackSubject:
    """The patterns of a stack, by jsii's references, and what is known of them until CDK has asked for it."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.patterns: dict[str, SynthSubject] = {}
        self._stack = stack
        self._errors: dict[str, list[str]] = {}

    def errors_of(self, key: str) -> list[str]:
        """The errors of a pattern; each is handed out once, so that the next synthesis looks again."""
        if key not in self._errors:
            self._errors = self._look(first=key)
        return self._errors.pop(key)

    def _look(self, first: str) -> dict[str, list[str]]:
        resources = {key: subject.resources() for key, subject in self.patterns.items()}
        given = {key: [given_properties(each) for each in every] for key, every in resources.items()}
        read: dict[str, list[Properties]] = self._stack.resolve(given)
        size = stack_view(self._stack, len(self.patterns))
        of_stack = [issue for rule in STACK_RULES for issue in rule.issues(size)]
        look = Inspection()
        return {
            key: self._errors_in([*subject.judge(look, read[key]), *of_stack], subject, reports_stack=key == first)
            for key, subject in self.patterns.items()
        }

    def _errors_in(self, found: list[Issue], subject: SynthSubject, *, reports_stack: bool) -> list[str]:
        """What is true of the stack is reported by one pattern, and accepted by any."""
        scope = subject.scope
        own = {code: reason for code, reason in scope.acknowledged.items() if code in subject.levels}
        occurred = {issue.code for issue in found} | scope.occurred
        wrong = acknowledgement_issues(own, subject.levels, occurred)
        by_any = (code for each in self.patterns.values() for code in each.scope.acknowledged)
        accepted = {*own, *_OF_STACKS.intersection(by_any)}
        reported = [issue for issue in found if issue.code not in _OF_STACKS or reports_stack]
        advise(scope, [issue for issue in reported if issue.level == "advice" and issue.code not in accepted])
        return [f"\n{issue.render()}" for issue in (*refused(reported, accepted), *wrong)]


_STACKS: dict[str, _StackSubject] = {}
"""By jsii's reference to the stack."""
