"""How many tasks there are, and how new ones take over. Pure."""

from dataclasses import dataclass
from typing import Literal

from naws.core import PatternContext, ScheduleTrigger
from naws.core.authoring import SchedulePlan, is_number, plan_schedule, seconds
from naws.ecs_service.props import CapacitySchedule, Deployment, FixedCount, Scaling

_MINUTE = 60
Strategy = Literal["rolling", "blue-green", "canary", "linear"]


@dataclass(frozen=True, kw_only=True)
class CapacityPlan:
    """The numbers of tasks from a time on.

    Attributes:
        given: as it is given.
        schedule: its expression, read.
        max_capacity: None: as before.
    """

    given: CapacitySchedule
    schedule: SchedulePlan
    min_capacity: int
    max_capacity: int | None


@dataclass(frozen=True, kw_only=True)
class ScalingPlan:
    """How many tasks there are.

    Attributes:
        fixed: always so many; None when they scale.
        min_capacity, max_capacity: of a fixed number both the same.
        cpu, memory: percent that are wanted. None: they do not count.
        requests: a minute and task. None: they do not count.
        schedules: other numbers at certain times.
    """

    fixed: int | None
    min_capacity: int
    max_capacity: int
    cpu: int | None = None
    memory: int | None = None
    requests: int | None = None
    schedules: tuple[CapacityPlan, ...] = ()

    @property
    def fewest(self) -> int | None:
        """The smallest number that there may ever be; None when only the deployment knows it."""
        every = [self.min_capacity, *(each.min_capacity for each in self.schedules)]
        return min(every) if all(map(is_number, every)) else None

    @property
    def most(self) -> int | None:
        """The largest number that there may ever be; None when only the deployment knows it."""
        every = [self.max_capacity, *(each.max_capacity for each in self.schedules if each.max_capacity is not None)]
        return max(every) if all(map(is_number, every)) else None


@dataclass(frozen=True, kw_only=True)
class DeploymentPlan:
    """How new tasks take over. Times are seconds.

    Attributes:
        strategy: which.
        percent: of a canary or a linear one; None of others.
        interval: of the same; 0 of others.
        bake: how long both versions stay; 0 of a rolling one.
        given: as it is given.
    """

    strategy: Strategy
    percent: float | None
    interval: float
    bake: float
    given: Deployment

    @property
    def gradual(self) -> bool:
        """Whether the tasks of two versions stand beside each other, in two target groups."""
        return self.strategy != "rolling"


def plan_scaling(given: Scaling | FixedCount, context: PatternContext) -> ScalingPlan:
    """Decide what `given` leaves open."""
    if isinstance(given, FixedCount):
        return ScalingPlan(fixed=given.count, min_capacity=given.count, max_capacity=given.count)
    return ScalingPlan(
        fixed=None,
        min_capacity=given.min_capacity,
        max_capacity=given.max_capacity,
        cpu=given.target_cpu_percent,
        memory=given.target_memory_percent,
        requests=given.requests_per_task,
        schedules=tuple(
            _at(each, index, context)
            for index, each in enumerate(given.schedules)
            if isinstance(each, CapacitySchedule)  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
        ),
    )


def plan_deployment(given: Deployment) -> DeploymentPlan:
    """Decide what `given` leaves open."""
    gradual, steps = given.strategy != "rolling", given.strategy in {"canary", "linear"}
    usual = (10 if given.strategy == "canary" else 6) * _MINUTE
    percent = 5 if given.strategy == "canary" else 10
    return DeploymentPlan(
        strategy=given.strategy,
        percent=(percent if given.percent is None else given.percent) if steps else given.percent,
        interval=seconds(given.interval, usual if steps else 0),
        bake=seconds(given.bake, 10 * _MINUTE if gradual else 0),
        given=given,
    )


def _at(given: CapacitySchedule, index: int, context: PatternContext) -> CapacityPlan:
    trigger = ScheduleTrigger(given.expression, timezone=given.timezone)
    schedule = plan_schedule(trigger, f"scaling.schedules[{index}]", index + 1, context)
    return CapacityPlan(
        given=given, schedule=schedule, min_capacity=given.min_capacity, max_capacity=given.max_capacity
    )
