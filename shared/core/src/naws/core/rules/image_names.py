"""Rules on references to images, such as `repository:tag`: whether ECS can pull what they name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from naws.core.rule import Finding, advice, limit
from naws.core.rules.task_template import TaskView
from naws.core.rules.values import Field
from naws.core.tokens import has_token

_LONGEST_IMAGE = 255
_LONGEST_TAG = 128
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_UNKNOWN = "\0"
"""Stands for a part of a reference that only the deployment knows; no reference can hold it."""
_NOT_LOOKED_UP = "DUMMY_ARN"
"""The name of a repository that CDK has yet to look up."""


@limit(
    code="NAWS-BUILT-004",
    title="An image reference has a name in small letters, a tag that is one, and a whole digest",
    source="https://github.com/distribution/reference/blob/main/reference.go",
    example='image=ecs.ContainerImage.from_registry("registry.example/a@sha256:abc")',
    fix='image=ecs.ContainerImage.from_registry("registry.example/a:1.0")',
)
def image_reference(task: TaskView) -> Iterator[Finding]:
    """No engine can pull another one: the task would stop before it starts. ECS takes 255 characters before a digest.

    A tag has up to 128 letters, digits and `. - _`; a digest is `sha256:` and 64 hexadecimal digits.
    """
    for name, image in _images(task):
        found = _misnamed(image)
        if found:
            expected, better = found
            yield Field(task.image_path(name), image.replace(_UNKNOWN, "…")).finding(
                expected,
                remedy=f'image=ecs.ContainerImage.from_registry("{better}")'
                if _UNKNOWN not in better
                else f'image=ecs.ContainerImage.from_ecr_repository(repository, "{better.rpartition(":")[2]}")',
            )


@advice(
    code="NAWS-BUILT-005",
    title="An image is named by a version or a digest",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-2",
    example='image=ecs.ContainerImage.from_registry("busybox")',
    fix='image=ecs.ContainerImage.from_registry("busybox:1.36")',
)
def fixed_image(task: TaskView) -> Iterator[Finding]:
    """The image that `latest` names changes: a run cannot be repeated, nor a deployment rolled back."""
    for name, image in _images(task):
        tag = image.rsplit("/", 1)[-1].partition(":")[2]
        if "@" not in image and tag in ("", "latest") and not image.endswith(_UNKNOWN):
            untagged = image.removesuffix(":latest")
            yield Field(task.image_path(name), image.replace(_UNKNOWN, "…")).finding(
                "a tag that does not move, or a digest",
                remedy=f'image=ecs.ContainerImage.from_registry("{untagged}:1.0")'
                if _UNKNOWN not in image
                else 'image=ecs.ContainerImage.from_ecr_repository(repository, "1.0")',
            )


def _misnamed(image: str) -> tuple[str, str] | None:
    """The form that an image's reference must have, and one that has it; None when it is right."""
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


def _images(task: TaskView) -> Iterator[tuple[str, str]]:
    for container in task.containers:
        image = _text_of(container.get("image"))
        if image is not None and f"/{_NOT_LOOKED_UP}" not in image:
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


IMAGE_NAME_RULES = (image_reference, fixed_image)
