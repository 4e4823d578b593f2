"""The walk that every pattern takes: resolve, validate, and only then change the construct tree.

Pattern.__init__
  context -> plan = resolve(props, context)     pure
               -> validate(plan, CHECKS)                  raises PatternValidationError with all issues
               -> super().__init__(scope, id)             only now does the construct tree change
               -> tags, acknowledgements, advice
"""

from collections.abc import Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import TypeVar

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.context import PatternContext
from naws.core.issues import Issue, Level
from naws.core.tagging import tag_pattern
from naws.core.validation import Check, Verdict, validate

PlanT = TypeVar("PlanT")


@contextmanager
def undone_on_error(*places: IConstruct) -> Generator[None]:
    """Take away what was added under `places` when building fails, so that the same ids can be used again.

    What rules cannot see fails while it is built, such as the folder of an image that does not exist.
    """
    before = [(place, {child.node.id for child in place.node.children}) for place in places]
    try:
        yield
    except Exception:
        for place, ids in before:
            for child in place.node.children:
                if child.node.id not in ids:
                    place.node.try_remove_child(child.node.id)
        raise


class Pattern(Construct):
    """Base of every standard type.

    A subclass resolves its plan, calls this constructor with it, then its builders within `undone_on_error`.
    """

    def __init__(  # noqa: PLR0913  # the walk's inputs
        self,
        scope: Construct,
        construct_id: str,
        *,
        pattern: str,
        context: PatternContext,
        plan: PlanT,
        checks: Sequence[Check[PlanT]],
        acknowledge: Mapping[str, str],
        later: Mapping[str, Level] | None = None,
    ) -> None:
        verdict = validate(context.path, plan, checks, acknowledge, later)
        super().__init__(scope, construct_id)
        tag_pattern(self, pattern)
        self._acknowledged: dict[str, str] = {}
        self._occurred: set[str] = set()
        self._noted_on: IConstruct | None = None
        self._accept(verdict)

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Every practice that was accepted on purpose, with the reason given."""
        return dict(self._acknowledged)

    @property
    def occurred(self) -> AbstractSet[str]:
        """The codes of all that was found by now; what is accepted of them is accepted for a reason."""
        return self._occurred

    def _accept(self, verdict: Verdict) -> None:
        """Take in a verdict: its acknowledgements are noted, its advice becomes warnings."""
        for code, reason in verdict.acknowledged.items():
            reasons = dict.fromkeys((self._acknowledged.get(code, reason), reason))
            self._acknowledged[code] = "; ".join(reasons)
        self._occurred |= verdict.occurred
        self._note()
        advise(self, verdict.advice)

    def _note_acknowledgements(self, resource: IConstruct | None, **notes: str) -> None:
        """Write what was accepted on purpose into the template, on the pattern's main resource."""
        self._noted_on = resource
        self._acknowledged |= notes
        self._note()

    def _note(self) -> None:
        if self._acknowledged and isinstance(self._noted_on, cdk.CfnResource):
            self._noted_on.add_metadata("naws:acknowledged", self.acknowledged)


def advise(scope: IConstruct, advice: Sequence[Issue]) -> None:
    """Have CDK warn of each piece of advice; `Annotations.acknowledge_warning` takes its code."""
    for issue in advice:
        text = f"{issue.path} = {issue.value}: expected {issue.expected}; {issue.remedy}"
        cdk.Annotations.of(scope).add_warning_v2(issue.code, text)
