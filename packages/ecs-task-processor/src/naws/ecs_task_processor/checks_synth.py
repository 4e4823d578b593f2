"""Checks of a processor as it will be deployed, with a rule of its own: a task has no ports."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from naws.core.authoring import (
    BUCKET_RULES,
    TASK_SYNTH_CHECKS,
    TRIGGERED_SYNTH_CHECKS,
    WORKFLOW_SYNTH_CHECKS,
    Finding,
    Level,
    Rule,
    SynthChecks,
    TaskView,
    container_path,
    practice,
    rules_of,
)

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"


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
                path=container_path(container, "port_mappings"),
                value=[each.get("containerPort") for each in ports],
                expected="none: nothing routes to this task",
                remedy="omit port_mappings",
            )


SYNTH_CHECKS: SynthChecks = {
    **TASK_SYNTH_CHECKS,
    "task": (*TASK_SYNTH_CHECKS["task"], no_ports),
    **TRIGGERED_SYNTH_CHECKS,
    **WORKFLOW_SYNTH_CHECKS,
    "buckets": BUCKET_RULES,
}
SYNTH_RULES: tuple[Rule[Any], ...] = rules_of(SYNTH_CHECKS)
"""Those on what will be deployed, on its stack, and on the definitions of its state machines."""
SYNTH_LEVELS: dict[str, Level] = {rule.code: rule.level for rule in SYNTH_RULES}
