"""What only the built thing can show: images, task definitions, networks and stacks as they will be deployed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Told, is_text, is_whole, plain
from naws.core.tokens import has_token, is_lookup_dummy

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_LARGEST_DEFINITION = 65_536
_LONGEST_IMAGE = 255
_ARCHITECTURES = ("X86_64", "ARM64")
_MOST_RESOURCES = 500
_MANY_RESOURCES = 400
_NEEDED = ("ecr.api", "ecr.dkr", "logs")


@dataclass(frozen=True, kw_only=True)
class BuiltTask:
    """A task definition as its template has it.

    Attributes:
        path: of the construct.
        resource: the properties, resolved.
    """

    path: str
    resource: Mapping[str, Any]

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """The container definitions."""
        return cast("Sequence[Mapping[str, Any]]", self.resource.get("containerDefinitions", ()))


@dataclass(frozen=True, kw_only=True)
class BuiltNetwork:
    """Where a task will run.

    Attributes:
        path: the field that chose it.
        vpc_id: of the VPC.
        isolated: whether it is known that all of the task's subnets have no way out.
        endpoints: service names of the interface endpoints that are known.
    """

    path: str
    vpc_id: str
    isolated: bool
    endpoints: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class BuiltStack:
    """A stack and how many resources it has."""

    path: str
    resources: int


@rule(
    code="NAWS-BUILT-001",
    level="limit",
    title="A container's memory fits into the task's",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size",
    example='then=lambda made: made.task_definition.add_container("big", image=image, memory_limit_mib=4096)',
    fix='then=lambda made: made.task_definition.add_container("big", image=image, memory_limit_mib=512)',
)
def container_memory(task: BuiltTask) -> Iterator[Finding]:
    """ECS refuses a container with more memory than its task, such as one that was added by ordinary CDK code."""
    memory = int(task.resource["memory"]) if str(task.resource.get("memory", "")).isdigit() else None
    for container in task.containers:
        own = max(
            (value for name in ("memory", "memoryReservation") if is_whole(value := container.get(name))), default=0
        )
        if memory is not None and own > memory:
            yield Finding(
                path=f'task_definition.container["{container.get("name")}"].memory_limit_mib',
                value=own,
                expected=f"at most the task's {memory} MiB",
                remedy=f"memory_limit_mib={memory // 2}  # of the container",
            )


@rule(
    code="NAWS-BUILT-002",
    level="limit",
    title="A task definition has at most 64 KiB",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
    example='then=lambda made: made.add_environment("RULES", "x" * 70_000)',
    fix='then=lambda made: made.add_environment("RULES_URI", "s3://rules/latest.json")',
)
def definition_size(task: BuiltTask) -> Iterator[Finding]:
    """ECS refuses a larger one. What bindings and added containers bring counts too."""
    size = len(json.dumps(task.resource, default=str).encode())
    if size > _LARGEST_DEFINITION:
        yield Finding(
            path="task_definition",
            value=Told(f"{plain(size)} bytes"),
            expected=f"at most {plain(_LARGEST_DEFINITION)} bytes",
            remedy="put large values into a bucket, and give the program a BucketBinding",
        )


@rule(
    code="NAWS-BUILT-003",
    level="limit",
    title="The architecture is X86_64 or ARM64",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html",
    example='cpu_architecture=ecs.CpuArchitecture.of("ARM")',
    fix="cpu_architecture=ecs.CpuArchitecture.ARM64",
)
def architecture(task: BuiltTask) -> Iterator[Finding]:
    """Fargate has no other processors."""
    given = cast("Mapping[str, Any]", task.resource.get("runtimePlatform", {})).get("cpuArchitecture")
    if is_text(given) and given not in _ARCHITECTURES:
        near = "ARM64" if given.upper().startswith(("ARM", "AARCH")) else "X86_64"
        remedy = f"cpu_architecture=ecs.CpuArchitecture.{near}"
        yield Finding(path="cpu_architecture", value=given, expected="X86_64 or ARM64", remedy=remedy)


@rule(
    code="NAWS-BUILT-004",
    level="limit",
    title="An image reference has at most 255 characters before its digest",
    source=_DEFINITION,
    example='image=ecs.ContainerImage.from_registry("registry.example/" + "a" * 300)',
    fix='image=ecs.ContainerImage.from_registry("registry.example/a:1.0")',
)
def image_reference(task: BuiltTask) -> Iterator[Finding]:
    """ECS takes no longer one, and none with blanks."""
    for name, image in _images(task):
        if len(image.partition("@")[0]) > _LONGEST_IMAGE or re.search(r"\s", image) or not image:
            yield Finding(
                path=_image_path(name),
                value=image,
                expected=f"registry/repository:tag without blanks, at most {_LONGEST_IMAGE} characters",
                remedy='image=ecs.ContainerImage.from_registry("registry/repository:tag")',
            )


@rule(
    code="NAWS-BUILT-005",
    level="advice",
    title="An image is named by a version or a digest",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-2",
    example='image=ecs.ContainerImage.from_registry("busybox")',
    fix='image=ecs.ContainerImage.from_registry("busybox:1.36")',
)
def fixed_image(task: BuiltTask) -> Iterator[Finding]:
    """What `latest` names today is not what ran yesterday: a run cannot be repeated, nor a deployment rolled back."""
    for name, image in _images(task):
        tag = image.rsplit("/", 1)[-1].partition(":")[2]
        if "@" not in image and tag in ("", "latest"):
            yield Finding(
                path=_image_path(name),
                value=image,
                expected="a tag that does not move, or a digest",
                remedy=f'image=ecs.ContainerImage.from_registry("{image.removesuffix(":latest")}:1.0")',
            )


@rule(
    code="NAWS-BUILT-006",
    level="practice",
    title="A task without a way out has the endpoints that it starts by",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    example='vpc=ec2.Vpc(stack, "Closed", nat_gateways=0, subnet_configuration=[ec2.SubnetConfiguration('
    'name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)])',
    fix="vpc=VpcLookup.create()",
)
def reachable_registry(network: BuiltNetwork) -> Iterator[Finding]:
    """From isolated subnets the image comes, and the logs go, through interface endpoints only.

    Without them every task stops with CannotPullContainerError before its program runs.
    """
    missing = [name for name in _NEEDED if not any(str(each).endswith(f".{name}") for each in network.endpoints)]
    if network.isolated and missing:
        yield Finding(
            path=network.path,
            value=Told("isolated subnets"),
            expected=f"subnets with a way out, or interface endpoints for {', '.join(missing)} and a gateway for S3",
            remedy='vpc.add_interface_endpoint("EcrApi", service=ec2.InterfaceVpcEndpointAwsService.ECR)  # and so on\n'
            "vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)",
        )


@rule(
    code="NAWS-BUILT-007",
    level="advice",
    title="A looked-up VPC has been found",
    source="https://docs.aws.amazon.com/cdk/v2/guide/context.html",
    example='vpc=VpcLookup.by_id("vpc-0a1b2c3d"), env=cdk.Environment(account="123456789012", region="eu-central-1")',
    fix="vpc=VpcLookup.create()",
)
def found_vpc(network: BuiltNetwork) -> Iterator[Finding]:
    """CDK stands a placeholder in until its command line has looked, then synthesises again.

    A template with a placeholder cannot be deployed: let `cdk synth` look, and commit cdk.context.json.
    """
    if is_lookup_dummy(network.vpc_id):
        yield Finding(
            path=network.path,
            value=network.vpc_id,
            expected="the id of a VPC that exists",
            remedy="cdk synth  # looks it up and keeps the answer in cdk.context.json",
        )


@rule(
    code="NAWS-BUILT-008",
    level="limit",
    title="A stack has at most 500 resources",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
    example='then=lambda made: [cdk.CfnResource(made, f"R{n}", type="AWS::SNS::Topic") for n in range(500)]',
    fix="",
)
def few_resources(stack: BuiltStack) -> Iterator[Finding]:
    """CloudFormation refuses a template with more; each processor has about forty."""
    if stack.resources > _MOST_RESOURCES:
        yield _resources(stack, f"at most {_MOST_RESOURCES}")


@rule(
    code="NAWS-BUILT-009",
    level="advice",
    title="A stack has room to grow",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
    example='then=lambda made: [cdk.CfnResource(made, f"R{n}", type="AWS::SNS::Topic") for n in range(420)]',
    fix="",
)
def room_to_grow(stack: BuiltStack) -> Iterator[Finding]:
    """Moving resources to another stack later replaces them; with more than 400 that day is near."""
    if _MANY_RESOURCES < stack.resources <= _MOST_RESOURCES:
        yield _resources(stack, f"at most {_MANY_RESOURCES}: CloudFormation refuses more than {_MOST_RESOURCES}")


def _resources(stack: BuiltStack, expected: str) -> Finding:
    return Finding(
        path=stack.path,
        value=Told(f"{stack.resources} resources"),
        expected=expected,
        remedy="put some of its processors into another stack",
    )


def _images(task: BuiltTask) -> Iterator[tuple[str, str]]:
    for container in task.containers:
        image = container.get("image")
        if isinstance(image, str) and not has_token(image):
            yield str(container.get("name")), image


def _image_path(name: str) -> str:
    return "image" if name == "main" else f'container["{name}"].image'


TASK_RULES = (container_memory, definition_size, architecture, image_reference, fixed_image)
NETWORK_RULES = (reachable_registry, found_vpc)
STACK_RULES = (few_resources, room_to_grow)
BUILT_RULES = (*TASK_RULES, *NETWORK_RULES, *STACK_RULES)
