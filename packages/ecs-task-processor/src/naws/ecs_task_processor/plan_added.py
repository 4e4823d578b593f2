"""What is said of a processor that is built already, planned like what was said at first. Pure.

    with_trigger, with_binding, with_variable: a plan + what is added -> Added

What the plan breaks with the addition, and did not break without it, is the addition's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from aws_cdk import aws_ecs as ecs

from naws.core.bindings import Binding, Needs
from naws.core.plans.given import of_binding, of_secret, of_triggers, role_of
from naws.core.plans.program import needs_of, set_by, value_from
from naws.core.plans.triggers import TriggerPlans, no_triggers, plan_triggers
from naws.core.rules.environment import Variable
from naws.core.rules.owners import Given
from naws.core.triggers import Trigger
from naws.core.type_checks import TypeMismatch, check_types
from naws.ecs_task_processor.plan import Plan

_TRIGGER = "trigger"
_BINDING = "binding"
_BOUND = (_BINDING, f"{_BINDING}.variables")
_ADDED = (f"{_TRIGGER}.", f"{_BINDING}.")


@dataclass(frozen=True, kw_only=True)
class Added:
    """A processor before and after something is added.

    Attributes:
        before: the plan without it.
        plan: the plan with it; its mismatches are those of what is added.
        triggers: what is to be built.
        acknowledge: the practices that it breaks on purpose.
    """

    before: Plan
    plan: Plan
    triggers: TriggerPlans = field(default_factory=no_triggers)
    acknowledge: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Said:
    acknowledge: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class _SaidTrigger(_Said):
    trigger: Trigger


@dataclass(frozen=True, kw_only=True)
class _SaidBinding(_Said):
    binding: Binding


@dataclass(frozen=True, kw_only=True)
class _SaidVariables(_Said):
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])


def with_trigger(plan: Plan, trigger: Trigger, acknowledge: Mapping[str, str] | None) -> Added:
    """One more trigger, numbered on; its fields are at `trigger.…`."""
    said, mismatches = check_types(_SaidTrigger(trigger=trigger, acknowledge=acknowledge))
    before = _earlier(plan)
    new = plan_triggers([said.trigger], plan.context, after=before.triggers)
    given = (*before.given, *of_triggers(new, plan.context.home))
    after = replace(before, mismatches=mismatches, triggers=before.triggers.joined(new), given=given)
    return Added(before=before, plan=after, triggers=new, acknowledge=said.acknowledge or {})


def with_binding(plan: Plan, binding: Binding, acknowledge: Mapping[str, str] | None) -> Added:
    """One more data source; its variables are at `binding`."""
    said, mismatches = check_types(_SaidBinding(binding=binding, acknowledge=acknowledge))
    # What does not fit may not know its variables' names either.
    fits = not any(each.path.startswith(_BINDING) for each in mismatches)
    needs = needs_of(said.binding, plan.context) if fits else Needs()
    variables = tuple(set_by(_BINDING, said.binding, needs))
    added = _with_variables(plan, variables, mismatches, said)
    program = added.plan.program
    program = replace(program, bindings=(*program.bindings, (_BINDING, said.binding)), needs=(*program.needs, needs))
    added = replace(added, plan=replace(added.plan, program=program))
    given = tuple(of_binding(said.binding, _BINDING, plan.context.home)) if fits else ()
    return _with_given(added, given, role_of(said.binding), _BINDING)


def with_variable(
    plan: Plan,
    kind: Literal["environment", "secrets"],
    name: str,
    value: str | ecs.Secret,
    acknowledge: Mapping[str, str] | None,
) -> Added:
    """One more variable, at `environment["…"]` or `secrets["…"]`."""
    said, mismatches = check_types(_SaidVariables(acknowledge=acknowledge, **{kind: {name: value}}))  # pyright: ignore[reportArgumentType] - the kind says which type the value has
    told = getattr(said, kind)
    plain = {key: text if kind == "environment" else None for key, text in told.items()}
    references = {key: value_from(secret) for key, secret in said.secrets.items()}
    variables = tuple(
        Variable(path=f'{kind}["{key}"]', name=key, value=text, reference=references.get(key, ""))
        for key, text in plain.items()
    )
    added = _with_variables(plan, variables, mismatches, said)
    secrets = [(f'secrets["{key}"]', each) for key, each in said.secrets.items()]
    given = tuple(of_secret(each, path, plan.context.home) for path, each in secrets)
    return _with_given(added, given, "execution_role", *(path for path, _ in secrets))


def _with_given(added: Added, given: tuple[Given, ...], role: str, *needs: str) -> Added:
    """With the things that are given, and what adds statements to a role."""
    roles = (replace(each, needs=(*each.needs, *needs)) if each.path == role else each for each in added.plan.roles)
    return replace(added, plan=replace(added.plan, given=(*added.plan.given, *given), roles=tuple(roles)))


def _with_variables(plan: Plan, new: tuple[Variable, ...], mismatches: tuple[TypeMismatch, ...], said: _Said) -> Added:
    before = _earlier(plan)
    program = replace(before.program, variables=before.program.variables + new)
    after = replace(before, mismatches=mismatches, program=program)
    return Added(before=before, plan=after, acknowledge=said.acknowledge or {})


def _earlier(plan: Plan) -> Plan:
    """`plan`, with what was added before told apart from what is added now."""
    triggers, earlier = plan.triggers, f"an earlier {_TRIGGER}"
    return replace(
        plan,
        triggers=TriggerPlans(
            schedules=tuple(
                replace(each, path=earlier) if each.path == _TRIGGER else each for each in triggers.schedules
            ),
            events=tuple(replace(each, path=earlier) if each.path == _TRIGGER else each for each in triggers.events),
            queues=tuple(replace(each, path=earlier) if each.path == _TRIGGER else each for each in triggers.queues),
        ),
        program=replace(
            plan.program,
            bindings=tuple(
                (f"an earlier {_BINDING}" if path == _BINDING else path, each) for path, each in plan.program.bindings
            ),
            variables=tuple(
                replace(each, path=f"an earlier {each.path}") if each.path in _BOUND else each
                for each in plan.program.variables
            ),
        ),
        given=tuple(
            replace(each, path=f"an earlier {each.path}") if each.path.startswith(_ADDED) else each
            for each in plan.given
        ),
    )
