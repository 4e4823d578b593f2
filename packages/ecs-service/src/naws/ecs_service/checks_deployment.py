"""Rules on how new tasks take over from those before."""

import math
from collections.abc import Iterator

from naws.core.authoring import (
    Bounds,
    Check,
    Field,
    Finding,
    as_duration,
    bind,
    format_duration,
    has_token,
    is_number,
    limit,
)
from naws.ecs_service.plan import Plan
from naws.ecs_service.plan_scaling import DeploymentPlan

_API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference"
_CANARY, _LINEAR = f"{_API}/API_CanaryConfiguration.html", f"{_API}/API_LinearConfiguration.html"
_TIMES = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-ecs-service-linearconfiguration.html"
)
_STICKY = (
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#forward-actions, and "
    "https://repost.aws/questions/QUugYm4uzWSI2af5mnmMjlZQ/alb-to-automatically-redirect-traffic"
)
_SHARES = {
    "canary": Bounds(low=0.1, high=100, unit="percent", whole=False),
    "linear": Bounds(low=3, high=100, unit="percent", whole=False),
}
_MINUTE, _DAY, _LONGEST = 60, 86_400, 33 * 3_600
_TENTH = 10
_MINUTES = Bounds(low=0, high=_DAY, unit="minutes", write=as_duration, in_words=format_duration, whole=False)


@limit(
    code="NAWS-DEPLOY-001",
    title="A canary gets 0.1 to 100 percent, a step of a linear deployment has 3 to 100",
    source=f"{_CANARY}, {_LINEAR}",
    example="deployment=Deployment.linear(percent=1)",
    fix="deployment=Deployment.linear(percent=5)",
)
def share(plan: DeploymentPlan) -> Iterator[Finding]:
    """ECS takes steps of a tenth of a percent, and refuses other ones while the stack is deployed."""
    field, bounds = Field("deployment.percent", plan.percent), _SHARES.get(plan.strategy)
    wrong = [] if bounds is None else list(bounds.check(field))
    yield from wrong
    if bounds is None or wrong or not is_number(field.value):
        return
    tenths = field.value * _TENTH
    if abs(tenths - round(tenths)) > 1e-9:  # noqa: PLR2004  # what binary fractions are off by
        yield field.finding("steps of 0.1 percent", f"percent={max(round(tenths) / _TENTH, bounds.low):g}")


@limit(
    code="NAWS-DEPLOY-002",
    title="The times of a deployment are whole minutes up to a day, known at synthesis",
    source=f"{_API}/API_DeploymentConfiguration.html",
    example="deployment=Deployment.blue_green(bake=cdk.Duration.seconds(90))",
    fix="deployment=Deployment.blue_green(bake=cdk.Duration.minutes(2))",
)
def minutes(plan: DeploymentPlan) -> Iterator[Finding]:
    """ECS counts minutes, 1,440 at most, and nothing makes minutes of a token of seconds."""
    for name in ("interval", "bake"):
        field = Field(f"deployment.{name}", getattr(plan, name))
        if has_token(field.value):
            expected = "a time that is known at synthesis: ECS counts minutes, and nothing converts it"
            yield field.finding(expected, f"{name}=cdk.Duration.minutes(10)", shown="a token")
        if not is_number(field.value):
            continue
        wrong = list(_MINUTES.check(field))
        yield from wrong
        if not wrong and field.value % _MINUTE:
            better = as_duration(math.ceil(field.value / _MINUTE) * _MINUTE)
            yield field.finding("whole minutes", f"{name}={better}", shown=format_duration(field.value))


@limit(
    code="NAWS-DEPLOY-003",
    title="A deployment waits 33 hours at most",
    source=_TIMES,
    example="deployment=Deployment.linear(percent=3, interval=cdk.Duration.hours(2))",
    fix="deployment=Deployment.linear(percent=3, interval=cdk.Duration.minutes(30))",
)
def within_stack_time(plan: DeploymentPlan) -> Iterator[Finding]:
    """CloudFormation gives up after 36 hours, and refuses a template whose waits alone are longer than 33.

    A linear deployment waits after each step but the last one.
    """
    if not (is_number(plan.interval) and is_number(plan.bake)) or not plan.gradual:
        return
    steps = _steps(plan)
    whole = plan.bake + (steps or 0) * plan.interval
    if steps is None or whole <= _LONGEST or max(plan.interval, plan.bake) > _DAY:
        return
    counted = f"{steps} times {format_duration(plan.interval)}, and {format_duration(plan.bake)}"
    left = (_LONGEST - plan.bake) // steps // _MINUTE * _MINUTE if steps else 0
    name, better = ("interval", left) if left >= _MINUTE else ("bake", 10 * _MINUTE)
    yield Field(f"deployment.{name}", getattr(plan, name)).finding(
        f"at most {format_duration(_LONGEST)} in all; it is {format_duration(whole)}: {counted}",
        f"{name}={as_duration(better)}",
        shown=format_duration(getattr(plan, name)),
    )


@limit(
    code="NAWS-DEPLOY-004",
    title="A deployment has the settings of its strategy",
    source=f"{_API}/API_DeploymentConfiguration.html",
    example="deployment=Deployment(bake=cdk.Duration.minutes(5))",
    fix="deployment=Deployment.blue_green(bake=cdk.Duration.minutes(5))",
)
def of_strategy(plan: DeploymentPlan) -> Iterator[Finding]:
    """Others would do nothing. Only a canary and a linear deployment have parts, and a rolling one has no bake time."""
    without = {"rolling": ("percent", "interval", "bake"), "blue-green": ("percent", "interval")}
    for name in without.get(plan.strategy, ()):
        if getattr(plan.given, name) is not None:
            other = "blue-green" if name == "bake" else "canary"
            yield Field(f"deployment.{name}").finding(
                f"nothing of a {plan.strategy} deployment", f'omit {name}\nstrategy="{other}"', shown="given"
            )


@limit(
    code="NAWS-DEPLOY-005",
    title="Clients stay with their task in a rolling deployment alone",
    source=_STICKY,
    example="deployment=Deployment.canary(), stickiness=cdk.Duration.hours(1)",
    fix="deployment=Deployment.rolling(), stickiness=cdk.Duration.hours(1)",
)
def free_clients(plan: Plan) -> Iterator[Finding]:
    """A gradual one has two target groups in one route, and no route is right for clients that stay.

    Elastic Load Balancing refuses groups whose targets keep their clients unless the route keeps them with their group,
    too. Its cookie goes before the weights by which ECS shifts requests: when the tasks of the version before are gone,
    their clients are answered with 503 until it ends.
    """
    if plan.service.stickiness is not None and plan.deployment.gradual and plan.balancer.kind != "none":
        yield Field("stickiness").finding(
            f"none with a {plan.deployment.strategy} deployment",
            "omit stickiness\ndeployment=Deployment.rolling()",
            shown="given",
        )


def _steps(plan: DeploymentPlan) -> int | None:
    """How often a deployment waits between two parts, as CloudFormation counts; None when that is not known."""
    if plan.strategy != "linear":
        return int(plan.strategy == "canary")
    if not is_number(plan.percent) or not _SHARES["linear"].low <= plan.percent <= _SHARES["linear"].high:
        return None
    whole = 100 / plan.percent
    return round(whole) - 1 if abs(whole - round(whole)) < 1e-9 else math.floor(whole)  # noqa: PLR2004  # as above


DEPLOYMENT_CHECKS: tuple[Check[Plan], ...] = (
    *bind(lambda plan: (plan.deployment,), (share, minutes, within_stack_time, of_strategy)),
    *bind(lambda plan: (plan,), (free_clients,)),
)
