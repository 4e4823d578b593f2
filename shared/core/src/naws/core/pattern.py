"""The walk that every pattern takes: resolve, validate, and only then change the construct tree.

Pattern.__init__
  surroundings -> plan = resolve(props, surroundings)     pure
               -> validate(plan, CHECKS)                  raises PatternValidationError with all issues
               -> super().__init__(scope, id)             only now does the construct tree change
               -> tags, acknowledgements, advice
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import aws_cdk as cdk
from constructs import Construct, IConstruct

from naws.core.checks import Check, Verdict, validate
from naws.core.conventions import Conventions, conventions_of
from naws.core.homes import Home, home_of_stack
from naws.core.issues import Issue
from naws.core.network import NewVpc, created_in
from naws.core.tagging import tag_pattern
from naws.core.tokens import has_token

PlanT = TypeVar("PlanT")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a plan may know of the place where a pattern is put.

    Attributes:
        path: the construct path that the pattern will have.
        construct_id: its own id.
        conventions: those in force there.
        has_environment: whether the stack has an explicit account and region, as context look-ups need.
        created_vpc: how the VPC was made that the stack's patterns share; None when there is none yet.
        now: the moment of synthesis, by which a plan tells a schedule that lies in the past; None: not told.
        beside_shared: whether its parent is the stack itself, where what the stack's patterns share has its ids.
        home: the account and region that the stack is deployed to, as far as they are known.
    """

    path: str
    construct_id: str
    conventions: Conventions
    has_environment: bool
    created_vpc: NewVpc | None = None
    now: datetime | None = None
    beside_shared: bool = False
    home: Home = field(default_factory=Home)

    @classmethod
    def of(cls, scope: Construct, construct_id: str) -> "Surroundings":
        """Read them at `scope`."""
        stack = cdk.Stack.of(scope)
        return cls(
            path=f"{scope.node.path}/{construct_id}".lstrip("/"),
            construct_id=construct_id,
            conventions=conventions_of(scope),
            has_environment=not (has_token(stack.account) or has_token(stack.region)),
            created_vpc=created_in(stack),
            now=datetime.now(UTC),
            beside_shared=isinstance(scope, cdk.Stack),
            home=home_of_stack(stack.account, stack.region),
        )

    @classmethod
    def of_new_stack(
        cls, scope: Construct, construct_id: str, conventions: Conventions | None, env: Any
    ) -> "Surroundings":
        """Foresee them in a stack that will be made in `scope`.

        Args:
            scope: an app, a stage or a stack.
            construct_id: the stack's.
            conventions: those that will be applied to it.
            env: what it will be given: a `cdk.Environment`, a dict or nothing.
        """
        stage = scope if isinstance(scope, cdk.Stage) else cdk.Stage.of(scope)
        said = cast("dict[str, str | None]", env if isinstance(env, dict) else getattr(env, "_values", {}))
        account, region = (said.get(name) or getattr(stage, name, None) for name in ("account", "region"))
        return cls(
            path=f"{scope.node.path}/{construct_id}".lstrip("/"),
            construct_id=construct_id,
            conventions=conventions_of(scope, conventions),
            has_environment=None not in (account, region) and not has_token([account, region]),
            now=datetime.now(UTC),
            home=home_of_stack(account, region),
        )

    def of_child(self, construct_id: str, created_vpc: NewVpc | None) -> "Surroundings":
        """Those of a pattern within."""
        path = f"{self.path}/{construct_id}"
        return replace(self, path=path, construct_id=construct_id, created_vpc=created_vpc, beside_shared=True)


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
        surroundings: Surroundings,
        plan: PlanT,
        checks: Sequence[Check[PlanT]],
        acknowledge: Mapping[str, str],
    ) -> None:
        verdict = validate(surroundings.path, plan, checks, acknowledge)
        super().__init__(scope, construct_id)
        tag_pattern(self, pattern)
        self._acknowledged: dict[str, str] = {}
        self._noted_on: IConstruct | None = None
        self._accept(verdict)

    @property
    def acknowledged(self) -> Mapping[str, str]:
        """Every practice that was accepted on purpose, with the reason given."""
        return dict(self._acknowledged)

    def _accept(self, verdict: Verdict) -> None:
        """Take in a verdict: its acknowledgements are noted, its advice becomes warnings."""
        for code, reason in verdict.acknowledged.items():
            reasons = dict.fromkeys((self._acknowledged.get(code, reason), reason))
            self._acknowledged[code] = "; ".join(reasons)
        self._note()
        self._advise(verdict.advice)

    def _note_acknowledgements(self, resource: IConstruct | None, **notes: str) -> None:
        """Write what was accepted on purpose into the template, on the pattern's main resource."""
        self._noted_on = resource
        self._acknowledged |= notes
        self._note()

    def _note(self) -> None:
        if self._acknowledged and isinstance(self._noted_on, cdk.CfnResource):
            self._noted_on.add_metadata("naws:acknowledged", self.acknowledged)

    def _advise(self, advice: Sequence[Issue]) -> None:
        for issue in advice:
            text = f"{issue.path} = {issue.value}: expected {issue.expected}; {issue.remedy}"
            cdk.Annotations.of(self).add_warning_v2(issue.code, text)
