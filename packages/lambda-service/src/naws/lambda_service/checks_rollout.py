"""Rules on how a new version takes over."""

import math
from collections.abc import Iterator

from naws.core.authoring import (
    Bounds,
    Check,
    Field,
    Finding,
    Unconverted,
    as_duration,
    bind,
    format_duration,
    has_token,
    is_number,
    limit,
    span,
)
from naws.lambda_service.plan import Plan, RolloutPlan

_SHARE = Bounds(low=1, high=99, unit="percent")
_MINUTE, _LONGEST = 60, 2_880 * 60


@limit(
    code="NAWS-ROLL-002",
    title="A rollout moves 1 to 99 percent every whole minute or more, within two days",
    source="https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html",
    example="rollout=Linear(percent=1, interval=cdk.Duration.hours(1))",
    fix="rollout=Linear(percent=10, interval=cdk.Duration.minutes(5))",
)
def steps(plan: RolloutPlan) -> Iterator[Finding]:
    """CodeDeploy counts minutes and refuses other steps; between the first and the last it waits 2,880 of them."""
    share, interval = Field(f"{plan.path}.percent", plan.percent), Field(f"{plan.path}.interval", plan.interval)
    if has_token(interval.value) and not isinstance(interval.value, Unconverted):
        expected = "a time that is known at synthesis: CodeDeploy counts minutes, and nothing converts it"
        yield interval.finding(expected, "interval=cdk.Duration.minutes(5)", shown="a token")
    wrong = [*_SHARE.check(share), *span(_MINUTE, _LONGEST).check(interval)]
    yield from wrong
    if wrong or not (is_number(share.value) and is_number(interval.value)):
        return
    if interval.value % _MINUTE:
        minutes = as_duration(math.ceil(interval.value / _MINUTE) * _MINUTE)
        shown = format_duration(interval.value)
        yield interval.finding("whole minutes", f"interval={minutes}", shown=shown)
        return
    waits = 1 if plan.kind == "TimeBasedCanary" else math.ceil(100 / share.value) - 1
    if waits * interval.value > _LONGEST:
        longest = as_duration(_LONGEST // waits // _MINUTE * _MINUTE)
        yield interval.finding(
            f"at most {format_duration(_LONGEST)} in all; it is {format_duration(waits * interval.value)}",
            f"interval={longest}\npercent=50",
            shown=format_duration(interval.value),
        )


ROLLOUT_CHECKS: tuple[Check[Plan], ...] = bind(lambda plan: () if plan.rollout is None else (plan.rollout,), (steps,))
