"""Inline Map and Parallel states."""
# ruff: noqa: SLF001  # departures replace MiniStack's private functions

import contextvars
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from naws.cli.embedded.departures import paths
from naws.cli.embedded.departures.context_objects import failed, inner
from naws.cli.embedded.departures.json_values import is_array
from naws.cli.embedded.departures.seam import departure, replace, service

_INTEGER = re.compile(r"-?\d+")
_Outcome = tuple[Any, str | None]


@departure(
    source="AWS Step Functions Developer Guide, 'Using Map state in Inline mode', 'Parallel workflow state', 'Passing "
    "data between states with variables' (scope); executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: scenarios/test_base_scenarios.snapshot.json (test_map_state_items_* "
    "2024-11-19, test_max_concurrency_path 2024-06-19), assign/test_assign_reference_variables.snapshot.json "
    "(MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH), test_state/test_state_context_object.snapshot.json (2025-12-03)",
    replaces=(
        "stepfunctions._run_map_items",
        "stepfunctions._run_parallel_branches",
        "stepfunctions._run_distributed_map",
        "stepfunctions._run_sub_machine",
        "stepfunctions._jsonata_state_field",
        "stepfunctions._apply_parameters",
    ),
)
def branches() -> None:
    """An inline map takes an array only; branches and iterations see the variables of their state and keep their own.

    A JSONata Parallel state has ``Arguments``, ``Output`` and ``Assign``.
    """
    replace(service("stepfunctions"), "_run_map_items", lambda _: _map)
    replace(service("stepfunctions"), "_run_parallel_branches", lambda _: _parallel)


def _map(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> _Outcome:
    states = service("stepfunctions")
    processor = state.get("ItemProcessor") or state["Iterator"]
    jsonata = states._state_query_language(state, ctx) == "JSONata"
    effective = data if jsonata else states._apply_input_path(state, data, ctx)
    if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return states._run_distributed_map(state, data, effective, processor, execution, ctx)
    items = _items(state, effective, ctx) if jsonata else _items_at_path(state, effective, ctx)
    at_once = _concurrency(state, effective, ctx, jsonata=jsonata) or len(items)

    def iterate(index: int, item: Any) -> Any:
        context = inner(ctx, Map={"Item": {"Index": index, "Value": item}})
        selector = state.get("ItemSelector", state.get("Parameters"))
        fill = states._apply_jsonata_template if jsonata else states._resolve_params_obj
        given = item if selector is None else fill(selector, effective, context)
        return states._run_sub_machine(processor["States"], processor["StartAt"], given, execution, context)

    results = _together([partial(iterate, index, item) for index, item in enumerate(items)], at_once)
    return _finished(state, data, results, ctx)


def _items(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> list[Any]:
    if "Items" in state:
        return service("stepfunctions")._jsonata_state_field(state, "Items", "array", data, ctx)
    if not is_array(data):
        raise failed("States.QueryEvaluationError", f"Map state input must be an array but was: {json.dumps(data)}")
    return data


def _items_at_path(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> list[Any]:
    path = state.get("ItemsPath", "$")
    found = paths.read(path, data, ctx)
    if not is_array(found):
        raise failed("States.Runtime", f'Reference path "{path}" must point to array.')
    return found


def _concurrency(state: dict[str, Any], data: Any, ctx: dict[str, Any], *, jsonata: bool) -> int:
    if jsonata and "MaxConcurrency" in state:
        return int(service("stepfunctions")._jsonata_state_field(state, "MaxConcurrency", "number", data, ctx))
    path = state.get("MaxConcurrencyPath")
    value = state.get("MaxConcurrency", 0) if path is None else paths.read(path, data, ctx)
    shown = value if isinstance(value, str) else json.dumps(value)
    if not _INTEGER.fullmatch(shown):  # text too, as recorded
        cause = f'The MaxConcurrencyPath field refers to value "{shown}" which is not a valid integer: {path}'
        raise failed("States.Runtime", cause)
    if int(shown) < 0:
        raise failed("States.Runtime", "MaxConcurrency cannot be negative.")
    return int(shown)


def _parallel(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> _Outcome:
    states = service("stepfunctions")
    if states._state_query_language(state, ctx) == "JSONata":
        given = states._apply_jsonata_arguments(state, data, ctx)
    else:
        given = states._apply_parameters(state, states._apply_input_path(state, data, ctx), ctx)

    def run(branch: dict[str, Any]) -> Any:
        return states._run_sub_machine(branch["States"], branch["StartAt"], given, execution, inner(ctx))

    results = _together([partial(run, branch) for branch in state["Branches"]], len(state["Branches"]))
    return _finished(state, data, results, ctx)


def _together(work: list[Callable[[], Any]], at_once: int) -> list[Any]:
    """What each gives; all come to their end before the first failure is raised."""
    with ThreadPoolExecutor(max(at_once, 1)) as pool:
        # A context cannot be entered twice at once, so each piece of work has a copy of its own.
        futures = [pool.submit(contextvars.copy_context().run, each) for each in work]
    return [future.result() for future in futures]


def _finished(state: dict[str, Any], data: Any, results: list[Any], ctx: dict[str, Any]) -> _Outcome:
    states = service("stepfunctions")
    following = states._next_or_end(state)
    if states._state_query_language(state, ctx) == "JSONata":
        output = states._apply_jsonata_output(state, data, ctx, result=results, default=results)
        states._apply_state_assign(state, data, ctx, result=results)
        return output, following
    placed = states._apply_result_path(state, data, states._apply_result_selector(state, results))
    return states._apply_output_path(state, placed, ctx), following
