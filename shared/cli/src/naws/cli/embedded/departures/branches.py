"""Inline Map and Parallel states."""

import contextvars
import copy
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from naws.cli.embedded.departures.context_objects import inner
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.state_fields import StateFields

_Outcome = tuple[Any, str | None]
_WITH_EXECUTION = ("Task", "Parallel", "Map")


@departure(
    "AWS Step Functions Developer Guide, 'Using Map state in Inline mode', 'Parallel workflow state', 'Passing "
    "data between states with variables' (scope); executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: scenarios/test_base_scenarios.snapshot.json (test_map_state_break_condition "
    "2023-09-21, test_map_state_items_* 2024-11-19, test_max_concurrency_path 2024-06-19), "
    "assign/test_assign_reference_variables.snapshot.json "
    "(MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH), test_state/test_state_context_object.snapshot.json (2025-12-03)"
)
def branches() -> None:
    """An inline map takes an array only, and begins no item after one has failed.

    Branches and iterations see the variables of their state and keep their own; their states stand in the history.
    A JSONata Parallel state has ``Arguments``, ``Output`` and ``Assign``.
    """
    replace(states, "_run_map_items", _map)
    replace(states, "_run_parallel_branches", _parallel)
    replace(states, "_run_sub_machine", _walked)


def finished(state: dict[str, Any], data: Any, result: Any, ctx: dict[str, Any]) -> _Outcome:
    """The output of a Map or Parallel state with this result, and the name of the next state."""
    following = states._next_or_end(state)
    if states._state_query_language(state, ctx) == "JSONata":
        output = states._apply_jsonata_output(state, data, ctx, result=result, default=result)
        states._apply_state_assign(state, data, ctx, result=result)
        return output, following
    placed = states._apply_result_path(state, data, states._apply_result_selector(state, result))
    return states._apply_output_path(state, placed, ctx), following


def _map(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> _Outcome:
    processor = state.get("ItemProcessor") or state["Iterator"]
    if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return states._run_distributed_map(state, data, data, processor, execution, ctx)
    fields = StateFields(state, data, ctx)
    items = fields.items(objects=False)
    at_once = int(fields.number("MaxConcurrency") or len(items))

    def iterate(item: Any) -> Any:
        given, context = fields.selected(item), inner(ctx, Map={"Item": item})
        return _walked(processor["States"], processor["StartAt"], given, execution, context)

    return finished(state, data, _together([partial(iterate, item) for item in items], at_once), ctx)


def _parallel(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> _Outcome:
    if states._state_query_language(state, ctx) == "JSONata":
        given = states._apply_jsonata_arguments(state, data, ctx)
    else:
        given = states._apply_parameters(state, states._apply_input_path(state, data, ctx), ctx)

    def run(branch: dict[str, Any]) -> Any:
        return _walked(branch["States"], branch["StartAt"], given, execution, inner(ctx))

    results = _together([partial(run, branch) for branch in state["Branches"]], len(state["Branches"]))
    return finished(state, data, results, ctx)


def _together(work: list[Callable[[], Any]], at_once: int) -> list[Any]:
    """Call all in threads and return the results; after a failure none begins; it is raised when all have ended."""
    failing = threading.Event()

    def unless_failing(each: Callable[[], Any]) -> Any:
        if failing.is_set():
            return None
        try:
            return each()
        except BaseException:
            failing.set()
            raise

    with ThreadPoolExecutor(max(at_once, 1)) as pool:
        # A context cannot be entered twice at once, so each piece of work has a copy of its own.
        futures = [pool.submit(contextvars.copy_context().run, unless_failing, each) for each in work]
    return [future.result() for future in futures]


def _walked(definitions: dict[str, Any], start: str, data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> Any:
    """Run the states of a branch or an iteration, and return the last one's output."""
    name: str | None = start
    output = copy.deepcopy(data)
    while name is not None:
        state = definitions[name]
        ctx["State"] = {"Name": name, "EnteredTime": states.now_iso(), "RetryCount": 0}
        _note(execution, state, "Entered", name, input=output)
        output, following = _stepped(state, output, execution, ctx)
        _note(execution, state, "Exited", name, output=output)
        name = following
    return output


def _stepped(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> _Outcome:
    kind = state["Type"]
    if kind == "Succeed":
        return states._apply_output_path(state, states._apply_input_path(state, data, ctx), ctx), None
    if kind == "Fail":
        raise states._ExecutionError(*states._fail_state_error(state, data, ctx))
    handler = getattr(states, f"_execute_{kind.lower()}")
    return handler(state, data, *((execution,) if kind in _WITH_EXECUTION else ()), ctx)


def _note(execution: dict[str, Any], state: dict[str, Any], what: str, name: str, **shown: Any) -> None:
    details = {"name": name, **{key: json.dumps(value) for key, value in shown.items()}}
    event = {f"state{what}EventDetails": details}
    states._add_event(execution, f"{state['Type']}State{what}", event)
