"""Many tasks from one run, executed: what each item gets, how its failures end, and what the run makes of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from workflow_settings import NAMES
from workflow_settings import POLICY as BOTH

from naws.ecs_task_processor import Concurrency, EcsTaskProcessor, EcsTaskProcessorProps, FanOut, ObjectsUnder, RowsOf
from naws.ecs_task_processor.plan_runs import RunPolicy
from naws.ecs_task_processor.workflow import workflow
from naws.ecs_task_processor.workflow.payload import payload_budget
from naws.testing import Returns, Throws, WorkflowRun, run_workflow, synth_template, workflow_definitions

POLICY = {**BOTH, "task_attempts": 1}
ITEMS = "$.items"
INBOX = s3.Bucket.from_bucket_name(cdk.Stack(), "Inbox", "inbox")
OBJECTS = ObjectsUnder(INBOX, "in/")
ROWS = RowsOf(INBOX, "rows.csv")


def settings(over: str | ObjectsUnder | RowsOf = ITEMS, **more: Any) -> RunPolicy:
    plan = {"max_concurrency": 40, "batch": 1, "tolerated_failure_percentage": 0}
    fan_out = FanOut(over, **{**plan, **{name: more.pop(name) for name in plan if name in more}})
    return RunPolicy(**{**POLICY, **more, "fan_out": fan_out})


def envelope(items: Any) -> dict[str, Any]:
    return {"trigger": "queue", "id": "m", "time": "2026-01-01T00:00:00Z", "payload": {"items": items}}


def item(index: int, payload: Any, count: int | None = 3) -> dict[str, Any]:
    environment = {"index": index} if count is None else {"index": index, "count": count}
    return {
        "trigger": "queue",
        "id": f"m#{index}",
        "time": "2026-01-01T00:00:00Z",
        "payload": payload,
        "item": environment,
    }


def variables(arguments: Any) -> dict[str, str]:
    return {entry["Name"]: entry["Value"] for entry in arguments["Overrides"]["ContainerOverrides"][0]["Environment"]}


def tasks(fails: Callable[[Mapping[str, str]], bool] = lambda _: False) -> Callable[[Any], Returns | Throws]:
    """Tasks that succeed, but for those whose environment says that they fail."""

    def answer(arguments: Any) -> Returns | Throws:
        code = 1 if fails(variables(arguments)) else 0
        ended = {
            "TaskArn": "t",
            "StopCode": "EssentialContainerExited",
            "Containers": [{"Name": "main", "ExitCode": code}],
        }
        return Throws("States.TaskFailed", json.dumps(ended)) if code else Returns(ended)

    return answer


def payload_is(*failing: Any) -> Callable[[Mapping[str, str]], bool]:
    return lambda environment: json.loads(environment["NAWS_PAYLOAD"]) in failing


def run(given: Any, plan: RunPolicy, outcomes: Mapping[str, Any] | None = None) -> WorkflowRun:
    always = {
        name: lambda _: Returns({})
        for name in (
            "Item: Note success",
            "Item: Note failure",
            "Item: Keep failure",
            "Item: Store payload",
            "Note success",
            "Note failure",
            "Keep failure",
        )
    }
    scripted = {**always, "Item: Run task": tasks(), **(outcomes or {})}
    return run_workflow(workflow(plan, NAMES), given, scripted, execution_name="run-1", allow_unused=True)


def kept(finished: WorkflowRun, state: str = "Item: Keep failure") -> list[Any]:
    return [arguments["MessageBody"]["envelope"] for arguments in finished.arguments(state)]


def test_every_item_is_a_task() -> None:
    finished = run(envelope(["a", {"b": 1}, [2]]), settings())
    assert finished.status == "SUCCEEDED"
    sent = [variables(arguments) for arguments in finished.arguments("Item: Run task")]
    assert [json.loads(environment["NAWS_PAYLOAD"]) for environment in sent] == ["a", {"b": 1}, [2]]
    assert [environment["NAWS_RUN_ID"] for environment in sent] == ["m#0", "m#1", "m#2"]
    assert [environment["NAWS_ITEM_INDEX"] for environment in sent] == ["0", "1", "2"]
    assert {environment["NAWS_ITEM_COUNT"] for environment in sent} == {"3"}
    assert len({arguments["Group"] for arguments in finished.arguments("Item: Run task")}) == 3


def test_the_run_tells_what_came_of_its_items() -> None:
    finished = run(envelope(["a", "b"]), settings())
    assert finished.states[:5] == ["Receive", "Fits?", "One item?", "Fan out", "Item: Receive"]
    assert finished.states[-4:] == ["Count items", "Enough succeeded?", "Note success", "Succeeded"]
    assert finished.output["items"] == {"total": 2, "succeeded": 2, "failed": 0}
    assert finished.output["results"].startswith("s3://payloads/results/run-1/")
    assert finished.output["results"].endswith("/manifest.json")


def test_successes_of_items_are_not_successes_of_runs() -> None:
    finished = run(envelope(["a", "b"]), settings())
    counted = [
        arguments["MetricData"][0]["MetricName"]
        for state in ("Item: Note success", "Note success")
        for arguments in finished.arguments(state)
    ]
    assert counted == ["ItemsSucceeded", "ItemsSucceeded", "RunsSucceeded"]


def test_one_of_three_items_fails_and_only_that_one_is_kept() -> None:
    finished = run(envelope(["a", "bad", "c"]), settings(), {"Item: Run task": tasks(payload_is("bad"))})
    assert finished.status == "FAILED"
    assert finished.error == "Naws.ItemsFailed"
    assert "1 of 3 items failed" in finished.cause
    assert kept(finished) == [item(1, "bad")]
    assert finished.arguments("Keep failure") == []
    assert len(finished.arguments("Item: Run task")) == 3


@pytest.mark.parametrize(
    ("bad", "percentage", "status"), [(1, 33, "FAILED"), (1, 34, "SUCCEEDED"), (3, 99, "FAILED"), (3, 100, "SUCCEEDED")]
)
def test_a_tolerated_share_of_failures(bad: int, percentage: float, status: str) -> None:
    items = [*["bad"] * bad, "b", "c"][:3]
    finished = run(
        envelope(items),
        settings(tolerated_failure_percentage=percentage),
        {"Item: Run task": tasks(payload_is("bad"))},
    )
    assert finished.status == status
    assert len(kept(finished)) == bad


def test_a_failed_item_that_is_put_back_is_worked_on_alone() -> None:
    finished = run(item(1, "bad"), settings(), {"Run task": tasks()})
    assert finished.states == [
        "Receive",
        "Fits?",
        "One item?",
        "Run task",
        "Judge",
        "Succeeded?",
        "Note success",
        "Succeeded",
    ]
    environment = variables(finished.arguments("Run task")[0])
    assert (environment["NAWS_RUN_ID"], environment["NAWS_PAYLOAD"]) == ("m#1", '"bad"')
    assert (environment["NAWS_ITEM_INDEX"], environment["NAWS_ITEM_COUNT"]) == ("1", "3")


def test_an_item_has_attempts_of_its_own() -> None:
    seen: list[str] = []

    def fails_once(environment: Mapping[str, str]) -> bool:
        seen.append(environment["NAWS_RUN_ID"])
        return environment["NAWS_PAYLOAD"] == '"b"' and environment["NAWS_ATTEMPT"] == "1"

    finished = run(envelope(["a", "b", "c"]), settings(task_attempts=2), {"Item: Run task": tasks(fails_once)})
    assert finished.status == "SUCCEEDED"
    assert seen == ["m#0", "m#1", "m#1", "m#2"]
    assert len(finished.waits) == 1


def test_an_item_that_times_out_is_found_in_the_history_of_its_own_execution() -> None:
    answer = json.dumps({"Tasks": [{"TaskArn": "ours"}]})
    events = [
        {"Id": 5, "Type": "TaskSubmitted", "TaskSubmittedEventDetails": {"Output": answer}},
        {"Id": 3, "Type": "TaskScheduled", "TaskScheduledEventDetails": {"Resource": "runTask.sync"}},
    ]
    finished = run(
        envelope(["slow"]),
        settings(),
        {
            "Item: Run task": [Throws("States.Timeout")],
            "Item: Find task": [Returns({"Events": events})],
            "Item: Stop task": [Returns({})],
        },
    )
    assert finished.arguments("Item: Find task")[0]["ExecutionArn"].endswith(":run-0-0")
    assert finished.arguments("Item: Stop task")[0]["Task"] == "ours"
    assert kept(finished) == [item(0, "slow", 1)]


def test_a_large_item_goes_through_s3_by_the_name_of_its_execution() -> None:
    large = "x" * 50_000
    finished = run(envelope(["a", large]), settings(), {"Store payload": [Returns({})]})
    (stored,) = finished.arguments("Item: Store payload")
    assert (stored["Key"], stored["Body"]) == ("runs/run-0-1.json", large)
    environment = variables(finished.arguments("Item: Run task")[1])
    assert environment["NAWS_PAYLOAD_URI"] == "s3://payloads/runs/run-0-1.json"


def test_what_is_kept_of_a_large_item_can_be_put_back_as_that_item() -> None:
    large = "x" * 200_000
    outcomes = {"Item: Run task": tasks(lambda _: True), "Store payload": [Returns({})]}
    finished = run(envelope([large]), settings(), outcomes)
    (message,) = kept(finished)
    assert message["item"] == {"index": 0, "count": 1}
    assert message["payload_uri"] == "s3://payloads/runs/run-0-0.json"


def test_a_run_with_items_is_kept_with_them_however_many() -> None:
    given = envelope(["x" * 1_000] * 240)
    outcomes = {"Fan out": [Throws("States.Http.Socket", "why")], "Store payload": [Returns({})]}
    finished = run(given, settings(), outcomes)
    assert kept(finished, "Keep failure") == [given]


@pytest.mark.parametrize("batch", [1, 2])
def test_nothing_to_do_is_a_success_without_a_map(batch: int) -> None:
    finished = run(envelope([]), settings(batch=batch))
    assert finished.states == ["Receive", "Fits?", "One item?", "No items", "Note success", "Succeeded"]
    assert finished.output["items"] == {"total": 0, "succeeded": 0, "failed": 0}


def test_a_map_that_had_nothing_to_do_may_answer_as_an_inline_one() -> None:
    """AWS's recorded answer of an inline map over no items is an empty array, without a map run."""
    finished = run(envelope(None), settings(OBJECTS), {"Fan out": [Returns([])]})
    assert finished.states[-5:] == ["Fan out", "Any items?", "No items", "Note success", "Succeeded"]
    assert finished.output["items"] == {"total": 0, "succeeded": 0, "failed": 0}


@pytest.mark.parametrize(
    ("payload", "there"),
    [
        ({}, "nothing"),
        ({"items": None}, "null"),
        ({"items": {"a": 1}}, "object"),
        ({"items": "text"}, "string"),
        ({"items": 0}, "number"),
        ("text", "nothing"),
        ([1, 2], "nothing"),
        ([{"items": [1]}, {"items": [2]}], "array"),
    ],
)
def test_items_that_are_no_array_fail_the_run_with_a_reason(payload: Any, there: str) -> None:
    given = {**envelope([]), "payload": payload}
    finished = run(given, settings())
    assert finished.error == "Naws.ItemsNotRead"
    assert "the payload has no array at $.items" in finished.cause
    assert f"there is {there}" in finished.cause
    assert "Fan out" not in finished.states
    assert kept(finished, "Keep failure") == [given]


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("$", ["a", ["b"]]),
        ("$.items", {"items": ["a", ["b"]]}),
        ("$.to.do", {"to": {"do": ["a", ["b"]]}}),
        ("$.to-do", {"to-do": ["a", ["b"]]}),
    ],
)
def test_the_path_of_the_items(path: str, payload: Any) -> None:
    finished = run({**envelope([]), "payload": payload}, settings(path))
    sent = [variables(arguments) for arguments in finished.arguments("Item: Run task")]
    assert [json.loads(environment["NAWS_PAYLOAD"]) for environment in sent] == ["a", ["b"]]


@pytest.mark.parametrize("items", [[], [0], [[1]], [[]], [[[1, 2]]], [None], ["a", [1, 2]], [[1], [2, 3], None, {}]])
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_items_arrive_as_they_are(items: list[Any], batch: int) -> None:
    finished = run(envelope(items), settings(batch=batch))
    sent = [json.loads(variables(arguments)["NAWS_PAYLOAD"]) for arguments in finished.arguments("Item: Run task")]
    batches = [items[first : first + batch] for first in range(0, len(items), batch)]
    assert sent == (items if batch == 1 else batches)


def test_a_batch_is_one_task_and_fails_as_one() -> None:
    finished = run(
        envelope(["a", "b", "c", "d", "e"]), settings(batch=2), {"Item: Run task": tasks(payload_is(["c", "d"]))}
    )
    sent = [variables(arguments) for arguments in finished.arguments("Item: Run task")]
    assert [environment["NAWS_ITEM_INDEX"] for environment in sent] == ["0", "2", "4"]
    assert {environment["NAWS_ITEM_COUNT"] for environment in sent} == {"5"}
    assert "2 of 5 items failed" in finished.cause
    assert kept(finished) == [item(2, ["c", "d"], 5)]


def test_the_input_of_a_batch_that_was_aborted_can_be_put_back() -> None:
    (given,) = run(envelope(["a", "b"]), settings(batch=2)).arguments("Fan out")[0]
    finished = run(given, settings(batch=2), {"Run task": tasks()})
    environment = variables(finished.arguments("Run task")[0])
    assert (environment["NAWS_RUN_ID"], environment["NAWS_PAYLOAD"], environment["NAWS_ITEM_INDEX"]) == (
        "m#0",
        '["a","b"]',
        "0",
    )


LEASES = Concurrency(limit=1)


@pytest.mark.parametrize(("bad", "end"), [("none", "Release after success"), ("a", "Release after failure")])
def test_the_run_holds_one_lease_and_its_items_none(bad: str, end: str) -> None:
    given = Returns({})
    finished = run(
        envelope(["a", "b"]),
        settings(lease=LEASES),
        {"Take lease": [given], end: [given], "Item: Run task": tasks(payload_is(bad))},
    )
    assert finished.states[:4] == ["Receive", "Fits?", "Take lease", "One item?"]
    assert finished.states.count("Take lease") == finished.states.count(end) == 1


def test_objects_under_a_prefix() -> None:
    listed = [{"Key": "in/a", "Size": 1}, {"Key": "in/b", "Size": 2}]
    finished = run(envelope(None), settings(OBJECTS), {"Fan out": [Returns(listed)]})
    assert workflow(settings(OBJECTS), NAMES)["States"]["Fan out"]["ItemReader"] == {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Arguments": {"Bucket": "inbox", "Prefix": "in/"},
    }
    sent = [variables(arguments) for arguments in finished.arguments("Item: Run task")]
    assert json.loads(sent[1]["NAWS_PAYLOAD"]) == {"Bucket": "inbox", "Key": "in/b", "Size": 2}
    assert sent[1]["NAWS_ITEM_INDEX"] == "1"
    assert "NAWS_ITEM_COUNT" not in sent[1]


@pytest.mark.parametrize(
    ("key", "config"),
    [("rows.csv", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}), ("rows.jsonl", {"InputType": "JSONL"})],
)
def test_rows_of_an_object(key: str, config: dict[str, str]) -> None:
    plan = settings(RowsOf(INBOX, key), batch=2)
    assert workflow(plan, NAMES)["States"]["Fan out"]["ItemReader"] == {
        "Resource": "arn:aws:states:::s3:getObject",
        "Arguments": {"Bucket": "inbox", "Key": key},
        "ReaderConfig": config,
    }
    rows = [{"id": "1"}, {"id": "2"}, {"id": "3"}]
    finished = run(
        envelope(None), plan, {"Fan out": [Returns(rows)], "Item: Run task": tasks(payload_is([{"id": "3"}]))}
    )
    assert kept(finished) == [item(2, [{"id": "3"}], None)]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        ("States.ItemReaderFailed", "Naws.ItemsNotRead"),
        ("States.Http.Socket", "Naws.ItemsNotRead"),
        ("States.ResultWriterFailed", "Naws.ResultsNotWritten"),
    ],
)
def test_a_map_that_fails_does_not_lose_the_run(error: str, verdict: str) -> None:
    finished = run(envelope(None), settings(ROWS), {"Fan out": [Throws(error, "why")]})
    assert finished.error == verdict
    assert kept(finished, "Keep failure") == [envelope(None)]


def test_items_that_cannot_be_counted_fail_the_run_without_repeating_them() -> None:
    finished = run(envelope(["a"]), settings(), {"Count items": lambda _: Throws("Sfn.SfnException", "no")})
    assert finished.error == "Naws.ItemsNotCounted"
    assert finished.arguments("Keep failure") == []


@pytest.mark.parametrize(("aborted", "timed_out"), [(1, 0), (0, 1)])
def test_items_that_were_stopped_have_failed(aborted: int, timed_out: int) -> None:
    counts = {"Total": 3, "Succeeded": 2, "Failed": 0, "Pending": 0, "Running": 0}
    counts |= {"Aborted": aborted, "TimedOut": timed_out}
    finished = run(envelope([1, 2, 3]), settings(), {"Count items": [Returns({"ItemCounts": counts})]})
    assert "1 of 3 items failed" in finished.cause


def test_a_map_is_counted_once_its_counts_have_caught_up() -> None:
    done = {"Total": 2, "Succeeded": 2, "Failed": 0, "Aborted": 0, "TimedOut": 0, "Pending": 0, "Running": 0}
    lagging = [Returns({"ItemCounts": {**done, **late}}) for late in ({"Succeeded": 1, "Running": 1}, {"Pending": 1})]
    finished = run(envelope(["a"]), settings(), {"Count items": [*lagging, Returns({"ItemCounts": done})]})
    assert finished.status == "SUCCEEDED"
    assert finished.waits == [5, 5]
    never = run(envelope(["a"]), settings(), {"Count items": lambda _: lagging[0]})
    assert never.states.count("Count items") == 20


def test_no_item_stops_another() -> None:
    fan_out = workflow(settings(max_concurrency=7, tolerated_failure_percentage=5), NAMES)["States"]["Fan out"]
    assert fan_out["ToleratedFailurePercentage"] == 100
    assert fan_out["MaxConcurrency"] == 7
    assert fan_out["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


def test_names_of_states_are_unique_in_the_whole_machine_and_lead_to_their_own() -> None:
    states = workflow(settings(lease=LEASES), NAMES)["States"]
    inner = states["Fan out"]["ItemProcessor"]["States"]
    assert set(states).isdisjoint(inner)
    assert all(len(name) <= 80 for name in (*states, *inner))
    leads = {
        value
        for state in inner.values()
        for part in (state, *state.get("Choices", ()), *state.get("Catch", ()))
        for key, value in part.items()
        if key in ("Next", "Default")
    }
    assert leads | {"Item: Receive"} == set(inner)


def test_the_names_of_an_item_take_room_only_where_they_are_used() -> None:
    assert payload_budget("main", ("NAWS_ITEM_INDEX",)) < payload_budget("main")
    plain = json.dumps(workflow(RunPolicy(**POLICY), NAMES))
    assert "NAWS_ITEM" not in plain
    assert str(payload_budget("main")) in plain


def built(fan_out: Callable[[cdk.Stack], FanOut] | None) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Reports")
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    props = EcsTaskProcessorProps(image=image, fan_out=fan_out(stack) if fan_out else None)
    EcsTaskProcessor(stack, "Nightly", props)
    return synth_template(stack)


def of_type(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: found["Properties"] for name, found in template["Resources"].items() if found["Type"] == kind}


def statements(template: dict[str, Any]) -> dict[str, Any]:
    """What the workflow may do because it fans out: beyond what one that does not may do."""
    usual = {json.dumps(each["Sid"]) for each in _of_workflow(built(None)) if "Sid" in each}
    own = [each for each in _of_workflow(template) if "Sid" in each]
    return {each["Sid"]: each for each in own if json.dumps(each["Sid"]) not in usual}


def _of_workflow(template: dict[str, Any]) -> list[dict[str, Any]]:
    policies = of_type(template, "AWS::IAM::Policy").items()
    own = [policy for name, policy in policies if "WorkflowRole" in name or "OwnExecutions" in name]
    return [statement for policy in own for statement in policy["PolicyDocument"]["Statement"]]


def test_over_an_array_nothing_more_is_read() -> None:
    assert set(statements(built(lambda _: FanOut("$.items")))) == {
        "StartItems",
        "WatchAndStopItems",
        "CountItems",
        "WriteResults",
    }


def test_rows_are_read_from_one_object_with_its_key() -> None:
    def rows(stack: cdk.Stack) -> FanOut:
        bucket = s3.Bucket(stack, "Inbox", encryption_key=kms.Key(stack, "Key"))
        return FanOut(RowsOf(bucket, "today/rows.jsonl"), tolerated_failure_percentage=2.5)

    template = built(rows)
    read = statements(template)["ReadItems"]
    assert read["Action"] == "s3:GetObject"
    assert json.dumps(read["Resource"]).count("/today/rows.jsonl") == 1
    decrypt = statements(template)["DecryptItems"]
    assert decrypt["Action"] == "kms:Decrypt"
    assert "Key" in json.dumps(decrypt["Resource"])
    definition = next(found for found in workflow_definitions(template).values() if "Fan out" in found["States"])
    assert "2.5 * $counts.Total" in definition["States"]["Count items"]["Assign"]["verdict"]


def test_items_that_end_outside_their_own_error_handling_are_kept_too() -> None:
    named = []
    for fan_out in (None, lambda _: FanOut("$")):
        rules = of_type(built(fan_out), "AWS::Events::Rule")
        (rule,) = [found for name, found in rules.items() if "UnhandledEnds" in name]
        named.append(json.dumps(rule["EventPattern"]).partition("$or")[0])
    alone, both = named
    assert (alone.count("NightlyStateMachine"), both.count("NightlyStateMachine")) == (1, 2)
    assert ("/Items" in alone, "/Items" in both) == (False, True)


def test_without_it_there_is_nothing_for_it() -> None:
    actions = json.dumps(_of_workflow(built(None)))
    assert "states:StartExecution" not in actions
    assert "states:DescribeMapRun" not in actions
