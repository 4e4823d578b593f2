"""A ready stack of one or several functions, from data alone."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from naws.core import Conventions
from naws.core.authoring import ReadyStack, StackOf
from naws.lambda_service.construct import LambdaService
from naws.lambda_service.props import LambdaServiceProps


class LambdaServiceStack(ReadyStack[LambdaService]):
    """Several functions that share one alarm topic.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        services: construct id to props; one function each.
        conventions: what all of them share. Omitted: those of the scope.
        stack: what `cdk.Stack` takes, such as `env` or `description`.

    Raises:
        PatternValidationError: with all that is wrong with any of them; nothing has been built then.
        TypeError: when an argument is unknown.
    """

    kind = StackOf(pattern=LambdaService, props=LambdaServiceProps, argument="services")

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        services: Mapping[str, LambdaServiceProps],
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, services, conventions=conventions, stack=stack)

    @property
    def services(self) -> Mapping[str, LambdaService]:
        """The functions by their construct id."""
        return self.patterns
