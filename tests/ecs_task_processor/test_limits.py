"""What a run can reach at the most, against runs in which everything goes wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from workflow_settings import POLICY as BOTH

from naws.core.fargate import Size
from naws.core.step_functions import HISTORY_LIMIT
from naws.ecs_task_processor import Concurrency, FanOut
from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.workflow import longest_history, workflow
from naws.ecs_task_processor.workflow.limits import LARGEST_INPUT
from naws.testing import Returns, Throws, WorkflowRun, run_workflow

NAMES = ResourceNames(
    partition="aws",
    cluster_arn="arn:aws:ecs:us-east-1:123456789012:cluster/main",
    task_definition_arn="arn:aws:ecs:us-east-1:123456789012:task-definition/family:7",
    container="main",
    subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    security_group_ids=("sg-0123456789abcdef0",),
    payload_bucket="b" * 63,
    failure_queue_url="https://sqs.us-east-1.amazonaws.com/123456789012/" + "q" * 80,
    processor="Stack/Nightly",
    lease_table="leases",
)
POLICY = {
    **BOTH,
    "task_attempts": 4,
    "sizes": tuple(Size(cpu=1024, memory_limit_mib=memory) for memory in (2048, 3072, 4096)),
}
WAITING = Concurrency(limit=1)
SKIPPING = Concurrency(limit=1, when_full="skip")
ITEMS = FanOut("$.items", max_concurrency=40, batch=1)
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "waiting": {"lease": WAITING},
    "skipping": {"lease": SKIPPING},
    "items": {"fan_out": ITEMS},
    "everything": {"lease": WAITING, "fan_out": ITEMS, "capacity": "spot-then-on-demand", "exit_codes": {7: "retry"}},
}
BROKEN = Throws("Aws.SdkClientException", '\u6f22"\\' * 10_000)
DONE = Returns({})
FULL = Throws("DynamoDB.ConditionalCheckFailedException", "no")


def settings(option: str, **more: Any) -> RunPolicy:
    return RunPolicy(**{**POLICY, **OPTIONS[option], **more})


def after_retries(last: Returns, retries: int) -> Callable[[Any], Any]:
    """Every call is repeated as often as it may be before it answers."""
    calls = iter(range(10**6))
    return lambda _: last if next(calls) % (retries + 1) == retries else BROKEN


def remembered(given: Any, retries: int = 0) -> Callable[[Any], Returns]:
    """An execution's history as AWS tells it at the first timeout: the payload is in four of its events.

    Args:
        retries: how often it is asked in vain before it is asked and answers.
    """
    text, calls = json.dumps(given), iter(range(10**6))
    answer = json.dumps({"Failures": [], "Tasks": [{"TaskArn": "task", "Overrides": {"x": "y" * 8_000}}]})
    request = json.dumps({"Overrides": {"Environment": "y" * 8_000}})

    def called(resource: str, parameters: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
        scheduled = {"Resource": resource, "ResourceType": "x", "Parameters": parameters}
        return [{"Type": "TaskScheduled", "TaskScheduledEventDetails": scheduled}, {"Type": "TaskStarted"}, *more]

    def entered(kind: str, data: str = "{}") -> dict[str, Any]:
        return {"Type": f"{kind}StateEntered", "StateEnteredEventDetails": {"Input": data}}

    def left(kind: str, assigned: str = "{}") -> dict[str, Any]:
        return {
            "Type": f"{kind}StateExited",
            "StateExitedEventDetails": {"Output": "{}", "AssignedVariables": assigned},
        }

    submitted = {"Type": "TaskSubmitted", "TaskSubmittedEventDetails": {"Output": answer}}
    until_now = [
        {"Type": "ExecutionStarted", "ExecutionStartedEventDetails": {"Input": text}},
        *(entered("Pass", text), left("Pass", text), entered("Choice"), left("Choice"), entered("Task")),
        *called("putObject", text, {"Type": "TaskSucceeded"}),
        *(left("Task"), entered("Task")),
        *called("runTask.sync", request, submitted, {"Type": "TaskTimedOut"}),
        *(left("Task"), entered("Task")),
    ]

    def answered(arguments: Any) -> Returns:
        failures = [
            called("getExecutionHistory", "{}", {"Type": "TaskFailed"}) for _ in range(next(calls) % (retries + 1))
        ]
        events = [
            *until_now,
            *(event for failure in failures for event in failure),
            *called("getExecutionHistory", "{}"),
        ]
        numbered = [{"Id": number, **event} for number, event in enumerate(events, 1)]
        return Returns({"Events": numbered[::-1][: arguments["MaxResults"]]})

    return answered


def late_history(given: Any) -> Callable[[Any], Any]:
    """The same, after as many failures as are repeated."""
    answered, calls = remembered(given, 8), iter(range(10**6))
    return lambda arguments: (answer := answered(arguments), BROKEN if next(calls) % 9 < 8 else answer)[1]


def counted(finished: WorkflowRun) -> int:
    """Events of a run: two of each state, and of each call three, or four when it is waited for."""
    calls = sum(4 if request.resource.endswith(".sync") else 3 for request in finished.requests)
    return 2 + 2 * len(finished.states) + calls


def worst_run(option: str, **more: Any) -> WorkflowRun:
    """Every attempt times out, and every call is repeated until it must not be any more."""
    plan = settings(option, **more)
    given = {"trigger": "queue", "id": "m", "payload": {"x": "y" * 20_000}}
    item = {**given, "item": {"index": 0, "count": 1}} if plan.fan_out else given
    looks = iter(range(10**6))
    outcomes: dict[str, Any] = {
        "Store payload": after_retries(DONE, 4),
        "Run task": lambda _: Throws("States.Timeout"),
        "Find task": late_history(given),
        "Stop task": after_retries(DONE, 8),
        "Note failure": after_retries(DONE, 2),
        "Keep failure": after_retries(DONE, 8),
    }
    if plan.lease is not None:
        wait = plan.waits_for_lease
        outcomes["Take lease"] = (lambda _: FULL if next(looks) < 1_999 else DONE) if wait else [DONE]
        outcomes["Release after failure"] = after_retries(DONE, 4)
    return run_workflow(workflow(plan, NAMES), item, outcomes, allow_unused=True)


@pytest.mark.parametrize(
    "option",  # those that wait for a lease look for it 2,000 times
    [pytest.param(name, marks=[pytest.mark.exhaustive] * (name in {"waiting", "everything"})) for name in OPTIONS],
)
def test_no_run_has_more_events_than_were_counted_from_its_settings(option: str) -> None:
    claimed = longest_history(settings(option))
    assert counted(worst_run(option)) <= claimed.events <= HISTORY_LIMIT


@pytest.mark.parametrize("option", ["plain", "skipping", "items"])
def test_a_bound_is_not_far_from_what_can_happen(option: str) -> None:
    one, two = (counted(worst_run(option, task_attempts=attempts)) for attempts in (1, 2))
    claimed = longest_history(settings(option))
    assert claimed.attempt * 0.8 <= two - one <= claimed.attempt


def test_a_run_that_counts_its_items_as_often_as_it_may_has_no_more_events_than_were_counted() -> None:
    given = {"trigger": "queue", "id": "m", "payload": {"items": [1]}}
    counts = {"Total": 1, "Succeeded": 0, "Failed": 0, "Aborted": 0, "TimedOut": 0, "Pending": 0, "Running": 1}
    names = (
        "Store payload",
        "Note success",
        "Keep failure",
        "Item: Run task",
        "Item: Note failure",
        "Item: Keep failure",
    )
    always = {name: (lambda _: DONE) for name in names} | {"Fan out": [Returns([1])]}
    outcomes = always | {"Count items": after_retries(Returns({"ItemCounts": counts}), 8)}
    finished = run_workflow(workflow(settings("items"), NAMES), given, outcomes, allow_unused=True)
    claimed = longest_history(settings("items"))
    without_attempts = claimed.events - claimed.attempts * claimed.attempt
    assert finished.states.count("Count items") == 20
    assert without_attempts * 0.8 <= counted(finished) <= without_attempts


def test_growing_counts_as_attempts() -> None:
    assert longest_history(settings("plain")).attempts == 3 + 4 - 1 + 2


def test_the_most_attempts_that_fit_are_named() -> None:
    claimed = longest_history(settings("waiting", infrastructure_attempts=100, task_attempts=100))
    assert claimed.events > HISTORY_LIMIT
    fitting = longest_history(
        settings(
            "waiting",
            infrastructure_attempts=claimed.most_attempts,
            task_attempts=1,
            sizes=(Size(cpu=256, memory_limit_mib=512),),
        )
    )
    assert HISTORY_LIMIT - fitting.attempt < fitting.events <= HISTORY_LIMIT


TEXTS = {"ascii": "x", "quotes": '"', "breaks": "\n", "three bytes": "\u6f22", "four bytes": "\U0001f600"}
FEW_TEXTS = [pytest.param(each, marks=[pytest.mark.exhaustive] * (each != "three bytes")) for each in TEXTS]


def payload_of(size: int, text: str) -> dict[str, Any]:
    """A payload of so many bytes of JSON, or a few less."""
    one = len(json.dumps(text, ensure_ascii=False).encode()) - 2
    return {"items": [text * ((size - len('{"items":[""]}')) // one)]}


ENDS: dict[str, dict[str, Any]] = {
    "nothing stored": {"Store payload": lambda _: BROKEN},
    "no lease": {"Take lease": lambda _: Throws("DynamoDB.AccessDeniedException", BROKEN.cause)},
    "no items": {"Fan out": [Throws("States.ItemReaderFailed", BROKEN.cause)]},
    "cannot start": {"Run task": lambda _: Throws("ECS.AmazonECSException", BROKEN.cause)},
    "times out": {"Run task": lambda _: Throws("States.Timeout")},
    "not stopped": {"Run task": lambda _: Throws("States.Timeout"), "Find task": lambda _: BROKEN},
    "not counted": {"Count items": lambda _: BROKEN},
    "fails": {"Run task": lambda _: Throws("States.TaskFailed", described(3))},
    "succeeds": {"Run task": lambda _: Returns(json.loads(described(0)))},
}


def described(exit_code: int) -> str:
    container = {"Name": "main", "ExitCode": exit_code, "Reason": "\u6f22" * 1_024}
    return json.dumps({"TaskArn": "t", "StopCode": "EssentialContainerExited", "Containers": [container]})


@pytest.mark.parametrize("text", FEW_TEXTS)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("option", ["plain", "everything"])
def test_the_largest_input_exceeds_no_state(option: str, end: str, text: str) -> None:
    plan = settings(option)
    given = {"trigger": "queue", "id": "i" * 100, "time": "2026-01-01T00:00:00Z"}
    given |= {"payload": payload_of(LARGEST_INPUT, TEXTS[text])}
    always = ("Store payload", "Take lease", "Note success", "Note failure", "Keep failure", "Stop task",
              "Release after success", "Release after failure")  # fmt: skip
    outcomes: dict[str, Any] = {name: (lambda _: DONE) for name in always} | {"Find task": remembered(given)}
    states = workflow(plan, NAMES)["States"]
    names = {name.removeprefix("Item: ") for name in (*states, *_item_states(states))}
    chosen = {name: outcome for name, outcome in (outcomes | ENDS["succeeds"] | ENDS[end]).items() if name in names}
    placed = {
        f"{prefix}{name}": outcome
        for name, outcome in chosen.items()
        for prefix in ("", "Item: ")
        if f"{prefix}{name}" in states or f"{prefix}{name}" in _item_states(states)
    }
    finished = run_workflow(workflow(plan, NAMES), given, placed, allow_unused=True)
    assert finished.error.startswith("Naws.") or finished.status == "SUCCEEDED"
    if end == "times out":
        assert all(sent["Task"] == "task" for sent in finished.arguments("Stop task"))
        assert finished.error == ("Naws.ItemsFailed" if option == "everything" else "Naws.AttemptTimedOut")


def _item_states(states: dict[str, Any]) -> dict[str, Any]:
    return states.get("Fan out", {}).get("ItemProcessor", {}).get("States", {})


def test_a_larger_input_ends_the_execution() -> None:
    given = {"trigger": "queue", "id": "i", "payload": payload_of(262_200, "x")}
    assert run_workflow(workflow(settings("plain"), NAMES), given, {}).error == "States.DataLimitExceeded"
