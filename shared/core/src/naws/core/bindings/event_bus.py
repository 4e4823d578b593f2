"""Events for an event bus."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar

from aws_cdk import aws_events as events

from naws.core.bindings.granting import address, allow, needs_of
from naws.core.bindings.needs import Needs, Source, named, variable_name
from naws.core.context import PatternContext
from naws.core.homes import home_of
from naws.core.spelling import suggesting
from naws.core.stacks import asked, id_of


@suggesting
@dataclass(frozen=True)
class EventBusBinding:
    """Events that are put on an event bus of EventBridge. The program finds `<NAME>_BUS`.

    Attributes:
        bus: which; EventBridge uses the key that encrypts it by itself.
        source: the only `Source` that the program's events may have. Omitted: any.
        name: first part of the variable's name. Omitted: the bus's construct id.
        variables: other names by part, of which there is one: `{"bus": "NEWS"}`. Omitted: the usual one.
    """

    parts: ClassVar = ("bus",)

    bus: events.IEventBus
    _: KW_ONLY
    source: str | None = None
    name: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])

    def needs(self, context: PatternContext) -> Needs:
        """The right to put events, and the bus's name.

        A request has the sources of all its events, so each of them has to be the one, and there has to be one.
        Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html, and
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-permissions.html (key)
        """
        arn, home, actions = asked(self.bus, "event_bus_arn"), home_of(self.bus), ("events:PutEvents",)
        only = {"ForAllValues:StringEquals": {"events:source": self.source}, "Null": {"events:source": "false"}}
        source = Source(field="bus", kind="bus of a program", home=home, actions=actions, arns=(arn,))
        usual = f"{variable_name(self.name or id_of(self.bus))}_BUS"
        found = address(home, context.home, asked(self.bus, "event_bus_name"), arn)
        statement = allow(actions, arn, conditions=None if self.source is None else only)
        return needs_of(source, [statement], named({"bus": (usual, found)}, self.variables))
