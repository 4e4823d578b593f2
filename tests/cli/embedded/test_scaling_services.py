"""A service of processes behind a load balancer that scales by its requests, out and in, without a lost one."""

import threading
import time
from typing import Any, Self

import pytest

from tests.cli.embedded.ecs_services import Services

pytestmark = pytest.mark.e2e
PER_MINUTE = 600


class Requests:
    """Requests to a load balancer, so many a second, until it is left."""

    def __init__(self, services: Services, group: Any) -> None:
        self.ask, self.pause, self.answers = (lambda: services.ask(group)[0]), 0.02, list[int]()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._done.is_set():
            self.answers.append(self.ask())
            time.sleep(self.pause)


def test_a_service_scales_out_and_in_by_its_requests(services: Services, until: Any) -> None:
    group = services.group()
    name = services.create(services.definition(), group, count=1)
    until(lambda: services.state(name) == "COMPLETED", seconds=30)
    balancer = services.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"][0]
    label = f"{balancer.partition('loadbalancer/')[2]}/{group.rpartition(':')[2]}"
    scaling = services.aws.client("application-autoscaling")
    identity = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    identity["ResourceId"] = f"service/{services.name}/{name}"
    scaling.register_scalable_target(**identity, MinCapacity=1, MaxCapacity=3)
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    tracking = {"TargetValue": PER_MINUTE, "PredefinedMetricSpecification": metric}
    scaling.put_scaling_policy(
        **identity,
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    with Requests(services, group) as requests:
        until(lambda: len(services.ports(group)) == 3, seconds=40)
        requests.pause = 0.5
        until(lambda: len(services.ports(group)) == 1, seconds=90)
    assert set(requests.answers) == {200}
    found = scaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId=identity["ResourceId"])
    counts = [item["Description"] for item in reversed(found["ScalingActivities"])]
    assert counts[-2:] == ["Setting desired count to 2.", "Setting desired count to 1."]
    services.delete(name)
