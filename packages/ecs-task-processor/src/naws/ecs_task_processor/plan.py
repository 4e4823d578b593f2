"""The plan of a task processor: every default filled in, every unit unified, every name decided. Pure.

`None` is left only where it is an answer of its own (no key, no physical name).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from naws.core import PatternContext
from naws.core.authoring import (
    EcsTask,
    Given,
    Home,
    Size,
    TaskPatternPlan,
    TaskPlan,
    TriggeredPlan,
    check_types,
    home_of,
    key_given,
    known,
    larger_than,
    of_operations,
    of_task,
    of_triggers,
    plan_network,
    plan_operations,
    plan_program,
    plan_task,
    plan_triggers,
    seconds,
    task_roles_given,
)
from naws.ecs_task_processor.plan_runs import RunPolicy
from naws.ecs_task_processor.props import EcsTaskProcessorProps, ObjectsUnder, RowsOf

CONTAINER = "main"
"""Name of the container whose exit decides the run."""

_PAYLOADS = "payloads that are read from S3"
_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Plan(TriggeredPlan, TaskPatternPlan):
    """A task processor, decided. Times are seconds, sizes as their names say.

    Attributes:
        runs: what a run does.
    """

    props: EcsTaskProcessorProps
    runs: RunPolicy

    @property
    def size(self) -> Size:
        """The size that the task begins with."""
        return self.task.size


def resolve(props: EcsTaskProcessorProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open; a value of the wrong type counts as not given."""
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    context = replace(context, conventions=conventions)
    task = plan_task(props, CONTAINER, context.physical_name("", "task-family"))
    runs = _runs(props, task)
    home, triggers = context.home, plan_triggers(props.triggers, context)
    network, operations = (
        plan_network(props, context, props.cluster),
        plan_operations(props, context, runs.attempt_timeout),
    )
    program = plan_program(props.environment, props.secrets, props.bindings, context, EcsTask())
    return Plan(
        props=props,
        mismatches=mismatches + more,
        context=context,
        task=task,
        runs=runs,
        triggers=triggers,
        network=network,
        program=program,
        operations=operations,
        given=(
            *of_task(props, network, program, home),
            *of_operations(props, operations, context),
            *_of_items(props, home),
            *of_triggers(triggers, home),
        ),
        roles=tuple(task_roles_given(props, program, home, own=(_PAYLOADS,))),
        key=key_given(props, context),
    )


def _of_items(props: EcsTaskProcessorProps, here: Home) -> Iterator[Given]:
    over = None if props.fan_out is None else props.fan_out.over
    if isinstance(over, ObjectsUnder | RowsOf):
        yield Given(path="fan_out.over.bucket", kind="bucket of items", home=home_of(over.bucket), here=here)


def _sizes(props: EcsTaskProcessorProps) -> Iterator[Size]:
    """The sizes that the task may have, each the next one that Fargate has."""
    size = Size(cpu=props.cpu, memory_limit_mib=props.memory_limit_mib)
    yield size
    growth = props.memory_growth
    if growth is None or not all(map(known, (props.memory_limit_mib, props.cpu, growth.max_memory_limit_mib))):
        return
    most = growth.max_memory_limit_mib
    yield from takewhile(lambda larger: larger.memory_limit_mib <= most, larger_than(size))


def _runs(props: EcsTaskProcessorProps, task: TaskPlan) -> RunPolicy:
    return RunPolicy(
        attempt_timeout=seconds(props.attempt_timeout, _HOUR),
        timeout_given=props.attempt_timeout is not None,
        stop_timeout=task.stop_timeout,
        infrastructure_attempts=props.retry.infrastructure_attempts,
        task_attempts=props.retry.task_attempts,
        interval=seconds(props.retry.interval, 30),
        backoff_rate=props.retry.backoff_rate,
        max_interval=seconds(props.retry.max_interval, 10 * _MINUTE),
        sizes=tuple(_sizes(props)),
        exit_codes=props.exit_codes,
        capacity=props.capacity,
        enable_execute_command=props.enable_execute_command,
        lease=props.concurrency,
        fan_out=props.fan_out,
    )
