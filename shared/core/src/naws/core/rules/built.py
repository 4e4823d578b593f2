"""What only the built thing can show: images, task definitions, networks, roles and stacks as they will be deployed.

CDK asks when it synthesises, after everything that a user added by ordinary CDK code.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from naws.core.rules.asl import ASL_RULES
from naws.core.rules.built_cluster import CLUSTER_RULES
from naws.core.rules.built_containers import CONTAINER_RULES
from naws.core.rules.built_network import NETWORK_RULES
from naws.core.rules.built_owners import OWNER_RULES
from naws.core.rules.built_parts import BuiltTask, container_with, path_of
from naws.core.rules.built_role import ROLE_RULES
from naws.core.rules.built_stack import STACK_RULES
from naws.core.rules.built_topic import TOPIC_RULES
from naws.core.rules.rule import Finding, rule
from naws.core.rules.values import Told, is_text, is_whole, plain
from naws.core.tokens import has_token

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_LARGEST_DEFINITION = 65_536
_LONGEST_IMAGE = 255
_ARCHITECTURES = ("X86_64", "ARM64")


@rule(
    code="NAWS-BUILT-001",
    level="limit",
    title="A container's memory fits into the task's",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size",
    example='then=lambda made: made.task_definition.add_container("big", image=image, memory_limit_mib=4096)',
    fix=f"then=lambda made: {container_with(memory_limit_mib=512)}",
)
def container_memory(task: BuiltTask) -> Iterator[Finding]:
    """ECS refuses a container with more memory than its task, such as one that was added by ordinary CDK code."""
    memory = task.number("memory")
    for container in task.containers:
        own = max(
            (value for name in ("memory", "memoryReservation") if is_whole(value := container.get(name))), default=0
        )
        if memory is not None and own > memory:
            yield Finding(
                path=path_of(container, "memory_limit_mib"),
                value=own,
                expected=f"at most the task's {memory} MiB",
                remedy=f"memory_limit_mib={memory // 2}  # of the container",
            )


@rule(
    code="NAWS-BUILT-002",
    level="limit",
    title="A task definition has at most 64 KiB",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
    example='then=lambda made: made.container.add_environment("RULES", "x" * 70_000)',
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
    title="An image reference has at most 255 characters before its digest, and no capitals in its repository",
    source=_DEFINITION,
    example='image=ecs.ContainerImage.from_registry("registry.example/" + "a" * 300)',
    fix='image=ecs.ContainerImage.from_registry("registry.example/a:1.0")',
)
def image_reference(task: BuiltTask) -> Iterator[Finding]:
    """ECS takes no longer one, and none with blanks; a repository's name has small letters only."""
    for name, image in _images(task):
        small = _in_small_letters(image)
        if len(image.partition("@")[0]) > _LONGEST_IMAGE or re.search(r"\s", image) or not image:
            yield Finding(
                path=_image_path(name),
                value=image,
                expected=f"registry/repository:tag without blanks, at most {_LONGEST_IMAGE} characters",
                remedy='image=ecs.ContainerImage.from_registry("registry/repository:tag")',
            )
        elif image != small:
            yield Finding(
                path=_image_path(name),
                value=image,
                expected="a repository's name in small letters",
                remedy=f'image=ecs.ContainerImage.from_registry("{small}")',
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


def _in_small_letters(image: str) -> str:
    """A reference with its repository's name in small letters; its registry, tag and digest as they are."""
    host, slash, _ = image.partition("/")
    registry = host + slash if slash and re.search(r"[.:]|^localhost$", host) else ""
    repository = re.match(r"[^:@]*", image.removeprefix(registry))
    name = repository[0] if repository else ""
    return registry + name.lower() + image[len(registry) + len(name) :]


def _images(task: BuiltTask) -> Iterator[tuple[str, str]]:
    for container in task.containers:
        image = container.get("image")
        if isinstance(image, str) and not has_token(image):
            yield str(container.get("name")), image


def _image_path(name: str) -> str:
    return "image" if name == "main" else f'container["{name}"].image'


TASK_RULES = (container_memory, definition_size, architecture, image_reference, fixed_image, *CONTAINER_RULES)
BUILT_RULES = (*TASK_RULES, *NETWORK_RULES, *CLUSTER_RULES, *ROLE_RULES, *OWNER_RULES, *TOPIC_RULES, *STACK_RULES)
LATE_RULES = (*BUILT_RULES, *ASL_RULES)
"""Those on what was built, and those on the definitions of its state machines."""
