"""Services of ECS by the construct paths that the app's author knows them by."""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from naws.cli.assembly import StackArtifact

if TYPE_CHECKING:
    from naws.cli.embedded import ServiceEvent

_SERVICE = re.compile(r"(/Service)+$")
"""What CDK's own construct calls its resource, and a pattern's construct that, too."""


def path_of(service: str, stacks: Iterable[StackArtifact]) -> str:
    """The construct path of a service, such as `Shop/Orders`; its name when no template has it."""
    return next((path for stack in stacks for name, path in _named(stack) if name.match(service)), service)


def with_paths(events: Iterable["ServiceEvent"], stacks: Iterable[StackArtifact]) -> "list[ServiceEvent]":
    """Events whose services are construct paths."""
    known = list(stacks)
    return [dataclasses.replace(event, service=path_of(event.service, known)) for event in events]


def _named(stack: StackArtifact) -> Iterator[tuple[re.Pattern[str], str]]:
    """What the name of each service is, and its path: the template's name, or what CloudFormation makes."""
    for logical_id, one in stack.template.get("Resources", {}).items():
        if one["Type"] == "AWS::ECS::Service" and (path := stack.paths.get(logical_id)):
            name = one.get("Properties", {}).get("ServiceName")
            shown = _SERVICE.sub("", path).strip("/")
            shown = path.strip("/") if shown == stack.display_name else shown
            given = f"{re.escape(name)}$" if isinstance(name, str) else re.escape(f"{stack.name}-{logical_id}-")
            yield re.compile(given), shown
