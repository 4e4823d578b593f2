"""Bases of plans, by what a pattern is; a pattern's own plan inherits from these."""

from dataclasses import dataclass
from typing import Any

from naws.core.context import PatternContext
from naws.core.planned_triggers import TriggerPlans
from naws.core.plans.network import NetworkPlan
from naws.core.plans.operations import OperationsPlan
from naws.core.plans.program import ProgramPlan
from naws.core.plans.task import TaskPlan
from naws.core.rules.owners import Given, GivenKey, GivenRole
from naws.core.type_checks import TypeMismatch


@dataclass(frozen=True, kw_only=True)
class PatternPlan:
    """Any pattern, decided. Times are seconds, sizes as their names say.

    Attributes:
        props: what is given, without what has the wrong type.
        context: the stack, and the conventions in force.
        mismatches: what has the wrong type; a plan with any is never built.
        operations: its alarms and logs, and how its data are encrypted and removed.
        given: the things of AWS that are given, with where each lives.
        key: the key among them.
    """

    props: Any
    context: PatternContext
    mismatches: tuple[TypeMismatch, ...]
    operations: OperationsPlan
    given: tuple[Given, ...]
    key: GivenKey | None


@dataclass(frozen=True, kw_only=True)
class TriggeredPlan(PatternPlan):
    """The plan of a pattern that is started by triggers."""

    triggers: TriggerPlans


@dataclass(frozen=True, kw_only=True)
class ProgramPatternPlan(PatternPlan):
    """The plan of a pattern that runs a program.

    Attributes:
        program: what the program is given.
        roles: the given roles, with what adds statements to each.
    """

    program: ProgramPlan
    roles: tuple[GivenRole, ...]


@dataclass(frozen=True, kw_only=True)
class TaskPatternPlan(ProgramPatternPlan):
    """One whose program is a container in an ECS task."""

    task: TaskPlan
    network: NetworkPlan
