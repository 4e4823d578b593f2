"""`naws status` of a service, and of what AWS has lost."""

from types import SimpleNamespace

import pytest

from naws.cli.operate import states
from naws.cli.operate.deployed import Deployed
from naws.core.runs import Runs

ARN = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders"
ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {"Dimensions": [{"Value": {"Fn::GetAtt": ["Service", "Name"]}}]},
}
OTHERS = {"Type": "AWS::CloudWatch::Alarm", "Metadata": {"aws:cdk:path": "Shop/OrdersOld/Alarm"}}


class Aws:
    """A service, and two alarms that are in ALARM, of which one notifies nobody."""

    def __init__(self, **service) -> None:
        self.service = {"runningCount": 2, "desiredCount": 2, "deployments": [], **service}

    def describe_services(self, **asked):
        assert asked == {"cluster": "shop", "services": ["orders"]}
        return {"services": [self.service] if self.service["desiredCount"] is not None else []}

    def describe_alarms(self, **asked):
        actions = {"slow": ["topic"], "rollback": []}
        return {
            "MetricAlarms": [
                {"AlarmName": name, "StateValue": "ALARM", "AlarmActions": actions[name]}
                for name in asked["AlarmNames"]
            ]
        }


def state(aws, template=None):
    place = SimpleNamespace(client=lambda _: aws)
    resources = {"Service": ARN, "Slow": "slow", "Rollback": "rollback", "Other": "other"}
    runs = Runs(pattern="a-service", path="Shop/Orders", kind="service")
    found = states._state(Deployed(place, "Shop", runs, ARN, resources, template or {}, "Service"))
    return found.facts, found.problems


@pytest.mark.parametrize(
    ("service", "facts", "problems"),
    [
        ({}, ["2 of 2 tasks run"], []),
        ({"runningCount": 1}, [], ["1 of 2 tasks run"]),
        ({"desiredCount": None}, [], ["the service is gone"]),
        (
            {"deployments": [{"rolloutState": "FAILED", "rolloutStateReason": "circuit breaker"}]},
            ["2 of 2 tasks run"],
            ["a deployment failed: circuit breaker"],
        ),
        (
            {"deployments": [{"rolloutState": "IN_PROGRESS"}]},
            ["2 of 2 tasks run", "a deployment is under way"],
            [],
        ),
    ],
)
def test_a_service(service, facts, problems):
    assert state(Aws(**service)) == (facts, problems)


def test_an_alarm_counts_that_is_its_own_and_notifies_somebody():
    template = {"Slow": ALARM, "Rollback": ALARM, "Other": OTHERS}
    assert state(Aws(), template)[1] == ["alarm slow"]
