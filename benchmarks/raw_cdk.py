"""The plain CDK equivalent of a task processor, with nothing but what CDK's own constructs do by default."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as schedule_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

Settings = Mapping[str, Any]


def build(  # noqa: PLR0913  # one setting for each construct
    scope: Construct,
    *,
    task: Settings | None = None,
    container: Settings | None = None,
    others: Sequence[Settings] = (),
    run: Settings | None = None,
    retry: Settings | None = None,
    schedule: Settings | None = None,
    rule: Settings | None = None,
    queue: Settings | None = None,
    pipe_filter: Any = None,
    vpc: Settings | None = None,
    lookup: Settings | None = None,
    group: Settings | None = None,
    second: Settings | None = None,
    grant: str | None = None,
    statement: iam.PolicyStatement | None = None,
    outputs: int = 0,
    tags: Mapping[str, str] | None = None,
    scratch: int | None = None,
    cluster: ecs.ICluster | None = None,
) -> None:
    """Build what the settings ask for; each goes to its construct unchanged. Without a cluster it makes its own."""
    for key, value in (tags or {}).items():
        cdk.Tags.of(scope).add(key, value)
    cluster = cluster or _cluster(scope, vpc or {"max_azs": 2}, lookup)
    definition = _definition(scope, task or {}, container or {}, others, scratch)
    machine = _machine(scope, cluster, definition, run or {}, retry)
    if group is not None:
        given = {"port": ec2.Port.tcp(443), **group}
        outer = ec2.SecurityGroup(scope, "Group", vpc=cluster.vpc, allow_all_outbound=False)
        outer.add_egress_rule(ec2.Peer.any_ipv4(), given.pop("port"), **given)
    if grant is not None:
        getattr(s3.Bucket(scope, "Granted"), grant)(definition.task_role)
    if statement is not None:
        definition.add_to_task_role_policy(statement)
    for number in range(outputs):
        cdk.CfnOutput(scope, f"Output{number}", value="x")
    for name, given in (("Schedule", schedule), ("Second", second)):
        if given is not None:
            _schedule(scope, name, machine, dict(given))
    if rule is not None:
        _rule(scope, machine, dict(rule))
    if queue is not None or pipe_filter is not None:
        _queue(scope, machine, queue or {}, pipe_filter)


def _cluster(scope: Construct, vpc: Settings, lookup: Settings | None) -> ecs.Cluster:
    network = ec2.Vpc.from_lookup(scope, "Vpc", **lookup) if lookup else ec2.Vpc(scope, "Vpc", **vpc)
    return ecs.Cluster(scope, "Cluster", vpc=network)


def _definition(
    scope: Construct, task: Settings, container: Settings, others: Sequence[Settings], scratch: int | None
) -> ecs.FargateTaskDefinition:
    definition = ecs.FargateTaskDefinition(scope, "Task", **{"cpu": 1024, "memory_limit_mib": 2048, **task})
    linux = None
    if scratch is not None:
        linux = ecs.LinuxParameters(scope, "Linux")
        linux.add_tmpfs(ecs.Tmpfs(container_path="/tmp", size=scratch))  # noqa: S108  # the mount
    image = ecs.ContainerImage.from_registry("busybox:1.36")
    log = ecs.LogDrivers.aws_logs(stream_prefix="main", log_retention=logs.RetentionDays.ONE_MONTH)
    definition.add_container("main", **{"image": image, "logging": log, "linux_parameters": linux, **container})
    for number, other in enumerate(others):
        definition.add_container(f"Other{number}", **{"image": image, "essential": False, **other})
    return definition


def _machine(
    scope: Construct,
    cluster: ecs.ICluster,
    definition: ecs.FargateTaskDefinition,
    run: Settings,
    retry: Settings | None,
) -> sfn.StateMachine:
    step = tasks.EcsRunTask(
        scope,
        "Run",
        cluster=cluster,
        task_definition=definition,
        launch_target=tasks.EcsFargateLaunchTarget(platform_version=ecs.FargatePlatformVersion.LATEST),
        integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        **run,
    )
    if retry is not None:
        step.add_retry(**retry)
    return sfn.StateMachine(scope, "Machine", definition_body=sfn.DefinitionBody.from_chainable(step))


def _schedule(scope: Construct, name: str, machine: sfn.StateMachine, given: dict[str, Any]) -> None:
    zone = cdk.TimeZone.of(given.pop("timezone", "UTC"))
    for setting, usual in (("expression", "rate(1 day)"), ("input", {})):
        given.setdefault(setting, usual)
    scheduler.Schedule(
        scope,
        name,
        schedule=scheduler.ScheduleExpression.expression(given.pop("expression"), zone),
        target=schedule_targets.StepFunctionsStartExecution(
            machine, input=scheduler.ScheduleTargetInput.from_object(given.pop("input"))
        ),
        **given,
    )


def _rule(scope: Construct, machine: sfn.StateMachine, given: dict[str, Any]) -> None:
    event_input = given.pop("input", None)
    rule = events.Rule(scope, "Rule", **given)
    text = events.RuleTargetInput.from_object(event_input) if event_input is not None else None
    rule.add_target(event_targets.SfnStateMachine(machine, input=text))


def _queue(scope: Construct, machine: sfn.StateMachine, given: Settings, pipe_filter: Any) -> None:
    receives = {"max_receive_count": 3, **{key: given[key] for key in ("max_receive_count",) if key in given}}
    dead = sqs.DeadLetterQueue(queue=sqs.Queue(scope, "Dead"), **receives)
    rest = {key: value for key, value in given.items() if key != "max_receive_count"}
    queue = sqs.Queue(scope, "Queue", **({} if rest.get("fifo") else {"dead_letter_queue": dead}), **rest)
    role = iam.Role(scope, "PipeRole", assumed_by=iam.ServicePrincipal("pipes.amazonaws.com"))
    queue.grant_consume_messages(role)
    machine.grant_start_execution(role)
    criteria = pipes.CfnPipe.FilterCriteriaProperty
    filters = [pipes.CfnPipe.FilterProperty(pattern=json.dumps(pipe_filter))]
    pipes.CfnPipe(
        scope,
        "Pipe",
        role_arn=role.role_arn,
        source=queue.queue_arn,
        source_parameters=pipes.CfnPipe.PipeSourceParametersProperty(
            filter_criteria=None if pipe_filter is None else criteria(filters=filters)
        ),
        target=machine.state_machine_arn,
    )
