"""The service: its target groups, its listener rules, and the tasks that ECS keeps running behind them.

target group ──> listener rule ──> service: ECS takes a target group only when a load balancer has it
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from constructs import Construct

from naws.core.authoring import (
    Network,
    Task,
    acknowledge_nag,
    asked,
    duration,
    is_number,
    node_of,
    path_of,
    role_for,
    selection_in,
    short_hash,
    stack_of,
    vpc_of,
    with_providers,
)
from naws.ecs_service._load_balancer import Balancer
from naws.ecs_service._routes import register_rule, rule_id
from naws.ecs_service.plan import CONTAINER, HealthPlan, Plan
from naws.ecs_service.plan_balancer import BalancerPlan
from naws.ecs_service.plan_routes import RoutePlan
from naws.ecs_service.plan_scaling import DeploymentPlan
from naws.ecs_service.props import Protocol

FULL, DOUBLE = 100, 200
"""Percent: never fewer healthy tasks than wanted, and at most twice as many."""
SPOT_WEIGHT = 4
"""Of five tasks beyond the least number four are Spot."""
_VERSIONS: Mapping[str, Literal["HTTP1", "HTTP2", "GRPC"]] = {"http1": "HTTP1", "http2": "HTTP2", "grpc": "GRPC"}
_POLICY = "AmazonECSInfrastructureRolePolicyForLoadBalancers"
"""Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html"""
_BREAKER = "@aws-cdk/aws-ecs:shouldUseCircuitBreaker"
_MANAGED = "What ECS does to load balancers changes with ECS: AWS keeps this policy for it."
_CONFIGURATION = "DeploymentConfiguration"
_ANY = 80
"""Of a target group whose targets have a port each: ECS registers them with the container's. Another one would be
another group."""


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What stands between the listener and the tasks.

    Attributes:
        balancer: where requests come from.
        group: the tasks that get them.
        other: with a gradual deployment, the tasks of the other version.
        rules: of the listener, the first of which a gradual deployment changes.
        ways: what lets the load balancer reach the tasks; none where the groups are not made here.
    """

    balancer: Balancer
    group: elbv2.ApplicationTargetGroup
    other: elbv2.ApplicationTargetGroup | None
    rules: list[elbv2.CfnListenerRule]
    ways: Sequence[cdk.CfnResource]


def build_targets(scope: Construct, plan: Plan, balancer: Balancer, network: Network) -> Targets:
    """The target groups of a service, the rule that leads to them, and the way there.

    Args:
        scope: the pattern.
        plan: what was decided.
        balancer: where requests come from.
        network: of the tasks.
    """
    name = f"{_behind(plan.balancer)}Targets"
    group = _group(scope, name, plan, network.vpc)
    other = _group(scope, f"Other{name}", plan, network.vpc) if plan.deployment.gradual else None
    targets = Targets(
        balancer=balancer, group=group, other=other, rules=[], ways=_open_way(scope, plan, balancer, network)
    )
    add_rule(scope, plan.route, targets)
    balancer.keep_for(plan.service.idle_timeout)
    return targets


def add_rule(scope: Construct, route: RoutePlan, targets: Targets) -> elbv2.CfnListenerRule:
    """Lead the requests of a route to the tasks."""
    number, of_rule = len(targets.rules), elbv2.CfnListenerRule
    arn = asked(targets.group, "target_group_arn")
    action = of_rule.ActionProperty(type="forward", target_group_arn=arn)
    if targets.other is not None:
        weights = {arn: 1, targets.other.target_group_arn: 0}
        groups = [of_rule.TargetGroupTupleProperty(target_group_arn=each, weight=n) for each, n in weights.items()]
        action = of_rule.ActionProperty(
            type="forward", forward_config=of_rule.ForwardConfigProperty(target_groups=groups)
        )
    rule = of_rule(
        scope,
        f"Route{number + 1 if number else ''}",
        listener_arn=asked(targets.balancer.listener, "listener_arn"),
        priority=route.priority,
        conditions=list(_conditions(route)),
        actions=[action],
    )
    rule.override_logical_id(rule_id(scope, route, targets.balancer))
    register_rule(rule)
    targets.rules.append(rule)
    return rule


def build_service(  # noqa: PLR0913  # what a service is made of
    scope: Construct,
    plan: Plan,
    *,
    cluster: ecs.ICluster,
    task: Task,
    network: Network,
    targets: Targets | None,
    alarms: Sequence[cloudwatch.CfnAlarm],
) -> ecs.FargateService:
    """The service.

    Args:
        scope: the pattern.
        plan: what was decided.
        cluster: where its tasks run.
        task: their definition.
        network: theirs.
        targets: what leads requests to them; None: nothing does.
        alarms: those that end a deployment and lead back to the version before.
    """
    rolling = not plan.deployment.gradual
    if targets is not None:
        _open_port(task.container, plan)
    _check_in_container(task.resource, plan.health)
    service = ecs.FargateService(
        scope,
        "Service",
        service_name=plan.service.name,
        cluster=_in_network(scope, cluster, network.vpc),
        task_definition=task.definition,
        desired_count=plan.scaling.fixed,
        min_healthy_percent=FULL,
        max_healthy_percent=DOUBLE,
        circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True) if rolling else None,
        deployment_alarms=_endings(alarms),
        **_gradually(plan.deployment),
        availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
        capacity_provider_strategies=_strategies(plan),
        enable_ecs_managed_tags=True,
        propagate_tags=ecs.PropagatedTagSource.SERVICE,
        security_groups=list(network.security_groups),
        vpc_subnets=ec2.SubnetSelection(**selection_in(network.vpc, plan.network.vpc_subnets)),
    )
    _complete(scope, plan, service, targets)
    # A task that cannot pull its image or reach the internet yet fails, and a few of those end a first deployment.
    providers = with_providers(scope, cluster) if plan.service.capacity == "spot" else ()
    node_of(service).add_dependency(task.execution_role, network.subnets.way_out, *providers)
    return service


def _in_network(scope: Construct, cluster: ecs.ICluster, vpc: ec2.IVpc) -> ecs.ICluster:
    """A cluster whose VPC is known: CDK's service asks for it, and one that was imported by its ARN has none."""
    if vpc_of(cluster) is not None:
        return cluster
    name, arn = asked(cluster, "cluster_name"), asked(cluster, "cluster_arn")
    return ecs.Cluster.from_cluster_attributes(scope, "Cluster", cluster_name=name, cluster_arn=arn, vpc=vpc)


def _complete(scope: Construct, plan: Plan, service: ecs.FargateService, targets: Targets | None) -> None:
    """Add what CDK's service has no argument for."""
    rolling, resource = not plan.deployment.gradual, cast("ecs.CfnService", asked(node_of(service), "default_child"))
    if not rolling:
        cdk.Annotations.of(service).acknowledge_warning(_BREAKER, "ECS has none for gradual deployments.")
    if rolling:
        # A deployment that limps, each task living for a while, must count, too: healthy tasks do not reset the count.
        resource.add_property_override(f"{_CONFIGURATION}.DeploymentCircuitBreaker.ResetOnHealthyTask", value=False)
    if plan.task.enable_execute_command:
        resource.enable_execute_command = True  # by CDK's service the task would get the rights for it twice
    if targets is not None:
        resource.health_check_grace_period_seconds = plan.health.start_timeout
        resource.load_balancers = [_load_balancer(scope, plan, targets)]
        for each in (*targets.rules, *targets.ways):
            resource.add_resource_dependency(each)


def _group(scope: Construct, construct_id: str, plan: Plan, vpc: ec2.IVpc) -> elbv2.ApplicationTargetGroup:
    health, service = plan.health, plan.service
    codes = "healthy_grpc_codes" if service.protocol == "grpc" else "healthy_http_codes"
    check: dict[str, Any] = {
        "path": health.path,
        codes: health.codes,
        "interval": _known(health.interval),
        "timeout": _known(health.timeout),
        "healthy_threshold_count": health.given.healthy_threshold,
        "unhealthy_threshold_count": health.given.unhealthy_threshold,
    }
    group = elbv2.ApplicationTargetGroup(
        scope,
        construct_id,
        vpc=vpc,
        target_type=elbv2.TargetType.IP,
        port=_ANY,
        protocol=elbv2.ApplicationProtocol.HTTP,
        protocol_version=getattr(elbv2.ApplicationProtocolVersion, _VERSIONS[service.protocol]),
        deregistration_delay=duration(service.drain),
        health_check=elbv2.HealthCheck(**check),
        load_balancing_algorithm_type=elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
        stickiness_cookie_duration=None if service.stickiness is None else _known(service.stickiness),
    )
    _set_tokens(group, plan)
    return group


def _known(seconds: float) -> cdk.Duration | None:
    """A time of a target group; None of a token, with which CDK cannot compare others."""
    return duration(seconds) if is_number(seconds) else None


def _set_tokens(group: elbv2.ApplicationTargetGroup, plan: Plan) -> None:
    """The times that only the deployment knows."""
    health, stickiness = plan.health, plan.service.stickiness
    for name, value in (("interval", health.interval), ("timeout", health.timeout)):
        if not is_number(value):
            setattr(asked(node_of(group), "default_child"), f"health_check_{name}_seconds", value)
    if stickiness is not None and not is_number(stickiness):
        group.set_attribute("stickiness.enabled", "true")
        group.set_attribute("stickiness.type", "lb_cookie")
        group.set_attribute("stickiness.lb_cookie.duration_seconds", cdk.Tokenization.stringify_number(stickiness))


def _behind(plan: BalancerPlan) -> str:
    """What tells the target groups of one load balancer from those of another: no group is of two at once.

    Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/424
    """
    if plan.listener is not None:
        within = path_of(plan.listener).removeprefix(path_of(stack_of(plan.listener)))
        return f"Given{short_hash(within)}"
    return f"{'Own' if plan.kind == 'own' else ''}{'Public' if plan.settings.public else ''}"


def _open_way(scope: Construct, plan: Plan, balancer: Balancer, network: Network) -> Sequence[cdk.CfnResource]:
    """Let the load balancer reach the tasks, and nobody else.

    Between groups that are made here by data: the ids that CDK gives to such rules name the stage that they are in.
    """
    port, why = plan.service.container_port, "Requests and health checks of the load balancer"
    if plan.network.security_groups is not None or balancer.group is None:
        network.connections.allow_from(balancer.listener, ec2.Port.tcp(port), why)
        return ()
    tasks = asked(network.security_groups[0], "security_group_id")
    sender = asked(balancer.group, "security_group_id")
    ports: Mapping[str, Any] = {"ip_protocol": "tcp", "from_port": port, "to_port": port, "description": why}
    return (
        ec2.CfnSecurityGroupIngress(
            scope, "FromLoadBalancer", group_id=tasks, source_security_group_id=sender, **ports
        ),
        ec2.CfnSecurityGroupEgress(
            scope, "LoadBalancerToTasks", group_id=sender, destination_security_group_id=tasks, **ports
        ),
    )


def _conditions(route: RoutePlan) -> Iterator[elbv2.CfnListenerRule.RuleConditionProperty]:
    condition = elbv2.CfnListenerRule.RuleConditionProperty
    if route.host is not None:
        yield condition(field="host-header", host_header_config={"values": [route.host]})
    yield condition(field="path-pattern", path_pattern_config={"values": list(route.paths)})


def _open_port(container: ecs.ContainerDefinition, plan: Plan) -> None:
    """The port of the main container, named for Service Connect, which CDK looks for by that name."""
    kinds: Mapping[Protocol, Callable[[], ecs.AppProtocol]] = {
        "http2": lambda: ecs.AppProtocol.http2,
        "grpc": lambda: ecs.AppProtocol.grpc,
    }
    kind = kinds.get(plan.service.protocol)
    container.add_port_mappings(
        ecs.PortMapping(
            container_port=plan.service.container_port, name="http", app_protocol=None if kind is None else kind()
        )
    )


def _check_in_container(resource: ecs.CfnTaskDefinition, health: HealthPlan) -> None:
    """The check that ECS makes in the main container; CDK takes no times that only the deployment knows."""
    if health.given.command is None:
        return
    check = {
        "Command": list(health.given.command),
        "Interval": health.interval,
        "Timeout": health.timeout,
        "Retries": health.given.unhealthy_threshold,
        "StartPeriod": health.start_period,
    }
    resource.add_property_override("ContainerDefinitions.0.HealthCheck", check)


def _strategies(plan: Plan) -> list[ecs.CapacityProviderStrategy] | None:
    """With Spot the least number of tasks is on demand, because Spot can take all of its tasks at once."""
    if plan.service.capacity != "spot":
        return None
    least = plan.scaling.min_capacity
    return [
        ecs.CapacityProviderStrategy(capacity_provider="FARGATE", base=least, weight=1),
        ecs.CapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=SPOT_WEIGHT),
    ]


def _endings(alarms: Sequence[cloudwatch.CfnAlarm]) -> ecs.DeploymentAlarmConfig | None:
    """The alarms that end a deployment."""
    if not alarms:
        return None
    back = ecs.AlarmBehavior.ROLLBACK_ON_ALARM
    return ecs.DeploymentAlarmConfig(alarm_names=[each.ref for each in alarms], behavior=back)


def _gradually(plan: DeploymentPlan) -> dict[str, Any]:
    """What CDK's service takes of a deployment that is not rolling."""
    if not plan.gradual:
        return {}
    found: dict[str, Any] = {
        "deployment_strategy": ecs.DeploymentStrategy[plan.strategy.upper().replace("-", "_")],
        "bake_time": duration(plan.bake),
    }
    if plan.percent is not None:
        steps = ecs.TrafficShiftConfig(step_percent=plan.percent, step_bake_time=duration(plan.interval))
        found[f"{plan.strategy}_configuration"] = steps
    return found


def _load_balancer(scope: Construct, plan: Plan, targets: Targets) -> Any:
    found: dict[str, Any] = {
        "containerName": CONTAINER,
        "containerPort": plan.service.container_port,
        "targetGroupArn": asked(targets.group, "target_group_arn"),
    }
    if targets.other is not None:
        role = role_for(
            scope, "DeploymentRole", "ecs", "Moves requests from one version to the other", of_account=False
        )
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY))
        acknowledge_nag(role, f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_POLICY}]", _MANAGED)
        found["advancedConfiguration"] = {
            "alternateTargetGroupArn": targets.other.target_group_arn,
            "productionListenerRule": targets.rules[0].attr_rule_arn,
            "roleArn": role.role_arn,
        }
    return found
