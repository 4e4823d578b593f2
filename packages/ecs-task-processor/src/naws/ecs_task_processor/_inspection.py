"""A processor read off the construct tree when CDK synthesises."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from naws.core.build.steps import repeated_steps
from naws.core.issues import Issue
from naws.core.pattern.inspection import Inspection, Properties, role_resources
from naws.core.pattern.name_clashes import Named, register_names
from naws.core.pattern.subjects import BuiltPattern, names_of, pattern_subject, task_subject
from naws.core.pattern.synth_checks import SynthSubject, add_synth_checks
from naws.core.rules.asl_machine import properties_issues
from naws.ecs_task_processor.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS, Subject
from naws.ecs_task_processor.plan import Plan

_PROVIDERS = {"spot": ("FARGATE_SPOT",), "spot-then-on-demand": ("FARGATE_SPOT", "FARGATE")}
"""The capacity providers that a run names."""


@dataclass(frozen=True, kw_only=True)
class Processor(BuiltPattern[Plan]):
    """A processor and its parts.

    Attributes:
        machine: its workflow.
        reaper: that of its leases; None without any.
        steps: the stacks and the ids of those steps of other workflows that do not name their run.
    """

    machine: sfn.CfnStateMachine
    reaper: sfn.StateMachine | None
    steps: Sequence[tuple[cdk.Stack, str]]


def check_at_synthesis(processor: Processor) -> None:
    """Have the rules asked about what will be deployed, and the names compared with the neighbours'."""
    role = processor.task.task_role
    machines = {"state_machine.definition": processor.machine}
    if processor.reaper is not None:
        machines["lease_reaper.definition"] = cast("sfn.CfnStateMachine", processor.reaper.node.default_child)
    add_synth_checks(
        SynthSubject(
            scope=processor.scope,
            stack=processor.stack,
            resources=lambda: (processor.task.resource, *machines.values(), *role_resources(role)),
            judge=lambda look, read: _issues(processor, list(machines), look, read),
            levels=SYNTH_LEVELS,
        )
    )
    register_names(processor.scope, processor.stack, lambda: _names(processor.plan()))


def _issues(
    processor: Processor, definitions: Sequence[str], look: Inspection, read: Sequence[Properties]
) -> Iterator[Issue]:
    (task, *others), plan = read, processor.plan()
    machines, role = others[: len(definitions)], others[len(definitions) :]
    subject = Subject(
        task=task_subject(processor, look, task, role, _PROVIDERS.get(plan.props.capacity, ())),
        pattern=pattern_subject(processor, look, _names(plan)),
        steps=tuple(repeated_steps(processor.steps)),
    )
    for check in SYNTH_CHECKS:
        yield from check.run(subject)
    for path, properties in zip(definitions, machines, strict=True):
        yield from properties_issues(properties, path)


def _names(plan: Plan) -> Named:
    return names_of(plan.context, plan.triggers, plan.names.state_machine)
