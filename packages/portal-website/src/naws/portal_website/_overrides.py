"""What ordinary CDK code overrides of a resource, for the rules at synthesis: CDK shows it in the template alone.

`website.node.find_child("Distribution")` returns the object that was made here, so that what is called on it is seen.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk

_CAPITALS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|\d|$)")


class Overrides:
    """The overrides of one resource's properties, from now on.

    Args:
        resource: it.
    """

    def __init__(self, resource: cdk.CfnResource) -> None:
        self._found: list[tuple[str, Any]] = []
        add = resource.add_property_override

        def noted(property_path: str, value: Any) -> None:
            self._found.append((property_path, value))
            add(property_path, value)

        vars(resource)["add_property_override"] = noted

    def applied(self, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Properties, as they are named with a small letter, with the overrides."""
        if not self._found:
            return properties
        whole = copy.deepcopy(dict(properties))
        for path, value in self._found:
            *above, last = path.split(".")
            place: Any = whole
            for name in above:
                place = _inner(place, name)
            if isinstance(place, list):
                _put(cast("list[Any]", place), int(last), _small(value))
            elif isinstance(place, dict):
                place[_small_letter(last)] = _small(value)
        return whole


def _inner(place: Any, name: str) -> Any:
    if isinstance(place, list):
        every = cast("list[Any]", place)
        return every[int(name)] if name.isdigit() and int(name) < len(every) else {}
    if isinstance(place, dict):
        return cast("dict[str, Any]", place).setdefault(_small_letter(name), {})
    return {}


def _put(every: list[Any], index: int, value: Any) -> None:
    if index < len(every):
        every[index] = value
    else:
        every.append(value)


def _small(value: Any) -> Any:
    """A value of a template with the names that a resource's properties have here."""
    if isinstance(value, list):
        return [_small(each) for each in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        return {_small_letter(name): _small(each) for name, each in cast("Mapping[str, Any]", value).items()}
    return value


def _small_letter(name: str) -> str:
    """`webAclId` of `WebACLId`; functions of templates stay."""
    if name == "Ref" or name.startswith("Fn::"):
        return name
    plain = _CAPITALS.sub(lambda found: found[0].capitalize(), name)
    return plain[:1].lower() + plain[1:]
