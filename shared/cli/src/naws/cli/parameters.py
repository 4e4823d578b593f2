"""Stand-ins for what a template reads from SSM parameters that are not here: a VPC and its subnets."""

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.aws import Aws
from naws.cli.vpcs import find_vpc, make_vpc, subnets_of
from naws.core.parsed_json import is_array, is_object

_STRING = ("AWS::SSM::Parameter::Value<String>", "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>")
_LISTS = (
    "AWS::SSM::Parameter::Value<List<String>>",
    "AWS::SSM::Parameter::Value<CommaDelimitedList>",
    "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
)
_SUBNETS = {"Subnets", "SubnetIds", "Definition", "DefinitionString"}


def stand_in(stack: StackArtifact, aws: Aws, note: Callable[[str], None]) -> None:
    """Put the parameters that are not there for a template that takes a VPC by them, with one made for it.

    What else is not there stays so: CloudFormation names it.

    Args:
        stack: Whose template reads them.
        aws: Where it is deployed.
        note: Is called with what was made up.
    """
    ssm, ec2 = aws.client("ssm"), aws.client("ec2")
    wanted = {key: (one["Type"], one["Default"]) for key, one in _parameters(stack)}
    places = [*_values(stack.template, {"VpcId"})]
    vpcs = [name for key, (kind, name) in wanted.items() if kind in _STRING and {"Ref": key} in places]
    lists = [name for key, (kind, name) in wanted.items() if kind in _LISTS and _selected(stack.template, key)]
    if not vpcs or all(_value(ssm, name) for name in (*vpcs, *lists)):
        return
    vpc = next(filter(None, (_value(ssm, name) for name in vpcs)), None)
    if vpc is None:
        tag = {"tag:Name": vpcs[0]}
        vpc = find_vpc(ec2, tag) or make_vpc(ec2, tag)
    values = dict.fromkeys(vpcs, (vpc, "String"))
    values |= {name: (",".join(subnets_of(ec2, vpc)), "StringList") for name in lists}
    for name, (value, kind) in values.items():
        if not _value(ssm, name):
            ssm.put_parameter(Name=name, Value=value, Type=kind)
            note(f"the SSM parameter {name} is not here: {value} of a VPC with private subnets stands in for it")


def _parameters(stack: StackArtifact) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, one in stack.template.get("Parameters", {}).items():
        if str(one.get("Type", "")).startswith("AWS::SSM::Parameter::Value<") and one.get("Default"):
            yield key, one


def _value(ssm: Any, name: str) -> str | None:
    try:
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None


def _selected(template: Any, key: str) -> bool:
    """Whether something takes subnets from a list; a workflow names them in its definition."""
    return any(f'"{key}"' in json.dumps(each) for each in _values(template, _SUBNETS))


def _values(value: Any, names: Collection[str]) -> Iterator[Any]:
    """The values of properties with one of these names, wherever they are."""
    if is_object(value):
        for name, each in value.items():
            yield from [each] if name in names else _values(each, names)
    elif is_array(value):
        for each in value:
            yield from _values(each, names)
