"""The permissions of a pattern's roles: each statement of each of their policies, as a person reads it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby, product
from typing import Any, NamedTuple, cast

from naws.core.parsed_json import is_object
from naws.testing._policies import as_list, reference_of
from naws.testing.options import Options

Row = tuple[str, ...]
HEAD: Row = ("with", "role", "may", "on", "when")


class Permission(NamedTuple):
    """One action that one role may do on one resource."""

    role: str
    condition: str
    resource: str
    action: str


def permissions(resources: Mapping[str, Any], paths: Mapping[str, str]) -> set[Permission]:
    """Everything that the roles among `resources` may do.

    Args:
        resources: of a template, by logical id.
        paths: the construct of each resource that one of them may name.
    """
    return set(_permissions(resources, paths))


def repeated_names(template: Mapping[str, Any]) -> list[str]:
    """Statements' names that a policy of the template has twice, each with its resource: IAM refuses such a policy."""
    return [
        f"{resource}: {name}"
        for resource, each in template["Resources"].items()
        for policy in _documents(each)
        for name, times in Counter(one.get("Sid") for one in as_list(policy["Statement"])).items()
        if name and times > 1
    ]


def permission_rows(options: Options) -> Iterator[Row]:
    """The table of a pattern's page: what each option allows beyond another."""
    found = {name: permissions(resources, options.paths) for name, resources in options.resources.items()}
    first = next(iter(found))
    for name, option in options.each.items():
        others = () if name == first else (first, *option.beyond)
        beyond = {each for other in others for each in found[other]}
        yield from _rows(name, sorted(found[name] - beyond)) or [(name, "", "nothing more", "", "")]


def statement_row(statement: Mapping[str, Any]) -> Row:
    """What a statement allows, on what and when: the last three columns; what it names has an ARN of its own."""
    actions, resources = as_list(statement["Action"]), [_short(each) for each in as_list(statement["Resource"])]
    condition = _condition(statement.get("Condition", {}), {})
    return (
        *(", ".join(f"`{each}`" for each in texts) for texts in (actions, resources)),
        condition and f"`{condition}`",
    )


def _rows(option: str, granted: list[Permission]) -> list[Row]:
    """One row for what one role may do with the same actions under the same condition."""
    joined: dict[Row, list[str]] = {}
    for (role, condition, resource), group in groupby(granted, key=lambda each: each[:3]):
        actions = ", ".join(f"`{each.action}`" for each in group)
        joined.setdefault((role, condition, actions), []).append(f"`{resource}`")
    return [
        (option, f"`{role}`", actions, ", ".join(resources), condition and f"`{condition}`")
        for (role, condition, actions), resources in joined.items()
    ]


def _permissions(resources: Mapping[str, Any], paths: Mapping[str, str]) -> Iterator[Permission]:
    for role, statement in _statements(resources):
        condition = _condition(statement.get("Condition", {}), paths)
        for target, action in product(as_list(statement["Resource"]), as_list(statement["Action"])):
            yield Permission(paths.get(role, role), condition, _short(_text(target, paths)), action)


def _statements(resources: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every statement with each role that has it: in a policy of its own, a part of the role, or one that AWS keeps."""
    for name, each in resources.items():
        properties = each.get("Properties", {})
        if each["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
            roles = [reference_of(role) for role in properties.get("Roles", ())]
            yield from product(roles, as_list(properties["PolicyDocument"]["Statement"]))
        if each["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", ()):
                yield from product([name], as_list(policy["PolicyDocument"]["Statement"]))
            for arn in properties.get("ManagedPolicyArns", ()):
                yield name, {"Action": "what the policy allows", "Resource": arn}


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every policy document in a part of a template."""
    if is_object(value):
        if "Statement" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _documents(each)


def _text(value: Any, paths: Mapping[str, str]) -> str:
    """A value of a template as a person reads it: constructs by their paths."""
    match value:
        case {"Ref": _} | {"Fn::GetAtt": _}:
            return paths.get(reference_of(value), "*")
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_text(part, paths) for part in parts)
        case _:
            return str(value)


def _short(arn: str) -> str:
    """`arn:*:ecs:*:*:task/x` as `ecs task/x`; region, account, a family's name and hashes are the stack's own."""
    short = re.sub(r"^arn:[^:]*:([^:]*):[^:]*:[^:]*:", r"\1 ", arn)
    short = re.sub(r"(?<=\w)-?[0-9a-f]{8}(?=/)", "…", short)
    return re.sub(r"task-definition/Option\w+", "task-definition/Nightly/Task", short)


def _condition(condition: Any, paths: Mapping[str, str]) -> str:
    tests = ((operator, *test) for operator, each in condition.items() if is_object(each) for test in each.items())
    return ", ".join(_test(*test, paths) for test in tests)


def _test(operator: str, name: str, value: Any, paths: Mapping[str, str]) -> str:
    if operator == "Null":
        return f"{name} is {'missing' if value in (True, 'true') else 'given'}"
    return f"{name} = {' or '.join(_text(one, paths) for one in as_list(value))}"
