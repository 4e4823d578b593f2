"""The data flow of JSONPath states: what their fields make of input, result and variables."""

import copy
from functools import partial
from typing import Any

from naws.cli.embedded.departures import intrinsics, paths
from naws.cli.embedded.departures.context_objects import current, entered, failed, variables
from naws.cli.embedded.departures.json_values import is_array, is_object, members
from naws.cli.embedded.departures.patching import Original, departure, replace, wrap
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.task_states import check_size
from naws.core.json_paths import segments

_HANDLERS = tuple(f"_execute_{kind}" for kind in ("pass", "task", "choice", "wait", "parallel", "map"))
_PLAIN = ("_execute_pass", "_execute_choice", "_execute_wait")


@departure(
    "Amazon States Language, 'Paths', 'Payload Template', 'ResultPath', 'Assign'; executions of AWS recorded in "
    "localstack/localstack, tests/aws/services/stepfunctions/v2: base/test_base.snapshot.json (2024), "
    "assign/test_assign_reference_variables.snapshot.json (2024-11), scenarios/test_base_scenarios.snapshot.json "
    "(test_invalid_jsonpath 2025-01-02, test_catch_states_runtime 2023-11-23)"
)
def json_path() -> None:
    """Fields read paths, context object, variables and intrinsic functions; ``Assign`` sets variables.

    A path to one value that leads to none fails with ``States.Runtime``; a path that may find several gives an empty
    list. A ``ResultPath`` into what is no object fails with ``States.ResultPathMatchFailure``.
    """
    for name in _HANDLERS:
        wrap(states, name, partial(_entering, name in _PLAIN))
    replace(states, "_resolve_path_or_ctx", paths.read)
    replace(states, "_resolve_params_obj", filled)
    replace(states, "_evaluate_intrinsic", intrinsics.evaluate)
    wrap(states, "_apply_result_selector", _selecting)
    replace(states, "_apply_result_path", _placed_result)
    replace(states, "_apply_result_path_raw", placed)
    replace(states, "_apply_catcher", _caught)


def _entering(plain: bool, original: Original, *arguments: Any) -> Any:
    ctx = arguments[-1]
    if plain and ctx:
        members(ctx.get("State")).pop("RetryCount", None)  # of states that are never retried AWS recorded none
    entered(ctx)
    return original(*arguments)


def evaluated(expression: Any, data: Any, ctx: dict[str, Any] | None, field: str) -> Any:
    """The value of a field whose name ends in ``.$`` or ``Path``.

    Raises:
        _ExecutionError: ``States.Runtime`` or ``States.IntrinsicFailure``.
    """
    if not isinstance(expression, str):
        raise failed("States.Runtime", f"The value of the field '{field}' must be a path or an intrinsic function")
    if expression.startswith("States."):
        return intrinsics.evaluate(expression, data, ctx)
    return paths.read(expression, data, ctx, field)


def filled(template: Any, data: Any, ctx: dict[str, Any] | None = None) -> Any:
    """A payload template with the values of its fields that end in ``.$``."""
    if is_array(template):
        return [filled(item, data, ctx) for item in template]
    if not is_object(template):
        return template
    return {
        name.removesuffix(".$"): evaluated(value, data, ctx, name) if name.endswith(".$") else filled(value, data, ctx)
        for name, value in template.items()
    }


def placed(path: str | None, original: Any, result: Any) -> Any:
    """The input with the result at ``ResultPath``.

    Raises:
        _ExecutionError: ``States.ResultPathMatchFailure``: something on the way is no object.
    """
    if path is None:
        return copy.deepcopy(original)
    keys = [str(step.key) for step in segments(path[1:])]
    if not keys:
        return result
    output = copy.deepcopy(original)
    holder: Any = output
    for key in keys[:-1]:
        holder = holder.setdefault(key, {}) if is_object(holder) else None
    if not is_object(holder):
        raise failed("States.ResultPathMatchFailure", f"Unable to apply ReferencePath {path} to input")
    holder[keys[-1]] = result
    return output


def assign(state: dict[str, Any], data: Any, ctx: dict[str, Any] | None) -> None:
    """Set the variables of a JSONPath state or rule; all see the values from before."""
    if "Assign" in state:
        values = filled(state["Assign"], data, ctx)
        check_size(values, "Assign")
        variables(ctx).update(values)


def _selecting(original: Original, state: dict[str, Any], data: Any) -> Any:
    if "ResultSelector" not in state:
        return original(state, data)  # what limits results is installed there
    return filled(state["ResultSelector"], original({}, data))


def _placed_result(state: dict[str, Any], original: Any, result: Any) -> Any:
    """Every state with a result comes by here once; ``$`` of its ``Assign`` is the result."""
    assign(state, result, current())
    return placed(state.get("ResultPath", "$"), original, result)


def _caught(catcher: dict[str, Any], data: Any, ctx: dict[str, Any], language: str, error: dict[str, Any]) -> Any:
    if language != "JSONata":
        assign(catcher, error, ctx)
        return placed(catcher.get("ResultPath", "$"), data, error)
    output = states._apply_jsonata_output(catcher, data, ctx, error_output=error, default=error)
    states._apply_state_assign({**catcher, "QueryLanguage": "JSONata"}, data, ctx, error_output=error)
    return output
