"""Whatever is given for a field, the answer is issues: no value makes a plan, a rule or a text fail by itself."""

import enum
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from accepted import elsewhere
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from beyond import KINDS

from naws.core.issues import Issue
from naws.ecs_task_processor import FanOut, QueueTrigger, RetryPolicy, ScheduleTrigger


class Word(enum.IntEnum):
    ONE = 1


@cache
def values() -> list[Any]:
    own, parameters = elsewhere(), cdk.Stack(cdk.App(), "Parameters")
    text = cdk.CfnParameter(parameters, "Text").value_as_string
    number = cdk.CfnParameter(parameters, "Number", type="Number").value_as_number
    circle: dict[str, Any] = {}
    circle["x"] = circle
    ring: list[Any] = []
    ring.append(ring)
    plain = [None, True, False, 0, -1, 1, 10**400, -(10**400), 1.5, float("nan"), float("inf")]
    texts = ["", " ", "x", "x" * 5_000, "\0", "\n", "\u00e4", "\ud800", b"b", bytearray(b"x")]
    holding = [[], [None], [1], ["a"], {}, {"a": 1}, {1: 2}, {"": ""}, {"a": None}, circle, ring, (), set(), {1}]
    others = [object(), Word.ONE, Decimal(1), Path("x"), datetime(2030, 1, 1, tzinfo=UTC), timedelta(1), len, int]
    tokens = [text, number, [text], {text: text}, {"a": number}, cdk.Duration.minutes(number)]
    made = [cdk.Duration.seconds(1), cdk.Duration.days(1), cdk.Size.gibibytes(1), ec2.Port.tcp(1), ec2.Peer.any_ipv4()]
    given = [RetryPolicy(), ScheduleTrigger("@daily"), QueueTrigger(), events.EventPattern(), ec2.SubnetSelection()]
    return [*plain, *texts, *holding, *others, *tokens, *made, *given, *vars(own).values()]


REST: dict[str, Callable[[], dict[str, Any]]] = {
    "MemoryGrowth": lambda: {"max_memory_limit_mib": 4096},
    "FanOut": lambda: {"over": "$"},
    "ObjectsUnder": lambda: {"bucket": elsewhere().bucket, "prefix": ""},
    "RowsOf": lambda: {"bucket": elsewhere().bucket, "key": "a.csv"},
    "Egress": lambda: {"peer": ec2.Peer.any_ipv4(), "port": ec2.Port.HTTPS, "description": "a"},
    "Sidecar": lambda: {"name": "side", "image": ecs.ContainerImage.from_registry("a:1")},
    "ScheduleTrigger": lambda: {"expression": "@daily"},
    "EventTrigger": lambda: {"event_pattern": events.EventPattern(source=["a"])},
    "BucketBinding": lambda: {"bucket": elsewhere().bucket},
    "SecretBinding": lambda: {"secret": elsewhere().secret},
    "NoAlarms": lambda: {"reason": "a playground"},
    "VpcById": lambda: {"vpc_id": "vpc-0a1b2c3d"},
    "VpcByName": lambda: {"vpc_name": "main"},
    "VpcByTags": lambda: {"tags": {"stage": "prod"}},
    "VpcFromParameters": lambda: {"vpc_id": "/n/v", "private_subnet_ids": "/n/s"},
}
PLACES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "fan_out.over.": lambda part: {"fan_out": FanOut(part)},
    "egress[0].": lambda part: {"egress": [part]},
    "sidecars[0].": lambda part: {"sidecars": [part]},
    "BucketBinding.": lambda part: {"bindings": [part]},
    "SecretBinding.": lambda part: {"bindings": [part]},
    "Conventions.": lambda part: {"conventions": part},
}
NAMED = [(prefix, kind) for prefix, kinds in KINDS.items() for kind in kinds]


def props(prefix: str, part: Any) -> dict[str, Any]:
    """The props that say a part, wherever it belongs."""
    if prefix in PLACES:
        return PLACES[prefix](part)
    field = prefix.rstrip(".")
    return {"triggers": [part]} if field.endswith("Trigger") else {field: part}


@pytest.mark.parametrize("each", [5, pytest.param(1, marks=pytest.mark.exhaustive)], ids=["a fifth", "all"])
@pytest.mark.parametrize(("prefix", "kind"), NAMED, ids=[kind.__name__ for _, kind in NAMED])
def test_no_value_is_answered_by_anything_but_issues(
    prefix: str, kind: type, each: int, issues: Callable[..., list[Issue]]
) -> None:
    rest = REST.get(kind.__name__, dict[str, Any])()
    for number, field in enumerate(named for named in fields(kind) if named.init):
        for value in values()[number % each :: each]:  # every value meets some field of most parts
            given = {**rest, field.name: value}
            found = issues(**(given if not prefix else props(prefix, kind(**given))))
            assert all(issue.render() for issue in found)
