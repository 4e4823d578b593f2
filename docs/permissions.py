"""Print a pattern's table of permissions, read off synthesised templates: the fewest props, then what each option adds.

    uv run python docs/permissions.py ecs-task-processor

The pattern's page shows what this prints; `docs/fill.py` runs it. The options are in `tests/<pattern>/options.py`.
"""

import json
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from itertools import groupby, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import aws_cdk as cdk

from naws.core.pattern.info import PatternInfo, installed_patterns
from naws.testing.options import Option

ROOT = Path(__file__).parents[1]


class Permission(NamedTuple):
    """One action that one role may do on one resource."""

    role: str
    condition: str
    resource: str
    action: str


class Options(NamedTuple):
    """What `tests/<pattern>/options.py` has.

    Attributes:
        pattern: the pattern.
        required: the props that every one of it has.
        each: the options by the name of each in the table; the first is without any.
    """

    pattern: PatternInfo
    required: Callable[[cdk.Stack], dict[str, Any]]
    each: dict[str, Option]


def options_of(name: str) -> Options:
    """Those of an installed pattern."""
    (pattern,) = (each for each in installed_patterns() if each.name == name)
    found = runpy.run_path(str(ROOT / "tests" / name.replace("-", "_") / "options.py"))
    return Options(pattern, found["required"], found["OPTIONS"])


def permissions(options: Options) -> dict[str, set[Permission]]:
    """Everything that the roles of a pattern with each option may do."""
    with TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, analytics_reporting=False, context={"aws:cdk:enable-path-metadata": True})
        stacks = {
            name: _stack(app, f"Option{number}", options, each)
            for number, (name, each) in enumerate(options.each.items())
        }
        app.synth()
        files = {name: Path(folder) / stack.template_file for name, stack in stacks.items()}
        return {name: set(_permissions(json.loads(file.read_text())["Resources"])) for name, file in files.items()}


def _stack(app: cdk.App, construct_id: str, options: Options, option: Option) -> cdk.Stack:
    stack = cdk.Stack(app, construct_id)
    props = options.pattern.props(**options.required(stack), **option.given(stack))
    options.pattern.construct(stack, "Nightly", props)
    return stack


def _permissions(resources: dict[str, Any]) -> Iterator[Permission]:
    paths = {name: _path(resource) for name, resource in resources.items()}
    for roles, policy in _policies(resources):
        for role, statement in product(roles, policy["Statement"]):
            condition = _condition(statement.get("Condition", {}), paths)
            for target, action in product(_listed(statement["Resource"]), _listed(statement["Action"])):
                yield Permission(_text(role, paths), condition, _short(_text(target, paths)), action)


def _policies(resources: dict[str, Any]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Every policy with the roles that have it: one of its own, or a part of its role."""
    for name, each in resources.items():
        if each["Type"] == "AWS::IAM::Policy":
            yield each["Properties"]["Roles"], each["Properties"]["PolicyDocument"]
        if each["Type"] == "AWS::IAM::Role":
            yield from (
                ([{"Ref": name}], policy["PolicyDocument"]) for policy in each["Properties"].get("Policies", ())
            )


def _path(resource: dict[str, Any]) -> str:
    """The construct that a resource belongs to; the resource itself is called `Resource` or `Default`."""
    path = resource.get("Metadata", {}).get("aws:cdk:path", "")
    return re.sub(r"^Option\d+/|/(Resource|Default)$", "", path)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any, paths: dict[str, str]) -> str:
    """A value of a template as a person reads it: constructs by their paths."""
    match value:
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return paths.get(name, "*")
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_text(part, paths) for part in parts)
        case _:
            return str(value)


def _short(arn: str) -> str:
    """`arn:*:ecs:*:*:task/x` as `ecs task/x`; region and account are the stack's, and so is a family's name."""
    short = re.sub(r"^arn:[^:]*:([^:]*):[^:]*:[^:]*:", r"\1 ", arn)
    return re.sub(r"task-definition/Option\d+\w+", "task-definition/Nightly/Task", short)


def _condition(condition: dict[str, Any], paths: dict[str, str]) -> str:
    tests = (test for operator in condition.values() for test in operator.items())
    return ", ".join(f"{name} = {' or '.join(_text(one, paths) for one in _listed(value))}" for name, value in tests)


def rows(options: Options) -> Iterator[tuple[str, ...]]:
    """The table's rows: what each option allows beyond another."""
    found = permissions(options)
    first = next(iter(options.each))
    for name, option in options.each.items():
        beyond = set[Permission]() if name == first else found[option.beyond or first]
        yield from _told(name, sorted(found[name] - beyond)) or [(name, "", "nothing more", "", "")]


def _told(option: str, granted: list[Permission]) -> list[tuple[str, ...]]:
    """One row for what one role may do with the same actions under the same condition."""
    told: dict[tuple[str, str, str], list[str]] = {}
    for (role, condition, resource), group in groupby(granted, key=lambda each: each[:3]):
        actions = ", ".join(f"`{each.action}`" for each in group)
        told.setdefault((role, condition, actions), []).append(f"`{resource}`")
    return [
        (option, f"`{role}`", actions, ", ".join(resources), condition and f"`{condition}`")
        for (role, condition, actions), resources in told.items()
    ]


def main() -> None:
    """Print the table."""
    head = ("with", "role", "may", "on", "when")
    for row in (head, ["---"] * len(head), *rows(options_of(sys.argv[1]))):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
