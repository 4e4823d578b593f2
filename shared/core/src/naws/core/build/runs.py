"""Writes `naws:runs` into the template."""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
import jsii

from naws.core.runs import METADATA, Runs
from naws.core.stacks import stack_of

_WORDS = ("pattern", "path", "kind", "release", "redrive")


def note_runs(resource: cdk.CfnResource, runs: Runs) -> None:
    """Write on `resource` how it is started and where its runs are seen; written again, it replaces what was there.

    References become logical ids when the app is synthesised, when every id is final, all in one call into Node. They
    must not stay references: CloudFormation takes those in metadata for dependencies, and would see a circle. What is
    not in a template, such as an imported queue, has no logical id and is left out.
    """
    producer = cast("cdk.IStableAnyProducer", _LogicalIds(resource, runs.metadata()))
    resource.add_metadata(METADATA, cdk.Lazy.any(producer))


@jsii.implements(cdk.IStableAnyProducer)
class _LogicalIds:
    def __init__(self, resource: cdk.CfnResource, metadata: Mapping[str, Any]) -> None:
        self._resource = resource
        self._metadata = metadata

    def produce(self) -> dict[str, Any]:
        """The metadata with logical ids instead of references."""
        resolved = stack_of(self._resource).resolve(self._metadata)
        found = {key: value if key in _WORDS else _named(value) for key, value in resolved.items()}
        return {key: value for key, value in found.items() if value}


def _named(reference: Any) -> Any:
    """The logical id that a reference has; of a list, those that there are."""
    match reference:
        case list():
            every = (_named(each) for each in cast("list[Any]", reference))
            return [each for each in every if each]
        case {"Ref": name} | {"Fn::GetAtt": [name, *_]}:
            return name
        case _:
            return None
