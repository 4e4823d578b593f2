"""Which rules check a processor as it will be deployed, and its own rule: a task has no ports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.core.checks.synthesis import PATTERN_CHECKS, TASK_CHECKS, PatternSubject, TaskSubject
from naws.core.issues import Level
from naws.core.rule import Check, Finding, Rule, practice
from naws.core.rules.asl import ASL_RULES
from naws.core.rules.repeated_steps import STEP_RULES, RepeatedStep
from naws.core.rules.stack_size import STACK_RULES
from naws.core.rules.task_template import TaskView, path_of
from naws.core.validation import bind, of

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A processor at synthesis.

    Attributes:
        task: its task and what that works with.
        pattern: what every pattern has.
        steps: the states of other workflows that start it and are entered more than once.
    """

    task: TaskSubject
    pattern: PatternSubject
    steps: Sequence[RepeatedStep]


@practice(
    code="NAWS-BUILT-017",
    title="No container opens a port",
    source=_DEFINITION,
    example="then=lambda made: made.container.add_port_mappings(ecs.PortMapping(container_port=8080))",
    fix="",
)
def no_ports(task: TaskView) -> Iterator[Finding]:
    """Nothing routes to a task that ends when its work is done: no load balancer, no service, no ingress.

    Containers of one task reach each other at localhost without a mapping.
    """
    for container in task.containers:
        ports = cast("list[Mapping[str, Any]]", container.get("portMappings") or [])
        if ports:
            yield Finding(
                path=path_of(container, "port_mappings"),
                value=[each.get("containerPort") for each in ports],
                expected="none: nothing routes to this task",
                remedy="omit port_mappings",
            )


SYNTH_CHECKS: tuple[Check[Subject], ...] = (
    *of(lambda subject: subject.task, TASK_CHECKS),
    *of(lambda subject: subject.pattern, PATTERN_CHECKS),
    *bind(lambda subject: subject.steps, STEP_RULES),
    no_ports.on(lambda subject: (subject.task.task,)),
)
SYNTH_RULES: tuple[Rule[Any], ...] = (
    *{check.rule.code: check.rule for check in SYNTH_CHECKS}.values(),
    *STACK_RULES,
    *ASL_RULES,
)
"""Those on what will be deployed, on its stack, and on the definitions of its state machines."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
