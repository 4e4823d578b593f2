"""The steps that every pattern takes: resolve, validate, and only then change the construct tree.

Pattern.__init__
  props, context -> plan = resolve(props, context)     pure
                 -> validate(plan, checks)             raises PatternValidationError with all issues
                 -> super().__init__(scope, id)        only now does the construct tree change
                 -> tags, acknowledgements, advice
                 -> _build(plan)                       the pattern's builders, in dependency order
                 -> what bounds its roles, and its rules at synthesis

What is added later takes the same steps: props with one thing more -> plan -> validate -> what is new is built.
"""

import inspect
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, ClassVar

import aws_cdk as cdk
from constructs import Construct

from naws.core.batching import batching
from naws.core.build.dashboards import Widget
from naws.core.build.roles import apply_permissions_boundary
from naws.core.context import PatternContext
from naws.core.conventions import tag_stages
from naws.core.issues import Issue
from naws.core.pattern.calls import Call, called_with_props, props_of
from naws.core.pattern.inspection import Inspection
from naws.core.pattern.settings import record_settings
from naws.core.pattern.synth_checks import CheckedConstruct, advise, check_at_synthesis
from naws.core.rule import Check, Rule
from naws.core.shared import undone_on_error
from naws.core.stacks import PATTERN_TAG, kept, made_in
from naws.core.validation import Verdict, adding_issues, guided, validate


class Pattern(CheckedConstruct):
    """Base of every standard type.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name: ClassVar[str]
    """The name of its distribution behind `naws-`, and the value of the tag `naws:pattern`."""
    checks: ClassVar[Sequence[Check[Any]]]
    """The checks of its plan."""
    synth_checks: ClassVar[Mapping[str, Sequence[Rule[Any]]]] = {}
    """The rules that are asked at synthesis, by the name of the view that they judge, see `_views`."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Have the pattern's own constructor tell how it is called."""
        super().__init_subclass__(**options)
        props = props_of(vars(cls).get("__init__"))
        if props is not None:
            default = inspect.signature(cls.__init__).parameters["props"].default
            cls.__init__ = called_with_props(cls.__init__, Call(name=cls.__name__, props=props, default=default))

    def __init__(self, scope: Construct, construct_id: str, props: Any) -> None:
        context = PatternContext.of(scope, construct_id)
        plan = self.resolve(props, context)
        guide, foreseeing = guided(context.conventions.guide_url), adding_issues(lambda: self.foreseen(plan))
        with undone_on_error(scope, construct_id), guide, foreseeing:
            verdict = validate(context.path, plan, self.checks, props.acknowledge, self.synth_levels)
            super().__init__(scope, construct_id)
            made_in(self, scope)
            kept(self, "path", lambda: context.path)
            # The library's version is no tag: each upgrade would change every resource.
            cdk.Tags.of(self).add(PATTERN_TAG, self.pattern_name)
            tag_stages(scope)
            self._scope, self._plan = scope, plan
            self._acknowledged, self._occurred = {}, set()
            self._noted_on: cdk.CfnResource | None = None
            self._accept(verdict)
            with batching():
                self._noted_on = self._build(plan)
            boundary = context.conventions.permissions_boundary
            apply_permissions_boundary(self, props.permissions_boundary, boundary)
            self._acknowledged |= plan.operations.notes
            self._note()
            if self.synth_levels:
                check_at_synthesis(self, self._resources, self._issues)
            self._show()

    @classmethod
    @abstractmethod
    def resolve(cls, props: Any, context: PatternContext) -> Any:
        """Decide everything that `props` leave open. Pure."""

    @classmethod
    def foreseen(cls, plan: Any) -> Sequence[Issue]:
        """Issues that CDK alone can find in what is given; asked for when there is something else to report already."""
        del plan
        return ()

    @abstractmethod
    def _build(self, plan: Any) -> cdk.CfnResource:
        """Call the builders, in dependency order; the resource whose metadata have the acknowledgements."""

    def _show(self) -> None:
        """Add it to the dashboard of its stack; last, so that what could not be built is on none."""

    def _widgets(self) -> Sequence[Widget]:
        """What a dashboard shows of it, beside its alarms."""
        return ()

    @property
    def guide_url(self) -> str | None:
        """Where the guide is published that its errors and alarms link to, by the conventions."""
        return self._plan.context.conventions.guide_url

    def _resources(self) -> list[cdk.CfnResource]:
        """The resources whose properties its views have: they are read with one call for a whole stack."""
        return []

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        """Views of what will be deployed, which rules judge, by the names that `synth_checks` has for them."""
        del inspection
        return {}

    def _issues(self, inspection: Inspection) -> Iterator[Issue]:
        """Issues of what will be deployed."""
        views = {name: tuple(parts) for name, parts in self._views(inspection).items()}
        for name, rules in self.synth_checks.items():
            yield from (issue for rule in rules for part in views[name] for issue in rule.issues(part))

    def _add(self, field: str, more: Any, acknowledge: Mapping[str, str] | None, name: str = "") -> Any:
        """The plan of the same props with more in a field; with an error where it breaks what it did not break before.

        Args:
            field: the field of the props.
            more: what it holds then.
            acknowledge: the practices that are broken on purpose.
            name: how the user calls what is last in the field. Omitted: by its index.
        """
        plan = self._resolve_again(replace(self._plan.props, acknowledge=acknowledge or {}, **{field: more}))
        before = {issue for check in self.checks for issue in check.run(self._plan)}
        last = f"{field}[{len(more) - 1}]" if name else ""
        checks = [_only_new(check, before, last, name) for check in self.checks]
        with guided(self.guide_url):
            verdict = validate(self.node.path, plan, checks, acknowledge or {}, self.synth_levels)
        self._plan = plan
        self._accept(verdict)
        return plan

    def _resolve_again(self, props: Any) -> Any:
        return self.resolve(props, self._plan.context)

    def _accept(self, verdict: Verdict) -> None:
        """Take in a verdict: its acknowledgements are noted, its advice becomes warnings."""
        for code, reason in verdict.acknowledged.items():
            reasons = dict.fromkeys((self._acknowledged.get(code, reason), reason))
            self._acknowledged[code] = "; ".join(reasons)
        self._occurred |= verdict.occurred
        self._note()
        record_settings(self.pattern_name, self._plan, self._scope, self._acknowledged)
        advise(self, verdict.advice)

    def _note(self) -> None:
        """Write what was accepted on purpose into the template."""
        if self._acknowledged and self._noted_on is not None:
            self._noted_on.add_metadata("naws:acknowledged", self.acknowledged)


def _only_new(check: Check[Any], before: AbstractSet[Issue], last: str, name: str) -> Check[Any]:
    """A check that reports what was not there before, with the name that the user has for what is last in its field."""

    def run(plan: Any) -> list[Issue]:
        new = (issue for issue in check.run(plan) if issue not in before)
        return [replace(issue, path=issue.path.replace(last, name)) for issue in new]

    return Check(rule=check.rule, run=run)
