"""moto's interpreter of the Amazon States Language, made to behave as AWS does and to play a script.

Every function below replaces one of the interpreter's for as long as a run lasts; each says what AWS does instead.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import json
import threading
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any

from naws.core.jsonata import ExpressionError
from naws.core.step_functions import STATE_LIMIT
from naws.testing import _choices, _failures, _intrinsics, _state_paths, _waits
from naws.testing._distributed import MapFailedError, filled
from naws.testing._expressions import Expressions
from naws.testing._extras import optional
from naws.testing._failures import SCRIPT_FAULT, TOO_LARGE, fail
from naws.testing._script import Script, TaskRequest, Throws

_PARSER = "moto.stepfunctions.parser."
_ASL = _PARSER + "asl."
_COMMON = _ASL + "component.common."
_STATE = _ASL + "component.state."
_ONE_AT_A_TIME = threading.Lock()


@contextlib.contextmanager
def adapted(script: Script, expressions: Expressions) -> Generator[None]:
    """The interpreter as AWS behaves, playing `script`, until the block ends."""
    with _ONE_AT_A_TIME, contextlib.ExitStack() as stack:
        for module, path, replacement in _replacements(script, expressions):
            stack.enter_context(_replaced(module, path, replacement))
        yield


@contextlib.contextmanager
def _replaced(module: str, path: str, replacement: Any) -> Generator[None]:
    owner: Any = optional(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    inherited = isinstance(owner, type) and name not in vars(owner)
    original = getattr(owner, name)
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


def _replacements(script: Script, expressions: Expressions) -> list[tuple[str, str, Any]]:
    task = _STATE + "exec.state_task."
    scripted = _scripted_task(script, expressions)
    return [
        *_choices.replacements(),
        *_failures.replacements(),
        *_intrinsics.replacements(expressions),
        *_waits.replacements(script),
        *_state_paths.replacements(lambda text, env: expressions.evaluate(text, _scope(env, {}))),
        (task + "service.state_task_service", "StateTaskService._eval_execution", scripted),
        (task + "service.state_task_service", "StateTaskService._validate_service_integration_is_supported", _accepted),
        (task + "service.state_task_service_dynamodb", "StateTaskServiceDynamoDB._from_error", _plain_error),
        (task + "state_task_lambda", "StateTaskLambda._eval_execution", scripted),
        (task + "state_task_activitiy", "StateTaskActivity._eval_execution", scripted),
        (_STATE + "exec.state_parallel.branch_worker", "BranchWorker.start", _branch_in_turn),
        (
            _STATE + "exec.state_map.iteration.inline_iteration_component",
            "InlineIterationComponent._launch_worker",
            _items_in_turn,
        ),
        (_ASL + "eval.event.event_manager", "EventManager.add_event", _recorded_event(script)),
        (_ASL + "eval.environment", "Environment.open_frame", _opened("open_frame")),
        (_ASL + "eval.environment", "Environment.open_inner_frame", _opened("open_inner_frame")),
        (_PARSER + "backend.execution_worker", "ExecutionWorker._get_evaluation_entrypoint", _program_of),
        (_PARSER + "backend.execution_worker", "ExecutionWorker._get_evaluation_environment", _never_redriven()),
        (_COMMON + "assign.assign_decl", "AssignDecl._eval_body", _assign),
        (_STATE + "state", "is_within_size_quota", _fits),
        (task + "service.state_task_service", "is_within_size_quota", _fits),
        (task + "state_task_lambda", "is_within_size_quota", _fits),
        (_ASL + "parse.preprocessor", "from_string_literal", _text),
        (_ASL + "parse.preprocessor", "Preprocessor._inner_string_of", staticmethod(_text)),
        (_ASL + "component.eval_component", "EvalComponent._log_failure_event_exception", _silent),
        (_ASL + "component.eval_component", "EvalComponent._log_exception", _silent),
        (_STATE + "exec.execute_state", "LOG", SimpleNamespace(warning=_silent)),
    ]


def _plain_error(self: Any, env: Any, ex: Exception) -> Any:
    """The scripted error; the interpreter takes every error of DynamoDB but a client's for one of its own name."""
    return optional(_STATE + "exec.execute_state").ExecutionState._from_error(self, env, ex)  # noqa: SLF001  # what is patched


def _silent(*_: Any, **__: Any) -> None:
    """A failing state is a result to assert, not an error of the interpreter to log."""


def _text(parser_rule_context: Any) -> str | None:
    """A string as JSON reads it; the interpreter keeps the escapes in some places and reads Python's in others."""
    text: str = parser_rule_context.getText()
    if text == "null":
        return None
    return json.loads(text) if text.startswith('"') else text


def _program_of(self: Any) -> Any:
    """Parsing takes most of a run's time, and a parsed program keeps no state: parse each definition once."""
    return _parsed(self._evaluation_details.state_machine_details.definition)


def _never_redriven() -> Callable[[Any], Any]:
    """The context object of an execution that was not started again."""
    made = optional(_PARSER + "backend.execution_worker").ExecutionWorker._get_evaluation_environment  # noqa: SLF001  # what is patched

    def environment(self: Any) -> Any:
        env = made(self)
        env.states.context_object.context_object_data["Execution"]["RedriveCount"] = 0
        return env

    return environment


@functools.lru_cache(maxsize=32)
def _parsed(definition: str) -> Any:
    return optional(_ASL + "parse.asl_parser").AmazonStateLanguageParser.parse(definition)[0]


def _accepted(_self: Any) -> None:
    """Services that the interpreter cannot call itself are scripted too."""


def _scripted_task(script: Script, expressions: Expressions) -> Callable[[Any, Any], None]:
    """Evaluate the arguments as AWS does and answer from the script, for every kind of task."""

    def _eval_execution(self: Any, env: Any) -> None:
        if self.heartbeat is not None:
            self.heartbeat.eval(env=env)
            env.stack.pop()
        arguments = _arguments(self, env)
        if self.name in script.maps:
            env.stack.append(_mapped(self, env, script, expressions, arguments))
            return
        _limit(self, env, arguments, by_name_only=True)
        try:
            outcome = script.answer(TaskRequest(self.name, self.resource.resource_arn, copy.deepcopy(arguments)))
        except Exception as error:  # noqa: BLE001 - a test's own failure, raised again once the run is over
            script.faults.append(error)
            outcome = Throws(SCRIPT_FAULT, str(error))
        if isinstance(outcome, Throws):
            fail(env, outcome.error, outcome.cause, "TaskFailed")
        _limit(self, env, outcome.value)
        env.stack.append(copy.deepcopy(outcome.value))

    return _eval_execution


def _mapped(task: Any, env: Any, script: Script, expressions: Expressions, arguments: Any) -> Any:
    """The result of a distributed map, of the items that are scripted or else those of its `Items`."""
    scripted = script.items_of(task.name)
    if isinstance(scripted, Throws):
        fail(env, scripted.error, scripted.cause, "TaskFailed")
    given = arguments if scripted is None else {**arguments, "Items": scripted.value}

    def fill(template: Any, item: Any) -> Any:
        if script.maps[task.name]["QueryLanguage"] == "JSONata":
            return filled(template, lambda text: expressions.evaluate(text, _scope(env, {"Map": item})))
        return _filled_with_paths(template, env, item)

    try:
        return script.run_map(task.name, given, fill)
    except MapFailedError as error:
        fail(env, error.error, error.cause, "TaskFailed")
    except ExpressionError as error:
        fail(env, "States.QueryEvaluationError", str(error), "EvaluationFailed")


def _filled_with_paths(template: Any, env: Any, item: Any) -> Any:
    """A template of JSONPath, as the `Parameters` of a Pass state are evaluated, with `item` as `$$.Map`."""
    holder = {"StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "Parameters": template, "End": True}}}
    parameters = _parsed(json.dumps(holder)).states.states["Fill"].parameters
    context = env.states.context_object.context_object_data
    outside = {"Map": context["Map"]} if "Map" in context else {}
    context["Map"] = item
    env.stack.append(env.states.get_input())
    parameters.eval(env=env)
    value = env.stack.pop()
    env.stack.pop()
    del context["Map"]
    context.update(outside)
    return value


def _fits(value: Any) -> bool:
    """256 KiB of UTF-8; the interpreter counts a character beyond ASCII as the six that an escape has."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) <= STATE_LIMIT


def _assign(self: Any, env: Any) -> None:
    """Limit the values of one `Assign` like a state's data; the interpreter sets no limit."""
    values: dict[str, Any] = {}
    for binding in self.declaration_bindings:
        binding.eval(env=env)
        values.update(env.stack.pop())
    if not _fits(values):
        cause = f"Assign of {', '.join(values)} exceeds the limit."
        fail(env, TOO_LARGE, cause, "TaskFailed", by_name_only=True)
    for name, value in values.items():
        env.variable_store.set(variable_identifier=name, variable_value=value)


def _limit(task: Any, env: Any, data: Any, *, by_name_only: bool = False) -> None:
    """Fail beyond 256 KiB of what a task takes or returns; the interpreter limits results only."""
    if not _fits(data):
        cause = f"The arguments or the result of '{task.name}' exceed the payload size quota."
        fail(env, TOO_LARGE, cause, "TaskFailed", by_name_only=by_name_only)


def _arguments(task: Any, env: Any) -> Any:
    """The evaluated `Arguments` or `Parameters`; without them JSONPath sends the input and JSONata nothing."""
    if task.parargs is None:
        nothing: dict[str, Any] = {}
        return env.states.get_input() if task._is_language_query_jsonpath() else nothing  # noqa: SLF001 - it has no public name
    task.parargs.eval(env=env)
    return env.stack.pop()


def _scope(env: Any, more: dict[str, Any]) -> dict[str, Any]:
    """The variables and `$states` that an expression may refer to; `more` joins the context object."""
    store = env.variable_store
    data = env.states._states_data  # noqa: SLF001 - the interpreter offers it as program text only
    context = {**copy.deepcopy(data["context"]), **more}
    states = {key: data[key] for key in ("result", "errorOutput") if data.get(key) is not None}
    scopes = {**store._outer_scope, **store._inner_scope}  # noqa: SLF001 - as above
    return {**scopes, "states": {"input": data["input"], "context": context, **states}}


def _opened(name: str) -> Callable[..., Any]:
    """A state of a map's iteration knows its item; the interpreter forgets it in every state."""
    opened = getattr(optional(_ASL + "eval.environment").Environment, name)

    def open_frame(self: Any, *arguments: Any, **named: Any) -> Any:
        frame = opened(self, *arguments, **named)
        context = self.states.context_object.context_object_data
        if "Map" in context:
            frame.states.context_object.context_object_data["Map"] = context["Map"]
        return frame

    return open_frame


def _branch_in_turn(self: Any) -> None:
    """Branches run one after the other, so that a run repeats exactly."""
    self._program.eval(self.env)
    self._branch_worker_comm.on_terminated(env=self.env)


def _items_in_turn(self: Any, env: Any, eval_input: Any, job_pool: Any) -> Any:
    """Items run one after the other, so that a run repeats exactly; MaxConcurrency has no effect."""
    worker = self._create_worker(env=env, eval_input=eval_input, job_pool=job_pool)
    worker.eval()
    return worker


def _recorded_event(script: Script) -> Callable[..., Any]:
    manager = optional(_ASL + "eval.event.event_manager").EventManager
    add_event = manager.add_event

    def recorded(self: Any, context: Any, event_type: Any, event_details: Any = None, **more: Any) -> Any:
        entered = event_details.get("stateEnteredEventDetails") if event_details else None
        if entered:
            script.states.append(entered["name"])
        return add_event(self, context, event_type, event_details, **more)

    return recorded
