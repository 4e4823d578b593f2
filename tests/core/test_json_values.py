"""What is JSON: values and what CDK resolves into values, and nothing that holds itself."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from naws.core.rules.json_values import as_json, mistyped
from naws.core.rules.values import Field
from naws.core.tokens import has_token


class Count(IntEnum):
    ONE = 1


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "S")


@pytest.mark.parametrize(
    "make",
    [
        lambda _: cdk.Token.as_any({"Ref": "AWS::Region"}),
        lambda stack: cdk.CfnParameter(stack, "Word"),
        lambda stack: cdk.CfnParameter(stack, "Word").value_as_string,
        lambda stack: cdk.CfnParameter(stack, "Count", type="Number").value_as_number,
        lambda _: cdk.Fn.get_att("It", "Arn"),
    ],
)
def test_what_cdk_resolves_passes_and_synthesises(make: Callable[[cdk.Stack], object], stack: cdk.Stack) -> None:
    value = {"it": [make(stack)]}
    assert list(mistyped(Field("x", value))) == []
    assert stack.resolve(stack.to_json_string(value))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda stack: s3.Bucket(stack, "It"), "bucket.bucket_name"),
        (lambda stack: s3.Bucket.from_bucket_name(stack, "It", "inbox"), "bucket.bucket_name"),
        (lambda stack: secretsmanager.Secret.from_secret_name_v2(stack, "It", "inbox"), "secret.secret_arn"),
        (lambda stack: sqs.Queue(stack, "It"), "queue.queue_url"),
        (lambda _: cdk.Duration.minutes(5), "duration.to_seconds()"),
        (lambda _: cdk.Size.mebibytes(5), "size.to_mebibytes()"),
        (lambda _: Count.ONE, "Count.ONE.value"),
        (lambda _: b"x", "….decode()"),
        (lambda _: float("inf"), '"…"  # as text'),
        (lambda _: 2**63, '"…"  # as text'),
        (lambda _: -(2**63) - 1, '"…"  # as text'),
        (lambda _: {"x"}, '["x"]'),
        (lambda _: cdk.RemovalPolicy.RETAIN, "RemovalPolicy.RETAIN.value"),
        (lambda _: object(), "str(…)  # as text, such as an ISO date"),
    ],
)
def test_another_object_is_found_with_what_is_json_of_it(
    make: Callable[[cdk.Stack], object], expected: str, stack: cdk.Stack
) -> None:
    value = make(stack)
    assert list(mistyped(Field("x", {"a": [value], "b": 1}))) == [Field('x["a"][0]', value)]
    assert as_json(value) == expected


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**53 + 1, 5e-324, True])
def test_a_number_that_every_reader_holds_passes(number: float) -> None:
    assert list(mistyped(Field("x", {"n": [number]}))) == []


def test_what_holds_itself_or_is_too_deep_is_found_where_it_does() -> None:
    whole: dict[str, Any] = {"a": 1}
    whole["again"] = [whole]
    assert [each.path for each in mistyped(Field("x", whole))] == ['x["again"][0]']
    assert not has_token(whole)

    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    assert len(list(mistyped(Field("x", deep)))) == 1
    assert not has_token(deep)
