"""A ready stack of one or several task processors, from data alone."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from naws.core import Conventions
from naws.core.authoring import ReadyStack, StackOf
from naws.ecs_task_processor.construct import EcsTaskProcessor
from naws.ecs_task_processor.props import EcsTaskProcessorProps


class EcsTaskProcessorStack(ReadyStack[EcsTaskProcessor]):
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

    kind = StackOf(pattern=EcsTaskProcessor, props=EcsTaskProcessorProps, argument="processors")

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        processors: Mapping[str, EcsTaskProcessorProps],
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, processors, conventions=conventions, stack=stack)

    @property
    def processors(self) -> Mapping[str, EcsTaskProcessor]:
        """The processors by their construct id."""
        return self.patterns
