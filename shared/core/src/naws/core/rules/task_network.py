"""Rules at synthesis on a task's subnets, VPC and cluster, as far as they are built in this app."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, advice, limit, practice
from naws.core.rules.values import Field
from naws.core.tokens import is_lookup_dummy

_NEEDED = ("ecr.api", "ecr.dkr", "logs", "s3")
_ENDPOINTS = {
    "ecr.api": 'vpc.add_interface_endpoint("EcrApi", service=ec2.InterfaceVpcEndpointAwsService.ECR)',
    "ecr.dkr": 'vpc.add_interface_endpoint("EcrDocker", service=ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER)',
    "logs": 'vpc.add_interface_endpoint("Logs", service=ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS)',
    "s3": 'vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)',
    "secretsmanager": 'vpc.add_interface_endpoint("Keys", service=ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER)',
    "ssmmessages": 'vpc.add_interface_endpoint("Sessions", service=ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES)',
    "ssm": 'vpc.add_interface_endpoint("Parameters", service=ec2.InterfaceVpcEndpointAwsService.SSM)',
}
_OWN = 'capacity="spot", cluster=ecs.Cluster(stack, "Own", vpc=ec2.Vpc(stack, "Net")'
_MOST_SUBNETS = 16
_ECR = re.compile(r"\d{12}\.dkr[.-]ecr(-fips)?\.[^/]+/")
_FROM_ECR = 'image=ecs.ContainerImage.from_ecr_repository(repository, "1.0")'
_CLOSED = (
    'image=ecs.ContainerImage.from_ecr_repository(ecr.Repository.from_repository_name(stack, "Repo", "reports"), '
    '"1.0"), '
    'vpc=ec2.Vpc(stack, "Closed", nat_gateways=0, subnet_configuration=[ec2.SubnetConfiguration('
    'name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]'
)
_OPENED = (
    'then=lambda made: [made.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3), '
    "*(made.vpc.add_interface_endpoint(name, service=getattr(ec2.InterfaceVpcEndpointAwsService, name)) "
    'for name in ("ECR", "ECR_DOCKER", "CLOUDWATCH_LOGS"'
)

_SESSIONS = (
    "enable_execute_command=True, readonly_root_filesystem=False, "
    'acknowledge={"NAWS-TASK-009": "for a look into a running attempt"}'
)


@dataclass(frozen=True, kw_only=True)
class NetworkView:
    """The network that a task will run in.

    Attributes:
        vpc_id: of the VPC.
        isolated: whether it is known that all of the task's subnets have no way out.
        way_out: whether the VPC has other subnets that have one.
        endpoints: service names of the VPC's endpoints that are known.
        images: of the task's containers, as far as they are known.
        secrets: the services from which ECS fetches the task's secrets, as far as that is known.
        subnets: how many there are; None when that is not known.
        zones: over how many its subnets are; None when that is not known, or when the plan has it.
        sessions: whether ECS Exec is to lead into the task.
    """

    vpc_id: str
    isolated: bool
    way_out: bool
    endpoints: Sequence[str]
    images: Sequence[str]
    secrets: Collection[str]
    subnets: int | None
    zones: Field
    sessions: bool = False

    def missing(self, services: Collection[str]) -> list[str]:
        """The services among `services` that have no VPC endpoint."""
        return [name for name in services if not any(str(each).endswith(f".{name}") for each in self.endpoints)]


@practice(
    code="NAWS-BUILT-006",
    title="A task without a way out has the endpoints that it starts by",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    example=f"{_CLOSED})",
    fix=f"{_CLOSED}), {_OPENED}))]",
)
def reachable_registry(network: NetworkView) -> Iterator[Finding]:
    """From isolated subnets the image comes, and the logs go, through endpoints only; its layers come from S3.

    Without them every task stops with CannotPullContainerError before its program runs. They lead to private
    repositories of ECR only: what another registry has, ECR's public one too, a pull-through cache brings there.
    """
    if not network.isolated:
        return
    missing, registries = network.missing(_NEEDED), _other_registries(network.images)
    endpoints = f"endpoints for {', '.join(missing)}" if missing else ""
    made = " and ".join(_ENDPOINTS[name] for name in missing)
    if registries:
        images = f"images of ECR and {endpoints}" if missing else "images of ECR"
        yield Field("vpc").finding(
            f"subnets with a way out, or {images}: no endpoint leads to {', '.join(registries)}",
            f"{_way_out(network)}\n{_FROM_ECR}" + (f"  # and {made}" if missing else ""),
            shown="isolated subnets",
        )
    elif missing:
        expected = f"subnets with a way out, or {endpoints}"
        yield Field("vpc").finding(expected, f"{made}\n{_way_out(network)}", shown="isolated subnets")


@advice(
    code="NAWS-BUILT-007",
    title="A looked-up VPC has been found",
    source="https://docs.aws.amazon.com/cdk/v2/guide/context.html",
    example='vpc=VpcLookup.by_id("vpc-0a1b2c3d"), env=cdk.Environment(account="123456789012", region="eu-central-1")',
    fix="vpc=NewVpc()",
)
def found_vpc(network: NetworkView) -> Iterator[Finding]:
    """CDK stands a placeholder in until its command line has looked, then synthesises again.

    A template with a placeholder cannot be deployed: let `cdk synth` look, and commit cdk.context.json.
    """
    if is_lookup_dummy(network.vpc_id):
        yield Field("vpc", network.vpc_id).finding(
            "the id of a VPC that exists", "cdk synth  # looks it up and keeps the answer in cdk.context.json"
        )


@practice(
    code="NAWS-BUILT-020",
    title="A task without a way out has the endpoints that its secrets come by",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    example=f'secrets={{"KEY": ecs.Secret.from_secrets_manager(secret)}}, {_CLOSED}), {_OPENED}))]',
    fix=f'secrets={{"KEY": ecs.Secret.from_secrets_manager(secret)}}, {_CLOSED}), {_OPENED}, "SECRETS_MANAGER"))]',
)
def reachable_secrets(network: NetworkView) -> Iterator[Finding]:
    """ECS fetches them from inside the task's subnets; without an endpoint it cannot, and the task never starts."""
    missing = network.missing(network.secrets) if network.isolated else []
    if missing:
        yield Field("vpc").finding(
            f"subnets with a way out, or endpoints for {', '.join(missing)}, from where the secrets come",
            "\n".join((" and ".join(_ENDPOINTS[name] for name in missing), _way_out(network))),
            shown="isolated subnets",
        )


@practice(
    code="NAWS-NET-025",
    title="A task without a way out has the endpoint that ECS Exec comes by",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations",
    example=f"{_SESSIONS}, {_CLOSED}), {_OPENED}))]",
    fix=f'{_SESSIONS}, {_CLOSED}), {_OPENED}, "SSM_MESSAGES"))]',
)
def reachable_sessions(network: NetworkView) -> Iterator[Finding]:
    """The agent in the container calls Session Manager from inside the task's subnets; otherwise no session begins."""
    if network.isolated and network.sessions and network.missing(("ssmmessages",)):
        yield Field("enable_execute_command").finding(
            "subnets with a way out, or an endpoint for ssmmessages",
            f"{_ENDPOINTS['ssmmessages']}\n{_way_out(network)}",
            shown="True",
        )


@limit(
    code="NAWS-BUILT-021",
    title="A task has 1 to 16 subnets to choose from",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    example='vpc=ec2.Vpc.from_vpc_attributes(stack, "Wide", vpc_id="vpc-0a1b2c3d", availability_zones=["a", "b"], '
    'private_subnet_ids=[f"subnet-{n}" for n in range(18)])',
    fix='vpc=ec2.Vpc.from_vpc_attributes(stack, "Wide", vpc_id="vpc-0a1b2c3d", availability_zones=["a", "b"], '
    'private_subnet_ids=[f"subnet-{n}" for n in range(18)]), '
    "vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, one_per_az=True)",
)
def few_subnets(network: NetworkView) -> Iterator[Finding]:
    """ECS refuses to start a task that names none, or more: every run would fail."""
    if network.subnets is not None and not 1 <= network.subnets <= _MOST_SUBNETS:
        fewer = "vpc_subnets=ec2.SubnetSelection(one_per_az=True)"
        yield Field("vpc_subnets").finding(
            f"1 to {_MOST_SUBNETS}",
            remedy=f"{fewer if network.subnets else 'omit vpc_subnets  # the private ones'}\n"
            "vpc_subnets=ec2.SubnetSelection(subnets=[…])",
            shown=f"{network.subnets or 'no'} subnets",
        )


@dataclass(frozen=True, kw_only=True)
class ClusterView:
    """A cluster and what is asked of it.

    Attributes:
        wanted: the capacity providers by which tasks are started; none when they are started by launch type.
        has: those that it is associated with; None when that is not known.
    """

    wanted: Sequence[str]
    has: Collection[str] | None


@practice(
    code="NAWS-BUILT-026",
    title="A cluster has the capacity providers that its tasks are started by",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
    example=f"{_OWN})",
    fix=f"{_OWN}, enable_fargate_capacity_providers=True)",
)
def has_providers(cluster: ClusterView) -> Iterator[Finding]:
    """ECS refuses to start a task by a provider that is not associated with the cluster: every attempt would fail.

    A cluster that is imported is not checked, nor is one that the library makes, which has them.
    """
    missing = [] if cluster.has is None else [each for each in cluster.wanted if each not in cluster.has]
    if missing:
        yield Field("cluster").finding(
            f"a cluster that is associated with {' and '.join(cluster.wanted)}",
            'enable_fargate_capacity_providers=True  # of the cluster\ncapacity="on-demand"',
            shown=f"a cluster without {' and '.join(missing)}",
        )


def _other_registries(images: Sequence[str]) -> list[str]:
    """The registries, other than ECR, that images come from."""
    hosts = (each.partition("/")[0] if "/" in each else "" for each in images if not _ECR.match(each))
    return list(dict.fromkeys(host if re.search(r"[.:]", host) else "Docker Hub" for host in hosts))


def _way_out(network: NetworkView) -> str:
    if network.way_out:
        return "vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)"
    return "vpc=NewVpc()  # its private subnets have a NAT gateway"


TASK_NETWORK_RULES = (reachable_registry, found_vpc, reachable_secrets, reachable_sessions, few_subnets)
CLUSTER_RULES = (has_providers,)
