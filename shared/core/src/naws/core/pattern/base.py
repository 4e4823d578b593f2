"""The walk that every pattern takes: resolve, validate, and only then change the construct tree.

Pattern.__init__
  props, context -> plan = resolve(props, context)     pure
                 -> validate(plan, checks)             raises PatternValidationError with all issues
                 -> super().__init__(scope, id)        only now does the construct tree change
                 -> tags, acknowledgements, advice
                 -> _build(plan)                       the pattern's builders, in dependency order
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from naws.core.build.roles import apply_permissions_boundary
from naws.core.context import PatternContext
from naws.core.issues import Issue, Level
from naws.core.pattern.additions import Added, added_checks
from naws.core.pattern.calls import Call, called_with_props, props_of
from naws.core.rule import Check
from naws.core.shared import undone_on_error
from naws.core.stacks import kept, made_in, stack_of
from naws.core.tagging import tag_pattern
from naws.core.together import build
from naws.core.validation import Verdict, adding_issues, validate


class Pattern(Construct):
    """Base of every standard type.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name: ClassVar[str]
    """As its distribution is called behind `naws-`; the tag `naws:pattern`."""
    checks: ClassVar[Sequence[Check[Any]]]
    """All that its plan is held to."""
    synth_levels: ClassVar[Mapping[str, Level]] = {}
    """The codes of all rules that are asked at synthesis, each with its level."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Have the pattern's own constructor tell how it is called."""
        super().__init_subclass__(**options)
        props = props_of(vars(cls).get("__init__"))
        if props is not None:
            cls.__init__ = called_with_props(cls.__init__, Call(name=cls.__name__, props=props))

    def __init__(self, scope: Construct, construct_id: str, props: Any) -> None:
        context = PatternContext.of(scope, construct_id)
        plan = self.resolve(props, context)
        foreseeing = adding_issues(lambda: self.foreseen(plan))
        with undone_on_error(scope, stack_of(scope), construct_id), foreseeing:
            verdict = validate(context.path, plan, self.checks, props.acknowledge, self.synth_levels)
            super().__init__(scope, construct_id)
            made_in(self, scope)
            kept(self, "path", lambda: context.path)
            tag_pattern(self, self.pattern_name)
            self._scope = scope
            self._acknowledged: dict[str, str] = {}
            self._occurred: set[str] = set()
            self._noted_on: IConstruct | None = None
            self._plan = plan
            self._accept(verdict)
            with build():
                self._build(plan)

    @classmethod
    @abstractmethod
    def resolve(cls, props: Any, context: PatternContext) -> Any:
        """Decide everything that `props` leave open. Pure."""

    @classmethod
    def foreseen(cls, plan: Any) -> Sequence[Issue]:
        """What only CDK knows of what is given; it is asked when there is something else to report already."""
        del plan
        return ()

    @abstractmethod
    def _build(self, plan: Any) -> None:
        """Call the builders, in dependency order."""

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Every practice that was accepted on purpose, with the reason given."""
        return dict(self._acknowledged)

    @property
    def occurred(self) -> AbstractSet[str]:
        """The codes of all that was found by now; what is accepted of them is accepted for a reason."""
        return self._occurred

    def _admit(self, added: Added[Any]) -> None:
        """Take in what is added; with an error where it breaks what was not broken without it."""
        checks = added_checks(self.checks)
        verdict = validate(self.node.path, added, checks, added.acknowledge, self.synth_levels)
        self._plan = added.plan
        self._accept(verdict)

    def _accept(self, verdict: Verdict) -> None:
        """Take in a verdict: its acknowledgements are noted, its advice becomes warnings."""
        for code, reason in verdict.acknowledged.items():
            reasons = dict.fromkeys((self._acknowledged.get(code, reason), reason))
            self._acknowledged[code] = "; ".join(reasons)
        self._occurred |= verdict.occurred
        self._note()
        advise(self, verdict.advice)

    def _bound_roles(self, given: iam.IManagedPolicy | None) -> None:
        """Bound every role of the pattern by `given`, else by the convention's boundary, if there is one."""
        apply_permissions_boundary(self, given, self._plan.context.conventions.permissions_boundary)

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
