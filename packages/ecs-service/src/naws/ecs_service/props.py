"""The props of the pattern and the values that they take: no logic and no scope."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import ClassVar, Literal, TypeAlias

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk.interfaces import aws_wafv2 as wafv2

from naws.core.authoring import MINUTES, Containerized, Hint, Hints, Networked, Operated, suggesting

_INTERNAL = "load_balancer=LoadBalancer()  # internal"
_PUBLIC = 'load_balancer=LoadBalancer(public=True, domain_name="orders.example.com", hosted_zone=…)'
_NONE = 'load_balancer=NoLoadBalancer(reason="because …")'
_CONVENTION = "Conventions(load_balancer=…)  # takes it, for all services"
Protocol: TypeAlias = Literal["http1", "http2", "grpc"]


@suggesting
@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer finds out whether a task can answer.

    Attributes:
        path: what it asks for, up to 1,024 characters; with `protocol="grpc"` a method, `/package.service/method`.
            Omitted: `/health`, of gRPC `/grpc.health.v1.Health/Check`.
        codes: the answers of a healthy task, such as `"200"`, `"200,204"` or `"200-299"`. Omitted: 200, of gRPC 0.
        interval: from one check to the next, 5 seconds to 5 minutes. Omitted: 10 seconds.
        timeout: an answer that takes longer is none, 2 to 120 seconds and less than `interval`. Omitted: 5
            seconds, or a second less than `interval`.
        healthy_threshold: so many answers in a row make a task healthy again, 2 to 10.
        unhealthy_threshold: so many failures in a row make it unhealthy, 2 to 10.
        command: a check in the container beside it, as `["CMD-SHELL", "curl -f http://localhost:8080/health"]`; the
            program must be in the image. Omitted: none, which only a service without load balancer needs.
    """

    _hints: ClassVar[Hints] = {"command": Hint(line=True)}
    _shorthand: ClassVar[str] = "path"
    path: str | None = None
    codes: str | None = None
    interval: cdk.Duration | None = None
    timeout: cdk.Duration | None = None
    healthy_threshold: int = 2
    unhealthy_threshold: int = 3
    command: Sequence[str] | None = None


@suggesting
@dataclass(frozen=True, kw_only=True)
class Route:
    """Which requests of a listener are a service's.

    The more specific one of two routes comes first, whichever was there before: an exact host before one with a
    wildcard before none, then the deeper path. Of a route with several paths the least deep one counts.

    Attributes:
        paths: up to five, with `*` for anything and `?` for one character; host and paths together. `/orders/*` does
            not have `/orders`. Source: Application Load Balancer quotas, condition values per rule.
        host: such as `"orders.example.com"` or `"*.example.com"`. Omitted: any.
        priority: of the listener's rule, 1 to 50,000, for two routes that get the same. Omitted: by how specific it is.
    """

    _hints: ClassVar[Hints] = {"paths": Hint(between=",")}
    _shorthand: ClassVar[str] = "paths"
    paths: Sequence[str] = ("/*",)
    host: str | None = None
    priority: int | None = None


@suggesting
@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    """A load balancer of its own, or of a ready stack's services together.

    Attributes:
        public: whether the internet reaches it; then it needs a name and takes HTTPS alone, port 80 leads there.
        domain_name: a name of your own, such as `"orders.example.com"`; without `certificate` and `hosted_zone` an
            internal one answers under it by HTTP. Omitted: that which AWS gives to it.
        certificate: for that name, of this region. Omitted: the convention's, else one is made in `hosted_zone`.
        hosted_zone: where the name is written, and a certificate is proved. Omitted: the convention's, else you do.
        allowed_cidrs: who may send requests, such as `["203.0.113.0/24"]`. Omitted: of a public one anybody, of an
            internal one the addresses of the VPC.
        web_acl: filters requests, of this region and scope REGIONAL, or its ARN. Omitted: the convention's, else none.
    """

    _hints: ClassVar[Hints] = {
        "allowed_cidrs": Hint(between=","),
        "web_acl": Hint(example='"arn:aws:wafv2:…"'),
    }
    public: bool = False
    domain_name: str | None = None
    certificate: acm.ICertificate | None = None
    hosted_zone: route53.IHostedZone | None = None
    allowed_cidrs: Sequence[str] | None = None
    web_acl: wafv2.IWebACLRef | str | None = None


@dataclass(frozen=True, kw_only=True)
class StackLoadBalancer(LoadBalancer):
    """The one that the services of a stack share, when `EcsServiceStack(load_balancer=…)` says how it is."""

    @classmethod
    def of(cls, given: LoadBalancer) -> "StackLoadBalancer":
        """The same settings, of the stack's."""
        return cls(**{each.name: getattr(given, each.name) for each in fields(LoadBalancer)})


@dataclass(frozen=True, kw_only=True)
class BesideStackLoadBalancer(LoadBalancer):
    """One of a service's own, in a ready stack whose `load_balancer` is then no service's."""

    @classmethod
    def of(cls, given: LoadBalancer) -> "BesideStackLoadBalancer":
        """The same settings, of the service's own."""
        return cls(**{each.name: getattr(given, each.name) for each in fields(LoadBalancer)})


@dataclass(frozen=True, kw_only=True)
class OfStack:
    """What `EcsServiceStack` takes beside its services.

    Attributes:
        load_balancer: how the one is that services share which give none of their own. Omitted: the convention's, else
            an internal one.
    """

    _hints: ClassVar[Hints] = {
        "load_balancer": Hint(
            instead={
                "str": f"{_INTERNAL}\n{_PUBLIC}",
                "public": _PUBLIC,
                "True": f"{_INTERNAL}\n{_PUBLIC}",
                "NoLoadBalancer": "omit load_balancer\nEcsServiceProps(load_balancer=…, …)  # of one service",
                "ApplicationListener": _CONVENTION,
                "ApplicationLoadBalancer": _CONVENTION,
            }
        )
    }
    load_balancer: LoadBalancer | None = None


@suggesting
@dataclass(frozen=True, kw_only=True)
class NoLoadBalancer:
    """No load balancer: the service answers nobody by itself, such as one that asks others for work.

    Attributes:
        reason: why nothing routes to it; it goes into the template's metadata.
    """

    _shorthand: ClassVar[str] = "reason"
    reason: str


@suggesting
@dataclass(frozen=True)
class CapacitySchedule:
    """From a time on other numbers of tasks, until the next one.

    Attributes:
        expression: `cron(…)`, `rate(…)` or `at(…)`, or a shorthand such as `"@daily"`.
        min_capacity: from then on at least so many.
        max_capacity: from then on at most so many. Omitted: as before.
        timezone: of `cron` and `at`, such as `"Europe/Berlin"`. Omitted: UTC.
    """

    expression: str
    _: KW_ONLY
    min_capacity: int
    max_capacity: int | None = None
    timezone: str = "UTC"


@suggesting
@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many tasks there are, by what they have to do.

    Attributes:
        min_capacity: at least so many; two, in two zones, survive the loss of one.
        max_capacity: at most so many, up to 5,000. Source: ECS quotas, tasks per service.
        target_cpu_percent: as many as bring the CPU, on average, to so much, 1 to 100. None: it does not count.
        target_memory_percent: the same of memory. Omitted: it does not count.
        requests_per_task: as many as leave each task so many requests a minute; not with a gradual deployment.
            Omitted: they do not count.
        schedules: other numbers at certain times. Omitted: always the same.
    """

    min_capacity: int = 2
    max_capacity: int = 10
    target_cpu_percent: int | None = 60
    target_memory_percent: int | None = None
    requests_per_task: int | None = None
    schedules: Sequence[CapacitySchedule] = ()


@suggesting
@dataclass(frozen=True)
class FixedCount:
    """Always the same number of tasks.

    Attributes:
        count: it.
    """

    count: int


@suggesting
@dataclass(frozen=True, kw_only=True)
class Deployment:
    """How new tasks take over from the ones before; use the class methods.

    Attributes:
        strategy: which.
        percent: of a canary the part that gets the new version first; of a linear one each further part.
        interval: how long one part is watched before the next, in whole minutes up to 24 hours.
        bake: how long both versions stay afterwards, in whole minutes up to 24 hours: going back is immediate then.
    """

    _hints: ClassVar[Hints] = {"interval": MINUTES, "bake": MINUTES}
    strategy: Literal["rolling", "blue-green", "canary", "linear"] = "rolling"
    percent: float | None = None
    interval: cdk.Duration | None = None
    bake: cdk.Duration | None = None

    @classmethod
    def rolling(cls) -> "Deployment":
        """New tasks start, and as they are healthy those before are stopped: at most twice as many, never fewer."""
        return cls()

    @classmethod
    def blue_green(cls, *, bake: cdk.Duration | None = None) -> "Deployment":
        """All new tasks beside all those before; then all requests go to the new ones at once.

        Args:
            bake: how long those before stay. Omitted: 10 minutes.
        """
        return cls(strategy="blue-green", bake=bake)

    @classmethod
    def canary(
        cls, *, percent: float = 5, interval: cdk.Duration | None = None, bake: cdk.Duration | None = None
    ) -> "Deployment":
        """A part of the requests goes to the new tasks first, and after a while all of them.

        Args:
            percent: the part, 0.1 to 100.
            interval: the while. Omitted: 10 minutes.
            bake: how long those before stay afterwards. Omitted: 10 minutes.
        """
        return cls(strategy="canary", percent=percent, interval=interval, bake=bake)

    @classmethod
    def linear(
        cls, *, percent: float = 10, interval: cdk.Duration | None = None, bake: cdk.Duration | None = None
    ) -> "Deployment":
        """A further part of the requests goes to the new tasks every so often.

        Args:
            percent: the part, 3 to 100.
            interval: how often. Omitted: every 6 minutes.
            bake: how long those before stay afterwards. Omitted: 10 minutes.
        """
        return cls(strategy="linear", percent=percent, interval=interval, bake=bake)


@dataclass(frozen=True, kw_only=True)
class EcsServiceProps(Containerized, Networked, Operated):
    """Everything that can be given to a service; only `image` has to be."""

    _elsewhere: ClassVar[dict[str, str]] = {
        "port": "give container_port=8080",
        "health_check_path": 'give health_check=HealthCheck(path="/health")',
        "desired_count": "give scaling=FixedCount(2), or scaling=Scaling(min_capacity=2)",
        "min_capacity": "give scaling=Scaling(min_capacity=2)",
        "max_capacity": "give scaling=Scaling(max_capacity=10)",
        "public": 'give load_balancer=LoadBalancer(public=True, domain_name="…", certificate=…)',
        "domain_name": 'give load_balancer=LoadBalancer(public=True, domain_name="…", certificate=…)',
        "certificate": 'give load_balancer=LoadBalancer(public=True, domain_name="…", certificate=…)',
        "paths": 'give route=Route(paths=["/orders", "/orders/*"])',
        "host": 'give route=Route(host="orders.example.com")',
        "listener": "give load_balancer=listener",
        "timeout": "give request_timeout=cdk.Duration.seconds(30)",
    }
    _hints: ClassVar[Hints] = {
        "request_timeout": Hint(),
        "start_timeout": Hint(),
        "load_balancer": Hint(
            instead={
                "str": f"{_INTERNAL}\n{_PUBLIC}\n{_NONE}",
                "public": _PUBLIC,
                "True": f"{_INTERNAL}\n{_PUBLIC}",
                "False": _NONE,
                "ApplicationLoadBalancer": f"load_balancer=…  # its listener\n{_CONVENTION}",
            }
        ),
        "deployment": Hint(instead={"str": "deployment=Deployment.rolling()  # or blue_green(), canary(), linear()"}),
    }
    cpu: int = 512
    """CPU units; 1024 are one vCPU. Source: Fargate task size."""
    memory_limit_mib: int = 1024
    """MiB; each cpu has its own sizes. Source: Fargate task size."""
    stop_timeout: cdk.Duration | None = None
    """From SIGTERM to SIGKILL, up to 120 seconds. Omitted: 10 seconds more than `request_timeout`, so that open
    requests are answered."""
    container_port: int = 8080
    """The port that the program listens on; it finds it in the variable `PORT`."""
    protocol: Protocol = "http1"
    """What the program speaks: "http1", "http2" or "grpc"; the latter two need a load balancer with a certificate."""
    request_timeout: cdk.Duration | None = None
    """The longest time that a request may take. It decides how long the load balancer waits for an answer, how long a
    task that is replaced goes on, and how long idle connections are kept: the program finds that in
    `NAWS_KEEP_ALIVE_SECONDS`, and has to keep them as long. With `NoLoadBalancer` it decides `stop_timeout` alone.
    Known at synthesis. Omitted: 30 seconds."""
    start_timeout: cdk.Duration | None = None
    """How long a task that has just been started may fail its health checks, up to 23 hours. Omitted: 60 seconds."""
    health_check: HealthCheck = field(default_factory=HealthCheck)
    """Omitted: `/health` answers 200."""
    route: Route | None = None
    """Which requests of the listener are this service's. Omitted: all, when no other service is on the same one."""
    load_balancer: LoadBalancer | NoLoadBalancer | elbv2.IApplicationListener | None = None
    """Omitted: that of the stack, which its services share and which is internal; or the convention's."""
    scaling: Scaling | FixedCount = field(default_factory=Scaling)
    """Omitted: two to ten tasks, by their CPU."""
    deployment: Deployment = field(default_factory=Deployment)
    """Omitted: rolling, with a circuit breaker and alarms that lead back to the version before."""
    capacity: Literal["on-demand", "spot"] = "on-demand"
    """"spot" is cheaper and can be interrupted with two minutes' notice: as many as `min_capacity` are on demand, and
    of those beyond four of five are Spot. A cluster of your own needs both capacity providers."""
    stickiness: cdk.Duration | None = None
    """How long a client, by a cookie, stays with its task, up to a week. Omitted: it does not."""
