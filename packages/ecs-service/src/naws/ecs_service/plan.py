"""The plan of a service: every default filled in, every unit unified, every name decided. Pure.

`None` is left only where it is an answer of its own (no key, no physical name).

    request_timeout ──> the load balancer's idle timeout, a task's drain and stop timeout, the program's keep-alive
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from naws.core import PatternContext
from naws.core.authoring import (
    EcsTask,
    Given,
    Home,
    TaskPatternPlan,
    Variable,
    check_types,
    home_of,
    is_number,
    is_text,
    key_given,
    of_operations,
    of_task,
    plan_network,
    plan_operations,
    plan_program,
    plan_task,
    seconds,
    task_roles_given,
    web_acl_home,
)
from naws.ecs_service.plan_balancer import BalancerPlan, plan_balancer
from naws.ecs_service.plan_routes import RoutePlan, plan_route
from naws.ecs_service.plan_scaling import DeploymentPlan, ScalingPlan, plan_deployment, plan_scaling
from naws.ecs_service.props import EcsServiceProps, HealthCheck, Protocol

CONTAINER = "main"
"""Name of the container that answers."""
PORT, KEEP_ALIVE, REQUEST_TIMEOUT = "PORT", "NAWS_KEEP_ALIVE_SECONDS", "NAWS_REQUEST_TIMEOUT_SECONDS"
"""The variables by which the program knows how it has to answer."""
SHORTEST_IDLE = 60
"""Seconds that a load balancer keeps an idle connection at least, which is AWS's default."""
LONGEST_IDLE = 4_000
LONGEST_STOP = 120
LONGEST_DRAIN = 3_600
"""Seconds. Source: Elastic Load Balancing API, TargetGroupAttribute, deregistration_delay.timeout_seconds."""
_LONGEST_START_PERIOD = 300
_MARGIN = 10
_SHORTEST_CHECK, _USUAL_CHECK = 2, 5
_KEPT_LONGER = 5


@dataclass(frozen=True, kw_only=True)
class HealthPlan:
    """How the load balancer finds out whether a task can answer. Times are seconds.

    Attributes:
        given: as it is given.
        path, codes: what is asked for, and answered.
        interval, timeout: of checks.
        start_timeout: how long a new task may fail them.
        protocol: the service's.
    """

    given: HealthCheck
    path: str
    codes: str
    interval: float
    timeout: float
    start_timeout: float
    protocol: Protocol

    @property
    def start_period(self) -> float:
        """How long the check in the container may fail; ECS takes no longer time."""
        return min(self.start_timeout, _LONGEST_START_PERIOD)  # a token counts as less than any number


@dataclass(frozen=True, kw_only=True)
class ServicePlan:
    """How requests are answered. Times are seconds.

    Attributes:
        name: physical name of the service. None: CloudFormation's.
        container_port: the program's.
        protocol: what it speaks.
        request_timeout: the longest time that a request may take.
        stop_timeout: from SIGTERM to SIGKILL.
        stickiness: how long a client stays with its task. None: it does not.
        capacity: "on-demand" or "spot".
        variables: what the program finds, but for the keep-alive, which depends on the load balancer.
    """

    name: str | None
    container_port: int
    protocol: Protocol
    request_timeout: float
    stop_timeout: float
    stickiness: float | None
    capacity: str
    variables: Mapping[str, str]

    @property
    def idle_timeout(self) -> float:
        """How long the load balancer waits for an answer: longer than a request may take."""
        asked = self.request_timeout + _MARGIN if is_number(self.request_timeout) else SHORTEST_IDLE
        return min(max(SHORTEST_IDLE, asked), LONGEST_IDLE)

    @property
    def drain(self) -> float:
        """How long a task that is replaced may go on with its open requests."""
        return min(self.request_timeout, LONGEST_DRAIN)  # a token counts as less than any number


def keep_alive_of(idle_timeout: float) -> int:
    """How long the program keeps an idle connection: longer than the load balancer, which would answer 502 else."""
    return int(idle_timeout) + _KEPT_LONGER


@dataclass(frozen=True, kw_only=True)
class Plan(TaskPatternPlan):
    """A service, decided.

    Attributes:
        service: how requests are answered.
        health: how it is found out whether a task can.
        route: which requests are its.
        balancer: what stands before it.
        scaling: how many tasks there are.
        deployment: how new ones take over.
    """

    props: EcsServiceProps
    service: ServicePlan
    health: HealthPlan
    route: RoutePlan
    balancer: BalancerPlan
    scaling: ScalingPlan
    deployment: DeploymentPlan


def resolve(props: EcsServiceProps, context: PatternContext) -> Plan:
    """Decide everything that `props` leave open; a value of the wrong type counts as not given."""
    props, mismatches = check_types(props)
    conventions, more = check_types(context.conventions, "Conventions")
    context = replace(context, conventions=conventions)
    service = _service(props, context)
    task = plan_task(props, CONTAINER, context.physical_name("", "task-family"), stop_timeout=service.stop_timeout)
    network = plan_network(props, context, props.cluster)
    operations = plan_operations(props, context, service.request_timeout)
    deployment, balancer, home = plan_deployment(props.deployment), plan_balancer(props, conventions), context.home
    program = plan_program(props.environment, props.secrets, props.bindings, context, EcsTask())
    return Plan(
        props=props,
        mismatches=mismatches + more,
        context=context,
        task=task,
        service=service,
        health=_health(props),
        route=plan_route(props.route, "route", gradual=deployment.gradual),
        balancer=balancer,
        scaling=plan_scaling(props.scaling, context),
        deployment=deployment,
        network=network,
        program=replace(program, variables=(*_variables(service), *program.variables)),
        operations=operations,
        given=(
            *of_task(props, network, program, home),
            *of_operations(props, operations, context, events=True),
            *_of_balancer(balancer, home),
        ),
        roles=tuple(task_roles_given(props, program, home)),
        key=key_given(props, context),
    )


def _service(props: EcsServiceProps, context: PatternContext) -> ServicePlan:
    request_timeout = seconds(props.request_timeout, 30)
    known = is_number(request_timeout) and math.isfinite(request_timeout)
    stops = min(math.ceil(request_timeout) + _MARGIN, LONGEST_STOP) if known else LONGEST_STOP
    port = str(props.container_port)
    variables = {PORT: port, REQUEST_TIMEOUT: f"{request_timeout:g}"} if is_number(request_timeout) else {PORT: port}
    return ServicePlan(
        name=context.physical_name("", "service"),
        container_port=props.container_port,
        protocol=props.protocol,
        request_timeout=request_timeout,
        stop_timeout=seconds(props.stop_timeout, max(stops, 0)),
        stickiness=None if props.stickiness is None else seconds(props.stickiness, 0),
        capacity=props.capacity,
        variables=variables,
    )


def _health(props: EcsServiceProps) -> HealthPlan:
    given, grpc = props.health_check, props.protocol == "grpc"
    interval = seconds(given.interval, 10)
    shorter = max(interval - 1, _SHORTEST_CHECK) if is_number(interval) else _USUAL_CHECK
    return HealthPlan(
        given=given,
        path=("/grpc.health.v1.Health/Check" if grpc else "/health") if given.path is None else given.path,
        codes=("0" if grpc else "200") if given.codes is None else _close(given.codes),
        interval=interval,
        timeout=seconds(given.timeout, min(shorter, _USUAL_CHECK)),
        start_timeout=seconds(props.start_timeout, 60),
        protocol=props.protocol,
    )


def _close(codes: str) -> str:
    """Codes without blanks beside commas and dashes, as Elastic Load Balancing writes them."""
    return re.sub(r"\s*([,-])\s*", r"\1", codes) if is_text(codes) else codes


def _variables(service: ServicePlan) -> Iterator[Variable]:
    """What the program finds in its environment, so that a variable of the user's own by the same name is reported."""
    for name in dict.fromkeys((*service.variables, KEEP_ALIVE)):
        path = "container_port" if name == PORT else "request_timeout"
        yield Variable(path=path, name=name, value=None, library_sets=False)


def _of_balancer(plan: BalancerPlan, here: Home) -> Iterator[Given]:
    """What the load balancer is given, and where it lives."""
    if plan.listener is not None:
        yield Given(path=plan.path, kind="listener", home=home_of(plan.listener), here=here)
    if plan.certificate is not None:
        own = plan.settings.certificate is not None
        path = f"{plan.path}.certificate" if own else "Conventions.certificate"
        yield Given(path=path, kind="certificate", home=home_of(plan.certificate), here=here)
    if plan.web_acl is not None:
        own = plan.settings.web_acl is not None
        path = f"{plan.path}.web_acl" if own else "Conventions.web_acl"
        yield Given(path=path, kind="web ACL", home=web_acl_home(plan.web_acl), here=here)
    if plan.hosted_zone is not None:
        own = plan.settings.hosted_zone is not None
        path = f"{plan.path}.hosted_zone" if own else "Conventions.hosted_zone"
        yield Given(path=path, kind="hosted zone", home=home_of(plan.hosted_zone), here=here)
