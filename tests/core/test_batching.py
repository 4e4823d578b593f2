"""What a build hands over comes at its end, in one; without a build it comes at once, and of a failed one nothing."""

from collections.abc import Callable
from functools import partial

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from naws.core.batching import batched, batching
from naws.core.nag import acknowledge_nag, acknowledge_nag_wildcards
from naws.testing.calls import node_calls
from naws.testing.checkers import nag

SID = "AwsSolutions-S1"


@pytest.fixture
def seen() -> list[list[str]]:
    return []


@pytest.fixture
def hand_over(seen: list[list[str]]) -> Callable[[str, str], None]:
    return lambda key, item: batched(key, seen.append, item)


def test_without_a_build_each_item_comes_at_once(seen: list[list[str]], hand_over: Callable[..., None]) -> None:
    hand_over("a", "1")
    hand_over("a", "2")
    assert seen == [["1"], ["2"]]


def test_a_build_hands_over_each_key_once_at_its_end(seen: list[list[str]], hand_over: Callable[..., None]) -> None:
    with batching():
        for key, item in ("a", "1"), ("b", "2"), ("a", "3"):
            hand_over(key, item)
        assert seen == []
    assert seen == [["1", "3"], ["2"]]


def test_a_build_inside_of_another_has_its_own_end(seen: list[list[str]], hand_over: Callable[..., None]) -> None:
    with batching():
        hand_over("a", "outer")
        with batching():
            hand_over("a", "inner")
        assert seen == [["inner"]]
    assert seen == [["inner"], ["outer"]]


def test_of_a_build_that_fails_nothing_is_handed_over(seen: list[list[str]], hand_over: Callable[..., None]) -> None:
    def fail() -> None:
        with batching():
            hand_over("a", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen == []
    hand_over("a", "2")
    assert seen == [["2"]]


def answered(app: cdk.App, *, wildcards: int) -> None:
    """A bucket, and a role that may read so many of its prefixes; both are answered for."""
    stack = cdk.Stack(app, "Stack")
    bucket = s3.Bucket(stack, "Bucket", enforce_ssl=True)
    acknowledge_nag(bucket, SID, "Nobody else reads it.")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    for number in range(wildcards):
        keys = bucket.arn_for_objects(f"{number}/*")
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[keys]))
        acknowledge_nag_wildcards(role, {keys: "What it reads has names that are not known before."})


def answered_in_a_build(app: cdk.App, *, wildcards: int) -> None:
    with batching():
        answered(app, wildcards=wildcards)


@pytest.mark.parametrize("make", [answered, answered_in_a_build])
def test_cdk_nag_takes_the_answers_however_they_come(make: Callable[..., None]) -> None:
    assert nag(partial(make, wildcards=2)) == []


def test_what_nobody_answered_for_is_found() -> None:
    def unanswered(app: cdk.App) -> None:
        answered_in_a_build(app, wildcards=1)
        role = app.node.find_child("Stack").node.find_child("Role")
        assert isinstance(role, iam.Role)
        role.add_to_policy(iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"]))

    assert [each.rule for each in nag(unanswered)] == ["AwsSolutions-IAM5[Resource::*]"]


def test_more_answers_of_one_scope_are_one_call() -> None:
    def calls(answers: int) -> int:
        stack = cdk.Stack(cdk.App(), "Stack")
        bucket = s3.Bucket(stack, "Bucket")
        arns = [bucket.arn_for_objects(f"{number}/*") for number in range(answers)]
        with node_calls() as made, batching():
            for arn in arns:
                acknowledge_nag_wildcards(bucket, {arn: "It has to be."})
        return made.count

    assert calls(1) == calls(9)
