"""A ready stack of one or several task processors, from data alone."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from naws.core.conventions import Conventions
from naws.ecs_task_processor.construct import EcsTaskProcessor
from naws.ecs_task_processor.props import EcsTaskProcessorProps


class EcsTaskProcessorStack(cdk.Stack):
    """Several processors that share one VPC, one cluster and one alarm topic.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        processors: construct id to props; one processor each.
        conventions: what all of them share. Omitted: those of the scope.
        stack: what `cdk.Stack` takes, such as `env` or `description`.

    Raises:
        PatternValidationError: from the first processor that cannot be built.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        processors: Mapping[str, EcsTaskProcessorProps],
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        if conventions is not None:
            conventions.apply(self)
        self._processors = {name: EcsTaskProcessor(self, name, props) for name, props in processors.items()}
        for name, processor in self._processors.items():
            self._say(name, processor)

    @property
    def processors(self) -> Mapping[str, EcsTaskProcessor]:
        """The processors by their construct id."""
        return dict(self._processors)

    def _say(self, name: str, processor: EcsTaskProcessor) -> None:
        outputs = {
            "StateMachineArn": processor.state_machine.state_machine_arn,
            "LogGroup": processor.log_group.log_group_name,
            "FailureQueueUrl": processor.failure_queue.queue_url,
        }
        outputs |= {f"Queue{number}Url": queue.queue_url for number, queue in enumerate(processor.queues, 1)}
        for key, value in outputs.items():
            cdk.CfnOutput(self, f"{name}{key}", value=value)
