"""Rules at synthesis on the service as its template has it: what ordinary CDK code changed."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from naws.core.authoring import Bounds, Field, Finding, as_list, format_duration, is_number, is_text, limit, practice

_CONFIGURATION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html"
_BREAKER = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"
_EARLY = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentEarlySuccessCriteria.html"
_HOOKS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html"
_CREATE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html"
_SCALING = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html"
_CONNECT = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TimeoutConfiguration.html"
_LEAST = Bounds(low=0, high=100, unit="percent")
_HEALTHY = Bounds(low=0, high=100, unit="percent")
_SHARE = Bounds(low=1, high=100, unit="percent")
_FULL, _MOST_PROVIDERS = 100, 20
_HOOK_MINUTES = Bounds(low=1, high=20_160, unit="minutes")
_CONNECT_WAITS = 15
"""Seconds that Service Connect waits for an answer when nothing else is given; known by trial, and by no page of AWS.

Source: https://github.com/aws/containers-roadmap/issues/1958
"""
_RESOURCE = "made.service.node.default_child"
_BREAKS = '"deploymentCircuitBreaker": {"enable": True, "rollback": True}'
_HEARD = ', acknowledge={"NAWS-DEPLOY-017": "the account has a rule for all services"}'
_REMOVE = "remove the line that sets it, which is in no field of the props"
_UNDO = "remove the line that sets deployment_configuration"


def _set(deployment: str) -> str:
    """A deployment that ordinary CDK code configures, as an example has it."""
    return f'then=lambda made: setattr({_RESOURCE}, "deployment_configuration", {{{deployment}}})'


@dataclass(frozen=True, kw_only=True)
class ServiceView:
    """The service as its template has it.

    Attributes:
        properties: its properties, with a small first letter.
        desired: the number of tasks that it begins with; None when only the deployment knows it.
        scales: whether Application Auto Scaling sets that number.
        request_timeout: seconds that a request may take.
    """

    properties: Mapping[str, Any]
    desired: int | None
    scales: bool
    request_timeout: float

    @property
    def deployment(self) -> Mapping[str, Any]:
        """How new tasks take over; nothing when something else than ECS decides that."""
        controller = part_of(self.properties, "deploymentController")
        return part_of(self.properties, "deploymentConfiguration") if controller.get("type", "ECS") == "ECS" else {}

    @property
    def strategy(self) -> str | None:
        """The strategy; None when only the deployment knows it."""
        given = self.deployment.get("strategy", "ROLLING")
        return given if is_text(given) else None

    def percents(self) -> tuple[Field, Field]:
        """The least and the largest share of tasks while a deployment goes on."""
        names = {"minimum_healthy_percent": "minimumHealthyPercent", "maximum_percent": "maximumPercent"}
        low, high = (Field(f"service.{path}", self.deployment.get(name)) for path, name in names.items())
        return low, high


@limit(
    code="NAWS-DEPLOY-006",
    title="A deployment may start a task, or stop one",
    source=_CONFIGURATION,
    example=_set(f'"minimumHealthyPercent": 100, "maximumPercent": 100, {_BREAKS}'),
    fix=_set(f'"minimumHealthyPercent": 100, "maximumPercent": 200, {_BREAKS}'),
)
def moves(view: ServiceView) -> Iterator[Finding]:
    """With as many tasks at most as there have to be at least, nothing can begin: the deployment waits for ever.

    The largest number is rounded down and the least one up: 2 tasks with 120 percent stay 2.
    """
    low, high = view.percents()
    wrong = list(_LEAST.check(low))
    if is_number(high.value) and high.value < _FULL:
        wrong.append(high.finding("100 percent or more", _UNDO))
    yield from wrong
    if wrong or view.strategy != "ROLLING" or not (is_number(low.value) and is_number(high.value) and view.desired):
        return
    most, least = view.desired * high.value // _FULL, math.ceil(view.desired * low.value / _FULL)
    if most <= least:
        yield high.finding(
            f"more than {high.value}, or less than {low.value} at least: of {view.desired} tasks "
            f"{least} have to be there and {int(most)} may be",
            f"{_UNDO}\nmaximumPercent: 200",
        )


@practice(
    code="NAWS-DEPLOY-007",
    title="A deployment takes no task away before another one is there",
    source=_CONFIGURATION,
    example=_set(f'"minimumHealthyPercent": 50, "maximumPercent": 200, {_BREAKS}'),
    fix=_set(f'"minimumHealthyPercent": 100, "maximumPercent": 200, {_BREAKS}'),
)
def keeps_all(view: ServiceView) -> Iterator[Finding]:
    """With fewer the rest have all requests, at each deployment and when a task is replaced."""
    low, _ = view.percents()
    if is_number(low.value) and 0 <= low.value < _FULL:
        yield low.finding("100 percent", f"{_UNDO}\nminimumHealthyPercent: 100")


@limit(
    code="NAWS-DEPLOY-008",
    title="A circuit breaker is of rolling deployments",
    source=_BREAKER,
    example=_set(f'"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, {_BREAKS}'),
    fix=_set('"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5'),
)
def breaker_of_rolling(view: ServiceView) -> Iterator[Finding]:
    """ECS refuses it with another strategy; alarms lead back there."""
    breaker = part_of(view.deployment, "deploymentCircuitBreaker")
    if view.strategy not in {None, "ROLLING"} and breaker.get("enable") is True:
        yield Field("service.deployment_circuit_breaker").finding(
            f"none with the strategy {view.strategy}", _UNDO, shown="enabled"
        )


@practice(
    code="NAWS-DEPLOY-009",
    title="A deployment that fails leads back to the version before",
    source=_BREAKER,
    example=_set('"minimumHealthyPercent": 100, "maximumPercent": 200'),
    fix=_set(f'"minimumHealthyPercent": 100, "maximumPercent": 200, {_BREAKS}'),
)
def breaks_off(view: ServiceView) -> Iterator[Finding]:
    """Without a circuit breaker ECS starts tasks that fail again and again, and CloudFormation waits for hours."""
    breaker = part_of(view.deployment, "deploymentCircuitBreaker")
    if view.strategy == "ROLLING" and view.deployment:
        for name in ("enable", "rollback"):
            if breaker.get(name) in {None, False}:
                yield Field(f"service.deployment_circuit_breaker.{name}").finding(
                    "true, as the pattern sets it", _UNDO, shown="false"
                )
                return


@limit(
    code="NAWS-DEPLOY-010",
    title="A circuit breaker counts a task or more, or 1 to 100 percent",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html",
    example=_set(
        '"deploymentCircuitBreaker": {"enable": True, "rollback": True, "thresholdConfiguration": '
        '{"type": "BOUNDED_PERCENT", "value": 150}}'
    ),
    fix=_set(
        '"deploymentCircuitBreaker": {"enable": True, "rollback": True, "thresholdConfiguration": '
        '{"type": "BOUNDED_PERCENT", "value": 50}}'
    ),
)
def threshold(view: ServiceView) -> Iterator[Finding]:
    """So many tasks of a new version may fail. ECS refuses other numbers."""
    given = part_of(part_of(view.deployment, "deploymentCircuitBreaker"), "thresholdConfiguration")
    field = Field("service.deployment_circuit_breaker.threshold", given.get("value"))
    if given.get("type", "BOUNDED_PERCENT") in {"BOUNDED_PERCENT", "UNBOUNDED_PERCENT"}:
        yield from _SHARE.check(field)
    elif is_number(field.value) and field.value < 1:
        yield field.finding("1 task or more", _UNDO)


@limit(
    code="NAWS-DEPLOY-011",
    title="An early success has a healthy share, not below the least, and says when tasks before it go",
    source=_EARLY,
    example=_set(f'"minimumHealthyPercent": 100, "earlySuccessCriteria": {{"enable": True}}, {_BREAKS}'),
    fix=_set(
        '"minimumHealthyPercent": 100, "earlySuccessCriteria": '
        f'{{"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"}}, {_BREAKS}'
    ),
)
def early_success(view: ServiceView) -> Iterator[Finding]:
    """ECS wants all three fields together, and refuses a share below `minimumHealthyPercent`."""
    given, path = part_of(view.deployment, "earlySuccessCriteria"), "service.early_success_criteria"
    if given.get("enable") is not True:
        return
    for name in ("healthyPercent", "sourceServiceRevisionCleanup"):
        if given.get(name) is None:
            value = "100" if name == "healthyPercent" else '"BLOCKING"'
            yield Field(f"{path}.{name}").finding("given, with enable", f'"{name}": {value}', shown="not given")
    field, (low, _) = Field(f"{path}.healthyPercent", given.get("healthyPercent")), view.percents()
    wrong = list(_HEALTHY.check(field))
    yield from wrong
    if not wrong and is_number(field.value) and is_number(low.value) and field.value < low.value:
        yield field.finding(f"at least minimumHealthyPercent, {low.value}", f'"healthyPercent": {low.value}')


@limit(
    code="NAWS-DEPLOY-012",
    title="A hook that pauses is before or after traffic shifts",
    source=_HOOKS,
    example=_set(
        '"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [{"targetType": "PAUSE", '
        '"lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]}]'
    )
    + _HEARD,
    fix=_set(
        '"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [{"targetType": "PAUSE", '
        '"lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}]'
    )
    + _HEARD,
)
def pauses(view: ServiceView) -> Iterator[Finding]:
    """While it shifts ECS calls functions only. A hook waits for 20,160 minutes, two weeks, at most."""
    for index, given in enumerate(parts_of(view.deployment, "lifecycleHooks")):
        path, stages = f"service.lifecycle_hooks[{index}]", given.get("lifecycleStages")
        for stage in as_list(stages) if given.get("targetType") == "PAUSE" else []:
            if stage in {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}:
                after = f"POST_{stage}"
                expected = after if stage.startswith("TEST") else f"PRE_{stage} or {after}"
                yield Field(f"{path}.lifecycle_stages", stage).finding(expected, f'"{expected.partition(" ")[0]}"')
        minutes = part_of(given, "timeoutConfiguration").get("timeoutInMinutes")
        yield from _HOOK_MINUTES.check(Field(f"{path}.timeout_in_minutes", minutes))


@limit(
    code="NAWS-DEPLOY-013",
    title="A service has a launch type or capacity providers",
    source=_CREATE,
    example=f'capacity="spot", then=lambda made: setattr({_RESOURCE}, "launch_type", "FARGATE")',
    fix='capacity="spot"',
)
def one_way_to_start(view: ServiceView) -> Iterator[Finding]:
    """ECS refuses both together, and more than 20 providers."""
    providers, launch = parts_of(view.properties, "capacityProviderStrategy"), view.properties.get("launchType")
    if providers and launch is not None:
        yield Field("service.launch_type", launch).finding("nothing beside capacity providers", _REMOVE)
    if len(providers) > _MOST_PROVIDERS:
        field, shown = Field("service.capacity_provider_strategy"), f"{len(providers)} providers"
        yield field.finding(f"at most {_MOST_PROVIDERS}", _REMOVE, shown=shown)


@practice(
    code="NAWS-DEPLOY-014",
    title="A service that scales has no number of its own",
    source=_SCALING,
    example=f'then=lambda made: setattr({_RESOURCE}, "desired_count", 3)',
    fix="scaling=FixedCount(3)",
)
def scaled_count(view: ServiceView) -> Iterator[Finding]:
    """Each deployment of the stack would set it back to that number, in the middle of the day, too."""
    count = view.properties.get("desiredCount")
    if view.scales and count is not None:
        remedy = f"remove the line that sets desired_count\nscaling=FixedCount({count})"
        yield Field("service.desired_count", count).finding("nothing: it is what scaling has made of it", remedy)


@practice(
    code="NAWS-DEPLOY-015",
    title="Service Connect waits as long as a request may take",
    source=_CONNECT,
    example=f'then=lambda made: setattr({_RESOURCE}, "service_connect_configuration", '
    '{"enabled": True, "namespace": "shop", "services": [{"portName": "http"}]})',
    fix=f'then=lambda made: setattr({_RESOURCE}, "service_connect_configuration", '
    '{"enabled": True, "namespace": "shop", "services": [{"portName": "http", '
    '"timeout": {"perRequestTimeoutSeconds": 30}}]})',
)
def connect_waits(view: ServiceView) -> Iterator[Finding]:
    """Its proxy waits for an answer for 15 seconds when nothing else is given, and answers the caller with an error.

    With 0 it waits without end.
    """
    connect = part_of(view.properties, "serviceConnectConfiguration")
    for index, each in enumerate(parts_of(connect, "services")):
        given = part_of(each, "timeout").get("perRequestTimeoutSeconds", _CONNECT_WAITS)
        if is_number(given) and 0 < given < view.request_timeout:
            wanted = math.ceil(view.request_timeout)
            yield Field(f"service.service_connect.services[{index}].per_request_timeout", given).finding(
                f"at least request_timeout, {format_duration(view.request_timeout)}",
                f"per_request_timeout=cdk.Duration.seconds({wanted})",
                shown=f"{format_duration(given)}",
            )


def parts_of(given: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The parts of a list in properties."""
    return [cast("Mapping[str, Any]", each) for each in as_list(given.get(name) or []) if isinstance(each, dict)]


def part_of(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of properties; nothing of one that is not given, or that only the deployment knows."""
    found = given.get(name)
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


BUILT_SERVICE_RULES = (
    moves,
    keeps_all,
    breaker_of_rolling,
    breaks_off,
    threshold,
    early_success,
    pauses,
    one_way_to_start,
    scaled_count,
    connect_waits,
)
"""Each gets a `ServiceView`."""
