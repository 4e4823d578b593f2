"""Print the table of permissions, read off synthesised templates: the five lines first, then what each option adds.

The page of the task processor shows what this prints; `docs/fill.py` runs it.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import groupby, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.ecs_task_processor import (
    BucketBinding,
    Concurrency,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    FanOut,
    MemoryGrowth,
    ObjectsUnder,
    QueueTrigger,
    RowsOf,
    ScheduleTrigger,
    SecretBinding,
)


class Permission(NamedTuple):
    """One action that one role may do on one resource."""

    role: str
    condition: str
    resource: str
    action: str


Said = Callable[[cdk.Stack], dict[str, Any]]


class Option(NamedTuple):
    """What is said to a processor, beside its image.

    Attributes:
        said: the further props.
        beyond: the option whose permissions are not told again.
    """

    said: Said
    beyond: str = "only `image`"


def _inbox(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Inbox")


def _secret(stack: cdk.Stack) -> secretsmanager.Secret:
    return secretsmanager.Secret(stack, "Warehouse")


def _over(items: Callable[[cdk.Stack], str | ObjectsUnder | RowsOf]) -> Said:
    return lambda stack: {"fan_out": FanOut(items(stack))}


def _bound(binding: Callable[[cdk.Stack], BucketBinding | SecretBinding]) -> Said:
    return lambda stack: {"bindings": [binding(stack)]}


PAYLOAD = "`fan_out` over the payload"
OPTIONS: dict[str, Option] = {
    "only `image`": Option(lambda _: {}),
    "`ScheduleTrigger`": Option(lambda _: {"triggers": [ScheduleTrigger("@daily")]}),
    "`EventTrigger`": Option(lambda stack: {"triggers": [EventTrigger.object_created(_inbox(stack))]}),
    "`QueueTrigger`": Option(lambda _: {"triggers": [QueueTrigger()]}),
    "`memory_growth`": Option(lambda _: {"memory_growth": MemoryGrowth(max_memory_limit_mib=8192)}),
    "`capacity`": Option(lambda _: {"capacity": "spot-then-on-demand"}),
    "`exit_codes`": Option(lambda _: {"exit_codes": {75: "retry"}}),
    "`concurrency`": Option(lambda _: {"concurrency": Concurrency(limit=1)}),
    PAYLOAD: Option(_over(lambda _: "$.items")),
    "`fan_out` over `ObjectsUnder`": Option(_over(lambda stack: ObjectsUnder(_inbox(stack), "in/")), PAYLOAD),
    "`fan_out` over `RowsOf`": Option(_over(lambda stack: RowsOf(_inbox(stack), "rows.csv")), PAYLOAD),
    "`encryption_key`": Option(lambda stack: {"encryption_key": kms.Key(stack, "Key")}),
    "`secrets`": Option(lambda stack: {"secrets": {"PASSWORD": ecs.Secret.from_secrets_manager(_secret(stack))}}),
    "`SecretBinding`": Option(_bound(lambda stack: SecretBinding(_secret(stack)))),
    '`BucketBinding`, `access="read"`': Option(_bound(lambda stack: BucketBinding(_inbox(stack), prefix="in/"))),
    '`BucketBinding`, `access="write"`': Option(
        _bound(lambda stack: BucketBinding(_inbox(stack), prefix="out/", access="write"))
    ),
}


def permissions() -> dict[str, set[Permission]]:
    """Everything that the roles of a processor with each option may do."""
    with TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, analytics_reporting=False, context={"aws:cdk:enable-path-metadata": True})
        stacks = {name: _stack(app, f"Option{number}", name) for number, name in enumerate(OPTIONS)}
        app.synth()
        files = {name: Path(folder) / stack.template_file for name, stack in stacks.items()}
        return {name: set(_permissions(json.loads(file.read_text())["Resources"])) for name, file in files.items()}


def _stack(app: cdk.App, construct_id: str, option: str) -> cdk.Stack:
    stack = cdk.Stack(app, construct_id)
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, **OPTIONS[option].said(stack)))
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


def rows() -> Iterator[tuple[str, ...]]:
    """The table's rows: what each option allows beyond another."""
    found = permissions()
    for name, option in OPTIONS.items():
        beyond = found[option.beyond] if name != option.beyond else set[Permission]()
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
    for row in (head, ["---"] * len(head), *rows()):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
