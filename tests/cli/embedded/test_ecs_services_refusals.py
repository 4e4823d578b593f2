"""What ECS refuses of requests about services, their tasks and their clusters."""

from typing import Any

import pytest

from tests.cli.embedded.ecs_services import Services

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"desiredCount": -1}, "desiredCount"),
        ({"healthCheckGracePeriodSeconds": -1}, "healthCheckGracePeriodSeconds"),
    ],
)
def test_numbers_below_zero_are_refused(services: Services, until: Any, changes: Any, told: str) -> None:
    refused, group = services.ecs.exceptions.InvalidParameterException, services.group()
    with pytest.raises(refused, match=told):
        services.create(services.definition(), group, **changes)
    name = services.create(services.definition(), group, count=0)
    with pytest.raises(refused, match=told):
        services.update(name, **changes)
    assert services.look(name)["desiredCount"] == 0
    services.delete(name)
    until(lambda: services.look(name)["status"] == "INACTIVE")


def test_a_definition_that_is_not_there_is_refused(services: Services) -> None:
    refused = services.ecs.exceptions.ClientException
    name = services.create(services.definition(), count=0)
    for wrong in ("nope:1", "nope"):
        with pytest.raises(refused, match="TaskDefinition not found"):
            services.update(name, taskDefinition=wrong)
        with pytest.raises(refused, match="TaskDefinition not found"):
            services.create(wrong, count=0)
    assert len(services.look(name)["deployments"]) == 1
    services.delete(name)


def test_a_cluster_with_services_stays(services: Services, until: Any) -> None:
    name = services.create(services.definition(), count=0)
    with pytest.raises(services.ecs.exceptions.ClusterContainsServicesException, match="while Services are active"):
        services.ecs.delete_cluster(cluster=services.cluster)
    services.delete(name)
    until(lambda: services.look(name)["status"] == "INACTIVE")
    assert services.ecs.delete_cluster(cluster=services.cluster)["cluster"]["status"] == "INACTIVE"
