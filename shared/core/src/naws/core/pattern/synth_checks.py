"""Rules about what will be deployed: CDK asks when it synthesises, after everything that ordinary CDK code added.

The first pattern that is asked reads all patterns of its stack, each resource once and all of them with one call; the
others have their answers by then.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import ClassVar

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct, IValidation

from naws.core.issues import Issue, Level
from naws.core.pattern.inspection import Inspection, stack_view
from naws.core.rules.stack_size import STACK_RULES
from naws.core.stacks import node_of, reference_of, stack_of
from naws.core.validation import acknowledgement_issues, refused

_OF_STACKS = {rule.code for rule in STACK_RULES}


class CheckedConstruct(Construct):
    """A construct with rules that are asked at synthesis, and practices that were accepted."""

    synth_levels: ClassVar[Mapping[str, Level]] = {}
    """The codes of all rules that are asked at synthesis, each with its level."""
    _acknowledged: dict[str, str]
    _occurred: set[str]

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Every practice that was accepted on purpose, with the reason given."""
        return dict(self._acknowledged)

    @property
    def occurred(self) -> AbstractSet[str]:
        """The codes of all that was found by now; what is accepted of them is accepted for a reason."""
        return self._occurred

    @property
    def guide_url(self) -> str | None:
        """Where the guide is published that its errors and alarms link to. None: nowhere."""
        return None


def check_at_synthesis(
    pattern: CheckedConstruct,
    resources: Callable[[], Sequence[cdk.CfnResource]],
    issues: Callable[[Inspection], Iterable[Issue]],
) -> None:
    """Have CDK ask when it synthesises: errors end the synthesis, advice becomes warnings.

    Args:
        pattern: whose acknowledgements count.
        resources: those whose properties are read.
        issues: what is wrong with the pattern.
    """
    stack = stack_of(pattern)
    checked = _STACKS.setdefault(reference_of(stack), _CheckedStack(stack))
    checked.patterns[reference_of(pattern)] = _Checked(pattern, resources, issues)
    node_of(pattern).add_validation(_Validation(checked, reference_of(pattern)))


def advise(scope: IConstruct, advice: Iterable[Issue]) -> None:
    """Have CDK warn of each piece of advice; `Annotations.acknowledge_warning` takes its code."""
    for issue in advice:
        cdk.Annotations.of(scope).add_warning_v2(issue.code, issue.render().strip())


@dataclass(frozen=True)
class _Checked:
    pattern: CheckedConstruct
    resources: Callable[[], Sequence[cdk.CfnResource]]
    issues: Callable[[Inspection], Iterable[Issue]]


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, stack: "_CheckedStack", key: str) -> None:
        self._stack, self._key = stack, key

    def validate(self) -> list[str]:
        """The errors, as CDK takes them."""
        return self._stack.errors_of(self._key)


class _CheckedStack:
    """The patterns of a stack, by jsii's references, and what is known of them until CDK has asked for it."""

    def __init__(self, stack: cdk.Stack) -> None:
        self.patterns: dict[str, _Checked] = {}
        self._stack = stack
        self._errors: dict[str, list[str]] = {}

    def errors_of(self, key: str) -> list[str]:
        """The errors of a pattern; each is handed out once, so that the next synthesis inspects the stack again."""
        if key not in self._errors:
            self._errors = self._inspect(first=key)
        return self._errors.pop(key)

    def _inspect(self, first: str) -> dict[str, list[str]]:
        every = self._stack.node.find_all()
        there = {reference_of(each) for each in every}
        self.patterns = {key: each for key, each in self.patterns.items() if key in there}
        resources = [each for checked in self.patterns.values() for each in checked.resources()]
        inspection = Inspection(self._stack, resources, every)
        size = stack_view(self._stack, every, len(self.patterns))
        of_stack = [issue for rule in STACK_RULES for issue in rule.issues(size)]
        return {
            key: self._errors_in(checked.pattern, [*checked.issues(inspection), *of_stack], of_stack=key == first)
            for key, checked in self.patterns.items()
        }

    def _errors_in(self, pattern: CheckedConstruct, found: list[Issue], *, of_stack: bool) -> list[str]:
        """The errors of a pattern; an issue of the whole stack is reported by one pattern, and accepted by any."""
        own = {code: reason for code, reason in pattern.acknowledged.items() if code in pattern.synth_levels}
        wrong = acknowledgement_issues(own, pattern.synth_levels, {issue.code for issue in found} | pattern.occurred)
        by_any = (code for each in self.patterns.values() for code in each.pattern.acknowledged)
        accepted = {*own, *_OF_STACKS.intersection(by_any)}
        reported = [issue for issue in found if of_stack or issue.code not in _OF_STACKS]
        advise(pattern, [issue for issue in reported if issue.level == "advice" and issue.code not in accepted])
        return [f"\n{issue.render(pattern.guide_url)}" for issue in (*refused(reported, accepted), *wrong)]


_STACKS: dict[str, _CheckedStack] = {}
"""By jsii's reference to the stack."""
