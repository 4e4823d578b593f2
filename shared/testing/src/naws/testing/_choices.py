"""Choice states: which rule matches, and what is assigned and put out when one does."""

from __future__ import annotations

from typing import Any

from naws.core.json_paths import NotFoundError, found
from naws.testing._extras import optional
from naws.testing._failures import fail

_CHOICE = "moto.stepfunctions.parser.asl.component.state.choice."
_COMPARISON = _CHOICE + "comparison."


class _Matched(str):
    """The state that a matched rule names; the default may have the same name."""

    __slots__ = ()


def replacements() -> list[tuple[str, str, Any]]:
    """A rule that matches differs from the default, whatever state both lead to."""
    return [
        (_CHOICE + "state_choice", "StateChoice._eval_state", _choice),
        (_CHOICE + "state_choice", "StateChoice._eval_state_output", _put_out),
        (_CHOICE + "comparison.comparison", "ConditionStringJSONata._eval_body", _condition),
        (_COMPARISON + "comparison_variable", "ComparisonVariable._eval_body", _compare),
        (_COMPARISON + "comparison_func", "ComparisonFuncStringVariableSample._eval_body", _compare_with_variable),
        (_COMPARISON + "comparison_func", "ComparisonFuncValue._eval_body", _compare_with_value),
    ]


def _condition(self: Any, env: Any) -> None:
    """A condition that is no boolean is a failed query on AWS, an internal error in the interpreter."""
    self.string_jsonata.eval(env=env)
    matched = env.stack[-1]
    if not isinstance(matched, bool):
        cause = f"Condition '{self.string_jsonata.expression}' must be a boolean, got {matched!r}"
        fail(env, "States.QueryEvaluationError", cause, "EvaluationFailed")


def _choice(self: Any, env: Any) -> None:
    """Without a match and a default AWS fails with `States.NoChoiceMatched`."""
    for rule in self.choices_decl.rules:
        rule.eval(env)
        if env.stack.pop():
            env.stack.append(_Matched(rule.next_stmt.name))
            return
    if self.default_state is None:
        fail(env, "States.NoChoiceMatched", f"No rule of '{self.name}' matched.", "TaskFailed")
    env.stack.append(self.default_state.state_name)


def _put_out(self: Any, env: Any) -> None:
    """`Assign` and `Output` of the state belong to its default; the interpreter knows it by the state's name."""
    following = env.stack.pop()
    if not isinstance(following, _Matched):
        for part in (self.assign_decl, self.output):
            if part:
                part.eval(env=env)
    if self._is_language_query_jsonpath():
        if self.output_path:
            self.output_path.eval(env=env)
        else:
            env.states.reset(input_value=env.stack.pop())
    env.next_state_name = str(following)


def _compare(self: Any, env: Any) -> None:
    """A `Variable` that leads nowhere can be asked with `IsPresent` only; the interpreter takes it for no match."""
    self.variable.eval(env=env)
    operator = self.comparison_function.operator_type.name
    if type(env.stack[-1]).__name__ == "NoSuchVariable" and operator != "IsPresent":
        path = self.variable.string_sampler.literal_value
        cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
        fail(env, "States.Runtime", cause, "TaskFailed")
    self.comparison_function.eval(env=env)


def _compare_with_variable(self: Any, env: Any) -> None:
    """The value of `Variable` is on the left, the variable's on the right; the interpreter turns them round."""
    self.string_variable_sample.eval(env=env)
    right = env.stack.pop()
    _operate(self, env, right)


def _compare_with_value(self: Any, env: Any) -> None:
    """A path on the right may lead into the context object."""
    is_path = self.operator_type.name.endswith("Path") and isinstance(self.value, str)
    if not is_path or not self.value.startswith("$$"):
        _operator(self).eval(env=env, value=self.value)
        return
    try:
        right = found(self.value[1:], env.states.context_object.context_object_data)
    except NotFoundError:
        cause = f"Invalid path '{self.value}': The choice state's condition path references an invalid value."
        fail(env, "States.Runtime", cause, "TaskFailed")
    _operate(self, env, right)


def _operate(comparison: Any, env: Any, right: Any) -> None:
    """Compare what is on the stack with `right`, which the operator reads as what a path of the input leads to."""
    left = env.stack.pop()
    env.stack.extend((right, left))
    _operator(comparison).eval(env=env, value="$")
    del env.stack[-2]


def _operator(comparison: Any) -> Any:
    return optional(_COMPARISON + "operator.factory").OperatorFactory.get(comparison.operator_type)
