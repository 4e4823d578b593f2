import json
import time
import uuid
from typing import Any

import pytest

from naws.cli.embedded.departures.distributed_map import _batches

pytestmark = pytest.mark.e2e
SDK = "arn:aws:states:::aws-sdk"
KEY = "{% $states.context.Map.Item.Key %}"
GIVEN = {"Given": {"Type": "Succeed"}}
FAILS_ON_BAD = {
    "Which": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.value = 'bad' %}", "Next": "Bad"}],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "Naws.Bad", "Cause": "it is"},
    "Good": {"Type": "Succeed", "Output": "{% $states.input %}"},
}
SELECTOR = {"index": "{% $states.context.Map.Item.Index %}", "value": "{% $states.context.Map.Item.Value %}"}


def a_map(states: Any = None, **more: Any) -> Any:
    states = states or FAILS_ON_BAD
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    source = {} if "ItemReader" in more else {"Items": "{% $states.input.items %}"}
    return {"Type": "Map", "Label": "Items", **source, "ItemSelector": SELECTOR, "ItemProcessor": processor, **more}


def written(bucket: str) -> Any:
    return {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket, "Prefix": "results/r1"}}


@pytest.fixture
def bucket(bench: Any) -> str:
    name = f"b-{uuid.uuid4().hex[:8]}"
    bench.client("s3").create_bucket(Bucket=name)
    return name


def read(bench: Any, bucket: str, key: str) -> Any:
    return json.loads(bench.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def test_batches_are_bounded_by_number_and_by_size() -> None:
    assert _batches([1, 2, 3, 4, 5], 2, 100) == [[1, 2], [3, 4], [5]]
    assert _batches(["xxxx", "yyyy", "z"], 10, 14) == [["xxxx", "yyyy"], ["z"]]
    assert _batches(["x" * 50], 10, 14) == [["x" * 50]]
    assert _batches([], 2, 100) == []


def test_each_item_has_an_execution_with_its_selection(bench: Any) -> None:
    ended = bench.execute({"Each": a_map(End=True)}, {"items": ["a", ["b"], None]})
    assert ended["status"] == "SUCCEEDED", ended
    found = sorted(json.loads(ended["output"]), key=lambda item: item["index"])
    assert found == [{"index": 0, "value": "a"}, {"index": 1, "value": ["b"]}, {"index": 2, "value": None}]


def test_an_item_sees_its_own_execution_and_no_variables_of_the_parent(bench: Any) -> None:
    child = {"Tell": {"Type": "Pass", "Output": "{% [$exists($n), $states.context.Execution.Name] %}", "End": True}}
    states = {"Set": {"Type": "Pass", "Assign": {"n": 1}, "Next": "Each"}, "Each": a_map(child, End=True)}
    ended = bench.execute(states, {"items": [1, 2]})
    seen = json.loads(ended["output"])
    assert [known for known, _ in seen] == [False, False]
    assert len({name for _, name in seen} | {ended["name"]}) == 3


def test_results_are_written_and_items_counted(bench: Any, bucket: str) -> None:
    each = a_map(ToleratedFailurePercentage=100, ResultWriter=written(bucket), Next="Count")
    each["Assign"] = {"mapRun": "{% $states.result.MapRunArn %}"}
    count = {
        "Type": "Task",
        "Resource": f"{SDK}:sfn:describeMapRun",
        "Arguments": {"MapRunArn": "{% $mapRun %}"},
        "Output": {"counts": "{% $states.result.ItemCounts %}", "map": "{% $states.input %}"},
        "End": True,
    }
    ended = bench.execute({"Each": each, "Count": count}, {"items": ["a", "bad", "c"]})
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    counts = {name: output["counts"][name] for name in ("Total", "Succeeded", "Failed", "TimedOut", "Aborted")}
    assert counts == {"Total": 3, "Succeeded": 2, "Failed": 1, "TimedOut": 0, "Aborted": 0}
    details = output["map"]["ResultWriterDetails"]
    assert details["Bucket"] == bucket
    manifest = read(bench, bucket, details["Key"])
    assert manifest["MapRunArn"] == output["map"]["MapRunArn"]
    (failed,) = read(bench, bucket, manifest["ResultFiles"]["FAILED"][0]["Key"])
    assert (failed["Error"], json.loads(failed["Input"])["value"]) == ("Naws.Bad", "bad")
    assert len(read(bench, bucket, manifest["ResultFiles"]["SUCCEEDED"][0]["Key"])) == 2


def test_results_that_cannot_be_written_can_be_caught(bench: Any) -> None:
    each = a_map(ResultWriter=written("no-such-bucket"), Next="Caught")
    each["Catch"] = [{"ErrorEquals": ["States.ResultWriterFailed"], "Next": "Caught", "Output": "caught"}]
    ended = bench.execute({"Each": each, "Caught": {"Type": "Succeed"}}, {"items": ["a"]})
    assert json.loads(ended["output"]) == "caught"


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [({}, "FAILED"), ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"), ({"ToleratedFailureCount": 0}, "FAILED")],
)
def test_tolerated_failures(bench: Any, tolerance: Any, status: str) -> None:
    ended = bench.execute({"Each": a_map(**tolerance, End=True)}, {"items": ["a", "bad"]})
    assert ended["status"] == status
    assert ended.get("error") == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


@pytest.mark.parametrize("items", ["text", 1, None])
def test_items_that_are_none_can_be_caught(bench: Any, items: Any) -> None:
    catch = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "End", "Output": "caught"}
    states = {"Each": {**a_map(), "Catch": [catch], "Next": "End"}, "End": {"Type": "Succeed"}}
    assert json.loads(bench.execute(states, {"items": items})["output"]) == "caught"


@pytest.mark.parametrize("more", [{}, {"ItemSelector": {"k": KEY, "item": SELECTOR}}])
def test_an_object_is_iterated_key_by_key(bench: Any, more: Any) -> None:
    each = a_map({"Given": {"Type": "Succeed"}}, End=True, **more)
    if not more:
        del each["ItemSelector"]
    found = json.loads(bench.execute({"Each": each}, {"items": {"a": 1, "b": [2]}})["output"])
    if more:
        items = [{"k": "a", "item": {"index": 0, "value": 1}}, {"k": "b", "item": {"index": 1, "value": [2]}}]
    else:
        items = [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]
    assert sorted(found, key=json.dumps) == sorted(items, key=json.dumps)


@pytest.mark.parametrize("items", [[], {}])
def test_over_no_items_there_is_no_map_run(bench: Any, bucket: str, items: Any) -> None:
    each = a_map(ResultWriter=written(bucket), Assign={"arn": "{% $exists($states.result.MapRunArn) %}"}, Next="Tell")
    tell = {"Type": "Pass", "Output": {"arn": "{% $arn %}", "result": "{% $states.input %}"}, "End": True}
    ended = bench.execute({"Each": each, "Tell": tell}, {"items": items})
    assert json.loads(ended["output"]) == {"arn": False, "result": []}
    assert bench.sfn.list_map_runs(executionArn=ended["executionArn"])["mapRuns"] == []


def test_a_map_in_json_path(bench: Any) -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.rows",
        "MaxConcurrencyPath": "$.limits.at_once",
        "ToleratedFailurePercentagePath": "$.limits.percent",
        "ItemSelector": {"value.$": "$$.Map.Item.Value", "shared.$": "$.limits.at_once"},
        "ItemBatcher": {"MaxItemsPerBatchPath": "$.limits.batch", "BatchInput": {"all.$": "$.rows"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Which",
            "States": {
                "Which": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.Items[0].value", "StringEquals": "bad", "Next": "Bad"}],
                    "Default": "Good",
                },
                "Bad": {"Type": "Fail", "Error": "Naws.Bad"},
                "Good": {"Type": "Succeed"},
            },
        },
        "ResultPath": "$.done",
        "OutputPath": "$.done",
        "End": True,
    }
    given = {"rows": ["a", "b", "bad"], "limits": {"at_once": 1, "percent": 50.0, "batch": 2}}
    ended = bench.execute({"Each": each}, given, QueryLanguage="JSONPath")
    assert ended["status"] == "SUCCEEDED", ended
    item = {"shared": 1}
    batch = {"BatchInput": {"all": given["rows"]}, "Items": [{"value": "a", **item}, {"value": "b", **item}]}
    assert json.loads(ended["output"]) == [batch]
    assert bench.execute({"Each": each}, given | {"rows": {}}, QueryLanguage="JSONPath")["output"] == "[]"


@pytest.mark.parametrize(
    "field", ["ToleratedFailureCount", "ToleratedFailurePercentage", "MaxConcurrency", "ItemsPath", "MaxItems"]
)
def test_a_field_by_path_that_is_wrong_fails_the_execution(bench: Any, bucket: str, field: str) -> None:
    bench.client("s3").put_object(Bucket=bucket, Key="rows.json", Body=b"[1]")
    each = {"Type": "Map", "ItemProcessor": {**a_map()["ItemProcessor"], "StartAt": "B"}, "End": True}
    each["ItemProcessor"]["States"] = {"B": {"Type": "Succeed"}}
    if field == "MaxItems":
        place = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": bucket, "Key": "rows.json"}}
        each["ItemReader"] = {**place, "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.wrong"}}
    elif field == "ItemsPath":
        each["ItemsPath"] = "$.wrong"
    else:
        each |= {"ItemsPath": "$.items", f"{field}Path": "$.wrong"}
    for wrong in ("NoNumber", 1.5 if field != "ToleratedFailurePercentage" else 100.5):
        ended = bench.execute({"Each": each}, {"items": [1], "wrong": wrong}, QueryLanguage="JSONPath")
        assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime"), ended


def test_an_item_sends_no_status_event_but_is_counted(bench: Any) -> None:
    url, arn = bench.queue(open_to="events.amazonaws.com")
    events = bench.client("events")
    machine = bench.machine({"Each": a_map(End=True)})
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine, f"{machine}/Items"]}}
    rule = machine.rpartition(":")[2]
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": arn}])
    bench.finished(bench.start(machine, {"items": ["bad"]}))
    seen = [json.loads(message["Body"])["detail"] for message in bench.messages(url, 2)]
    assert [(each["stateMachineArn"], each["status"]) for each in seen] == [(machine, "RUNNING"), (machine, "FAILED")]
    dimensions = [{"Name": "StateMachineArn", "Value": f"{machine}/Items"}]
    found = bench.client("cloudwatch").list_metrics(Namespace="AWS/States", Dimensions=dimensions)["Metrics"]
    assert "ExecutionsFailed" in {metric["MetricName"] for metric in found}


def test_batches_have_the_shared_input(bench: Any) -> None:
    batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"run": "{% $states.input.run %}"}}
    ended = bench.execute({"Each": a_map(GIVEN, ItemBatcher=batcher, End=True)}, {"items": ["a", "b", "c"], "run": 7})
    batches = sorted(json.loads(ended["output"]), key=lambda batch: batch["Items"][0]["index"])
    assert [[item["value"] for item in batch["Items"]] for batch in batches] == [["a", "b"], ["c"]]
    assert [batch["BatchInput"] for batch in batches] == [{"run": 7}, {"run": 7}]


@pytest.mark.parametrize(
    ("key", "config", "text"),
    [
        ("rows.csv", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, 'id,name\n1,"a,b"\n2,\n'),
        ("rows.jsonl", {"InputType": "JSONL"}, '{"id": "1", "name": "a,b"}\n{"id": "2", "name": ""}\n'),
    ],
)
def test_rows_of_an_object(bench: Any, bucket: str, key: str, config: Any, text: str) -> None:
    bench.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Arguments": {"Bucket": bucket, "Key": "{% $states.input.key %}"},
    }
    ended = bench.execute({"Each": a_map(ItemReader=reader, End=True)}, {"key": key})
    rows = [item["value"] for item in sorted(json.loads(ended["output"]), key=lambda item: item["index"])]
    assert rows == [{"id": "1", "name": "a,b"}, {"id": "2", "name": ""}]


def test_objects_under_a_prefix(bench: Any, bucket: str) -> None:
    for key in ("in/a", "in/b", "out/c"):
        bench.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": bucket, "Prefix": "in/"}}
    ended = bench.execute({"Each": a_map(ItemReader=reader, End=True)})
    assert sorted(item["value"]["Key"] for item in json.loads(ended["output"])) == ["in/a", "in/b"]


@pytest.mark.parametrize("text", [None, "{not json", "", '{"an": "object"}'])
def test_a_dataset_that_cannot_be_read_can_be_caught(bench: Any, bucket: str, text: str | None) -> None:
    if text is not None:
        bench.client("s3").put_object(Bucket=bucket, Key="rows.json", Body=text.encode())
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": bucket, "Key": "rows.json"}}
    each = {**a_map(ItemReader=reader), "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}]}
    states = {"Each": {**each, "Next": "Caught"}, "Caught": {"Type": "Succeed", "Output": "caught"}}
    assert json.loads(bench.execute(states)["output"]) == "caught"


def test_no_more_items_work_at_once_than_is_said(bench: Any) -> None:
    wait = {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}
    started = time.monotonic()
    bench.execute({"Each": a_map(wait, MaxConcurrency=2, End=True)}, {"items": [1, 2, 3, 4]})
    assert time.monotonic() - started >= 2


def test_stopping_the_parent_stops_its_items_and_starts_no_more(bench: Any, until: Any) -> None:
    wait = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    machine = bench.machine({"Each": a_map(wait, MaxConcurrency=2, End=True)})
    execution = bench.start(machine)
    assert bench.finished(execution)["status"] == "FAILED"  # there are no items
    execution = bench.start(machine, {"items": [1, 2, 3, 4]})
    children = f"{machine}/Items"

    def running() -> Any:
        listed = bench.sfn.list_executions(stateMachineArn=children)["executions"]
        return listed if len(listed) == 2 else None

    until(running)
    bench.sfn.stop_execution(executionArn=execution)

    def stopped() -> bool:
        listed = bench.sfn.list_executions(stateMachineArn=children)["executions"]
        return [child["status"] for child in listed] == ["ABORTED", "ABORTED"]

    until(stopped)
    (map_run,) = bench.sfn.list_map_runs(executionArn=execution)["mapRuns"]
    counts = bench.sfn.describe_map_run(mapRunArn=map_run["mapRunArn"])
    assert counts["status"] == "ABORTED"
    until(lambda: bench.sfn.describe_map_run(mapRunArn=map_run["mapRunArn"])["itemCounts"]["aborted"] == 2)


def test_executions_of_items_are_listed_apart_from_runs(bench: Any) -> None:
    machine = bench.machine({"Each": a_map(End=True)})
    execution = bench.start(machine, {"items": ["a", "b"]})
    bench.finished(execution)
    assert len(bench.sfn.list_executions(stateMachineArn=machine)["executions"]) == 1
    assert len(bench.sfn.list_executions(stateMachineArn=f"{machine}/Items")["executions"]) == 2
    assert not [m for m in bench.sfn.list_state_machines()["stateMachines"] if "/" in m["stateMachineArn"]]
