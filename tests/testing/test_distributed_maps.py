"""Distributed maps of `run_workflow`, in either language."""

import functools
from typing import Any

import pytest

from naws.testing import Returns, Throws
from naws.testing import run_workflow as checked_run

run_workflow = functools.partial(checked_run, check_arguments=False)


def machine(start: str, /, **states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": start, "States": states}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Arguments": {}, "End": True, **fields}


PASS = {"Type": "Pass", "End": True}


def distributed(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    mode = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": {**mode, **processor}, "End": True, **more}


def test_an_item_of_a_distributed_map_is_an_execution_with_variables_of_its_own() -> None:
    child = {"StartAt": "Run", "States": {"Run": task(Arguments={"n": "{% $n %}"})}}
    each = {**distributed(child), "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]}
    before = {"Type": "Pass", "Assign": {"n": 1}, "Next": "Each"}
    run = run_workflow(machine("Before", Before=before, Each=each, Done={"Type": "Succeed"}), ["a"], {})
    assert (run.states, run.requests) == (["Before", "Each", "Run", "Done"], [])


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 0}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1, "ToleratedFailurePercentage": 10}, "FAILED"),
    ],
)
def test_a_distributed_map_tolerates_failures(tolerance: dict[str, int], status: str) -> None:
    each = distributed({"StartAt": "Run", "States": {"Run": task()}}, **tolerance)
    run = run_workflow(machine("Each", Each=each), [1, 2], {"Run": [Returns(1), Throws("X")]})
    assert run.status == status
    assert run.error == ("" if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


def test_what_an_item_reader_reads_is_scripted_and_can_fail() -> None:
    each = distributed({"StartAt": "Run", "States": {"Run": task()}}, ItemReader={"Resource": "arn:aws:states:::s3:x"})
    del each["Items"]
    read = run_workflow(machine("Each", Each=each), {}, {"Each": [Returns([1])], "Run": [Returns(2)]})
    assert (read.output, read.arguments("Each")) == ([2], [[1]])
    failed = run_workflow(machine("Each", Each=each), {}, {"Each": [Throws("States.ItemReaderFailed")]})
    assert failed.error == "States.ItemReaderFailed"


def test_a_failing_assertion_inside_an_item_is_the_runs_own() -> None:
    each = distributed({"StartAt": "Run", "States": {"Run": task()}}, ToleratedFailurePercentage=100)
    with pytest.raises(AssertionError, match="only 1 outcome"):
        run_workflow(machine("Each", Each=each), [1, 2], {"Run": [Returns(1)]})


def test_a_distributed_map_over_no_items_answers_an_empty_array_and_has_no_map_run() -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b", "Prefix": "p"}}
    each = distributed({"StartAt": "Run", "States": {"Run": task()}}, ResultWriter=writer)
    run = run_workflow(machine("Each", Each=each), [], {})
    assert (run.status, run.output) == ("SUCCEEDED", [])
    asking = {**each, "Assign": {"mapRun": "{% $states.result.MapRunArn %}"}}
    assert run_workflow(machine("Each", Each=asking), [], {}).error == "States.QueryEvaluationError"


def test_a_distributed_map_iterates_an_object_key_by_key() -> None:
    given = {"b": {"n": 1}, "a": 2}
    pairs = run_workflow(machine("Each", Each=distributed({"StartAt": "P", "States": {"P": PASS}})), given, {})
    assert pairs.output == [{"Key": "b", "Value": {"n": 1}}, {"Key": "a", "Value": 2}]
    item = "{% $states.context.Map.Item %}"
    each = distributed({"StartAt": "P", "States": {"P": PASS}}, ItemSelector={"item": item})
    selected = run_workflow(machine("Each", Each=each), given, {})
    assert selected.output[1] == {"item": {"Index": 1, "Key": "a", "Value": 2}}


@pytest.mark.parametrize("items", ["text", 1, True, None])
def test_a_distributed_map_takes_nothing_but_arrays_and_objects(items: Any) -> None:
    each = distributed({"StartAt": "P", "States": {"P": PASS}})
    assert run_workflow(machine("Each", Each=each), items, {}).error == "States.QueryEvaluationError"


def with_paths(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A distributed map of JSONPath alone in its machine."""
    mode = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    each = {"Type": "Map", "ItemProcessor": {**mode, **processor}, "End": True, **more}
    return {"StartAt": "Each", "States": {"Each": each}}


KEEP = {"StartAt": "Keep", "States": {"Keep": PASS}}


@pytest.mark.parametrize("field", ["ItemSelector", "Parameters"])
def test_a_distributed_map_of_paths_selects_from_the_input_and_the_context(field: str) -> None:
    selector = {"of.$": "$.ship", "place.$": "$$.Map.Item.Index", "text.$": "States.Format('{}!', $$.Map.Item.Value)"}
    definition = with_paths(KEEP, ItemsPath="$.parts", ResultPath="$.done", **{field: selector})
    run = run_workflow(definition, {"ship": "Ida", "parts": ["a", "b"]}, {})
    assert run.output["done"] == [
        {"of": "Ida", "place": 0, "text": "a!"},
        {"of": "Ida", "place": 1, "text": "b!"},
    ]


def test_a_distributed_map_of_paths_takes_its_input_and_writes_its_results() -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix.$": "$[0]"}}
    run = run_workflow(with_paths(KEEP, ResultWriter=writer), ["x", "y"], {})
    assert run.output["ResultWriterDetails"]["Key"].startswith("x/")
    assert run_workflow(with_paths(KEEP), {"k": 1}, {}).output == [{"Key": "k", "Value": 1}]
    assert run_workflow(with_paths(KEEP), "text", {}).error == "States.Runtime"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (50, ""),
        ("50", ""),
        (49.9, "States.ExceedToleratedFailureThreshold"),
        (100.1, "States.Runtime"),
        ("x", "States.Runtime"),
    ],
)
def test_a_path_to_what_is_tolerated(given: Any, error: str) -> None:
    definition = with_paths(
        {
            "StartAt": "Run",
            "States": {
                "Run": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}, "End": True}
            },
        },
        ItemsPath="$.items",
        ToleratedFailurePercentagePath="$.most",
    )
    outcomes = {"Run": [Returns(1), Throws("X")]}
    assert run_workflow(definition, {"items": [1, 2], "most": given}, outcomes, allow_unused=True).error == error


def test_a_distributed_map_without_items_of_its_own_takes_its_input_in_jsonata_too() -> None:
    each = distributed(KEEP)
    del each["Items"]
    assert run_workflow(machine("Each", Each=each), [1, 2], {}).output == [1, 2]


@pytest.mark.parametrize(
    ("batcher", "sizes"),
    [
        ({"MaxItemsPerBatch": "{% $states.input[0] %}"}, [2, 2, 1]),
        ({"MaxInputBytesPerBatch": len('{"Items":[2,2,2]}')}, [3, 2]),
        ({"MaxInputBytesPerBatch": "{% 20 %}", "MaxItemsPerBatch": 4}, [4, 1]),
        ({"MaxInputBytesPerBatch": 1}, [1, 1, 1, 1, 1]),
    ],
)
def test_batches_are_full_by_number_or_by_size(batcher: dict[str, Any], sizes: list[int]) -> None:
    run = run_workflow(machine("Each", Each=distributed(KEEP, ItemBatcher=batcher)), [2] * 5, {})
    assert [len(batch["Items"]) for batch in run.output] == sizes


def test_distributed_maps_inside_of_others_and_of_branches_run_their_items() -> None:
    inner = {"StartAt": "Inner", "States": {"Inner": distributed(KEEP)}}
    outer = distributed(inner)
    assert run_workflow(machine("Each", Each=outer), [[1, 2], [3]], {}).output == [[1, 2], [3]]
    both = {"Type": "Parallel", "Branches": [inner], "End": True}
    assert run_workflow(machine("Both", Both=both), [4], {}).output == [[4]]
    inline = {"Type": "Map", "ItemProcessor": inner, "End": True}
    assert run_workflow(machine("Each", Each=inline), [[5], []], {}).output == [[5], []]


def test_the_old_name_of_the_processor_makes_executions_too() -> None:
    definition = with_paths(KEEP)
    each = definition["States"]["Each"]
    each["Iterator"] = {**each.pop("ItemProcessor"), "States": {"Keep": {**PASS, "Parameters": {"n.$": "$n"}}}}
    before = {"Type": "Pass", "Assign": {"n": 1}, "Next": "Each"}
    run = run_workflow({"StartAt": "Before", "States": {"Before": before, "Each": each}}, [1], {})
    assert run.error == "States.ExceedToleratedFailureThreshold"
