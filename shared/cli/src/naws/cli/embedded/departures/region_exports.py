"""References between stacks in two regions, as CDK makes them, without the functions of its custom resources."""

import uuid
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.embedded.departures.custom_handlers import Properties, clients_of, function_of
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.templates import Made, provide_custom

_MOST_NAMES = 10
_PARAMETER = "Parameter"


@departure("aws-cdk-lib 2.275, core/lib/dist/core: cross-region-ssm-writer-handler and cross-region-ssm-reader-handler")
def cross_region_references() -> None:
    """With ``cross_region_references`` a stack writes parameters into the other's region, which tags what it reads.

    Values that have changed are not written again: only names that are new are, as CDK's handler does it.
    """
    provide_custom("CrossRegionExportWriter", _write, _rewrite, _withdraw)
    provide_custom("CrossRegionExportReader", _read, _reread, _release)


def _write(_logical_id: str, properties: Properties, _stack: str) -> Made:
    _put(properties, properties["WriterProps"]["exports"])
    return str(uuid.uuid4()), {}


def _rewrite(physical_id: str, old: Properties, new: Properties, _stack: str) -> Made:
    before, now = (each["WriterProps"]["exports"] for each in (old, new))
    _drop(new, [name for name in before if name not in now])
    _put(new, {name: value for name, value in now.items() if name not in before})
    return physical_id, {}


def _withdraw(_physical_id: str, properties: Properties) -> None:
    _drop(properties, list(properties["WriterProps"]["exports"]))


def _put(properties: Properties, exports: dict[str, Any]) -> None:
    with clients_of(function_of(properties)) as client:
        ssm = client("ssm", properties["WriterProps"]["region"])
        for name, value in exports.items():
            ssm.put_parameter(Name=name, Value=str(value), Type="String", Overwrite=True)


def _drop(properties: Properties, names: list[str]) -> None:
    with clients_of(function_of(properties)) as client:
        ssm = client("ssm", properties["WriterProps"]["region"])
        for start in range(0, len(names), _MOST_NAMES):
            ssm.delete_parameters(Names=sorted(names)[start : start + _MOST_NAMES])


def _read(_logical_id: str, properties: Properties, _stack: str) -> Made:
    imports: dict[str, Any] = properties["ReaderProps"]["imports"]
    _tag(properties, list(imports))
    return str(uuid.uuid4()), imports


def _reread(physical_id: str, old: Properties, new: Properties, _stack: str) -> Made:
    before, now = (each["ReaderProps"]["imports"] for each in (old, new))
    _untag(new, [name for name in before if name not in now])
    _tag(new, [name for name in now if name not in before])
    return physical_id, now


def _release(_physical_id: str, properties: Properties) -> None:
    _untag(properties, list(properties["ReaderProps"]["imports"]))


def _tag(properties: Properties, names: list[str]) -> None:
    own = properties["ReaderProps"]
    with clients_of(function_of(properties)) as client:
        ssm = client("ssm", own.get("region"))
        for name in names:
            tags = [{"Key": f"aws-cdk:strong-ref:{own['prefix']}", "Value": "true"}]
            try:
                ssm.add_tags_to_resource(ResourceType=_PARAMETER, ResourceId=name, Tags=tags)
            except ClientError as error:
                raise RuntimeError(f"Error importing {name}: {error}") from error


def _untag(properties: Properties, names: list[str]) -> None:
    own = properties["ReaderProps"]
    with clients_of(function_of(properties)) as client:
        ssm = client("ssm", own.get("region"))
        for name in names:
            keys = [f"aws-cdk:strong-ref:{own['prefix']}"]
            try:
                ssm.remove_tags_from_resource(ResourceType=_PARAMETER, ResourceId=name, TagKeys=keys)
            except ClientError as error:
                if error.response["Error"]["Code"] != "InvalidResourceId":
                    raise RuntimeError(f"Error releasing import {name}: {error}") from error
