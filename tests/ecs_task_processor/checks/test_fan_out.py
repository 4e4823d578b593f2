"""Limits of a run that becomes many tasks."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from naws.core.issues import Issue
from naws.ecs_task_processor import FanOut, ObjectsUnder, RowsOf

Judge = Callable[..., list[Issue]]


def codes(found: list[Issue]) -> list[str]:
    return [issue.code for issue in found if "FAN" in issue.code]


def inbox() -> s3.IBucket:
    return s3.Bucket(cdk.Stack(), "Inbox")


@pytest.mark.parametrize("path", ["$", "$.items", "$.to.do", "$.to-do", "$.ä"])
def test_paths_that_name_items(issues: Judge, path: str) -> None:
    assert codes(issues(fan_out=FanOut(path))) == []


@pytest.mark.parametrize("path", ["", "items", "$.", "$..a", "$.a[0]", "$.a[*]", "$.a b", "$.`a`", "$items", "$.a\n"])
def test_paths_that_name_none(issues: Judge, path: str) -> None:
    assert codes(issues(fan_out=FanOut(path))) == ["NAWS-FAN-001"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"max_concurrency": 1}, []),
        ({"max_concurrency": 10_000}, ["NAWS-FAN-006"]),
        ({"max_concurrency": 0}, ["NAWS-FAN-002"]),
        ({"max_concurrency": 10_001}, ["NAWS-FAN-002"]),
        ({"batch": 10_000}, []),
        ({"batch": 0}, ["NAWS-FAN-003"]),
        ({"batch": 10_001}, ["NAWS-FAN-003"]),
        ({"tolerated_failure_percentage": 0.5}, []),
        ({"tolerated_failure_percentage": 100}, []),
        ({"tolerated_failure_percentage": -1}, ["NAWS-FAN-004"]),
        ({"tolerated_failure_percentage": 100.1}, ["NAWS-FAN-004"]),
        ({"batch": 0, "max_concurrency": -1}, ["NAWS-FAN-002", "NAWS-FAN-003"]),
    ],
)
def test_numbers(issues: Judge, given: dict[str, Any], found: list[str]) -> None:
    assert sorted(codes(issues(fan_out=FanOut("$.items", **given)))) == found


@pytest.mark.parametrize(
    ("cpu", "memory", "tasks", "remedy"),
    [
        (1024, 2048, 40, ""),
        (1024, 2048, 41, "max_concurrency=40"),
        (256, 512, 100, ""),
        (256, 512, 101, "max_concurrency=100"),
        (4096, 8192, 1000, "max_concurrency=10"),
    ],
)
def test_many_tasks_are_held_against_the_quotas(issues: Judge, cpu: int, memory: int, tasks: int, remedy: str) -> None:
    found = issues(cpu=cpu, memory_limit_mib=memory, fan_out=FanOut("$.items", max_concurrency=tasks))
    assert [issue.remedy.splitlines()[0] for issue in found] == ([remedy] if remedy else [])


@pytest.mark.parametrize(
    ("key", "found"), [("a.csv", []), ("a.jsonl", []), ("a.json", ["NAWS-FAN-005"]), ("a", ["NAWS-FAN-005"])]
)
def test_rows_are_reported_by_their_key(issues: Judge, key: str, found: list[str]) -> None:
    assert codes(issues(fan_out=FanOut(RowsOf(inbox(), key)))) == found


def test_objects_may_have_any_prefix(issues: Judge) -> None:
    assert codes(issues(fan_out=FanOut(ObjectsUnder(inbox(), "")))) == []


def test_a_wrong_type_is_a_type_issue_and_nothing_else(issues: Judge) -> None:
    found = issues(fan_out=FanOut("$.items", batch="ten"))  # pyright: ignore[reportArgumentType]  # on purpose
    assert [issue.path for issue in found] == ["fan_out.batch"]
    assert codes(found) == []
