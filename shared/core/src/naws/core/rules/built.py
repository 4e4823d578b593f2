"""What only the built thing can show: images, task definitions, networks, roles and stacks as they will be deployed.

CDK asks when it synthesises, after everything that a user added by ordinary CDK code.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from naws.core.rule import Finding, rule
from naws.core.rules.asl import ASL_RULES
from naws.core.rules.built_bucket import BUCKET_RULES
from naws.core.rules.built_cluster import CLUSTER_RULES
from naws.core.rules.built_containers import CONTAINER_RULES
from naws.core.rules.built_images import IMAGE_RULES
from naws.core.rules.built_network import NETWORK_RULES
from naws.core.rules.built_owners import OWNER_RULES
from naws.core.rules.built_parts import BuiltTask, container_with, path_of
from naws.core.rules.built_role import ROLE_RULES
from naws.core.rules.built_stack import STACK_RULES
from naws.core.rules.built_steps import STEP_RULES
from naws.core.rules.built_topic import TOPIC_RULES
from naws.core.rules.name_clashes import CONVENTION_RULES, NAME_RULES, TRIGGER_NAME_RULES
from naws.core.rules.new_vpc import two_zones
from naws.core.rules.values import Verbatim, is_text, is_whole, plain
from naws.core.tokens import has_token

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_LARGEST_DEFINITION = 65_536
_LONGEST_IMAGE = 255
_LONGEST_TAG = 128
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_UNKNOWN = "\0"
"""Stands for a part of a reference that only the deployment knows; no reference can hold it."""
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
            value=Verbatim(f"{plain(size)} bytes"),
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
    title="An image reference has a name in small letters, a tag that is one, and a whole digest",
    source="https://github.com/distribution/reference/blob/main/reference.go",
    example='image=ecs.ContainerImage.from_registry("registry.example/a@sha256:abc")',
    fix='image=ecs.ContainerImage.from_registry("registry.example/a:1.0")',
)
def image_reference(task: BuiltTask) -> Iterator[Finding]:
    """No engine can pull another one: the task would stop before it starts. ECS takes 255 characters before a digest.

    A tag has up to 128 letters, digits and `. - _`; a digest is `sha256:` and 64 hexadecimal digits.
    """
    for name, image in _images(task):
        found = _misnamed(image)
        if found:
            expected, better = found
            yield Finding(
                path=_image_path(name),
                value=image.replace(_UNKNOWN, "…"),
                expected=expected,
                remedy=f'image=ecs.ContainerImage.from_registry("{better}")'
                if _UNKNOWN not in better
                else f'image=ecs.ContainerImage.from_ecr_repository(repository, "{better.rpartition(":")[2]}")',
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
        if "@" not in image and tag in ("", "latest") and not image.endswith(_UNKNOWN):
            untagged = image.removesuffix(":latest")
            yield Finding(
                path=_image_path(name),
                value=image.replace(_UNKNOWN, "…"),
                expected="a tag that does not move, or a digest",
                remedy=f'image=ecs.ContainerImage.from_registry("{untagged}:1.0")'
                if _UNKNOWN not in image
                else 'image=ecs.ContainerImage.from_ecr_repository(repository, "1.0")',
            )


def _misnamed(image: str) -> tuple[str, str] | None:
    """What a reference should be, and a better one; None when it is one."""
    named, at, digest = image.partition("@")
    bare, colon, tag = named.rpartition(":") if ":" in named.rsplit("/", 1)[-1] else (named, "", "")
    plain_name = re.sub(r"\s+", "", bare)[:_LONGEST_IMAGE].rstrip("/:") or "registry/repository"
    if len(named) > _LONGEST_IMAGE or re.search(r"\s", bare) or not bare:
        return f"registry/repository:tag without blanks, at most {_LONGEST_IMAGE} characters", f"{plain_name[:120]}:1.0"
    small = _in_small_letters(image)
    if image != small:
        return "a repository's name in small letters", small
    if colon and _UNKNOWN not in tag and not _TAG.fullmatch(tag):
        better = re.sub(r"[^A-Za-z0-9_.-]+", "-", tag).strip(".-")[:_LONGEST_TAG] or "1.0"
        return f"a tag of 1 to {_LONGEST_TAG} letters, digits and . - _", f"{bare}:{better}"
    if at and _UNKNOWN not in digest and not _DIGEST.fullmatch(digest):
        return "a digest of sha256: and 64 hexadecimal digits in small letters", named if colon else f"{bare}:1.0"
    return None


def _in_small_letters(image: str) -> str:
    """A reference with its repository's name in small letters; its registry, tag and digest as they are."""
    host, slash, _ = image.partition("/")
    registry = host + slash if slash and re.search(r"[.:]|^localhost$", host) else ""
    repository = re.match(r"[^:@]*", image.removeprefix(registry))
    name = repository[0] if repository else ""
    return registry + name.lower() + image[len(registry) + len(name) :]


def _images(task: BuiltTask) -> Iterator[tuple[str, str]]:
    for container in task.containers:
        image = _text_of(container.get("image"))
        if image is not None:
            yield str(container.get("name")), image


def _text_of(image: object) -> str | None:
    """A reference with `_UNKNOWN` for each part that only the deployment knows; None when that is all of it."""
    if isinstance(image, str):
        return None if has_token(image) else image
    joined = cast("Mapping[str, Any]", image).get("Fn::Join") if isinstance(image, Mapping) else None
    if joined is None:
        return None
    parts = cast("list[object]", joined[1])
    return joined[0].join(part if isinstance(part, str) else _UNKNOWN for part in parts)


def _image_path(name: str) -> str:
    return "image" if name == "main" else f'container["{name}"].image'


TASK_RULES = (container_memory, definition_size, architecture, image_reference, fixed_image, *CONTAINER_RULES)
_NEIGHBOUR_RULES = (*NAME_RULES, *TRIGGER_NAME_RULES, *CONVENTION_RULES, *STEP_RULES)
BUILT_RULES = (
    *TASK_RULES,
    *IMAGE_RULES,
    *NETWORK_RULES,
    two_zones,
    *CLUSTER_RULES,
    *ROLE_RULES,
    *OWNER_RULES,
    *TOPIC_RULES,
    *BUCKET_RULES,
    *STACK_RULES,
    *_NEIGHBOUR_RULES,
)
LATE_RULES = (*BUILT_RULES, *ASL_RULES)
"""Those on what was built, and those on the definitions of its state machines."""
