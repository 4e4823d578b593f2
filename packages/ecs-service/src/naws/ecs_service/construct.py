"""EcsService: a container that answers requests, kept running, in one construct."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from naws.core import Binding, HttpEndpoint, Needs, PatternContext, VpcLookup
from naws.core.authoring import (
    AlarmFactory,
    Inspection,
    OperatedPattern,
    Runs,
    TaskPattern,
    Widget,
    asked,
    build_output,
    insights_on,
    is_whole,
    kept,
    node_of,
    note_runs,
    path_of,
)
from naws.ecs_service._alarms import ServiceAlarms, load_balancer_alarm, service_metric, target_metrics, total
from naws.ecs_service._dashboard import service_widgets
from naws.ecs_service._endpoint import ServiceEndpoint
from naws.ecs_service._load_balancer import Balancer, build_balancer
from naws.ecs_service._neighbours import waits_views
from naws.ecs_service._routes import register_name, register_route, routes_beside
from naws.ecs_service._scaling import build_scaling
from naws.ecs_service._service import Targets, add_rule, build_service, build_targets
from naws.ecs_service._shared_views import insights_views, shared_views, standing
from naws.ecs_service.checks import CHECKS
from naws.ecs_service.checks_built_balancer import AttributesView, GivenView, ListenerView, attributes_view
from naws.ecs_service.checks_built_service import ServiceView
from naws.ecs_service.checks_image import exposed_views
from naws.ecs_service.checks_synth import SYNTH_CHECKS, SYNTH_LEVELS
from naws.ecs_service.checks_tokens import TokensView, tokens_views
from naws.ecs_service.plan import KEEP_ALIVE, Plan, keep_alive_of, resolve
from naws.ecs_service.plan_balancer import Placement, placement
from naws.ecs_service.props import EcsServiceProps, Route


class EcsService(OperatedPattern, TaskPattern):
    """A container that answers requests behind a load balancer, and is replaced without a lost one.

    Args:
        scope: a stack, or any construct in one.
        construct_id: unique in `scope`.
        props: what it is; only the image has to be given.

    Raises:
        PatternValidationError: with every limit and practice that `props` break; the construct tree is untouched.
    """

    pattern_name = "ecs-service"
    checks = CHECKS
    synth_checks = SYNTH_CHECKS
    synth_levels = SYNTH_LEVELS
    _plan: Plan
    _service: ecs.FargateService
    _targets: Targets | None = None
    _endpoint: ServiceEndpoint | None = None
    _keep_alive: "_KeepAlive"
    _balancer_alarms: AlarmFactory | None = None
    _on_insights: Sequence[str] = ()
    _of_cluster: cdk.CfnResource | None = None
    _of_group: cdk.CfnResource | None = None
    _judged: Sequence[cdk.CfnResource] = ()
    _of_balancer: cdk.CfnResource | None = None
    _of_listener: cdk.CfnResource | None = None

    def __init__(self, scope: Construct, construct_id: str, props: EcsServiceProps) -> None:
        super().__init__(scope, construct_id, props)

    @classmethod
    def resolve(cls, props: EcsServiceProps, context: PatternContext) -> Plan:
        """Decide everything that `props` leave open."""
        return resolve(props, context)

    def _build(self, plan: Plan) -> cdk.CfnResource:
        self._build_task(plan)
        self._alarms = AlarmFactory(self, plan.context, plan.operations, page=self._alarm_page)
        alarms = ServiceAlarms(self, plan, self._alarms, self._log_group)
        endings: list[cloudwatch.CfnAlarm] = []
        if plan.balancer.kind != "none":
            balancer = build_balancer(self, plan, self._network)
            self._targets = build_targets(self, plan, balancer, self._network)
            self._endpoint = ServiceEndpoint(self, plan, balancer)
            register_route(self, balancer, plan.route)
            self._register_name(plan, balancer)
            endings = alarms.of_deployment(self._targets)
            if balancer.ours and self._alarms.topic is not None:
                self._balancer_alarms = kept(balancer, "alarm", lambda: self._alarm_of_balancer(plan, balancer))
        self._on_insights = alarms.on_insights
        self._service = build_service(
            self,
            plan,
            cluster=self._cluster,
            task=self._task,
            network=self._network,
            targets=self._targets,
            alarms=endings,
        )
        cluster, service = asked(self._cluster, "cluster_name"), asked(self._service, "service_name")
        build_scaling(self, plan.scaling, resource_id=f"service/{cluster}/{service}", targets=self._targets)
        alarms.build(self._targets, self._service, cluster)
        if plan.balancer.reason is not None:
            self._acknowledged["NoLoadBalancer"] = plan.balancer.reason
        self._build_program(plan)
        self._host().take(Needs(variables=self._variables(plan)))
        self._register()
        resource = cast("cdk.CfnResource", asked(node_of(self._service), "default_child"))
        self._note_service(resource)
        build_output(self, "LogGroup", asked(self._log_group, "log_group_name"))
        if self._endpoint is not None and self._endpoint.known:
            build_output(self, "Url", self._endpoint.url)
        return resource

    def _register_name(self, plan: Plan, balancer: Balancer) -> None:
        """Have the record of its load balancer compared with the others of the app, once a load balancer."""
        name, zone, made = balancer.name, plan.balancer.hosted_zone, balancer.made
        if balancer.ours and made is not None and name is not None and zone is not None:
            kept(balancer, "record", lambda: register_name(made, zone, name))

    def _variables(self, plan: Plan) -> Mapping[str, str]:
        """What the program finds in its environment; the keep-alive follows when all services are known."""
        found, targets = dict(plan.service.variables), self._targets
        if targets is not None:
            self._keep_alive = _KeepAlive(targets.balancer, plan.service.idle_timeout)
            found[KEEP_ALIVE] = cdk.Lazy.string(self._keep_alive)
        return found

    def _alarm_of_balancer(self, plan: Plan, balancer: Balancer) -> AlarmFactory:
        """The one alarm of a load balancer, which no service of its own names."""
        scope, context = cast("Construct", balancer.made), plan.context
        if plan.balancer.kind == "shared":
            context = replace(context, construct_id="LoadBalancer")
        factory = AlarmFactory(scope, context, plan.operations, page=self._alarm_page)
        load_balancer_alarm(factory, balancer)
        return factory

    def _note_service(self, resource: cdk.CfnResource) -> None:
        """What the command line knows of it."""
        runs = Runs(
            pattern=self.pattern_name,
            path=path_of(self),
            kind="service",
            log_group=asked(self._log_group, "log_group_arn"),
        )
        note_runs(resource, runs)

    @property
    def service(self) -> ecs.FargateService:
        """The ECS service; what this pattern has no field for, such as Service Connect, is set on it."""
        return self._service

    @property
    def load_balancer(self) -> elbv2.IApplicationLoadBalancer | None:
        """The load balancer; None without one, and of a listener that was imported."""
        return None if self._targets is None else self._targets.balancer.made  # pyright: ignore[reportReturnType]  # jsii renames parameters

    @property
    def listener(self) -> elbv2.IApplicationListener | None:
        """The listener that has its routes; None without one."""
        return None if self._targets is None else self._targets.balancer.listener

    @property
    def target_group(self) -> elbv2.IApplicationTargetGroup | None:
        """The tasks that get its requests; None without a load balancer."""
        return None if self._targets is None else self._targets.group  # pyright: ignore[reportReturnType]  # as above

    @property
    def endpoint(self) -> HttpEndpoint | None:
        """What answers requests, as websites and other services know it; None without a load balancer."""
        return self._endpoint

    @property
    def url(self) -> str | None:
        """Where requests are sent to; None without a load balancer."""
        return None if self._endpoint is None else self._endpoint.url

    def binding(self) -> Binding:
        """Lets a program send requests: `bindings=[service]`.

        Raises:
            RuntimeError: it has no load balancer, so that nobody can.
        """
        return self._answering().binding()

    def add_route(self, route: Route, *, acknowledge: Mapping[str, str] | None = None) -> None:
        """Lead the requests of another route to the service, too; held to the rules of `route`.

        Args:
            route: which requests.
            acknowledge: `{code: reason}` for practices that it breaks on purpose. Omitted: none.

        Raises:
            PatternValidationError: with every limit and practice that it breaks; nothing has been built then.
            RuntimeError: the service has no load balancer.
        """
        self._answering()
        plan = self._add("route", route, acknowledge)
        targets = cast("Targets", self._targets)
        rule = add_rule(self, plan.route, targets)
        self._resource.add_resource_dependency(rule)
        register_route(self, targets.balancer, plan.route)

    def metric_requests(self, period: cdk.Duration | None = None) -> cloudwatch.IMetric:
        """Requests that tasks answered, of five minutes unless `period` is given."""
        return self._of_requests("RequestCount", period)

    def metric_failed_requests(self, period: cdk.Duration | None = None) -> cloudwatch.IMetric:
        """Answers of 500 and above that tasks gave."""
        return self._of_requests("HTTPCode_Target_5XX_Count", period)

    def metric_latency(self, period: cdk.Duration | None = None) -> cloudwatch.IMetric:
        """Seconds that the slowest of a hundred requests took; with a gradual deployment, in the first target group."""
        first, *_ = target_metrics(self._led(), "TargetResponseTime", "p99").values()
        return first.of_cdk(period=period)

    def metric_cpu(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Percent of its CPU that the tasks use, on average."""
        return self._of_tasks("CPUUtilization", period)

    def metric_memory(self, period: cdk.Duration | None = None) -> cloudwatch.Metric:
        """Percent of its memory that the tasks use, on average."""
        return self._of_tasks("MemoryUtilization", period)

    @property
    def _resource(self) -> ecs.CfnService:
        return asked(node_of(self._service), "default_child")

    def _of_requests(self, name: str, period: cdk.Duration | None) -> cloudwatch.IMetric:
        """A count of requests; with a gradual deployment that of both target groups together."""
        metrics = target_metrics(self._led(), name)
        if len(metrics) == 1:
            return next(iter(metrics.values())).of_cdk(period=period)
        of_both = {key: each.of_cdk(period=period) for key, each in metrics.items()}
        return cloudwatch.MathExpression(expression=total(metrics), using_metrics=of_both, label=name, period=period)

    def _of_tasks(self, name: str, period: cdk.Duration | None) -> cloudwatch.Metric:
        cluster, service = asked(self._cluster, "cluster_name"), asked(self._service, "service_name")
        return service_metric(cluster, service, name).of_cdk(period=period)

    def _led(self) -> Targets:
        self._answering()
        return cast("Targets", self._targets)

    def _answering(self) -> ServiceEndpoint:
        if self._endpoint is None:
            raise RuntimeError(
                f"{self.node.path} has no load balancer: nobody sends requests to it. Give it one, or bind what "
                'answers instead: ServiceBinding(HttpEndpoint.of_domain("…"), name="…")'
            )
        return self._endpoint

    def _providers(self) -> Sequence[str]:
        return ("FARGATE", "FARGATE_SPOT") if self._plan.service.capacity == "spot" else ()

    def _resources(self) -> list[cdk.CfnResource]:
        targets = self._targets
        groups = [] if targets is None else [each for each in (targets.group, targets.other) if each is not None]
        self._judged = [cast("cdk.CfnResource", asked(node_of(each), "default_child")) for each in groups]
        made = None if targets is None else targets.balancer.made
        if targets is not None and made is not None:
            self._of_balancer = asked(node_of(made), "default_child")
            self._of_listener = asked(node_of(targets.balancer.listener), "default_child")
        if targets is not None and targets.balancer.group is not None:
            self._of_group = asked(node_of(targets.balancer.group), "default_child")
        if self._on_insights and isinstance(self._plan.network.cluster, ecs.Cluster):
            self._of_cluster = asked(node_of(self._cluster), "default_child")
        of_others = (self._of_balancer, self._of_listener, self._of_group, self._of_cluster)
        more = [each for each in of_others if each is not None]
        rules = [] if targets is None else targets.rules
        return [*super()._resources(), self._resource, *self._judged, *more, *rules]

    def _views(self, inspection: Inspection) -> dict[str, Iterable[Any]]:
        plan, targets = self._plan, self._targets
        service = ServiceView(
            properties=inspection.properties(self._resource),
            desired=plan.scaling.min_capacity if is_whole(plan.scaling.min_capacity) else None,
            scales=plan.scaling.fixed is None,
            request_timeout=plan.service.request_timeout,
        )
        views = super()._views(inspection)
        images = tuple(views["images"])  # CDK is asked for each of them once
        return {
            **views,
            "images": images,
            "exposed": exposed_views(plan, images),
            "service": [service],
            "attributes": self._attributes(inspection),
            "given": self._given(inspection),
            "listener": self._listeners(inspection),
            "placement": self._placed(),
            "routes": []
            if targets is None
            else routes_beside(self, targets.balancer, inspection, gradual=plan.deployment.gradual),
            "standing": standing(targets, self._network),
            "insights": insights_views(plan, self._on_insights, self._of_cluster, inspection),
            **shared_views(
                self, plan, targets=targets, endpoint=self._endpoint, group=self._of_group, inspection=inspection
            ),
            "tokens": self._tokens(inspection),
            "waits": waits_views(self, service),
        }

    def _shown_alarms(self) -> Sequence[str]:
        of_balancer = self._balancer_alarms
        return [*super()._shown_alarms(), *([] if of_balancer is None else of_balancer.arns)]

    def _widgets(self) -> Sequence[Widget]:
        cluster, service = asked(self._cluster, "cluster_name"), asked(self._service, "service_name")
        insights = insights_on(self._plan.network.cluster)
        own = service_widgets(self._plan, self._targets, cluster=cluster, service=service, insights=insights)
        return [*super()._widgets(), *own]

    def _attributes(self, inspection: Inspection) -> Iterator[AttributesView]:
        """Those of the target groups, and of the load balancer."""
        for each in self._judged:
            properties = inspection.properties(each)
            yield attributes_view(properties, "target_group", gradual=self._plan.deployment.gradual)
        if self._of_balancer is not None:
            yield attributes_view(inspection.properties(self._of_balancer), "load_balancer")

    def _given(self, inspection: Inspection) -> Iterator[GivenView]:
        """The load balancer, when somebody else made it in this app."""
        targets, plan = self._targets, self._plan
        if self._of_balancer is not None and targets is not None and not targets.balancer.ours:
            yield GivenView(
                path=plan.balancer.path,
                attributes=attributes_view(inspection.properties(self._of_balancer), "load_balancer").attributes,
                request_timeout=plan.service.request_timeout,
                keep_alive=self._keep_alive.seconds,
            )

    def _listeners(self, inspection: Inspection) -> Iterator[ListenerView]:
        """The listener that has the routes, when its load balancer is of this app."""
        if self._of_listener is not None and self._of_balancer is not None:
            listener = inspection.properties(self._of_listener)
            yield ListenerView(
                path=self._plan.balancer.path,
                protocol=listener.get("protocol"),
                policy=listener.get("sslPolicy"),
                public=inspection.properties(self._of_balancer).get("scheme") == "internet-facing",
            )

    def _tokens(self, inspection: Inspection) -> Iterator[TokensView]:
        """The judges of tokens in its routes."""
        protocol = self._plan.balancer.protocol
        for index, each in enumerate([] if self._targets is None else self._targets.rules):
            path = f"route{f'[{index}]' if index else ''}.actions"
            yield from tokens_views(path, inspection.properties(each).get("actions"), protocol)

    def _placed(self) -> Iterable[Placement]:
        """Where the load balancer stands, of a network that had to be looked up."""
        plan = self._plan
        looked_up = isinstance(plan.network.vpc, VpcLookup)
        return placement(plan.balancer, plan.network, self._network.vpc) if looked_up else ()


@jsii.implements(cdk.IStableStringProducer)
class _KeepAlive:
    """Seconds that the program keeps idle connections: longer than the load balancer does, for whichever service."""

    def __init__(self, balancer: Balancer, least: float) -> None:
        self._balancer, self._least = balancer, least

    @property
    def seconds(self) -> int:
        """The number, as far as every service of the load balancer is known."""
        return keep_alive_of(max(self._balancer.idle_timeout, self._least))

    def produce(self) -> str:
        """The number, when the app is synthesised."""
        return str(self.seconds)
