"""Rules on how requests are answered: the port, the protocol, the times, and what a service without any is given."""

from collections.abc import Iterator
from dataclasses import replace

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
    is_root,
    is_text,
    limit,
    no_reason,
    practice,
    span,
)
from naws.ecs_service.plan import LONGEST_IDLE, LONGEST_STOP, Plan, ServicePlan
from naws.ecs_service.props import HealthCheck

_GROUPS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
_ATTRIBUTES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"
_BALANCERS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html"
_CONTAINERS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_COMMAND, _PRIVILEGED = "health_check.command", 1_024
_PORT = Bounds(low=1, high=65_535, unit="as a port")
_WEEK = 7 * 86_400
_MARGIN = 10
_LONGEST = LONGEST_STOP - _MARGIN
_ZONE = (
    'route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id="Z0123456789ABC", '
    'zone_name="example.com")'
)
_SECURE = f'load_balancer=LoadBalancer(domain_name="orders.example.com", hosted_zone={_ZONE})'
_ALONE = (
    'load_balancer=NoLoadBalancer(reason="it takes its work from a queue"), '
    'health_check=HealthCheck(command=["CMD-SHELL", "test -f /tmp/ready"])'
)


@limit(
    code="NAWS-SVC-001",
    title="A program listens on a port from 1 to 65,535",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
    example="container_port=80_000",
    fix="container_port=8080",
)
def port(service: ServicePlan) -> Iterator[Finding]:
    """There are no others. The variable `PORT` has it, for the program to read."""
    field = Field("container_port", service.container_port)
    for found in _PORT.check(field):
        yield replace(found, remedy="container_port=8080")


@limit(
    code="NAWS-SVC-002",
    title="A request may take 1 to 4,000 whole seconds, which are known at synthesis",
    source=_BALANCERS,
    example="request_timeout=cdk.Duration.hours(2)",
    fix="request_timeout=cdk.Duration.seconds(90)",
)
def request_time(service: ServicePlan) -> Iterator[Finding]:
    """A load balancer waits for an answer for 4,000 seconds at most.

    What takes longer is a job: answer at once that it has begun, and where its result will be. The idle timeout, the
    drain and the program's keep-alive are calculated from this time, which nothing does with a token.
    """
    field = Field("request_timeout", service.request_timeout)
    if has_token(field.value):
        yield field.finding(
            "a time that is known at synthesis: the times of load balancer, task and program are calculated from it",
            "request_timeout=cdk.Duration.seconds(30)",
            shown="a token",
        )
    for found in span(1, LONGEST_IDLE).check(field):
        too_long = is_number(field.value) and field.value > LONGEST_IDLE
        usual = f"request_timeout=cdk.Duration.seconds({_LONGEST})\n" if too_long else ""
        yield replace(found, remedy=f"{usual}{found.remedy}")


@practice(
    code="NAWS-SVC-003",
    title="A request ends before a task that is replaced is killed",
    source=_CONTAINERS,
    example="request_timeout=cdk.Duration.minutes(5)",
    fix="request_timeout=cdk.Duration.seconds(110)",
)
def ends_before_kill(service: ServicePlan) -> Iterator[Finding]:
    """Fargate kills a program 120 seconds after SIGTERM: a request that is open for longer is cut at a deployment.

    For streams, such as server-sent events, whose clients connect again, this is accepted here.
    """
    value = service.request_timeout
    if is_number(value) and _LONGEST < value <= LONGEST_IDLE:
        yield Field("request_timeout", value).finding(
            f"at most {_LONGEST} seconds, so that what is open at SIGTERM is answered within {LONGEST_STOP}",
            f"request_timeout=cdk.Duration.seconds({_LONGEST})",
            shown=format_duration(value),
        )


@practice(
    code="NAWS-SVC-004",
    title="A task that is stopped has the time that a request may take",
    source=_CONTAINERS,
    example="stop_timeout=cdk.Duration.seconds(5)",
    fix="stop_timeout=cdk.Duration.seconds(40)",
)
def stops_after_requests(plan: Plan) -> Iterator[Finding]:
    """What is open when SIGTERM comes is cut by SIGKILL: its client gets 502 at each deployment."""
    stop, request = plan.service.stop_timeout, plan.service.request_timeout
    if plan.props.stop_timeout is None or not (is_number(stop) and is_number(request)):
        return
    if 0 <= stop < min(request, LONGEST_STOP):
        better = as_duration(min(request + _MARGIN, LONGEST_STOP))
        yield Field("stop_timeout", stop).finding(
            f"at least request_timeout, {format_duration(request)}, and up to {LONGEST_STOP} seconds",
            f"stop_timeout={better}\nomit stop_timeout",
            shown=format_duration(stop),
        )


@limit(
    code="NAWS-SVC-005",
    title="A client stays with its task for 1 second to 7 days",
    source=_ATTRIBUTES,
    example="stickiness=cdk.Duration.days(30)",
    fix="stickiness=cdk.Duration.days(1)",
)
def sticky_time(service: ServicePlan) -> Iterator[Finding]:
    """The load balancer's cookie takes no other time."""
    yield from span(1, _WEEK).check(Field("stickiness", service.stickiness))


@limit(
    code="NAWS-SVC-006",
    title="A program that speaks HTTP/2 or gRPC is behind a load balancer with a certificate",
    source=_GROUPS,
    example='protocol="grpc"',
    fix=f'protocol="grpc", {_SECURE}',
)
def secure_protocol(plan: Plan) -> Iterator[Finding]:
    """Clients speak HTTP/2, which gRPC is made of, with a load balancer by HTTPS alone.

    What comes by HTTP/1.1 to a program that speaks another version is answered with 464, or refused.
    """
    if plan.service.protocol == "http1" or plan.balancer.protocol != "HTTP":
        return
    others = f'{_SECURE}\nprotocol="http1"' if plan.balancer.made else 'load_balancer=…  # by HTTPS\nprotocol="http1"'
    expected = "a listener by HTTPS" if plan.balancer.kind == "given" else "a load balancer with a name and certificate"
    yield Field("protocol", plan.service.protocol).finding(f'{expected}, or "http1"', others)


@limit(
    code="NAWS-SVC-007",
    title="A service without load balancer has no settings of one",
    source="nothing sends requests to it",
    example=f"{_ALONE}, stickiness=cdk.Duration.hours(1)",
    fix=_ALONE,
)
def nothing_of_balancer(plan: Plan) -> Iterator[Finding]:
    """They would do nothing, and whoever reads them would believe that they do.

    `request_timeout` is none of them: the time that a task gets to end what it began follows from it.
    """
    if plan.balancer.kind != "none":
        return
    health, props = plan.health.given, plan.props
    given = {
        "route": props.route is not None,
        "stickiness": props.stickiness is not None,
        "protocol": props.protocol != "http1",
        "scaling.requests_per_task": plan.scaling.requests is not None,
        "deployment": plan.deployment.gradual,
        "health_check.path": health.path is not None,
        "health_check.codes": health.codes is not None,
    }
    for path in (path for path, is_given in given.items() if is_given):
        name, shown = path.rpartition(".")[2], "given"
        if path == "deployment":
            shown = plan.deployment.strategy
        yield Field(path).finding("nothing: there is no load balancer", f"omit {name}\nomit load_balancer", shown=shown)


@practice(
    code="NAWS-SVC-008",
    title="A service without load balancer has a health check in its container",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
    example='load_balancer=NoLoadBalancer(reason="it takes its work from a queue")',
    fix=_ALONE,
)
def watched(plan: Plan) -> Iterator[Finding]:
    """Else a task counts as healthy 40 seconds after it runs, whatever its program does.

    A deployment that brings a broken program succeeds then, and one that hangs is never replaced.
    """
    given = plan.health.given.command is not None or any(each.path == _COMMAND for each in plan.mismatches)
    if plan.balancer.kind == "none" and not given:
        command, why = 'command=["CMD-SHELL", "test -f /tmp/ready"]', "the program makes the file, and takes it away"
        remedy = f"health_check=HealthCheck({command})" if plan.health.given == HealthCheck() else command
        yield Field(_COMMAND, None).finding(
            "a command of the image that fails when the program is not well", f"{remedy}  # {why}"
        )


@limit(
    code="NAWS-SVC-009",
    title="A service without load balancer has a reason for that",
    source="who reaches a service is an explicit choice; the reason goes into the template's metadata",
    example=_ALONE.replace("it takes its work from a queue", ""),
    fix=_ALONE,
)
def reason_given(plan: Plan) -> Iterator[Finding]:
    """Whoever looks for its URL finds the reason in the template, where a reviewer reads it."""
    if plan.balancer.kind == "none":
        field = Field("load_balancer.reason", plan.balancer.reason)
        yield from no_reason(field, 'load_balancer=NoLoadBalancer(reason="because …")')


@practice(
    code="NAWS-SVC-020",
    title="A port below 1,024 is root's",
    source="https://github.com/aws/containers-roadmap/issues/1721",
    example="container_port=80",
    fix="container_port=8080",
)
def own_port(plan: Plan) -> Iterator[Finding]:
    """ECS lets no other user listen on one: the program ends with "permission denied", and no task becomes healthy.

    Docker on a machine of one's own lets everybody. Clients see the port of the load balancer, whichever this is.
    """
    port, user = plan.service.container_port, plan.props.user
    if is_number(port) and 1 <= port < _PRIVILEGED and is_text(user) and not is_root(user):
        yield Field("container_port", port).finding(
            f"{_PRIVILEGED:,} or more for the user {user}",
            'container_port=8080\nuser="0:0", acknowledge={"NAWS-TASK-007": "because …"}',
        )


SERVICE_CHECKS: tuple[Check[Plan], ...] = (
    *bind(lambda plan: (plan.service,), (port, request_time, ends_before_kill, sticky_time)),
    *bind(
        lambda plan: (plan,),
        (stops_after_requests, secure_protocol, nothing_of_balancer, watched, reason_given, own_port),
    ),
)
