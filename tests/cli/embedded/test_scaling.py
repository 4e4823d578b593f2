"""What Application Auto Scaling decides, against a service that is a record and metrics that are given."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from naws.cli.embedded.departures import autoscaling, autoscaling_rounds
from naws.cli.embedded.departures.services import ecs

IDENTITY = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = "ECSServiceAverageCPUUtilization"
MEMORY = "ECSServiceAverageMemoryUtilization"
REQUESTS = {
    "PredefinedMetricType": "ALBRequestCountPerTarget",
    "ResourceLabel": "app/shop/1a/targetgroup/web/2b",
}


class Shop:
    """A service of two tasks, the metrics that its policies read, and a clock."""

    def __init__(self) -> None:
        self.record: dict[str, Any] = {"status": "ACTIVE", "desiredCount": 2, "runningCount": 2}
        self.record["deployments"] = [{"rolloutState": "COMPLETED"}]
        self.values: dict[str, Callable[[float], float | None]] = {}
        self.asked: list[dict[str, Any]] = []
        self.now = 1_000_000.0

    def update(self, request: dict[str, Any]) -> Any:
        assert (request["cluster"], request["service"]) == ("shop", "web")
        self.record["desiredCount"] = self.record["runningCount"] = request["desiredCount"]
        return 200, {}, b"{}"

    def read(self, metric: dict[str, Any], begin: float, end: float) -> float | None:
        assert end - begin == pytest.approx(autoscaling_rounds.PERIOD)
        self.asked.append(metric)
        value = self.values.get(metric["MetricName"])
        return value(end) if value else None

    def set(self, **values: float | None) -> None:
        self.values = {name: lambda _, value=value: value for name, value in values.items()}

    def later(self, seconds: float) -> int:
        """The desired count after one round, so many seconds later."""
        self.now += seconds
        autoscaling_rounds._round()
        return self.record["desiredCount"]


@pytest.fixture
def shop(monkeypatch: Any) -> Iterator[Shop]:
    made = Shop()
    monkeypatch.setitem(ecs._services, "shop/web", made.record)
    monkeypatch.setattr(ecs, "_update_service", made.update)
    monkeypatch.setattr(autoscaling_rounds, "read", made.read)
    monkeypatch.setattr(autoscaling_rounds, "time", SimpleNamespace(time=lambda: made.now))
    autoscaling.register({**IDENTITY, "MinCapacity": 2, "MaxCapacity": 10})
    yield made
    autoscaling.targets.clear()


def follow(kind: Any = CPU, aim: float = 60, **configuration: Any) -> None:
    metric = kind if isinstance(kind, dict) else {"PredefinedMetricType": kind}
    tracking = {"TargetValue": aim, "PredefinedMetricSpecification": metric, **configuration}
    name = metric["PredefinedMetricType"]
    autoscaling.put_policy({**IDENTITY, "PolicyName": name, "TargetTrackingScalingPolicyConfiguration": tracking})


def activities() -> list[Any]:
    (target,) = autoscaling.targets.values()
    return [(item["Description"], item["Cause"], item["StatusCode"]) for item in target.activities]


def test_the_count_goes_where_the_metric_would_meet_its_target(shop: Shop) -> None:
    follow()
    shop.set(CPUUtilization=100)
    assert shop.later(0) == 4
    dimensions = [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "web"}]
    first = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average", "Dimensions": dimensions}
    assert shop.asked[0] == first
    ((description, cause, status),) = activities()
    assert (description, status) == ("Setting desired count to 4.", "Successful")
    assert cause.startswith("monitor alarm TargetTracking-service/shop/web-AlarmHigh-")
    assert cause.endswith(f" in state ALARM triggered policy {CPU}")


@pytest.mark.parametrize("value", [60, None])
def test_at_its_target_or_without_data_nothing_happens(shop: Shop, value: float | None) -> None:
    follow()
    shop.set(CPUUtilization=value)
    assert [shop.later(60), shop.later(60)] == [2, 2]


def test_a_cooldown_counts_what_was_added_and_lets_only_more_through(shop: Shop) -> None:
    follow()
    shop.set(CPUUtilization=90)
    assert [shop.later(0), shop.later(1)] == [3, 3]
    shop.set(CPUUtilization=150)
    assert shop.later(1) == 5
    shop.set(CPUUtilization=70)
    assert shop.later(1) == 5
    assert shop.later(300) == 6


def test_no_more_than_the_maximum(shop: Shop) -> None:
    follow()
    shop.set(CPUUtilization=1000)
    assert shop.later(0) == 10


def test_what_starts_is_not_counted_yet(shop: Shop) -> None:
    follow(ScaleOutCooldown=0)
    shop.record.update(desiredCount=6, runningCount=2)
    shop.set(CPUUtilization=120)
    assert shop.later(0) == 6


def test_scaling_in_is_gradual_and_stops_where_the_metric_would_exceed_its_target(shop: Shop) -> None:
    follow()
    shop.update({"cluster": "shop", "service": "web", "desiredCount": 6})
    shop.set(CPUUtilization=50)
    assert shop.later(0) == 5
    assert shop.later(1) == 5
    shop.set(CPUUtilization=53)
    assert shop.later(10) == 5
    shop.set(CPUUtilization=5)
    assert [shop.later(10) for _ in range(5)] == [4, 3, 2, 2, 2]


def test_just_below_the_target_nothing_is_removed(shop: Shop) -> None:
    follow()
    shop.update({"cluster": "shop", "service": "web", "desiredCount": 10})
    shop.set(CPUUtilization=54.1)
    assert shop.later(60) == 10


def test_scaling_in_looks_further_back(shop: Shop) -> None:
    follow()
    shop.record.update(desiredCount=4, runningCount=4)
    start = shop.now
    shop.values["CPUUtilization"] = lambda end: 5.0 if end >= start else None
    assert shop.later(1) == 4
    assert shop.later(10) == 3


def test_several_policies_scale_out_by_the_highest_and_in_only_together(shop: Shop) -> None:
    follow()
    follow(MEMORY, 50)
    shop.set(CPUUtilization=5, MemoryUtilization=100)
    assert shop.later(0) == 4
    shop.set(CPUUtilization=5, MemoryUtilization=48)
    assert shop.later(60) == 4
    shop.set(CPUUtilization=5)
    assert shop.later(60) == 4
    shop.set(CPUUtilization=5, MemoryUtilization=5)
    assert shop.later(60) == 3


def test_a_policy_that_may_not_scale_in_is_not_asked(shop: Shop) -> None:
    follow()
    follow(MEMORY, 50, DisableScaleIn=True)
    shop.record.update(desiredCount=4, runningCount=4)
    shop.set(CPUUtilization=5, MemoryUtilization=49)
    assert shop.later(0) == 3


def test_nothing_is_removed_while_a_deployment_is_in_progress(shop: Shop) -> None:
    follow()
    shop.record.update(desiredCount=4, runningCount=4)
    shop.record["deployments"] = [{"rolloutState": "IN_PROGRESS"}, {"rolloutState": "COMPLETED"}]
    shop.set(CPUUtilization=5)
    assert shop.later(60) == 4
    shop.set(CPUUtilization=120)
    assert shop.later(60) == 8


@pytest.mark.parametrize(("which", "value"), [("DynamicScalingOutSuspended", 120), ("DynamicScalingInSuspended", 5)])
def test_scaling_is_suspended(shop: Shop, which: str, value: float) -> None:
    autoscaling.register({**IDENTITY, "SuspendedState": {which: True}})
    follow()
    shop.record.update(desiredCount=4, runningCount=4)
    shop.set(CPUUtilization=value)
    assert shop.later(60) == 4


def test_requests_are_counted_by_target_and_minute(shop: Shop) -> None:
    follow(REQUESTS, 600)
    shop.set(RequestCountPerTarget=100)
    assert shop.later(0) == 2
    shop.set(RequestCountPerTarget=200)
    assert shop.later(0) == 4
    assert shop.asked[-1]["Dimensions"] == [{"Name": "TargetGroup", "Value": "targetgroup/web/2b"}]
    assert (shop.asked[-1]["Namespace"], shop.asked[-1]["Statistic"]) == ("AWS/ApplicationELB", "Sum")


def test_a_service_that_is_gone_is_left_alone(shop: Shop) -> None:
    follow()
    shop.record["status"] = "INACTIVE"
    shop.set(CPUUtilization=120)
    assert shop.later(0) == 2


def test_a_refused_update_is_recorded_as_failed(shop: Shop, monkeypatch: Any) -> None:
    follow()
    monkeypatch.setattr(ecs, "_update_service", lambda _: (400, {}, b"{}"))
    shop.set(CPUUtilization=120)
    assert shop.later(0) == 2
    assert [status for *_, status in activities()] == ["Failed"]


def action(**given: Any) -> None:
    bounds = given.pop("bounds")
    autoscaling.put_action({**IDENTITY, "ScheduledActionName": "a", "ScalableTargetAction": bounds, **given})


def run_due(**later: float) -> Any:
    (target,) = autoscaling.targets.values()
    autoscaling_rounds._run_due(target, datetime.now(UTC) + timedelta(**later))
    return target


def test_a_scheduled_action_moves_the_bounds_at_its_time(shop: Shop) -> None:
    action(bounds={"MinCapacity": 5, "MaxCapacity": 20}, Schedule="rate(1 hour)")
    assert run_due(minutes=59).info["MinCapacity"] == 2
    target = run_due(minutes=61)
    assert (target.info["MinCapacity"], target.info["MaxCapacity"], shop.record["desiredCount"]) == (5, 20, 5)
    assert activities() == [
        (
            "Setting min capacity to 5 and max capacity to 20",
            "scheduled action name a was triggered",
            "Successful",
        ),
        ("Setting desired count to 5.", "minimum capacity was set to 5", "Successful"),
    ]
    run_due(minutes=62)
    assert len(activities()) == 2
    run_due(minutes=121)
    assert len(activities()) == 3


def test_an_action_of_one_bound_leaves_the_other(shop: Shop) -> None:
    shop.record.update(desiredCount=8, runningCount=8)
    action(bounds={"MaxCapacity": 3}, Schedule="cron(0 * * * ? *)")
    target = run_due(hours=2)
    assert (target.info["MinCapacity"], target.info["MaxCapacity"], shop.record["desiredCount"]) == (2, 3, 3)
    assert activities()[1][:2] == ("Setting desired count to 3.", "maximum capacity was set to 3")


def test_an_action_whose_bounds_contradict_the_target_fails(shop: Shop) -> None:
    action(bounds={"MaxCapacity": 1}, Schedule="rate(1 hour)")
    assert run_due(hours=2).info["MaxCapacity"] == 10
    assert [status for *_, status in activities()] == ["Failed"]
    assert shop.record["desiredCount"] == 2


def test_an_action_that_is_suspended_or_over_does_nothing(shop: Shop) -> None:
    action(bounds={"MinCapacity": 5}, Schedule="at(2020-01-01T00:00:00)")
    assert run_due(days=1).info["MinCapacity"] == 2
    autoscaling.register({**IDENTITY, "SuspendedState": {"ScheduledScalingSuspended": True}})
    action(bounds={"MinCapacity": 5}, Schedule="rate(1 hour)")
    assert run_due(hours=2).info["MinCapacity"] == 2
    assert shop.record["desiredCount"] == 2
