"""The distribution of a website as its template has it, for the rules that judge it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from naws.core.authoring import is_text

Part = Mapping[str, Any]


def part_of(given: Part, name: str) -> Part:
    """A part of properties; empty when it is not there, or not known."""
    return as_part(given.get(name))


def parts_of(given: Part, name: str) -> Sequence[Part]:
    """A list of parts; empty when it is not there, or not known."""
    found = given.get(name)
    return [as_part(each) for each in cast("list[Any]", found)] if isinstance(found, list) else []


def texts_of(given: Part, name: str) -> Sequence[str]:
    """A list of texts that are known."""
    found = given.get(name)
    return [each for each in cast("list[Any]", found) if is_text(each)] if isinstance(found, list) else []


def as_part(found: object) -> Part:
    """A mapping, and an empty one for all else: for what only the deployment knows, too."""
    none: Part = {}
    given = cast("Part", found) if isinstance(found, Mapping) else none
    return none if any(name == "Ref" or name.startswith("Fn::") for name in given) else given


@dataclass(frozen=True, kw_only=True)
class DistributionView:
    """The distribution of a website as its template has it.

    Attributes:
        properties: its properties, with a small first letter.
        bucket: those of the bucket with the files.
    """

    properties: Part
    bucket: Part = field(default_factory=dict[str, Any])

    @property
    def config(self) -> Part:
        """Its settings."""
        return part_of(self.properties, "distributionConfig")

    def behaviours(self) -> Iterator[tuple[str, Part]]:
        """The behaviours, each with its name in an issue; the one of the site is the last that is asked."""
        for index, each in enumerate(parts_of(self.config, "cacheBehaviors")):
            yield f"distribution.cache_behaviors[{index}]", each
        default = part_of(self.config, "defaultCacheBehavior")
        if default:
            yield "distribution.default_cache_behavior", default

    def origins(self) -> Iterator[tuple[str, Part]]:
        """The origins, each with its name in an issue."""
        for index, each in enumerate(parts_of(self.config, "origins")):
            yield f"distribution.origins[{index}]", each

    def origin_of(self, behaviour: Part) -> Part:
        """The origin that a behaviour asks; empty when it is a group, or not known."""
        wanted = behaviour.get("targetOriginId")
        none: Part = {}
        return next((each for _, each in self.origins() if each.get("id") == wanted and is_text(wanted)), none)
