"""A ready stack of one or several task processors, from data alone."""

import inspect
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.pattern.base import undone_on_error
from naws.core.spelling import suggesting_arguments
from naws.ecs_task_processor._inspection import known_before
from naws.ecs_task_processor._outputs import name_outputs
from naws.ecs_task_processor.checks_stack import validate_arguments, validate_together
from naws.ecs_task_processor.construct import EcsTaskProcessor
from naws.ecs_task_processor.props import EcsTaskProcessorProps

_OF_STACK = tuple(inspect.signature(cdk.Stack.__init__).parameters)[3:]  # behind self, scope and id


class EcsTaskProcessorStack(cdk.Stack):
    """Several processors that share one VPC, one cluster and one alarm topic.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        processors: construct id to props; one processor each.
        conventions: what all of them share. Omitted: those of the scope.
        stack: what `cdk.Stack` takes, such as `env` or `description`.

    Raises:
        PatternValidationError: with all that is wrong with any of the processors; nothing has been built then.
        TypeError: when an argument is unknown.
    """

    @suggesting_arguments("EcsTaskProcessorStack", *_OF_STACK)
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        processors: Mapping[str, EcsTaskProcessorProps],
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        place = f"{scope.node.path}/{construct_id}".lstrip("/")
        validate_arguments(place, processors, conventions)
        context = PatternContext.of_new_stack(scope, construct_id, conventions, stack.get("env"))
        validate_together(processors, context, known_before)
        with undone_on_error(scope):
            super().__init__(scope, construct_id, **stack)
            if conventions is not None:
                conventions.apply(self)
            self._processors = {name: EcsTaskProcessor(self, name, props) for name, props in processors.items()}
            name_outputs(self._processors)

    @property
    def processors(self) -> Mapping[str, EcsTaskProcessor]:
        """The processors by their construct id."""
        return dict(self._processors)
