"""Services are shown by their construct paths."""

from types import SimpleNamespace
from typing import Any

import pytest

from naws.cli.embedded import ServiceEvent
from naws.cli.services import path_of, with_paths

RESOURCES: dict[str, Any] = {
    "Orders1": {"Type": "AWS::ECS::Service", "Properties": {}},
    "Prices2": {"Type": "AWS::ECS::Service", "Properties": {"ServiceName": "prod-prices"}},
    "Service3": {"Type": "AWS::ECS::Service"},
    "Topic": {"Type": "AWS::SNS::Topic"},
}
PATHS = {
    "Orders1": "/Prod/Shop/Orders/Service/Service",
    "Prices2": "/Prod/Shop/Prices/Service",
    "Service3": "/Prod/Shop/Service",
}
STACK: Any = SimpleNamespace(name="Prod-Shop", display_name="Prod/Shop", template={"Resources": RESOURCES}, paths=PATHS)


@pytest.mark.parametrize(
    ("service", "shown"),
    [
        ("Prod-Shop-Orders1-8A2B3C", "Prod/Shop/Orders"),
        ("prod-prices", "Prod/Shop/Prices"),
        ("Prod-Shop-Service3-8A2B3C", "Prod/Shop/Service"),
        ("prod-prices-2", "prod-prices-2"),
        ("made-by-hand", "made-by-hand"),
    ],
)
def test_a_service_has_the_path_of_its_construct(service: str, shown: str) -> None:
    assert path_of(service, [STACK]) == shown


def test_events_have_the_path() -> None:
    event = ServiceEvent(
        service="prod-prices", deployment="1", what="unhealthy", task="t", reason="", exit_code=None, lines=[], at=0.0
    )
    assert [each.service for each in with_paths([event], [STACK])] == ["Prod/Shop/Prices"]
