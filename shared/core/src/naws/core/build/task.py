"""An ECS task on Fargate: its cluster, its roles, its definition and the containers in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.core.build.roles import principal_here, role_here
from naws.core.nag import acknowledge_nag, acknowledge_nag_wildcards
from naws.core.network import SHARED_CLUSTER_ID
from naws.core.plans.task import ContainerPlan, TaskPlan
from naws.core.registries import repository_of
from naws.core.rules.task_owners import PULLING
from naws.core.secret_access import read_by_role
from naws.core.shared import shared
from naws.core.stacks import kept, made_in, reference_of, scopes_of, stack_of
from naws.core.units import duration

DEV_COMMAND_METADATA = "naws:dev-command"
"""Assembly metadata, never in the template: what a local runner executes when there is no container engine."""

_LOG_BUFFER_MIB = 25
_PLAIN = "Plain variables hold names and settings; a check refuses those that look secret."
_SCRATCH = "/tmp"  # noqa: S108  # the mount in the container
_WAYS = ("Control", "Data")


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task definition and what was made with it.

    Attributes:
        definition: with the two roles.
        resource: the definition's resource.
        container: the main container.
        task_role: the program's.
        execution_role: ECS's own.
    """

    definition: ecs.FargateTaskDefinition
    resource: ecs.CfnTaskDefinition
    container: ecs.ContainerDefinition
    task_role: iam.IRole
    execution_role: iam.IRole


def shared_cluster(stack: cdk.Stack, vpc: ec2.IVpc) -> ecs.ICluster:
    """The cluster that the patterns of a stack share, made by the first of them."""

    def make(stack: cdk.Stack) -> ecs.ICluster:
        cluster = ecs.Cluster(
            stack,
            SHARED_CLUSTER_ID,
            vpc=vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
            enable_fargate_capacity_providers=True,
        )
        return made_in(cluster, stack)

    return shared(stack, SHARED_CLUSTER_ID, make)


def with_providers(scope: Construct, cluster: ecs.ICluster) -> tuple[ecs.ICluster, ...]:
    """What has to be there while tasks are started by capacity providers; nothing of a cluster that is made elsewhere.

    CDK gives a cluster its providers in a resource of its own, which it makes below the cluster at synthesis. ECS takes
    none away that a service uses: it has to go first, and so to depend on them.
    Source: https://github.com/aws/containers-roadmap/issues/631
    """
    if not isinstance(cluster, ecs.Cluster) or reference_of(cluster) in scopes_of(scope):
        return ()
    return (cluster,) if reference_of(stack_of(cluster)) == reference_of(stack_of(scope)) else ()


def build_task(scope: Construct, plan: TaskPlan, *, log_group: logs.ILogGroup) -> Task:
    """The task definition with its roles and containers.

    Args:
        scope: the pattern.
        plan: what the task is.
        log_group: where the containers write.
    """
    task_role, execution_role = _roles(scope, plan)
    definition = ecs.FargateTaskDefinition(
        scope,
        "Task",
        family=plan.family,
        cpu=plan.size.cpu,
        memory_limit_mib=plan.size.memory_limit_mib,
        ephemeral_storage_gib=plan.given.ephemeral_storage_gib,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=plan.given.cpu_architecture or _constant(ecs.CpuArchitecture, "X86_64"),
            operating_system_family=_constant(ecs.OperatingSystemFamily, "LINUX"),
        ),
        task_role=task_role,
        execution_role=execution_role,
    )
    made_in(definition, scope)
    acknowledge_nag(scope, "AwsSolutions-ECS2", _PLAIN)
    # A run that began before a deployment goes on with the revision that it began with, which must not be taken away.
    definition.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    resource = cast("ecs.CfnTaskDefinition", definition.node.default_child)
    # An override, because `cdk.RemovalPolicies.of(app).destroy()` changes every option of every resource.
    resource.add_override("UpdateReplacePolicy", "Retain")
    driver, stop = _log_driver(log_group), duration(plan.stop_timeout)
    made = [_container(definition, plan, each, driver, stop) for each in plan.containers]
    if plan.enable_execute_command:
        _allow_execute_command(task_role, log_group, given=plan.given.task_role is not None)
    for each, container in zip(plan.containers, made, strict=True):
        _let_pull(execution_role, each, container)
    _open_scratch(resource, plan)
    if plan.given.dev_command is not None:
        command = {"container": plan.main.name, "command": list(plan.given.dev_command)}
        resource.node.add_metadata(DEV_COMMAND_METADATA, command)
    return Task(
        definition=definition,
        resource=resource,
        container=made[0],
        task_role=task_role,
        execution_role=execution_role,
    )


def _roles(scope: Construct, plan: TaskPlan) -> tuple[iam.IRole, iam.IRole]:
    """The given roles as this stack can use them, or new ones that ECS may assume for this account only.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    given = (("TaskRole", plan.given.task_role), ("ExecutionRole", plan.given.execution_role))
    tasks: iam.IPrincipal | None = None
    if None in (plan.given.task_role, plan.given.execution_role):
        tasks = cast("iam.IPrincipal", principal_here(scope, "ecs-tasks"))
    task_role, execution_role = (
        made_in(iam.Role(scope, name, assumed_by=cast("iam.IPrincipal", tasks)), scope)
        if role is None
        else role_here(scope, f"Given{name}", role)
        for name, role in given
    )
    return cast("iam.IRole", task_role), cast("iam.IRole", execution_role)


def _container(
    task: ecs.FargateTaskDefinition,
    plan: TaskPlan,
    container: ContainerPlan,
    driver: ecs.LogDriver,
    stop_timeout: cdk.Duration,
) -> ecs.ContainerDefinition:
    return task.add_container(
        container_id(container),
        container_name=container.name,
        essential=container.essential,
        image=container.image,
        command=None if container.command is None else list(container.command),
        entry_point=None if container.entry_point is None else list(container.entry_point),
        working_directory=container.working_directory,
        environment=_with_home(container),
        secrets={name: read_by_role(secret) for name, secret in container.secrets.items()},
        user=container.user or plan.main.user,
        readonly_root_filesystem=container.readonly_root_filesystem,
        privileged=False if container.essential else None,
        memory_reservation_mib=container.memory_reservation_mib,
        stop_timeout=stop_timeout,
        linux_parameters=_linux_parameters(task, container),
        logging=driver,
    )


def container_id(container: ContainerPlan) -> str:
    """The id of a container's construct; a sidecar's name alone could be that of another construct in the task."""
    return container.name if container.essential else f"{container.name}Container"


def _linux_parameters(task: ecs.FargateTaskDefinition, container: ContainerPlan) -> ecs.LinuxParameters:
    parameters = ecs.LinuxParameters(task, f"{container.name}Linux", init_process_enabled=True)
    if container.scratch_mib:
        # Fargate mounts tmpfs since January 2026; unlike an empty volume it can be written by any user.
        parameters.add_tmpfs(ecs.Tmpfs(container_path=_SCRATCH, size=container.scratch_mib))
    return parameters


def _open_scratch(resource: ecs.CfnTaskDefinition, plan: TaskPlan) -> None:
    """Let any user write to `/tmp`, whatever the image has there.

    Without a mode runc gives the mount that of the image's folder, which is root's in many images. CDK's options know
    the word `mode` and no value for it.
    """
    for index, container in enumerate(plan.containers):
        if container.scratch_mib:
            path = f"ContainerDefinitions.{index}.LinuxParameters.Tmpfs.0.MountOptions"
            resource.add_property_override(path, ["mode=1777"])


def _with_home(container: ContainerPlan) -> Mapping[str, str]:
    """The variables of a container, with a `HOME` that can be written to unless it has one of its own.

    A user without an entry in the image's passwd, as 1000 is in most, has `/` as its home, and that is read-only:
    libraries that keep caches and settings below their home fail there. What they write goes with the task.
    """
    if not container.scratch_mib or "HOME" in container.secrets:
        return dict(container.environment)
    return {"HOME": _SCRATCH, **container.environment}


def _log_driver(log_group: logs.ILogGroup) -> ecs.LogDriver:
    # Blocking mode stops a program when CloudWatch Logs cannot be reached; the buffer makes loss unlikely instead.
    return ecs.LogDrivers.aws_logs(
        log_group=log_group,
        stream_prefix="run",
        mode=ecs.AwsLogDriverMode.NON_BLOCKING,
        max_buffer_size=_buffer(),
    )


def _allow_execute_command(role: iam.IRole, log_group: logs.ILogGroup, *, given: bool) -> None:
    """Let the agent in the containers hold a session, and write its output to the containers' log group.

    A role that is `given` may be that of several tasks, and a policy has each name once: its statements have none.
    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html (IAM permissions; logging)
    """
    for sid, actions, resource in (
        ("ExecuteCommand", [f"ssmmessages:{verb}{way}Channel" for verb in ("Create", "Open") for way in _WAYS], "*"),
        ("FindSessionLogs", ["logs:DescribeLogGroups"], "*"),
        (
            "LogSessions",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            log_group.log_group_arn,
        ),
    ):
        role.add_to_principal_policy(
            iam.PolicyStatement(sid=None if given else sid, actions=actions, resources=[resource])
        )
    reasons = {
        "*": "Sessions and the list of log groups have no resource to name.",
        log_group.log_group_arn: "A session's log stream is named when it begins; the log group is.",
    }
    acknowledge_nag_wildcards(role, reasons)


def _let_pull(role: iam.IRole, plan: ContainerPlan, container: ecs.ContainerDefinition) -> None:
    """Let ECS pull an image that is given by its name; one that is given by its repository or folder CDK sees to.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    """
    if isinstance(plan.image, ecs.EcrImage | ecs.AssetImage):
        return
    # One that is given by its name has it wherever it is used.
    by_name = plan.image if isinstance(plan.image, ecs.RepositoryImage) else container
    repository = repository_of(kept(by_name, "name", lambda: container.image_name))
    if repository is None:
        return
    where = cdk.Stack.of(role).partition, repository.home.region, repository.home.account
    arn = "arn:{}:ecr:{}:{}:repository/{}".format(*where, repository.name)
    role.add_to_principal_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
    role.add_to_principal_policy(iam.PolicyStatement(actions=list(PULLING), resources=[arn]))
    cdk.Annotations.of(container).acknowledge_warning("@aws-cdk/aws-ecs:ecrImageRequiresPolicy")  # it has it now
    acknowledge_nag_wildcards(role, {"*": "ecr:GetAuthorizationToken has no resource to name."})


@cache
def _buffer() -> cdk.Size:
    return cdk.Size.mebibytes(_LOG_BUFFER_MIB)


@cache
def _constant(kind: type, name: str) -> Any:
    return getattr(kind, name)
