"""What the user's words mean: every default filled in, every unit unified, every name decided. Pure.

`None` is left only where it is an answer of its own (no key, no physical name).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from aws_cdk import aws_ecs as ecs

from naws.core.context import PatternContext
from naws.core.fargate import Size, larger_than
from naws.core.issues import PatternValidationError
from naws.core.naming import physical_name
from naws.core.plans.given import key_given, of_triggers, roles_given
from naws.core.plans.network import NetworkPlan, plan_network
from naws.core.plans.operations import OperationsPlan, plan_operations
from naws.core.plans.program import ProgramPlan, plan_program
from naws.core.plans.triggers import TriggerPlans, plan_triggers
from naws.core.rules.owners import Given, GivenKey, GivenRole
from naws.core.rules.types import declared_type
from naws.core.tokens import known
from naws.core.type_checks import TypeMismatch, check_types
from naws.core.units import seconds
from naws.ecs_task_processor.plan_given import needs_of_roles, things_given
from naws.ecs_task_processor.props import EcsTaskProcessorProps, RetryPolicy

CONTAINER = "main"
"""Name of the container whose exit decides the run."""

_MINUTE = 60
_HOUR = 3600
_LONGEST_STOP = 120


@dataclass(frozen=True, kw_only=True)
class RetryPlan:
    """`RetryPolicy` in seconds."""

    infrastructure_attempts: int
    task_attempts: int
    interval: float
    backoff_rate: float
    max_interval: float

    def waits(self, attempts: int) -> float:
        """Seconds between so many attempts of one kind, each wait at its longest."""
        return sum(min(self.max_interval, self.interval * self.backoff_rate**n) for n in range(attempts - 1))


@dataclass(frozen=True, kw_only=True)
class Names:
    """Physical names; each is None without a name prefix."""

    state_machine: str | None
    failure_queue: str | None
    dead_letter_queue: str | None
    log_group: str | None
    task_family: str | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A task processor, decided. Times are seconds, sizes as their names say.

    Attributes:
        props: what the user said, without what has the wrong type.
        mismatches: what has the wrong type; a plan with any is never built.
        given: the things of AWS that are given, with where each lives.
        roles: the roles among them, with what adds statements to each.
        key: the key among them.
    """

    props: EcsTaskProcessorProps
    mismatches: tuple[TypeMismatch, ...]
    context: PatternContext
    size: Size
    sizes: tuple[Size, ...]
    cpu_architecture: ecs.CpuArchitecture
    stop_timeout: float
    attempt_timeout: float
    retry: RetryPlan
    triggers: TriggerPlans
    network: NetworkPlan
    program: ProgramPlan
    operations: OperationsPlan
    names: Names
    given: tuple[Given, ...]
    roles: tuple[GivenRole, ...]
    key: GivenKey | None

    @property
    def most_attempts(self) -> int:
        """Attempts that a run can make: of each kind, and one for each larger size."""
        return self.retry.infrastructure_attempts + self.retry.task_attempts - 1 + len(self.sizes) - 1

    @property
    def longest_between(self) -> float:
        """Seconds of a run that are no work: every wait at its longest, every task slow to stop."""
        return self.most_attempts * (self.stop_timeout + self.retry.max_interval)

    @property
    def longest_run(self) -> float:
        """Seconds that a run can take: every attempt to its timeout, and what lies between."""
        return self.most_attempts * self.attempt_timeout + self.longest_between


def resolve(props: EcsTaskProcessorProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open; a value of the wrong type counts as not said.

    Raises:
        PatternValidationError: when `props` are something else.
    """
    if not isinstance(props, EcsTaskProcessorProps):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        mismatch = TypeMismatch(path="props", value=props, annotation=EcsTaskProcessorProps, optional=False)
        raise PatternValidationError(context.path, declared_type.issues(mismatch))
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    context = replace(context, conventions=conventions)
    attempt_timeout = seconds(props.attempt_timeout, _HOUR)
    home, triggers = context.home, plan_triggers(props.triggers, context)
    network, operations = plan_network(props, context, props.cluster), plan_operations(props, context, attempt_timeout)
    return Plan(
        props=props,
        mismatches=mismatches + more,
        context=context,
        size=Size(cpu=props.cpu, memory_limit_mib=props.memory_limit_mib),
        sizes=tuple(_sizes(props)),
        cpu_architecture=props.cpu_architecture or ecs.CpuArchitecture.X86_64,
        stop_timeout=seconds(props.stop_timeout, _LONGEST_STOP),
        attempt_timeout=attempt_timeout,
        retry=_retry(props.retry),
        triggers=triggers,
        network=network,
        program=plan_program(props.environment, props.secrets, props.bindings, context),
        operations=operations,
        names=_names(context),
        given=(*things_given(props, network, operations, context), *of_triggers(triggers, home)),
        roles=tuple(roles_given(*needs_of_roles(props), home)),
        key=key_given(props, context),
    )


def _sizes(props: EcsTaskProcessorProps) -> Iterator[Size]:
    """The sizes that the task may have, each the next one that Fargate has."""
    size = Size(cpu=props.cpu, memory_limit_mib=props.memory_limit_mib)
    yield size
    growth = props.memory_growth
    if growth is None or not all(map(known, (props.memory_limit_mib, props.cpu, growth.max_memory_limit_mib))):
        return
    most = growth.max_memory_limit_mib
    yield from takewhile(lambda larger: larger.memory_limit_mib <= most, larger_than(size))


def _retry(policy: RetryPolicy) -> RetryPlan:
    return RetryPlan(
        infrastructure_attempts=policy.infrastructure_attempts,
        task_attempts=policy.task_attempts,
        interval=seconds(policy.interval, 30),
        backoff_rate=policy.backoff_rate,
        max_interval=seconds(policy.max_interval, 10 * _MINUTE),
    )


def _names(context: PatternContext) -> Names:
    def name(purpose: str, kind: str) -> str | None:
        return physical_name(context.conventions.name_prefix, context.construct_id, purpose, kind)

    return Names(
        state_machine=name("", "state-machine"),
        failure_queue=name("failures", "queue"),
        dead_letter_queue=name("dead-letters", "queue"),
        log_group=name("", "log-group"),
        task_family=name("", "task-family"),
    )
