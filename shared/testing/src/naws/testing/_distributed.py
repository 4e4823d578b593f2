"""Distributed maps: every item, or batch of items, is worked on by an execution of its own.

The interpreter runs them inside the parent, with the parent's variables, and knows neither batches nor tolerated
failures; so each becomes a task here, which starts the executions and answers as AWS does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.testing._json import is_array, is_object

Fill = Callable[[Any, Mapping[str, Any]], Any]
"""Evaluates a template where `$states.context.Map` is the second argument."""
Start = Callable[[Mapping[str, Any], Any, str], Any]
"""Runs an execution to its end: definition, input, name; returns its output, or raises `ChildFailedError`."""

_RESOURCE = "arn:aws:states:::aws-sdk:sfn:runMap"
_OF_THE_MAP = frozenset(
    {
        "Label",
        "Items",
        "ItemReader",
        "ItemSelector",
        "ItemBatcher",
        "MaxConcurrency",
        "ToleratedFailurePercentage",
        "ToleratedFailureCount",
        "ItemProcessor",
        "ResultWriter",
    }
)


class ChildFailedError(Exception):
    """The execution of an item did not succeed."""


class MapFailedError(Exception):
    """The map failed with `error`."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


@dataclass(frozen=True, kw_only=True)
class MapRun:
    """What came of a map: its result, what each execution was given, and how many items ended how."""

    arn: str | None
    """None of a map over no items, which AWS answers at once and without a map run."""
    result: Any
    inputs: list[Any]
    counts: dict[str, int]


def is_distributed(definition: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """Whether a state is a distributed map in JSONata; the interpreter's own runs the others."""
    language = state.get("QueryLanguage") or definition.get("QueryLanguage")
    mode = state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode")
    return state["Type"] == "Map" and mode == "DISTRIBUTED" and language == "JSONata"


def without_maps(definition: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """The definition with a task in place of every distributed map, and the maps by name."""
    states = definition["States"]
    maps = {name: state for name, state in states.items() if is_distributed(definition, state)}
    tasks = {name: _task(state) for name, state in maps.items()}
    return {**definition, "States": {**states, **tasks}}, maps


def _task(state: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in state.items() if name not in _OF_THE_MAP}
    arguments = {"Items": state["Items"]} if "Items" in state else {}
    return {**kept, "Type": "Task", "Resource": _RESOURCE, "Arguments": arguments}


def run_map(state: Mapping[str, Any], items: Any, arn: str, fill: Fill, start: Start) -> MapRun:
    """Run every item.

    Raises:
        MapFailedError: the items are neither array nor object, or more of them failed than is tolerated.
    """
    each = _each(items)
    if not each:
        return MapRun(arn=None, result=[], inputs=[], counts={})
    selected = [_selected(state, {"Index": index, **item}, fill) for index, item in enumerate(each)]
    chunks = list(_chunks(state, selected, fill))
    processor = {name: value for name, value in state["ItemProcessor"].items() if name != "ProcessorConfig"}
    processor = {"QueryLanguage": "JSONata", **processor}
    failed, outputs = 0, list[Any]()
    for number, (size, given) in enumerate(chunks):
        try:
            outputs.append(start(processor, copy.deepcopy(given), f"{arn.rpartition(':')[2]}-{number}"))
        except ChildFailedError:
            failed += size
    if not _tolerated(state, failed, len(each)):
        raise MapFailedError("States.ExceedToleratedFailureThreshold", f"{failed} of {len(each)} items failed.")
    counts = {"Total": len(each), "Succeeded": len(each) - failed, "Failed": failed, "TimedOut": 0, "Aborted": 0}
    result = _written(state, arn, fill) if "ResultWriter" in state else outputs
    return MapRun(arn=arn, result=result, inputs=[given for _, given in chunks], counts=counts)


def _each(items: Any) -> list[dict[str, Any]]:
    """`Map.Item` of the context object for each item; an object is iterated key by key.

    Sources: Step Functions' guide, "ItemsPath (Map, JSONPath only)" on arrays and objects, and the context object's
    `Map.Item.Key`.
    """
    if is_array(items):
        return [{"Value": item} for item in items]
    if is_object(items):
        return [{"Key": key, "Value": item} for key, item in items.items()]
    raise MapFailedError("States.QueryEvaluationError", "The items are neither an array nor an object.")


def _selected(state: Mapping[str, Any], item: Mapping[str, Any], fill: Fill) -> Any:
    """What an execution gets: the item, `{"Key", "Value"}` of an object, or what the selector makes of either."""
    if "ItemSelector" in state:
        return fill(state["ItemSelector"], {"Item": item})
    return {"Key": item["Key"], "Value": item["Value"]} if "Key" in item else item["Value"]


def _chunks(state: Mapping[str, Any], items: list[Any], fill: Fill) -> Iterator[tuple[int, Any]]:
    """How many items, and the input, of each execution."""
    batcher = state.get("ItemBatcher")
    if batcher is None:
        yield from ((1, item) for item in items)
        return
    shared = {"BatchInput": fill(batcher["BatchInput"], {})} if "BatchInput" in batcher else {}
    size = batcher["MaxItemsPerBatch"]
    for first in range(0, len(items), size):
        batch = items[first : first + size]
        yield len(batch), {**shared, "Items": batch}


def _tolerated(state: Mapping[str, Any], failed: int, total: int) -> bool:
    percentage, count = state.get("ToleratedFailurePercentage"), state.get("ToleratedFailureCount")
    if percentage is None and count is None:
        return failed == 0
    within = percentage is None or failed * 100 <= percentage * total
    return within and (count is None or failed <= count)


def _written(state: Mapping[str, Any], arn: str, fill: Fill) -> dict[str, Any]:
    where = fill(state["ResultWriter"]["Arguments"], {})
    key = f"{where.get('Prefix', '').rstrip('/')}/{arn.rpartition(':')[2]}/manifest.json".lstrip("/")
    return {"MapRunArn": arn, "ResultWriterDetails": {"Bucket": where["Bucket"], "Key": key}}


def filled(template: Any, evaluate: Callable[[str], Any]) -> Any:
    """A template with its expressions evaluated."""
    if is_object(template):
        return {key: filled(item, evaluate) for key, item in template.items()}
    if is_array(template):
        return [filled(item, evaluate) for item in template]
    if isinstance(template, str) and template.startswith("{%") and template.endswith("%}"):
        return evaluate(template[2:-2].strip())
    return template
