"""Choice states: which rule matches, and what is assigned and put out when one does."""

from __future__ import annotations

from typing import Any

from naws.testing._failures import fail

_CHOICE = "moto.stepfunctions.parser.asl.component.state.choice."


class _Matched(str):
    """The state that a matched rule names; the default may have the same name."""

    __slots__ = ()


def replacements() -> list[tuple[str, str, Any]]:
    """A rule that matches is told from the default, whatever state both lead to."""
    return [
        (_CHOICE + "state_choice", "StateChoice._eval_state", _choice),
        (_CHOICE + "state_choice", "StateChoice._eval_state_output", _put_out),
        (_CHOICE + "comparison.comparison", "ConditionStringJSONata._eval_body", _condition),
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
    """`Assign` and `Output` of the state belong to its default; the interpreter tells that by the state's name."""
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
