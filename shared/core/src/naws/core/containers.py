"""What is known of ECS: containers beside the main one of a task, and clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aws_cdk import aws_ecs as ecs

from naws.core.spelling import suggesting
from naws.core.text import as_list


@suggesting
@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside the main one; it is not essential: the task ends when the main container ends.

    Attributes:
        name: letters, digits, hyphens and underscores; unique in the task.
        image: what it runs.
        command: omitted: the image's.
        environment, secrets: its own variables. Omitted: none.
        user: uid:gid. Omitted: as the main container.
        readonly_root_filesystem: omitted: True.
        memory_reservation_mib: MiB of the task's memory to set aside for it. Omitted: none.
        scratch_mib: as of the main container, for a `/tmp` of its own. Omitted: 64 MiB.
    """

    name: str
    image: ecs.ContainerImage
    command: Sequence[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, ecs.Secret] = field(default_factory=dict[str, ecs.Secret])
    user: str | None = None
    readonly_root_filesystem: bool = True
    memory_reservation_mib: int | None = None
    scratch_mib: int = 64


def has_insights(cluster: Mapping[str, Any]) -> bool:
    """Whether a cluster's properties switch Container Insights on."""
    settings = cast("list[Mapping[str, Any]]", as_list(cluster.get("clusterSettings") or []))
    return any(each.get("value") != "disabled" for each in settings if each.get("name") == "containerInsights")
