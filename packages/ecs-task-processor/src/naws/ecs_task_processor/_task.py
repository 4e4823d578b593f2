"""The task: cluster, network place, task definition, containers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.core.build.network import NetworkPlace, build_network
from naws.core.nag import acknowledge_nag, acknowledge_nag_wildcard
from naws.core.network import SHARED_CLUSTER_ID
from naws.core.registries import repository_of
from naws.core.roles import role_here
from naws.core.rules.built_owners import PULLING
from naws.core.secret_access import read_by_role
from naws.core.service_access import trusted_for_this_account
from naws.core.shared import shared
from naws.core.units import duration
from naws.ecs_task_processor.plan import CONTAINER, Plan
from naws.ecs_task_processor.props import EcsTaskProcessorProps, Sidecar

DEV_COMMAND_METADATA = "naws:dev-command"
"""Assembly metadata, never in the template: what a local runner executes when there is no container engine."""

_LOG_BUFFER_MIB = 25
_SCRATCH = "/tmp"  # noqa: S108  # the mount in the container
_WAYS = ("Control", "Data")


@dataclass(frozen=True, kw_only=True)
class Place(NetworkPlace):
    """Where the task runs.

    Attributes:
        cluster: the cluster.
    """

    cluster: ecs.ICluster


def build_place(scope: Construct, plan: Plan) -> Place:
    """Find or make the VPC, the cluster and the security group."""
    network = build_network(scope, plan.network, plan.context.construct_id)
    return Place(**vars(network), cluster=plan.network.cluster or _shared_cluster(scope, network.vpc))


def _shared_cluster(scope: Construct, vpc: ec2.IVpc) -> ecs.ICluster:
    def make(stack: cdk.Stack) -> ecs.ICluster:
        return ecs.Cluster(
            stack,
            SHARED_CLUSTER_ID,
            vpc=vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
            enable_fargate_capacity_providers=True,
        )

    return shared(cdk.Stack.of(scope), SHARED_CLUSTER_ID, make)


def build_task_definition(
    scope: Construct, plan: Plan, log_group: logs.ILogGroup
) -> tuple[ecs.FargateTaskDefinition, ecs.ContainerDefinition]:
    """The task definition with its containers."""
    props = plan.props
    task = ecs.FargateTaskDefinition(
        scope,
        "Task",
        family=plan.names.task_family,
        cpu=plan.size.cpu,
        memory_limit_mib=plan.size.memory_limit_mib,
        ephemeral_storage_gib=props.ephemeral_storage_gib,
        runtime_platform=ecs.RuntimePlatform(
            cpu_architecture=plan.cpu_architecture, operating_system_family=ecs.OperatingSystemFamily.LINUX
        ),
        task_role=role_here(scope, "GivenTaskRole", props.task_role),
        execution_role=role_here(scope, "GivenExecutionRole", props.execution_role),
    )
    acknowledge_nag(
        task, "AwsSolutions-ECS2", "Plain variables hold names and settings; a check refuses those that look secret."
    )
    # A run that began before a deployment goes on with the revision that it began with, which must not be taken away.
    resource = cast("cdk.CfnResource", task.node.default_child)
    resource.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.DELETE
    # An override, because `cdk.RemovalPolicies.of(app).destroy()` changes every option of every resource.
    resource.add_override("UpdateReplacePolicy", "Retain")
    container = _main_container(task, plan, log_group)
    sidecars = [_sidecar(task, plan, sidecar, log_group) for sidecar in props.sidecars]
    if props.enable_execute_command:
        _allow_execute_command(task.task_role, log_group)
    for given, made in ((props.task_role, task.task_role), (props.execution_role, task.obtain_execution_role())):
        if given is None:
            trusted_for_this_account(made)
    for each in (container, *sidecars):
        _let_pull(task.obtain_execution_role(), each)
    _open_scratch(task, [props.scratch_mib, *(sidecar.scratch_mib for sidecar in props.sidecars)])
    if props.dev_command is not None:
        resource.node.add_metadata(DEV_COMMAND_METADATA, {"container": CONTAINER, "command": list(props.dev_command)})
    return task, container


def _allow_execute_command(role: iam.IRole, log_group: logs.ILogGroup) -> None:
    """Let the agent in the containers hold a session, and write what is said in it to the containers' log group.

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
        role.add_to_principal_policy(iam.PolicyStatement(sid=sid, actions=actions, resources=[resource]))
    acknowledge_nag_wildcard(role, "*", "Sessions and the list of log groups have no resource to name.")
    acknowledge_nag_wildcard(
        role, log_group.log_group_arn, "A session's log stream is named when it begins; the log group is."
    )


def _main_container(task: ecs.FargateTaskDefinition, plan: Plan, log_group: logs.ILogGroup) -> ecs.ContainerDefinition:
    props = plan.props
    return task.add_container(
        CONTAINER,
        container_name=CONTAINER,
        essential=True,
        image=props.image,
        command=None if props.command is None else list(props.command),
        entry_point=None if props.entry_point is None else list(props.entry_point),
        working_directory=props.working_directory,
        environment=_with_home(props),
        secrets=_secrets(props.secrets),
        user=props.user,
        readonly_root_filesystem=props.readonly_root_filesystem,
        privileged=False,
        stop_timeout=duration(plan.stop_timeout),
        linux_parameters=_linux_parameters(task, CONTAINER, props.scratch_mib),
        logging=_log_driver(log_group),
    )


def container_id(sidecar: str) -> str:
    """The id of a sidecar's construct; its name alone could be that of a role or of a container's parameters."""
    return f"{sidecar}Container"


def _let_pull(role: iam.IRole, container: ecs.ContainerDefinition) -> None:
    """Let ECS pull an image that was given by its name; one that was given by its repository CDK sees to.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
    """
    repository = repository_of(container.image_name)
    if repository is None:
        return
    where = cdk.Stack.of(role).partition, repository.home.region, repository.home.account
    arn = "arn:{}:ecr:{}:{}:repository/{}".format(*where, repository.name)
    role.add_to_principal_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
    role.add_to_principal_policy(iam.PolicyStatement(actions=list(PULLING), resources=[arn]))
    cdk.Annotations.of(container).acknowledge_warning("@aws-cdk/aws-ecs:ecrImageRequiresPolicy")  # it has it now
    acknowledge_nag_wildcard(role, "*", "ecr:GetAuthorizationToken has no resource to name.")


def _sidecar(
    task: ecs.FargateTaskDefinition, plan: Plan, sidecar: Sidecar, log_group: logs.ILogGroup
) -> ecs.ContainerDefinition:
    return task.add_container(
        container_id(sidecar.name),
        container_name=sidecar.name,
        essential=False,
        image=sidecar.image,
        command=None if sidecar.command is None else list(sidecar.command),
        environment=_with_home(sidecar),
        secrets=_secrets(sidecar.secrets),
        user=sidecar.user or plan.props.user,
        readonly_root_filesystem=sidecar.readonly_root_filesystem,
        memory_reservation_mib=sidecar.memory_reservation_mib,
        stop_timeout=duration(plan.stop_timeout),
        linux_parameters=_linux_parameters(task, sidecar.name, sidecar.scratch_mib),
        logging=_log_driver(log_group),
    )


def _secrets(given: Mapping[str, ecs.Secret]) -> dict[str, ecs.Secret]:
    return {name: read_by_role(secret) for name, secret in given.items()}


def _linux_parameters(task: ecs.FargateTaskDefinition, container: str, scratch_mib: int) -> ecs.LinuxParameters:
    parameters = ecs.LinuxParameters(task, f"{container}Linux", init_process_enabled=True)
    if scratch_mib:
        # Fargate mounts tmpfs since January 2026; unlike an empty volume it can be written by any user.
        parameters.add_tmpfs(ecs.Tmpfs(container_path=_SCRATCH, size=scratch_mib))
    return parameters


def _open_scratch(task: ecs.FargateTaskDefinition, sizes: Sequence[int]) -> None:
    """Let any user write to `/tmp`, whatever the image has there.

    Without a mode runc gives the mount that of the image's folder, which is root's in many images. CDK's options know
    the word `mode` and no value for it.
    """
    definition = cast("cdk.CfnResource", task.node.default_child)
    for index, size in enumerate(sizes):
        if size:
            path = f"ContainerDefinitions.{index}.LinuxParameters.Tmpfs.0.MountOptions"
            definition.add_property_override(path, ["mode=1777"])


def _with_home(container: EcsTaskProcessorProps | Sidecar) -> dict[str, str]:
    """The variables of a container, with a `HOME` that can be written to unless it has one of its own.

    A user without an entry in the image's passwd, as 1000 is in most, has `/` as its home, and that is read-only:
    libraries that keep caches and settings below their home fail there. What they write goes with the task.
    """
    own = dict(container.environment)
    if not container.scratch_mib or "HOME" in container.secrets:
        return own
    return {"HOME": _SCRATCH, **own}


def _log_driver(log_group: logs.ILogGroup) -> ecs.LogDriver:
    # Blocking mode stops a program when CloudWatch Logs cannot be reached; the buffer makes loss unlikely instead.
    return ecs.LogDrivers.aws_logs(
        log_group=log_group,
        stream_prefix="run",
        mode=ecs.AwsLogDriverMode.NON_BLOCKING,
        max_buffer_size=cdk.Size.mebibytes(_LOG_BUFFER_MIB),
    )
