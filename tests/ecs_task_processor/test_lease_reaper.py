"""Leases that their runs could not give back, executed."""

from typing import Any

import pytest

from naws.ecs_task_processor.plan_runs import ResourceNames
from naws.ecs_task_processor.workflow.reaper import RECONCILE, reaper
from naws.testing import Returns, Throws, WorkflowRun, run_workflow

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:Nightly"
GIVEN = Returns({})


def run(given: dict[str, Any], outcomes: dict[str, Any], stop_timeout: float = 120) -> WorkflowRun:
    names = ResourceNames(lease_table="leases", processor="Stack/Nightly")
    return run_workflow(reaper(names, MACHINE, stop_timeout), given, outcomes)


def given_back(finished: WorkflowRun) -> list[list[str]]:
    for arguments in finished.arguments("Give back"):
        assert (arguments["TableName"], arguments["Key"]) == ("leases", {"processor": {"S": "Stack/Nightly"}})
        assert arguments["UpdateExpression"] == "DELETE holders :gone"
    return [arguments["ExpressionAttributeValues"][":gone"]["SS"] for arguments in finished.arguments("Give back")]


@pytest.mark.parametrize(
    ("end", "waits"),
    [
        ({"status": "SUCCEEDED"}, []),
        ({"status": "SUCCEEDED", "error": None}, []),
        ({"status": "FAILED", "error": "Naws.TaskFailed"}, []),
        ({"status": "FAILED", "error": "States.Runtime"}, [120]),
        ({"status": "FAILED", "error": None}, [120]),
        ({"status": "FAILED"}, [120]),
        ({"status": "ABORTED", "error": None}, [120]),
        ({"status": "TIMED_OUT", "error": "States.Timeout"}, [120]),
    ],
    ids=str,
)
def test_a_lease_is_given_back_once_nothing_can_work_under_it(end: dict[str, Any], waits: list[int]) -> None:
    finished = run({"name": "run-9", "input": "{}", **end}, {"Give back": [GIVEN]})
    assert finished.waits == waits
    assert given_back(finished) == [["run-9"]]


def test_what_was_on_its_way_when_a_run_was_aborted_gets_half_a_minute() -> None:
    finished = run({"name": "run-9", "status": "ABORTED"}, {"Give back": [GIVEN]}, stop_timeout=0)
    assert finished.waits == [30]


def test_giving_back_is_tried_again() -> None:
    refused = [Throws("DynamoDB.ThrottlingException")] * 20
    finished = run({"name": "run-9", "status": "SUCCEEDED"}, {"Give back": [*refused, GIVEN]})
    assert finished.status == "SUCCEEDED"


DENIED = Throws("DynamoDB.AmazonDynamoDBException", "not authorized to perform: dynamodb (Status Code: 400)")


@pytest.mark.parametrize("call", ["Give back", "Read holders"])
def test_what_the_keeper_may_not_do_fails_it_at_once_with_its_cause(call: str) -> None:
    given = RECONCILE if call == "Read holders" else {"name": "run-9", "status": "SUCCEEDED"}
    finished = run(given, {call: [DENIED]})
    assert (finished.error, finished.cause) == ("Naws.LeasesNotGivenBack", f"{DENIED.error}: {DENIED.cause}")
    assert finished.waits == []


def holders(*names: str) -> Returns:
    return Returns({"Item": {"processor": {"S": "Stack/Nightly"}, "holders": {"SS": list(names)}}})


def running(*names: str, more: str | None = None) -> Returns:
    page = {"Executions": [{"Name": name, "Status": "RUNNING"} for name in names]}
    return Returns(page if more is None else {**page, "NextToken": more})


@pytest.mark.parametrize("item", [Returns({}), Returns({"Item": {"processor": {"S": "Stack/Nightly"}}})])
def test_without_holders_reconciling_does_nothing(item: Returns) -> None:
    finished = run(RECONCILE, {"Read holders": [item]})
    assert finished.states == ["Reconcile?", "Read holders", "Any holders?", "Nothing to give back"]


@pytest.mark.parametrize("casing", ["SS", "Ss"])
def test_holders_are_read_in_either_casing(casing: str) -> None:
    answered = Returns({"Item": {"holders": {casing: ["gone"]}}})
    finished = run(
        RECONCILE, {"Read holders": [answered], "List running": [running(), running()], "Give back": [GIVEN]}
    )
    assert given_back(finished) == [["gone"]]


def test_holders_that_run_keep_their_leases() -> None:
    finished = run(RECONCILE, {"Read holders": [holders("a", "b")], "List running": [running("b", "waits", "a")]})
    assert given_back(finished) == []
    assert finished.waits == []
    assert finished.arguments("List running") == [
        {"StateMachineArn": MACHINE, "StatusFilter": "RUNNING", "MaxResults": 200}
    ]


def test_a_holder_on_a_later_page_keeps_its_lease() -> None:
    finished = run(
        RECONCILE,
        {"Read holders": [holders("a", "b")], "List running": [running("a", more="page-2"), running("b")]},
    )
    assert given_back(finished) == []
    assert [asked.get("NextToken") for asked in finished.arguments("List running")] == [None, "page-2"]


@pytest.mark.parametrize("others", [(), ("a",), ("a", "b")])
def test_a_holder_that_was_twice_not_running_has_ended(others: tuple[str, ...]) -> None:
    found = [running(*others), running(*others)]
    finished = run(RECONCILE, {"Read holders": [holders("gone", *others)], "List running": found, "Give back": [GIVEN]})
    assert given_back(finished) == [["gone"]]
    assert finished.waits == [300]


def test_a_holder_that_was_missed_once_keeps_its_lease() -> None:
    finished = run(
        RECONCILE, {"Read holders": [holders("a", "new")], "List running": [running("a"), running("a", "new")]}
    )
    assert given_back(finished) == []


def test_a_thousand_holders_that_ended_are_given_back_together() -> None:
    names = [f"{'x' * 70}-{number}" for number in range(1_000)]
    finished = run(
        RECONCILE, {"Read holders": [holders(*names)], "List running": [running(), running()], "Give back": [GIVEN]}
    )
    assert given_back(finished) == [names]
