"""Fields of states with JSONPaths and variables: how they are read, and the errors of those that lead nowhere."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, NoReturn

from naws.core.json_paths import BeyondError, NotFoundError, found
from naws.core.jsonata import ExpressionError
from naws.core.parsed_json import is_array
from naws.testing._extras import optional
from naws.testing._failures import fail

_ASL = "moto.stepfunctions.parser.asl."
_STRINGS = _ASL + "component.common.string.string_expression"
_OPERATORS = _ASL + "component.state.choice.comparison.operator.implementations."
_READERS = (
    _STRINGS,
    _ASL + "component.intrinsic.argument.argument",
    _ASL + "eval.states",
    *(_OPERATORS + name for name in ("timestamp_operators", "boolean_equals", "numeric", "string_operators")),
)
_VARIABLE = re.compile(r"\$(?P<name>[^\W\d]\w*)(?P<path>.*)$", re.DOTALL)

Evaluate = Callable[[str, Any], Any]
"""An expression of JSONata in an environment of the interpreter."""


def replacements(evaluate: Evaluate) -> list[tuple[str, str, Any]]:
    """One reader of paths for every field, and variables that are read without JSONata."""
    return [
        *((module, "extract_json", _extract) for module in _READERS),
        (_STRINGS, "StringVariableSample._eval_body", _sampled(evaluate)),
        (_STRINGS, "StringJSONata._eval_body", _evaluated(evaluate)),
        (_STRINGS, "StringJsonPath._eval_body", _read),
        (_ASL + "component.common.path.items_path", "ItemsPath._eval_body", _items),
        (_ASL + "component.common.path.result_path", "ResultPath._eval_body", _placed),
    ]


def _extract(path: str, data: Any) -> Any:
    try:
        return found(path, data)
    except (NotFoundError, ValueError):
        raise _no_such_path(path, data) from None


def _no_such_path(path: str, data: Any) -> Exception:
    return optional(_ASL + "utils.json_path").NoSuchJsonPathError(json_path=path, data=data)


def _read(self: Any, env: Any) -> None:
    """A place beyond the end of an array is null here, and nothing in the argument of an intrinsic function.

    Source: measured on AWS, us-east-1; floci-io/floci, AslExecutorIntrinsicMissingArgumentTest (2026-09).
    """
    try:
        value = found(self.json_path, env.stack[-1])
    except BeyondError:
        value = None
    except (NotFoundError, ValueError):
        raise _no_such_path(self.json_path, env.stack[-1]) from None
    env.stack.append(copy.deepcopy(value))


def _items(self: Any, env: Any) -> None:
    """An inline map of JSONPath over what is no array fails for good; the interpreter makes a failed query of it.

    Source: recorded of AWS, test_state_map_context_object (2025-12-03).
    """
    self.string_sampler.eval(env=env)
    if not is_array(env.stack[-1]):
        fail(
            env,
            "States.Runtime",
            f'Reference path "{self.string_sampler.literal_value}" must point to array.',
            "TaskFailed",
        )


def _placed(self: Any, env: Any) -> None:
    """Place a result; where that is impossible the state fails by a name of its own, not by accident.

    Source: Step Functions' guide, "Handling errors": `States.ResultPathMatchFailure`.
    """
    output = given = env.states.get_input()
    if self.result_path_src is None:
        env.stack.clear()
    elif self.result_path_src == "$":
        output = env.stack.pop()
    else:
        try:
            result = copy.deepcopy(env.stack.pop())
            output = optional("jsonpath_ng").parse(self.result_path_src).update_or_create(copy.deepcopy(given), result)
            found(self.result_path_src, output)
        except (TypeError, NotFoundError):
            cause = f"'{self.result_path_src}' cannot be applied to the input '{given!r}'."
            fail(env, "States.ResultPathMatchFailure", cause, "TaskFailed")
    env.stack.append(output)


def _evaluated(evaluate: Evaluate) -> Callable[[Any, Any], None]:
    """A failing or undefined expression is `States.QueryEvaluationError`; values are data, not program text."""

    def _eval_body(self: Any, env: Any) -> None:
        try:
            env.stack.append(evaluate(self.expression, env))
        except ExpressionError as error:
            fail(env, "States.QueryEvaluationError", str(error), "EvaluationFailed")

    return _eval_body


def _sampled(evaluate: Evaluate) -> Callable[[Any, Any], None]:
    """`$name` and what a path behind it leads to; the interpreter asks an engine of JSONata that is not installed."""

    def _eval_body(self: Any, env: Any) -> None:
        if self.query_language_mode.name == "JSONata":
            _evaluated(evaluate)(self, env)
            return
        variable = _VARIABLE.match(self.expression)
        scopes = {**env.variable_store._outer_scope, **env.variable_store._inner_scope}  # noqa: SLF001 - as elsewhere
        if variable is None or variable["name"] not in scopes:
            _not_found(env, self.expression)
        try:
            value = found("$" + variable["path"], scopes[variable["name"]])
        except (NotFoundError, ValueError):
            _not_found(env, self.expression)
        env.stack.append(copy.deepcopy(value))

    return _eval_body


def _not_found(env: Any, expression: str) -> NoReturn:
    cause = f"The variable path '{expression}' references an invalid value."
    fail(env, "States.Runtime", cause, "TaskFailed")
