"""What is added to a pattern that is built already, planned like what its props give. Pure.

    with_trigger, with_binding, with_variable: a plan + what is added -> Added

What the plan breaks with the addition, and did not break without it, is the addition's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

from aws_cdk import aws_ecs as ecs

from naws.core.bindings import Binding, Needs
from naws.core.issues import Issue
from naws.core.plans.given import of_binding, of_secret, of_triggers, roles_of
from naws.core.plans.pattern import ProgramPatternPlan, TriggeredPlan
from naws.core.plans.program import ProgramPlan, needs_of, set_by, value_from
from naws.core.plans.triggers import TriggerPlans, no_triggers, plan_triggers
from naws.core.rule import Check
from naws.core.rules.environment import Variable
from naws.core.rules.owners import Given
from naws.core.triggers import Trigger
from naws.core.type_checks import TypeMismatch, check_types

_TRIGGER = "trigger"
_BINDING = "binding"
_BOUND = (_BINDING, f"{_BINDING}.variables")
_ADDED = (f"{_TRIGGER}.", f"{_BINDING}.")


PlanT = TypeVar("PlanT")
TriggeredT = TypeVar("TriggeredT", bound=TriggeredPlan)
ProgramT = TypeVar("ProgramT", bound=ProgramPatternPlan)


@dataclass(frozen=True, kw_only=True)
class Added(Generic[PlanT]):
    """A pattern before and after something is added.

    Attributes:
        before: the plan without it.
        plan: the plan with it; its mismatches are those of what is added.
        triggers: what is to be built.
        acknowledge: the practices that it breaks on purpose.
    """

    before: PlanT
    plan: PlanT
    triggers: TriggerPlans = field(default_factory=no_triggers)
    acknowledge: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Addition:
    acknowledge: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class _AddedTrigger(_Addition):
    trigger: Trigger


@dataclass(frozen=True, kw_only=True)
class _AddedBinding(_Addition):
    binding: Binding


@dataclass(frozen=True, kw_only=True)
class _AddedVariables(_Addition):
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])


def added_checks(checks: Iterable[Check[PlanT]]) -> tuple[Check[Added[PlanT]], ...]:
    """The checks of a plan, each of which reports only what is broken with an addition and was not without it."""
    return tuple(map(_only_new, checks))


def _only_new(check: Check[PlanT]) -> Check[Added[PlanT]]:
    def run(added: Added[PlanT]) -> list[Issue]:
        before = check.run(added.before)
        return [issue for issue in check.run(added.plan) if issue not in before]

    return Check(rule=check.rule, run=run)


def with_trigger(plan: TriggeredT, trigger: Trigger, acknowledge: Mapping[str, str] | None) -> Added[TriggeredT]:
    """One more trigger, numbered on; its fields are at `trigger.…`."""
    addition, mismatches = check_types(_AddedTrigger(trigger=trigger, acknowledge=acknowledge))
    before = replace(plan, triggers=_earlier_triggers(plan.triggers), given=_earlier_given(plan.given))
    new = plan_triggers([addition.trigger], plan.context, after=before.triggers, takes=before.triggers.takes)
    given = (*before.given, *of_triggers(new, plan.context.home))
    after = replace(before, mismatches=mismatches, triggers=before.triggers.joined(new), given=given)
    return Added(before=before, plan=after, triggers=new, acknowledge=addition.acknowledge or {})


def with_binding(plan: ProgramT, binding: Binding, acknowledge: Mapping[str, str] | None) -> Added[ProgramT]:
    """One more data source; its variables are at `binding`."""
    addition, mismatches = check_types(_AddedBinding(binding=binding, acknowledge=acknowledge))
    # What does not fit may not know its variables' names either.
    fits = not any(each.path.startswith(_BINDING) for each in mismatches)
    needs = needs_of(addition.binding, plan.context) if fits else Needs()
    variables = tuple(set_by(_BINDING, addition.binding, needs, plan.program.host))
    added = _with_variables(plan, variables, mismatches, addition)
    program = added.plan.program
    bindings = (*program.bindings, (_BINDING, addition.binding))
    program = replace(program, bindings=bindings, needs=(*program.needs, needs))
    added = replace(added, plan=replace(added.plan, program=program))
    given = tuple(of_binding(addition.binding, _BINDING, plan.context.home)) if fits else ()
    return _with_given(added, given, roles_of(needs), _BINDING)


def with_variable(
    plan: ProgramT,
    kind: Literal["environment", "secrets"],
    name: str,
    value: str | ecs.Secret,
    acknowledge: Mapping[str, str] | None,
) -> Added[ProgramT]:
    """One more variable, at `environment["…"]` or `secrets["…"]`."""
    addition, mismatches = check_types(_AddedVariables(acknowledge=acknowledge, **{kind: {name: value}}))  # pyright: ignore[reportArgumentType] - the kind says which type the value has
    variables = (
        *(Variable(path=f'{kind}["{key}"]', name=key, value=text) for key, text in addition.environment.items()),
        *(
            Variable(path=f'{kind}["{key}"]', name=key, value=None, reference=value_from(secret))
            for key, secret in addition.secrets.items()
        ),
    )
    added = _with_variables(plan, variables, mismatches, addition)
    secrets = [(f'secrets["{key}"]', each) for key, each in addition.secrets.items()]
    given = tuple(of_secret(each, path, plan.context.home) for path, each in secrets)
    return _with_given(added, given, ("execution_role",), *(path for path, _ in secrets))


def _with_given(added: Added[ProgramT], given: tuple[Given, ...], to: tuple[str, ...], *needs: str) -> Added[ProgramT]:
    """With the things that are given, and what adds statements to these roles."""
    roles = (replace(each, needs=(*each.needs, *needs)) if each.path in to else each for each in added.plan.roles)
    return replace(added, plan=replace(added.plan, given=(*added.plan.given, *given), roles=tuple(roles)))


def _with_variables(
    plan: ProgramT, new: tuple[Variable, ...], mismatches: tuple[TypeMismatch, ...], addition: _Addition
) -> Added[ProgramT]:
    before = replace(plan, program=_earlier_program(plan.program), given=_earlier_given(plan.given))
    program = replace(before.program, variables=before.program.variables + new)
    after = replace(before, mismatches=mismatches, program=program)
    return Added(before=before, plan=after, acknowledge=addition.acknowledge or {})


# What was added before has another path than what is added now, so that an issue is seen to be of the one or the other.


def _earlier_triggers(plans: TriggerPlans) -> TriggerPlans:
    earlier = f"an earlier {_TRIGGER}"
    return replace(
        plans,
        schedules=tuple(replace(each, path=earlier) if each.path == _TRIGGER else each for each in plans.schedules),
        events=tuple(replace(each, path=earlier) if each.path == _TRIGGER else each for each in plans.events),
        queues=tuple(replace(each, path=earlier) if each.path == _TRIGGER else each for each in plans.queues),
    )


def _earlier_program(plan: ProgramPlan) -> ProgramPlan:
    return replace(
        plan,
        bindings=tuple((f"an earlier {path}" if path == _BINDING else path, each) for path, each in plan.bindings),
        variables=tuple(
            replace(each, path=f"an earlier {each.path}") if each.path in _BOUND else each for each in plan.variables
        ),
    )


def _earlier_given(given: Iterable[Given]) -> tuple[Given, ...]:
    return tuple(
        replace(each, path=f"an earlier {each.path}") if each.path.startswith(_ADDED) else each for each in given
    )
