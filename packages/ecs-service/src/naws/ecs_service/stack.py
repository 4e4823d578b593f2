"""A ready stack of one or several services, from data alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from constructs import Construct

from naws.core import Conventions
from naws.core.authoring import ReadyStack, StackOf
from naws.ecs_service.construct import EcsService
from naws.ecs_service.props import BesideStackLoadBalancer, EcsServiceProps, LoadBalancer, OfStack, StackLoadBalancer


class EcsServiceStack(ReadyStack[EcsService]):
    """Several services that share one VPC, one cluster, one load balancer and one alarm topic.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        services: construct id to props; one service each.
        load_balancer: how the one is that services share which give none of their own. Omitted: the convention's, else
            an internal one.
        conventions: what all of them share. Omitted: those of the scope.
        stack: what `cdk.Stack` takes, such as `env` or `description`.

    Raises:
        PatternValidationError: with all that is wrong with any of them; nothing has been built then.
        TypeError: when an argument is unknown.
    """

    kind = StackOf(pattern=EcsService, props=EcsServiceProps, argument="services", more=OfStack)

    def __init__(  # what a stack of services is given
        self,
        scope: Construct,
        construct_id: str,
        *,
        services: Mapping[str, EcsServiceProps],
        load_balancer: LoadBalancer | None = None,
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        shared = _sharing(services, load_balancer)
        super().__init__(
            scope, construct_id, shared, conventions=conventions, stack={**stack, "load_balancer": load_balancer}
        )

    @property
    def services(self) -> Mapping[str, EcsService]:
        """The services by their construct id."""
        return self.patterns


def _sharing(services: Mapping[str, EcsServiceProps], given: LoadBalancer | None) -> Mapping[str, EcsServiceProps]:
    """The props with the stack's load balancer where they have none; what has the wrong type is left to its rule."""
    if given is None or not isinstance(services, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        return services
    of_stack = StackLoadBalancer.of(given) if isinstance(given, LoadBalancer) else given  # pyright: ignore[reportUnnecessaryIsInstance] - as above
    every = [each for each in services.values() if isinstance(each, EcsServiceProps)]  # pyright: ignore[reportUnnecessaryIsInstance] - as above
    if all(each.load_balancer is not None for each in every):
        return {name: _beside(each) for name, each in services.items()}
    return {
        name: replace(props, load_balancer=of_stack)
        if isinstance(props, EcsServiceProps) and props.load_balancer is None  # pyright: ignore[reportUnnecessaryIsInstance] - as above
        else props
        for name, props in services.items()
    }


def _beside(props: EcsServiceProps) -> EcsServiceProps:
    """The props of a service that has a load balancer of its own where the stack's is nobody's."""
    own = props.load_balancer if isinstance(props, EcsServiceProps) else None  # pyright: ignore[reportUnnecessaryIsInstance] - as above
    return replace(props, load_balancer=BesideStackLoadBalancer.of(own)) if isinstance(own, LoadBalancer) else props
