"""Alarms of a service.

    FailedRequests      answers of 500 and above, and connections that failed, of a hundred requests
    TooFewTasks         fewer healthy tasks than there have to be
    SlowRequests        the slowest of a hundred requests takes half of request_timeout
    deployment failed   an event of ECS, sent to the same topic
    detail=True         CpuAtMaximum, Memory, and the event of a task that ran out of memory
    LoadBalancerErrors  answers that a load balancer of ours gives itself: 502, 503, 504; once for all of its services

Two more end a deployment and page nobody: `RollbackErrors` and `RollbackUnhealthy`. They are on the target group, so
that no alarm waits for its service while the service waits for it.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.core.authoring import (
    INSIGHTS,
    AlarmFactory,
    AlarmText,
    Measure,
    Metric,
    asked,
    expression,
    is_number,
    let_events_publish,
    node_of,
    single,
    warm_up,
)
from naws.ecs_service._load_balancer import Balancer
from naws.ecs_service._service import Targets
from naws.ecs_service.plan import Plan

_MINUTE, _FIVE_MINUTES = 60, 300
_WARM_UP = 10
"""Minutes: five that are judged, and as many for metrics that come late."""
_FEW = 5
"""Errors in five minutes that one may overlook."""
_ABOVE: Mapping[str, Any] = {"comparison_operator": "GreaterThanThreshold", "treat_missing_data": "notBreaching"}
_BELOW: Mapping[str, Any] = {"comparison_operator": "LessThanThreshold", "treat_missing_data": "breaching"}


class ServiceAlarms:
    """The alarms of one service.

    Args:
        scope: the pattern.
        plan: what was decided.
        factory: makes them.
        log_group: what the tasks print.

    Attributes:
        on_insights: the alarms on metrics of Container Insights, by name.
    """

    def __init__(self, scope: Construct, plan: Plan, factory: AlarmFactory, log_group: logs.ILogGroup) -> None:
        self._scope, self._plan, self._factory = scope, plan, factory
        self.on_insights: list[str] = []
        self._logs = f"`aws logs tail {asked(log_group, 'log_group_name')} --since 30m`"

    def of_deployment(self, targets: Targets) -> list[cloudwatch.CfnAlarm]:
        """Those that end a deployment: errors that a circuit breaker cannot see, and tasks that fall ill.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
        """
        errors = target_metrics(targets, "HTTPCode_Target_5XX_Count", period=_MINUTE)
        requests = target_metrics(targets, "RequestCount", period=_MINUTE)
        failed, sent = total(errors), total(requests)
        rate = expression(
            f"IF({sent} >= 20, 100 * ({failed}) / ({sent}), 0)", {**errors, **requests}, "percent of requests"
        )
        ill = target_metrics(targets, "UnHealthyHostCount", "Maximum", period=_MINUTE)
        starting = self._plan.health.start_timeout
        minutes = math.ceil(starting / _MINUTE) if is_number(starting) else 0
        why = f"A new version of {self._factory.name} answered with errors or its tasks fell ill; ECS goes back."
        text = AlarmText(
            why=why,
            do=f"{self._logs} shows what the tasks printed; outside of a deployment this alarm is nobody's.",
            page=f"{self._factory.page}#rollback",
        )
        common: Mapping[str, Any] = {"alarm_description": text.render(), **_ABOVE}
        return [
            cloudwatch.CfnAlarm(
                self._scope,
                "RollbackErrors",
                threshold=5,
                evaluation_periods=3,
                datapoints_to_alarm=2,
                **common,
                **rate,
            ),
            cloudwatch.CfnAlarm(
                self._scope, "RollbackUnhealthy", threshold=0, evaluation_periods=minutes + 3, **common, **_of_all(ill)
            ),
        ]

    def build(self, targets: Targets | None, made: ecs.FargateService, cluster: str) -> None:
        """Those that notify somebody.

        Args:
            targets: what leads requests to the tasks; None: nothing does.
            made: the service.
            cluster: the cluster's name.
        """
        service, service_arn = asked(made, "service_name"), asked(made, "service_arn")
        if targets is not None:
            self._of_requests(targets)
        self._of_tasks(targets, cluster, service, asked(node_of(made), "default_child"))
        if self._factory.detail:
            self._details(cluster, service)
        self._of_events(service, service_arn)

    def _of_requests(self, targets: Targets) -> None:
        factory, name = self._factory, self._factory.name
        errors = {
            **target_metrics(targets, "HTTPCode_Target_5XX_Count"),
            **target_metrics(targets, "TargetConnectionErrorCount"),
        }
        requests = target_metrics(targets, "RequestCount")
        failed, sent = total(errors), total(requests)
        of_hundred = expression(
            f"IF({failed} >= {_FEW}, 100 * ({failed}) / ({failed} + {sent}), 0)",
            {**errors, **requests},
            "percent of requests",
        )
        text = AlarmText(
            why=f"More than one of a hundred requests to {name} failed: answers of 500 and above, or no connection.",
            do=f"{self._logs} shows what the tasks printed; the load balancer's access logs have each request. "
            f"Did a deployment bring it, deploy the version before.",
            page=f"{factory.page}#failed-requests",
        )
        factory.alarm("FailedRequests", of_hundred, text, **{**_ABOVE, "threshold": 1})
        slow = AlarmText(
            why=f"The slowest of a hundred requests to {name} took more than half of its request_timeout.",
            do="look at what its requests wait for: another service, a database, or the CPU of its tasks.",
            page=f"{factory.page}#slow-requests",
        )
        factory.alarm(
            "SlowRequests",
            _slowest(target_metrics(targets, "TargetResponseTime", "p99")),
            slow,
            **{**_ABOVE, "threshold": self._plan.service.request_timeout / 2, "evaluation_periods": 2},
        )

    def _of_tasks(self, targets: Targets | None, cluster: str, service: str, resource: cdk.CfnResource) -> None:
        least = self._plan.scaling.fewest
        if not least:
            return
        text = AlarmText(
            why=f"For five minutes {self._factory.name} had fewer than {least} tasks that can answer.",
            do=f"`aws ecs describe-services --cluster {cluster} --services {service} --query services[].events[:5]` "
            f"says why; {self._logs} shows what the tasks printed.",
            page=f"{self._factory.page}#too-few-tasks",
        )
        if targets is not None:
            measure = _of_all(target_metrics(targets, "HealthyHostCount", "Minimum", period=_MINUTE))
        else:
            measure = single(insights_metric(cluster, service, "RunningTaskCount", "Minimum"))
        self._needs_insights("TooFewTasks" if targets is None else None)
        # What has no data counts as too few, and in the minutes before the first tasks there is none.
        settings = {**_BELOW, "threshold": least, "evaluation_periods": 5, "warm_up_configuration": warm_up(_WARM_UP)}
        alarm = self._factory.alarm("TooFewTasks", measure, text, **settings)
        if alarm is not None:
            alarm.add_resource_dependency(resource)  # a first deployment that fails is no alarm's

    def _details(self, cluster: str, service: str) -> None:
        factory, scaling = self._factory, self._plan.scaling
        if scaling.fixed is None:
            busy = {
                "cpu": service_metric(cluster, service, "CPUUtilization"),
                "tasks": insights_metric(cluster, service, "RunningTaskCount", "Maximum", _FIVE_MINUTES),
            }
            measure = expression(f"IF(tasks >= {scaling.max_capacity}, cpu, 0)", busy, "CPU at max_capacity")
            text = AlarmText(
                why=f"{factory.name} has as many tasks as it may have, and their CPU is above 80 %.",
                do="raise scaling.max_capacity, or cpu.",
                page=f"{factory.page}#cpu-at-maximum",
            )
            self._needs_insights("CpuAtMaximum")
            factory.alarm("CpuAtMaximum", measure, text, **{**_ABOVE, "threshold": 80, "evaluation_periods": 3})
        text = AlarmText(
            why=f"The tasks of {factory.name} use more than 90 % of their memory.",
            do="raise memory_limit_mib before ECS ends them, or find what keeps it.",
            page=f"{factory.page}#memory",
        )
        memory = single(service_metric(cluster, service, "MemoryUtilization"))
        factory.alarm("Memory", memory, text, **{**_ABOVE, "threshold": 90, "evaluation_periods": 3})

    def _needs_insights(self, name: str | None) -> None:
        """Note an alarm that is made and on a metric of Container Insights."""
        if name is not None and self._factory.topic is not None:
            self.on_insights.append(name)

    def _of_events(self, service: str, service_arn: str) -> None:
        """What only events of ECS tell; none with `NoAlarms`.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
        """
        name = self._factory.name
        failed = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": [service_arn],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        }
        text = f"A deployment of {name} failed: <what>"
        self._rule("DeploymentFailed", failed, text, what="$.detail.reason", page="deployment-failed")
        if self._factory.detail:
            killed = {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Task State Change"],
                "detail": {
                    "lastStatus": ["STOPPED"],
                    "group": [f"service:{service}"],
                    "containers": {"reason": [{"prefix": "OutOfMemory"}]},
                },
            }
            text = f"A task of {name} was ended because its memory was full: <what>"
            self._rule("OutOfMemory", killed, text, what="$.detail.taskArn", page="out-of-memory")

    def _rule(self, construct_id: str, pattern: Mapping[str, Any], text: str, *, what: str, page: str) -> None:
        topic = self._factory.topic
        if topic is None:
            return
        role_arn = let_events_publish(self._scope, topic, given=self._plan.operations.topic is not None)
        advice = f"What to do: {self._logs} shows what tasks printed. Guide: {self._factory.page}#{page}"
        events.CfnRule(
            self._scope,
            construct_id,
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic",
                    arn=asked(topic, "topic_arn"),
                    role_arn=role_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"what": what},
                        input_template=f'"{text}. {advice}"',
                    ),
                )
            ],
        )


def load_balancer_alarm(factory: AlarmFactory, balancer: Balancer) -> None:
    """The alarm on what a load balancer answers itself, because no target did."""
    text = AlarmText(
        why="The load balancer answered requests itself: 502, 503 or 504. A task closed a connection, none was "
        "healthy, or one took longer than its request_timeout.",
        do="its access logs say which, per request; the alarms of its services say whose.",
        page=f"{factory.page}#load-balancer-errors",
    )
    factory.alarm("LoadBalancerErrors", single(balancer_metric(balancer)), text, threshold=_FEW)


def balancer_metric(balancer: Balancer) -> Metric:
    """Answers of 500 and above that a load balancer gave itself, to requests of any service."""
    return Metric(
        namespace="AWS/ApplicationELB",
        name="HTTPCode_ELB_5XX_Count",
        dimensions={"LoadBalancer": balancer.full_name},
    )


def target_metrics(
    targets: Targets, name: str, statistic: str = "Sum", period: int = _FIVE_MINUTES
) -> dict[str, Metric]:
    """A metric of the requests to a service, by names for calculations: of each target group one.

    A gradual deployment changes the group that gets the requests.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    found: dict[str, Metric] = {}
    for number, group in enumerate([targets.group, *([] if targets.other is None else [targets.other])]):
        dimensions = {
            "LoadBalancer": targets.balancer.full_name,
            "TargetGroup": asked(group, "target_group_full_name"),
        }
        key = f"{name[0].lower()}{name[1:]}{number or ''}"
        found[key] = Metric(
            namespace="AWS/ApplicationELB", name=name, dimensions=dimensions, statistic=statistic, period=period
        )
    return found


def total(metrics: Iterable[str]) -> str:
    """Metric math: the sum, in which what has no data is 0."""
    return " + ".join(f"FILL({name}, 0)" for name in metrics)


def _of_all(metrics: Mapping[str, Metric]) -> Measure:
    """One metric as it is, several as their sum."""
    first, *more = metrics.values()
    return expression(total(metrics), metrics, "sum") if more else single(first)


def _slowest(metrics: Mapping[str, Metric]) -> Measure:
    """One metric as it is, unless its requests are few; of two the larger one."""
    first, *more = metrics
    if not more:
        return {**single(metrics[first]), "evaluate_low_sample_count_percentile": "ignore"}
    one, other = (f"FILL({name}, 0)" for name in metrics)
    return expression(f"IF({one} > {other}, {one}, {other})", metrics, "seconds")


def service_metric(cluster: str, service: str, name: str) -> Metric:
    """A metric of a service's tasks, on average."""
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    return Metric(namespace="AWS/ECS", name=name, dimensions=dimensions, statistic="Average")


def insights_metric(cluster: str, service: str, name: str, statistic: str, period: int = _MINUTE) -> Metric:
    """A metric of a service that its cluster has with Container Insights alone."""
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    return Metric(namespace=INSIGHTS, name=name, dimensions=dimensions, statistic=statistic, period=period)
