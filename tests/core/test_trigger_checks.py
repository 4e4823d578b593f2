"""The rules on triggers, held to what their target can begin with."""

from collections.abc import Iterator

import pytest
from aws_cdk import aws_events as events

from naws.core.checks.triggers import TRIGGER_CHECKS
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.issues import Issue
from naws.core.planned_triggers import LargestInput
from naws.core.plans.triggers import plan_triggers
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger, Trigger

CONTEXT = PatternContext(path="Stack/Orders", construct_id="Orders", conventions=Conventions())
SMALL = LargestInput(size=2_000, why="which the target takes", source="https://docs.aws.amazon.com/a-target")


def found(takes: LargestInput, *triggers: Trigger) -> Iterator[Issue]:
    plans = plan_triggers(triggers, CONTEXT, takes=takes)
    return (issue for check in TRIGGER_CHECKS for issue in check.run(plans))


@pytest.mark.parametrize(
    ("trigger", "code"),
    [
        (QueueTrigger(max_message_size=2_001), "NAWS-QUEUE-005"),
        (ScheduleTrigger("rate(1 hour)", payload={"text": "x" * 2_000}), "NAWS-PAYLOAD-002"),
    ],
    ids=["queue", "schedule"],
)
def test_what_is_started_says_how_much_it_takes(trigger: Trigger, code: str) -> None:
    (issue,) = found(SMALL, trigger)
    assert (issue.code, issue.level, issue.source) == (code, "limit", SMALL.source)
    assert issue.expected == "at most 2,000 bytes, which the target takes"


@pytest.mark.parametrize(
    "trigger",
    [
        QueueTrigger(max_message_size=2_000),
        ScheduleTrigger("rate(1 hour)", payload={"text": "x" * 1_900}),
        EventTrigger(events.EventPattern(source=["app"]), payload={"text": "x" * 4_000}),
    ],
    ids=["queue", "schedule", "a rule has a limit of its own"],
)
def test_what_fits_is_accepted(trigger: Trigger) -> None:
    assert list(found(SMALL, trigger)) == []


def test_a_message_that_sqs_would_refuse_is_named_once_with_what_the_target_takes() -> None:
    (issue,) = found(SMALL, QueueTrigger(max_message_size=2_000_000))
    assert issue.code == "NAWS-QUEUE-004"
    assert issue.remedy.startswith("max_message_size=2_000 ")
