"""Rules on how many tasks there are."""

from collections.abc import Iterator
from dataclasses import replace

from naws.core.authoring import FIRING_RULES, Bounds, Check, Field, Finding, bind, is_number, limit, practice, schedules
from naws.ecs_service.plan import Plan
from naws.ecs_service.plan_scaling import ScalingPlan

_QUOTAS = "https://docs.aws.amazon.com/general/latest/gr/ecs-service.html"
_TARGETS = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html"
_TRACKING = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html"
_ZONES = "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/use-fault-isolation-to-protect-your-workload.html"
_SPOT = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html"
_MOST = 5_000
_FEWEST, _LARGEST = Bounds(low=0, high=_MOST, unit="tasks"), Bounds(low=1, high=_MOST, unit="tasks")
_PERCENT = Bounds(low=1, high=100, unit="percent")
_LOW, _HIGH = 20, 80
_SAFE = 2


@limit(
    code="NAWS-SCALE-001",
    title="A service has 0 to 5,000 tasks, the least number not above the largest",
    source=f"{_TARGETS}, {_QUOTAS}",
    example="scaling=Scaling(min_capacity=20)",
    fix="scaling=Scaling(min_capacity=20, max_capacity=40)",
)
def counts(plan: ScalingPlan) -> Iterator[Finding]:
    """Application Auto Scaling refuses the target while the stack is deployed. Without `max_capacity` it is 10."""
    if plan.fixed is not None:
        yield from _FEWEST.check(Field("scaling.count", plan.fixed))
        return
    low, high = Field("scaling.min_capacity", plan.min_capacity), Field("scaling.max_capacity", plan.max_capacity)
    wrong = [*_FEWEST.check(low), *_LARGEST.check(high)]
    yield from wrong
    if not wrong and is_number(low.value) and is_number(high.value) and low.value > high.value:
        remedy = f"max_capacity={low.value}\nmin_capacity={high.value}"
        yield high.finding(f"at least min_capacity, {low.value}", remedy)


@practice(
    code="NAWS-SCALE-002",
    title="What answers requests has two tasks or more",
    source=_ZONES,
    example="scaling=FixedCount(1)",
    fix="scaling=FixedCount(2)",
)
def enough(plan: ScalingPlan) -> Iterator[Finding]:
    """AWS replaces hosts, and a zone can fail: of two tasks, in two zones, one is left. Without any it is 503.

    From 0 no metric brings a service back, because nothing measures what no task answers; a schedule can.
    """
    name = "count" if plan.fixed is not None else "min_capacity"
    if is_number(plan.min_capacity) and 0 <= plan.min_capacity < _SAFE:
        yield Field(f"scaling.{name}", plan.min_capacity).finding("2 or more", f"{name}={_SAFE}")
    for each in plan.schedules:
        if is_number(each.min_capacity) and each.min_capacity == 0:
            path = f"{each.schedule.path}.min_capacity"
            yield Field(path, 0).finding("1 or more: requests get 503 then", "min_capacity=1")


@limit(
    code="NAWS-SCALE-003",
    title="A target is 1 to 100 percent, or a request or more",
    source=_TRACKING,
    example="scaling=Scaling(target_cpu_percent=150)",
    fix="scaling=Scaling(target_cpu_percent=60)",
)
def targets(plan: ScalingPlan) -> Iterator[Finding]:
    """No metric would ever reach another one, so that the number of tasks never changes."""
    for name, value, usual in (("cpu", plan.cpu, 60), ("memory", plan.memory, 70)):
        for found in _PERCENT.check(Field(f"scaling.target_{name}_percent", value)):
            yield replace(found, remedy=f"target_{name}_percent={usual}")
    if is_number(plan.requests) and plan.requests < 1:
        field = Field("scaling.requests_per_task", plan.requests)
        yield field.finding("1 or more, a minute", "requests_per_task=1000\nomit requests_per_task")


@practice(
    code="NAWS-SCALE-004",
    title="The CPU is wanted at 20 to 80 percent",
    source=_TRACKING,
    example="scaling=Scaling(target_cpu_percent=95)",
    fix="scaling=Scaling(target_cpu_percent=60)",
)
def sensible_cpu(plan: ScalingPlan) -> Iterator[Finding]:
    """New tasks come three minutes after the CPU is above it: at 95 percent requests wait by then.

    Below 20 percent most of what is paid for does nothing, and a task that idles may be above it.
    """
    if is_number(plan.cpu) and 1 <= plan.cpu <= 100 and not _LOW <= plan.cpu <= _HIGH:  # noqa: PLR2004  # percent
        better = _LOW if plan.cpu < _LOW else 60
        field = Field("scaling.target_cpu_percent", plan.cpu)
        yield field.finding(f"{_LOW} to {_HIGH} percent", f"target_cpu_percent={better}")


@limit(
    code="NAWS-SCALE-005",
    title="Requests do not count while a deployment is gradual",
    source=_TRACKING,
    example="scaling=Scaling(requests_per_task=1000), deployment=Deployment.blue_green()",
    fix="scaling=Scaling(), deployment=Deployment.blue_green()",
)
def requests_of_one_group(plan: Plan) -> Iterator[Finding]:
    """The metric is of one target group, and such a deployment moves the tasks from one to the other and back."""
    if plan.scaling.requests is not None and plan.deployment.gradual and plan.balancer.kind != "none":
        yield Field("scaling.requests_per_task", plan.scaling.requests).finding(
            f"CPU or memory with a {plan.deployment.strategy} deployment",
            "omit requests_per_task\ndeployment=Deployment.rolling()",
        )


@practice(
    code="NAWS-SCALE-006",
    title="Something changes the number of tasks",
    source=_TRACKING,
    example="scaling=Scaling(target_cpu_percent=None)",
    fix="scaling=Scaling(target_memory_percent=70, target_cpu_percent=None)",
)
def scales(plan: ScalingPlan) -> Iterator[Finding]:
    """Without a target and without schedules there are always as many as were there: `FixedCount` says so."""
    wanted = (plan.cpu, plan.memory, plan.requests)
    if plan.fixed is None and not plan.schedules and all(each is None for each in wanted):
        yield Field("scaling.target_cpu_percent", None).finding(
            "a target, or schedules", f"target_cpu_percent=60\nscaling=FixedCount({plan.min_capacity})"
        )


@limit(
    code="NAWS-SCALE-007",
    title="A schedule's numbers are 0 to 5,000, the least not above the largest",
    source="https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTargetAction.html",
    example='scaling=Scaling(schedules=[CapacitySchedule("@daily", min_capacity=20)])',
    fix='scaling=Scaling(schedules=[CapacitySchedule("@daily", min_capacity=20, max_capacity=40)])',
)
def scheduled_counts(plan: ScalingPlan) -> Iterator[Finding]:
    """At that time the change is refused, and nobody sees it. Without `max_capacity` the largest stays as it was."""
    every = [plan.max_capacity, *(each.max_capacity for each in plan.schedules if each.max_capacity is not None)]
    for each in plan.schedules:
        low, high = (
            Field(f"{each.schedule.path}.{name}", getattr(each, name)) for name in ("min_capacity", "max_capacity")
        )
        wrong = [*_FEWEST.check(low), *_FEWEST.check(high)]
        yield from wrong
        most = max(every, default=0) if high.value is None and all(map(is_number, every)) else high.value
        if not wrong and is_number(low.value) and is_number(most) and low.value > most:
            expected = f"at least min_capacity, {low.value}"
            shown = "" if high.value is not None else f"not given, and at most {most} before"
            yield high.finding(expected, f"max_capacity={low.value}\nmin_capacity={most}", shown=shown)


@practice(
    code="NAWS-SCALE-008",
    title="With Spot two tasks or more are on demand",
    source=_SPOT,
    example='capacity="spot", scaling=FixedCount(0)',
    fix='capacity="spot", scaling=Scaling(min_capacity=2)',
)
def on_demand_base(plan: Plan) -> Iterator[Finding]:
    """As many as the least number are on demand, and all others may end at once, with two minutes' notice."""
    scaling = plan.scaling
    if plan.service.capacity == "spot" and is_number(scaling.min_capacity) and 0 <= scaling.min_capacity < _SAFE:
        yield Field("capacity", "spot").finding(
            "a least number of 2 tasks, which are on demand",
            "scaling=Scaling(min_capacity=2)\nomit capacity",
            shown=f"spot, with {scaling.min_capacity} on demand",
        )


@practice(
    code="NAWS-SCALE-009",
    title="With Spot there may be more tasks than are on demand",
    source=_SPOT,
    example='capacity="spot", scaling=FixedCount(4)',
    fix='capacity="spot", scaling=Scaling(min_capacity=2, max_capacity=4)',
)
def some_by_spot(plan: Plan) -> Iterator[Finding]:
    """As many as the least number are on demand: when there are never more, no task is ever Spot, and none cheaper."""
    scaling = plan.scaling
    least, most = scaling.min_capacity, scaling.most
    if plan.service.capacity == "spot" and is_number(least) and most is not None and _SAFE <= least == most:
        yield Field("capacity", "spot").finding(
            f"more than {least} tasks at most: those beyond the least number are Spot",
            f"omit capacity\nscaling=Scaling(min_capacity={_SAFE}, max_capacity={max(most, 2 * _SAFE)})",
            shown=f"spot, with {least} on demand and at most {most} in all",
        )


def _of_known(plan: Plan) -> tuple[ScalingPlan, ...]:
    """How tasks scale, unless a number of it is left to the rule on types."""
    return () if any(each.path.startswith("scaling") for each in plan.mismatches) else (plan.scaling,)


def _of_balanced(plan: Plan) -> tuple[ScalingPlan, ...]:
    return () if plan.balancer.kind == "none" else (plan.scaling,)


SCALING_CHECKS: tuple[Check[Plan], ...] = (
    *bind(lambda plan: (plan.scaling,), (counts, targets, sensible_cpu, scheduled_counts)),
    scales.on(_of_known),
    *bind(_of_balanced, (enough,)),
    *bind(lambda plan: (plan,), (requests_of_one_group, on_demand_base, some_by_spot)),
    *bind(
        lambda plan: (each.schedule for each in plan.scaling.schedules),
        (
            schedules.expression,
            schedules.timezone,
            schedules.step_within_field,
            *FIRING_RULES,
        ),
    ),
)
