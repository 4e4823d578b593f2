"""Step Functions' Distributed Map: every item, or batch of items, in an execution of its own."""

import json
from typing import Any

from naws.cli.embedded.departures.branches import finished
from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import is_array, size
from naws.cli.embedded.departures.map_results import result_of
from naws.cli.embedded.departures.map_runs import DistributedMapRun
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.state_fields import StateFields
from naws.cli.embedded.departures.task_states import PAYLOAD_LIMIT_BYTES
from naws.cli.embedded.departures.walks import current

_READER_FAILED = "States.ItemReaderFailed"


@departure(
    "AWS Step Functions Developer Guide, 'Using Map state in Distributed mode', 'ItemReader', 'ItemsPath', "
    "'ItemBatcher', 'ResultWriter', 'Context object' (Map.Item.Key), 'Redriving Map Runs'; executions of AWS recorded "
    "in localstack/localstack, tests/aws/services/stepfunctions/v2/scenarios/test_base_scenarios.snapshot.json "
    "(test_map_item_reader_* 2023-09-21 and 2024-03-25, test_map_state_tolerated_failure_* 2024-06-19, "
    "test_map_state_items_input_array[empty] 2024-11-19)"
)
def distributed_map() -> None:
    """A map evaluates its fields in either query language, reads and batches items and writes its results.

    An object is iterated key by key; over no items there is no map run, and the result is ``[]``. The executions of
    items have variables and histories of their own and are stopped with their parent. No source has status events
    of them, so there are none. Every item comes to its end, also when more have failed than is tolerated.
    A redrive of the parent runs what did not succeed again, in the same map run.
    """
    replace(states, "_run_distributed_map", _run)
    wrap(states, "_list_state_machines", _without_items)
    wrap(states, "_emit_execution_status_event", _unless_item)


def _run(
    state: dict[str, Any], data: Any, _: Any, processor: dict[str, Any], execution: dict[str, Any], ctx: dict[str, Any]
) -> Any:
    fields, scope = StateFields(state, data, ctx), current()
    if scope.kept():
        scope.map_run.redrive()
        return finished(state, data, result_of(scope.map_run, fields), ctx)
    reader = state.get("ItemReader")
    items = fields.items(objects=True) if reader is None else _read(fields, reader)
    if not items and reader is None:
        return finished(state, data, [], ctx)
    scope.map_run = map_run = DistributedMapRun(fields, processor, execution, len(items))
    map_run.work_on(_inputs(fields, items))
    return finished(state, data, result_of(map_run, fields), ctx)


def _read(fields: StateFields, reader: dict[str, Any]) -> list[dict[str, Any]]:
    config = reader.get("ReaderConfig", {})
    most = fields.number("MaxItems", config)
    if most is not None and most < 0:
        raise failed(_READER_FAILED, "field MaxItems must be positive")
    headers = config.get("CSVHeaders", [])
    if len(set(headers)) < len(headers):
        raise failed(_READER_FAILED, "CSV headers cannot contain duplicates.")
    plain = {name: value for name, value in config.items() if not name.startswith("MaxItems")}
    asked = {"Resource": reader["Resource"], "ReaderConfig": plain, "Arguments": fields.arguments(reader)}
    try:
        read = states._read_map_items(asked, None, fields.ctx)
    except (ValueError, KeyError, IndexError) as error:
        raise failed(_READER_FAILED, str(error)) from error
    if not is_array(read):
        raise failed(_READER_FAILED, "Attempting to map over non-iterable node.")
    return [{"Index": index, "Value": item} for index, item in enumerate(read[: int(most or len(read))])]


def _inputs(fields: StateFields, items: list[dict[str, Any]]) -> list[tuple[int, Any]]:
    """The number of items, and the input, of every child execution."""
    selected = [fields.selected(item) for item in items]
    batcher = fields.state.get("ItemBatcher")
    if batcher is None:
        return [(1, item) for item in selected]
    template = batcher.get("BatchInput")
    given = {} if template is None else {"BatchInput": fields.filled(template)}
    most_bytes = fields.number("MaxInputBytesPerBatch", batcher) or PAYLOAD_LIMIT_BYTES
    room = int(most_bytes) - size(given) - len('"Items":[],')
    batches = _batches(selected, int(fields.number("MaxItemsPerBatch", batcher) or len(selected)), room)
    return [(len(batch), {**given, "Items": batch}) for batch in batches]


def _batches(items: list[Any], most: int, room: int) -> list[list[Any]]:
    batches: list[list[Any]] = []
    left = 0
    for item in items:
        taken = size(item) + 1
        if not batches or len(batches[-1]) == most or taken > left:
            batches.append([])
            left = room
        batches[-1].append(item)
        left -= taken
    return batches


def _unless_item(original: Original, execution: dict[str, Any]) -> None:
    if not execution.get("mapRunArn"):
        original(execution)


def _without_items(original: Original, request: dict[str, Any]) -> Any:
    """The machines of items are nobody's but their map's."""
    status, headers, body = original(request)
    answer = json.loads(body)
    machines = answer.get("stateMachines", [])
    answer["stateMachines"] = [machine for machine in machines if "/" not in machine["stateMachineArn"]]
    return status, headers, json.dumps(answer).encode()
