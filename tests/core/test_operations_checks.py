"""How a pattern is operated, checked without a pattern: the parts of a plan alone, and no construct tree."""

from datetime import UTC, datetime
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from naws.core.alarms import Alarms, NoAlarms
from naws.core.checks.operations import CONTEXT_CHECKS, OPERATIONS_CHECKS, PAYLOAD_CHECKS, TRIGGERED_OPERATIONS_CHECKS
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.plans.operations import OperationsPlan, plan_operations
from naws.core.plans.triggers import plan_triggers
from naws.core.props import Operated
from naws.core.triggers import QueueTrigger, ScheduleTrigger, Trigger

NOW = datetime(2027, 1, 4, tzinfo=UTC)


def context(**given: Any) -> PatternContext:
    construct_id = given.pop("construct_id", "Work")
    conventions = Conventions(**given)
    path = f"Stack/{construct_id}"
    return PatternContext(path=path, construct_id=construct_id, conventions=conventions, now=NOW, beside_shared=True)


def planned(**given: Any) -> OperationsPlan:
    return plan_operations(Operated(**given), context(), one_attempt=3600)


def codes(checks: Any, part: Any) -> list[tuple[str, str]]:
    return [(issue.code.removeprefix("NAWS-"), issue.path) for check in checks for issue in check.run(part)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"alarms": NoAlarms(reason=" ")}, [("ALARM-001", "alarms.reason")]),
        ({"alarms": NoAlarms(reason="a playground")}, []),
        (
            {"alarms": Alarms(oldest_message=cdk.Duration.days(30), late_by=cdk.Duration.seconds(1))},
            [("ALARM-002", "alarms.oldest_message"), ("ALARM-003", "alarms.late_by")],
        ),
        ({"alarms": Alarms(email="nobody")}, [("ALARM-006", "alarms.email")]),
        ({"alarms": Alarms(email=["a@b.example", "nobody"])}, [("ALARM-006", "alarms.email[1]")]),
        ({"log_retention": logs.RetentionDays.INFINITE}, [("LOG-001", "log_retention")]),
        ({"removal_policy": cdk.RemovalPolicy.SNAPSHOT}, [("DATA-001", "removal_policy")]),
        ({"removal_policy": cdk.RemovalPolicy.DESTROY}, []),
    ],
)
def test_what_is_given_is_judged_at_its_field(given: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert codes(OPERATIONS_CHECKS, planned(**given)) == found


def test_only_what_has_a_bucket_is_told_to_empty_it() -> None:
    assert codes(PAYLOAD_CHECKS, planned(removal_policy=cdk.RemovalPolicy.DESTROY)) == [("DATA-002", "removal_policy")]


def test_a_policy_of_the_conventions_is_judged_there() -> None:
    plan = plan_operations(Operated(), context(removal_policy=cdk.RemovalPolicy.SNAPSHOT), one_attempt=3600)
    assert codes(OPERATIONS_CHECKS, plan) == [("DATA-001", "Conventions.removal_policy")]


@pytest.mark.parametrize(
    ("alarms", "trigger", "found"),
    [
        (Alarms(), ScheduleTrigger("@daily"), []),
        (Alarms(), ScheduleTrigger("@monthly"), [("ALARM-007", "triggers[0].expression")]),
        (NoAlarms(reason="a playground"), ScheduleTrigger("@monthly"), []),
        (Alarms(), ScheduleTrigger("@monthly", enabled=False), []),
        (
            Alarms(late_by=cdk.Duration.days(7)),
            ScheduleTrigger("@daily"),
            [("ALARM-005", "alarms.late_by"), ("ALARM-007", "triggers[0].expression")],
        ),
        (
            Alarms(),
            ScheduleTrigger("@daily", start=datetime(2199, 1, 1, tzinfo=UTC)),
            [("ALARM-009", "triggers[0].start")],
        ),
        (
            Alarms(oldest_message=cdk.Duration.hours(2)),
            QueueTrigger(retention_period=cdk.Duration.hours(1)),
            [("ALARM-004", "alarms.oldest_message")],
        ),
        (
            Alarms(),
            QueueTrigger(retention_period=cdk.Duration.minutes(1)),
            [("ALARM-004", "triggers[0].retention_period")],
        ),
    ],
)
def test_alarms_are_judged_together_with_triggers(
    alarms: Alarms | NoAlarms, trigger: Trigger, found: list[tuple[str, str]]
) -> None:
    part = planned(alarms=alarms), plan_triggers([trigger], context())
    assert codes(TRIGGERED_OPERATIONS_CHECKS, part) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"construct_id": "NawsVpc"}, [("NAME-006", "construct_id")]),
        ({"construct_id": "NawsPayloadsOfMine"}, [("NAME-006", "construct_id")]),
        ({"name_prefix": "a b"}, [("NAME-003", "Conventions.name_prefix")]),
        ({"permissions_boundary": "arn:aws:iam::aws:policy/X"}, [("NAME-004", "Conventions.permissions_boundary")]),
        ({"owner": "a & b"}, [("TAG-002", "Conventions.owner")]),
        ({"tags": {f"key{number}": "v" for number in range(50)}}, [("TAG-004", "Conventions.tags")]),
        ({"tags": {f"key{number}": "v" for number in range(49)}}, []),
        ({"required_tags": ["owner"]}, [("TAG-006", "Conventions")]),
    ],
)
def test_the_home_and_its_conventions_are_judged(given: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert codes(CONTEXT_CHECKS, context(**given)) == found
