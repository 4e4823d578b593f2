"""A ready stack of one or several, from data alone."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from naws.core import Conventions
from naws.core.authoring import ReadyStack, StackOf
from naws.step_function_executor.construct import StepFunctionExecutor
from naws.step_function_executor.props import StepFunctionExecutorProps


class StepFunctionExecutorStack(ReadyStack[StepFunctionExecutor]):
    """Several workflows that share one alarm topic.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        executors: construct id to props; one workflow each.
        conventions: what all of them share. Omitted: those of the scope.
        stack: what `cdk.Stack` takes, such as `env` or `description`.

    Raises:
        PatternValidationError: with all that is wrong with any of the workflows; nothing has been built then.
        TypeError: when an argument is unknown.
    """

    kind = StackOf(pattern=StepFunctionExecutor, props=StepFunctionExecutorProps, argument="executors")

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        executors: Mapping[str, StepFunctionExecutorProps],
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, executors, conventions=conventions, stack=stack)

    @property
    def executors(self) -> Mapping[str, StepFunctionExecutor]:
        """The workflows by their construct id."""
        return self.patterns
