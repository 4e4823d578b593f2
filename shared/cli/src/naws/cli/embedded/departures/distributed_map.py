"""Step Functions' Distributed Map in JSONata: every item, or batch of items, in an execution of its own."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import json
from collections.abc import Callable
from typing import Any

from naws.cli.embedded.departures.json_values import is_array
from naws.cli.embedded.departures.map_results import result_of
from naws.cli.embedded.departures.map_runs import MapRun
from naws.cli.embedded.departures.role_calls import ask_start
from naws.cli.embedded.departures.seam import departure, replace, service
from naws.cli.embedded.departures.task_states import PAYLOAD_LIMIT_BYTES


@departure(
    source=(
        "AWS Step Functions Developer Guide, 'Using Map state in Distributed mode', 'ItemReader', 'ItemBatcher', "
        "'ResultWriter'"
    ),
    replaces=(
        "stepfunctions._run_distributed_map",
        "stepfunctions._list_state_machines",
        "stepfunctions._read_map_items",
        "stepfunctions._run_execution",
        "stepfunctions._stop_execution",
        "stepfunctions._map_runs",
    ),
)
def distributed_map() -> None:
    """A JSONata map evaluates ``Items``, ``ItemReader``, ``ItemSelector`` and ``ItemBatcher`` and writes its results.

    The executions of its items have variables, histories and status events of their own, and are stopped with their
    parent. Every item comes to its end, also when more have failed than is tolerated.
    """
    states = service("stepfunctions")
    replace(states, "_run_distributed_map", _run)
    replace(states, "_list_state_machines", _without_items)


def _run(original: Callable[..., Any]) -> Callable[..., Any]:
    def run(  # noqa: PLR0913, PLR0917 - MiniStack's own signature
        state: dict[str, Any], data: Any, effective: Any, iterator: Any, execution: dict[str, Any], ctx: dict[str, Any]
    ) -> Any:
        states = service("stepfunctions")
        if states._state_query_language(state, ctx) != "JSONata":
            ask_start(execution["stateMachineArn"])
            return original(state, data, effective, iterator, execution, ctx)
        items = _items(state, data, ctx)
        map_run = MapRun(state, execution, len(items))
        map_run.work_on(_inputs(state, items, data, ctx))
        result = result_of(map_run, state, data, ctx)
        output = states._apply_jsonata_output(state, data, ctx, result=result, default=result)
        states._apply_state_assign(state, data, ctx, result=result)
        return output, states._next_or_end(state)

    return run


def _items(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> list[Any]:
    states = service("stepfunctions")
    reader = state.get("ItemReader")
    if reader is None:
        return states._jsonata_state_field(state, "Items", "array", data, ctx)
    arguments = states._apply_jsonata_template(reader.get("Arguments", {}), data, ctx)
    try:
        read = states._read_map_items({**reader, "Arguments": arguments}, data, ctx)
    except (ValueError, KeyError, IndexError) as error:
        raise _unreadable(str(error)) from error
    if not is_array(read):
        raise _unreadable("The dataset is not an array")
    return read


def _unreadable(cause: str) -> Exception:
    return service("stepfunctions")._ExecutionError("States.ItemReaderFailed", cause)


def _inputs(state: dict[str, Any], items: list[Any], data: Any, ctx: dict[str, Any]) -> list[tuple[int, Any]]:
    """How many items, and the input, of every execution."""
    selected = [_selected(state, index, item, data, ctx) for index, item in enumerate(items)]
    batcher = state.get("ItemBatcher")
    if batcher is None:
        return [(1, item) for item in selected]
    template = batcher.get("BatchInput")
    given = {} if template is None else {"BatchInput": _filled(template, data, ctx)}
    room = batcher.get("MaxInputBytesPerBatch", PAYLOAD_LIMIT_BYTES) - _size(given) - len('"Items":[],')
    batches = _batches(selected, batcher.get("MaxItemsPerBatch", len(selected)), room)
    return [(len(batch), {**given, "Items": batch}) for batch in batches]


def _selected(state: dict[str, Any], index: int, item: Any, data: Any, ctx: dict[str, Any]) -> Any:
    selector = state.get("ItemSelector")
    context = {**ctx, "Map": {"Item": {"Index": index, "Value": item}}}
    return item if selector is None else _filled(selector, data, context)


def _batches(items: list[Any], most: int, room: int) -> list[list[Any]]:
    batches: list[list[Any]] = []
    left = 0
    for item in items:
        size = _size(item) + 1
        if not batches or len(batches[-1]) == most or size > left:
            batches.append([])
            left = room
        batches[-1].append(item)
        left -= size
    return batches


def _filled(template: Any, data: Any, ctx: dict[str, Any]) -> Any:
    return service("stepfunctions")._apply_jsonata_template(template, data, ctx)


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _without_items(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """The machines of items are nobody's but their map's."""

    def listed(request: dict[str, Any]) -> Any:
        status, headers, body = original(request)
        answer = json.loads(body)
        machines = answer.get("stateMachines", [])
        answer["stateMachines"] = [machine for machine in machines if "/" not in machine["stateMachineArn"]]
        return status, headers, json.dumps(answer).encode()

    return listed
