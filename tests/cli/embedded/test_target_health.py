"""What services follow of their targets."""

from typing import Any

import pytest

from naws.cli.embedded.departures import target_health
from naws.cli.embedded.departures.services import alb

GROUP, BALANCER, LISTENER = "arn:group", "arn:balancer", "arn:listener"


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A group that a listener forwards to."""
    monkeypatch.setattr(target_health, "_known", {})
    stores: dict[str, Any] = {
        "_tgs": {GROUP: {"TargetGroupArn": GROUP, "Port": 80, "HealthCheckEnabled": True}},
        "_targets": {GROUP: [{"Id": "127.0.0.1", "Port": 1}, {"Id": "127.0.0.1", "Port": 2}, {"Id": "10.0.0.1"}]},
        "_tg_attrs": {GROUP: [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]},
        "_listeners": {LISTENER: {"LoadBalancerArn": BALANCER}},
        "_rules": {"r": {"ListenerArn": LISTENER, "Actions": [{"Type": "forward", "TargetGroupArn": GROUP}]}},
    }
    for name, store in stores.items():
        monkeypatch.setattr(alb, name, store)
    return stores


def state(port: Any, id_: Any = "127.0.0.1") -> Any:
    asked = (GROUP, id_, port)
    return target_health.health_of(*asked), target_health.reason_of(*asked), target_health.open_requests(*asked)


def test_each_port_of_an_address_is_a_target_and_the_groups_port_is_the_default(group: Any) -> None:
    assert [item.port for item in target_health.registered(GROUP)] == [1, 2, 80]
    assert state(1) == state(80, "10.0.0.1") == ("initial", "Elb.RegistrationInProgress", 0)
    assert state(3) == ("unused", "Target.NotRegistered", 0)
    group["_rules"].clear()
    assert state(1) == ("unused", "Target.NotInUse", 0)


def test_a_deregistered_target_drains_until_its_delay_or_as_long_as_it_answers(
    group: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(target_health.time, "monotonic", lambda: now)
    quiet, busy, _ = target_health.registered(GROUP)
    busy.open_requests, closed = 1, []
    busy.closers.add(lambda: closed.append("busy"))
    group["_targets"][GROUP] = []
    assert state(1) == ("draining", "Target.DeregistrationInProgress", 0)
    now += 30 / target_health.SPEED
    assert (state(1)[0], state(2)) == ("unused", ("draining", "Target.DeregistrationInProgress", 1))
    now += 29 - 30 / target_health.SPEED
    assert (state(2)[0], closed) == ("draining", [])
    now += 1
    assert (state(2)[0], closed) == ("unused", ["busy"])
    assert quiet.port == 1


def test_a_target_that_is_registered_again_begins_anew(group: Any) -> None:
    target_health.registered(GROUP)[0].health = "healthy"
    targets, group["_targets"][GROUP] = group["_targets"][GROUP], []
    assert state(1)[0] == "draining"
    group["_targets"][GROUP] = targets
    assert state(1)[0] == "initial"


def test_a_forward_has_groups_with_weights() -> None:
    tuples = [{"TargetGroupArn": "a", "Weight": 3}, {"TargetGroupArn": "b"}]
    forward = {"Type": "forward", "TargetGroupArn": "a", "ForwardConfig": {"TargetGroups": tuples}}
    assert target_health.groups_of([{"Type": "authenticate-oidc"}, forward]) == {"a": 3, "b": 1}
