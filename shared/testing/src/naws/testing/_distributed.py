"""Distributed maps: every item, or batch of items, is worked on by an execution of its own.

The interpreter runs them inside the parent, with the parent's variables, and knows neither batches nor tolerated
failures; so each becomes a task here, which starts the executions and answers as AWS does.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from naws.core.parsed_json import is_array, is_object
from naws.core.step_functions import STATE_LIMIT

Fill = Callable[[Any, Mapping[str, Any]], Any]
"""Evaluates a template where `$states.context.Map` is the second argument."""
Start = Callable[[Mapping[str, Any], Any, str], Any]
"""Runs an execution to its end: definition, input, name; returns its output, or raises `ChildFailedError`."""

_RESOURCE = "arn:aws:states:::aws-sdk:sfn:runMap"
_LIMITS = ("ToleratedFailurePercentage", "ToleratedFailureCount")
_ALL = 100  # percent
_BATCH_LIMITS = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
_OF_THE_MAP = frozenset(
    {
        *(
            "Label",
            "Items",
            "ItemsPath",
            "ItemReader",
            "ItemSelector",
            "ItemBatcher",
            "ItemProcessor",
            "Iterator",
            "ResultWriter",
        ),
        *("MaxConcurrency", "MaxConcurrencyPath", "Parameters"),
        *(name + path for name in _LIMITS for path in ("", "Path")),
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
    """The result of a distributed map, the input of each of its executions, and how many items ended how."""

    arn: str | None
    """None of a map over no items, which AWS answers at once and without a map run."""
    result: Any
    inputs: list[Any]
    counts: dict[str, int]


def is_distributed(state: Mapping[str, Any]) -> bool:
    """Whether a state is a distributed map, by either name of its processor."""
    return state["Type"] == "Map" and _processor(state).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"


def _processor(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return state.get("ItemProcessor", state.get("Iterator", {}))


def without_maps(
    definition: Mapping[str, Any], language: str = "JSONPath"
) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """The definition with a task in place of every distributed map of its own, and the maps by name.

    `language` is that of what surrounds it. A map inside of a distributed map belongs to the executions of the items.
    """
    language = definition.get("QueryLanguage", language)
    states, maps = dict[str, Any](), dict[str, Mapping[str, Any]]()

    def without(inner: Mapping[str, Any]) -> dict[str, Any]:
        plain, found = without_maps(inner, language)
        maps.update(found)
        return plain

    for name, state in definition["States"].items():
        if is_distributed(state):
            maps[name] = {"QueryLanguage": language, **state}
            states[name] = _task(maps[name])
            continue
        states[name] = {
            **state,
            **{field: without(state[field]) for field in ("ItemProcessor", "Iterator") if field in state},
            **({"Branches": [without(branch) for branch in state["Branches"]]} if "Branches" in state else {}),
        }
    return {**definition, "States": states}, maps


def _task(state: Mapping[str, Any]) -> dict[str, Any]:
    """A task whose arguments are what is evaluated before the items are: which they are, and the limits."""
    kept = {name: value for name, value in state.items() if name not in _OF_THE_MAP}
    values = {**state, **state.get("ItemBatcher", {})}
    limits = {name: values[name] for name in (*_LIMITS, *_BATCH_LIMITS) if name in values}
    if state["QueryLanguage"] == "JSONata":
        items = {} if "ItemReader" in state else {"Items": state.get("Items", "{% $states.input %}")}
        return {**kept, "Type": "Task", "Resource": _RESOURCE, "Arguments": {**items, **limits}}
    paths = {f"{name}.$": values[f"{name}Path"] for name in (*_LIMITS, *_BATCH_LIMITS) if f"{name}Path" in values}
    items = {} if "ItemReader" in state else {"Items.$": state.get("ItemsPath", "$")}
    return {**kept, "Type": "Task", "Resource": _RESOURCE, "Parameters": {**items, **limits, **paths}}


def run_map(state: Mapping[str, Any], given: Mapping[str, Any], arn: str, fill: Fill, start: Start) -> MapRun:
    """Run every item of `given`, the evaluated arguments of a map.

    Raises:
        MapFailedError: the items are neither array nor object, a limit is none, or more failed than is tolerated.
    """
    wrong = "States.QueryEvaluationError" if state["QueryLanguage"] == "JSONata" else "States.Runtime"
    each = _each(given.get("Items"), wrong)
    tolerance = _tolerance(given, wrong)
    if not each:
        return MapRun(arn=None, result=[], inputs=[], counts={})
    selected = [_selected(state, {"Index": index, **item}, fill) for index, item in enumerate(each)]
    chunks = list(_chunks(state, given, selected, fill))
    processor = {name: value for name, value in _processor(state).items() if name != "ProcessorConfig"}
    processor = {"QueryLanguage": state["QueryLanguage"], **processor}
    failed, outputs = 0, list[Any]()
    for number, (size, sent) in enumerate(chunks):
        try:
            outputs.append(start(processor, copy.deepcopy(sent), f"{arn.rpartition(':')[2]}-{number}"))
        except ChildFailedError:
            failed += size
    if not tolerance(failed, len(each)):
        raise MapFailedError("States.ExceedToleratedFailureThreshold", f"{failed} of {len(each)} items failed.")
    counts = {"Total": len(each), "Succeeded": len(each) - failed, "Failed": failed, "TimedOut": 0, "Aborted": 0}
    result = _written(state, arn, fill) if "ResultWriter" in state else outputs
    return MapRun(arn=arn, result=result, inputs=[sent for _, sent in chunks], counts=counts)


def _each(items: Any, wrong: str) -> list[dict[str, Any]]:
    """`Map.Item` of the context object for each item; an object is iterated key by key.

    Sources: Step Functions' guide, "ItemsPath (Map, JSONPath only)" on arrays and objects, and the context object's
    `Map.Item.Key`.
    """
    if is_array(items):
        return [{"Value": item} for item in items]
    if is_object(items):
        return [{"Key": key, "Value": item} for key, item in items.items()]
    raise MapFailedError(wrong, "The items are neither an array nor an object.")


def _selected(state: Mapping[str, Any], item: Mapping[str, Any], fill: Fill) -> Any:
    """An execution's input: the item, `{"Key", "Value"}` of an object, or what the selector makes of either."""
    selector = state.get("ItemSelector", state.get("Parameters"))
    if selector is not None:
        return fill(selector, {"Item": item})
    return {"Key": item["Key"], "Value": item["Value"]} if "Key" in item else item["Value"]


def _chunks(
    state: Mapping[str, Any], given: Mapping[str, Any], items: list[Any], fill: Fill
) -> Iterator[tuple[int, Any]]:
    """The number of items, and the input, of each execution."""
    batcher = state.get("ItemBatcher")
    if batcher is None:
        yield from ((1, item) for item in items)
        return
    shared = {"BatchInput": fill(batcher["BatchInput"], {})} if "BatchInput" in batcher else {}
    most, largest = given.get("MaxItemsPerBatch", len(items)), given.get("MaxInputBytesPerBatch", STATE_LIMIT)
    batch = list[Any]()
    for item in items:
        full = len(batch) == most or _size({**shared, "Items": [*batch, item]}) > largest
        if batch and full:
            yield len(batch), {**shared, "Items": batch}
            batch = []
        batch = [*batch, item]
    yield len(batch), {**shared, "Items": batch}


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _tolerance(given: Mapping[str, Any], wrong: str) -> Callable[[int, int], bool]:
    """Return a function that says whether so many failures of so many items are tolerated."""
    percentage, count = (_number(given.get(f"ToleratedFailure{name}"), wrong) for name in ("Percentage", "Count"))
    if percentage is not None and not 0 <= percentage <= _ALL:
        raise MapFailedError(wrong, "ToleratedFailurePercentage must be between 0 and 100.")
    if count is not None and (count < 0 or not float(count).is_integer()):
        raise MapFailedError(wrong, "ToleratedFailureCount must be an integer of 0 or more.")
    if percentage is None and count is None:
        return lambda failed, _: failed == 0

    def tolerated(failed: int, total: int) -> bool:
        within = percentage is None or failed * 100 <= percentage * total
        return within and (count is None or failed <= count)

    return tolerated


def _number(value: Any, wrong: str) -> float | None:
    """A number, or, behind a path, its text: recorded of AWS, test_reference_in_map_state (2024-11-13)."""
    if isinstance(value, str) and wrong == "States.Runtime":
        with contextlib.suppress(ValueError):
            return float(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise MapFailedError(wrong, f"{value!r} is no number.")
    return value


def _written(state: Mapping[str, Any], arn: str, fill: Fill) -> dict[str, Any]:
    writer = state["ResultWriter"]
    where = fill(writer.get("Arguments", writer.get("Parameters")), {})
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
