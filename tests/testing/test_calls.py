"""The counting of calls into Node."""

import aws_cdk as cdk
import pytest

from naws.testing.calls import calls_of, node_calls


def test_what_node_is_asked_is_counted_by_kind() -> None:
    stack = cdk.Stack()
    with node_calls() as calls:
        assert calls.count == 0
        cdk.CfnResource(stack, "A", type="AWS::SNS::Topic")
        cdk.CfnResource(stack, "B", type="AWS::SNS::Topic")
    assert calls.by_kind["CreateRequest"] == 2
    assert calls.count == calls.by_kind.total() >= 2


def test_python_alone_makes_no_call_and_nothing_counts_after_the_block() -> None:
    with node_calls() as calls:
        sum(range(10))
    cdk.Stack()
    assert calls.count == 0


def test_a_nested_block_counts_its_own() -> None:
    with node_calls() as outer:
        cdk.Stack()
        before = outer.count
        with node_calls() as inner:
            cdk.Stack()
        assert inner.count == outer.count - before > 0
        cdk.Stack()
        assert outer.count - before > inner.count
    assert inner.by_kind["CreateRequest"] == 1


def test_the_calls_of_one_construct_are_counted() -> None:
    with node_calls() as calls:
        one = calls_of(cdk.Stack)
    assert one == calls.count > 0


def test_an_error_ends_the_counting() -> None:
    with pytest.raises(ZeroDivisionError), node_calls() as calls:
        _ = 1 / 0
    cdk.Stack()
    assert calls.count == 0
