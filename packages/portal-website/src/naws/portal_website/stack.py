"""A ready stack of one or several websites, from data alone."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from naws.core import Conventions
from naws.core.authoring import ReadyStack, StackOf
from naws.portal_website.construct import PortalWebsite
from naws.portal_website.props import PortalWebsiteProps


class PortalWebsiteStack(ReadyStack[PortalWebsite]):
    """Several websites that share what uploads their files.

    Args:
        scope: an app or a stage.
        construct_id: the stack's id.
        websites: construct id to props; one website each.
        conventions: what all of them share. Omitted: those of the scope.
        stack: what `cdk.Stack` takes, such as `env` or `description`.

    Raises:
        PatternValidationError: with all that is wrong with any of the websites; nothing has been built then.
        TypeError: when an argument is unknown.
    """

    kind = StackOf(pattern=PortalWebsite, props=PortalWebsiteProps, argument="websites")

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        websites: Mapping[str, PortalWebsiteProps],
        conventions: Conventions | None = None,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, websites, conventions=conventions, stack=stack)

    @property
    def websites(self) -> Mapping[str, PortalWebsite]:
        """The websites by their construct id."""
        return self.patterns
