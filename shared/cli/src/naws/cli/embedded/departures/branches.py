"""Inline Map and Parallel states."""

from functools import partial
from typing import Any

from naws.cli.embedded.departures.context_objects import inner
from naws.cli.embedded.departures.patching import departure, replace
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.state_fields import StateFields
from naws.cli.embedded.departures.task_states import check_size
from naws.cli.embedded.departures.walks import Scope, current, entering, together, walk

_Outcome = tuple[Any, str | None]


@departure(
    "AWS Step Functions Developer Guide, 'Using Map state in Inline mode', 'Parallel workflow state', 'Passing "
    "data between states with variables' (scope); executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2: scenarios/test_base_scenarios.snapshot.json (test_map_state_break_condition "
    "2023-09-21, test_map_state_items_* 2024-11-19, test_max_concurrency_path 2024-06-19), "
    "assign/test_assign_reference_variables.snapshot.json "
    "(MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH), test_state/test_state_context_object.snapshot.json (2025-12-03)"
)
def branches() -> None:
    """An inline map takes an array only. A branch or iteration that fails stops the others, and none begins after it.

    Branches and iterations see the variables of their state and keep their own; their states stand in the history.
    A JSONata Parallel state has ``Arguments``, ``Output`` and ``Assign``. All results together have at most 256 KiB.
    """
    replace(states, "_run_map_items", _map)
    replace(states, "_run_parallel_branches", _parallel)


def finished(state: dict[str, Any], data: Any, result: Any, ctx: dict[str, Any]) -> _Outcome:
    """The output of a Map or Parallel state with this result, and the name of the next state."""
    following = states._next_or_end(state)
    check_size(result, "result")
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
    fields, scope = StateFields(state, data, ctx), current()
    if not scope.kept():
        items = fields.items(objects=False)
        contexts = [inner(ctx, Map={"Item": item}) for item in items]
        scope.parts = [Scope(processor["States"], processor["StartAt"], None, context) for context in contexts]
        states._add_event(execution, "MapStateStarted", {"mapStateStartedEventDetails": {"length": len(items)}})
    at_once = int(fields.number("MaxConcurrency") or len(scope.parts))

    def iterate(index: int, part: Scope) -> Any:
        if not part.entered:
            part.data = fields.selected(part.ctx["Map"]["Item"])
            part.last_event = scope.last_event
        return _iterated(execution, part, ctx["State"]["Name"], index)

    work = [partial(iterate, index, part) for index, part in enumerate(scope.parts) if part.name is not None]
    return _finished(state, data, ctx, execution, work, at_once)


def _parallel(state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> _Outcome:
    scope = current()
    if not scope.kept():
        if states._state_query_language(state, ctx) == "JSONata":
            given = states._apply_jsonata_arguments(state, data, ctx)
        else:
            given = states._apply_parameters(state, states._apply_input_path(state, data, ctx), ctx)
        scope.parts = [
            Scope(branch["States"], branch["StartAt"], given, inner(ctx), last_event=scope.last_event)
            for branch in state["Branches"]
        ]
        states._add_event(execution, "ParallelStateStarted")
    work = [partial(walk, part, execution) for part in scope.parts if part.name is not None]
    return _finished(state, data, ctx, execution, work, len(work))


def _finished(
    state: dict[str, Any], data: Any, ctx: dict[str, Any], execution: dict[str, Any], work: list[Any], at_once: int
) -> _Outcome:
    scope = current()
    try:
        together(work, at_once)
    except states._ExecutionError:
        states._add_event(execution, f"{state['Type']}StateFailed")
        raise
    states._add_event(execution, f"{state['Type']}StateSucceeded")
    return finished(state, data, [part.data for part in scope.parts], ctx)


def _iterated(execution: dict[str, Any], part: Scope, name: str, index: int) -> Any:
    """Walk through an iteration, with its beginning and its end in the history."""
    details = {"name": name, "index": index}
    with entering(part):
        states._add_event(execution, "MapIterationStarted", {"mapIterationStartedEventDetails": details})
    try:
        output = walk(part, execution)
    except states._ExecutionError:
        with entering(part):
            states._add_event(execution, "MapIterationFailed", {"mapIterationFailedEventDetails": details})
        raise
    with entering(part):
        states._add_event(execution, "MapIterationSucceeded", {"mapIterationSucceededEventDetails": details})
    return output
