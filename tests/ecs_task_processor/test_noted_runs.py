"""What the command line reads of a processor: how it is started, and where its runs are seen."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs

from naws.core.runs import METADATA
from naws.ecs_task_processor import (
    Concurrency,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EventTrigger,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.testing import synth_template

from .conftest import image

TYPES = {
    "failureQueue": "AWS::SQS::Queue",
    "deadLetterQueues": "AWS::SQS::Queue",
    "logGroup": "AWS::Logs::LogGroup",
    "schedules": "AWS::Scheduler::Schedule",
    "rules": "AWS::Events::Rule",
    "queues": "AWS::SQS::Queue",
}
EVERY = (
    ScheduleTrigger("rate(1 hour)"),
    EventTrigger(events.EventPattern(source=["orders"])),
    QueueTrigger(),
)


def noted(stack: cdk.Stack) -> dict[str, Any]:
    """Of the one resource of the stack that has it, with the types of what it names checked."""
    resources = synth_template(stack)["Resources"]
    found = {
        name: each["Metadata"][METADATA] for name, each in resources.items() if METADATA in each.get("Metadata", {})
    }
    ((name, runs),) = found.items()
    assert resources[name]["Type"] == "AWS::StepFunctions::StateMachine"
    for key, kind in TYPES.items():
        named = runs.get(key, [])
        for each in [named] if isinstance(named, str) else named:
            assert resources[each]["Type"] == kind, key
    return runs


def processor(stack: cdk.Stack, **props: Any) -> EcsTaskProcessor:
    return EcsTaskProcessor(stack, "Orders", EcsTaskProcessorProps(image=image(), **props))


def counts(runs: dict[str, Any]) -> dict[str, int]:
    return {key: len(value) for key, value in runs.items() if isinstance(value, list)}


def test_every_trigger_and_what_it_leaves_is_named() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    processor(stack, triggers=EVERY)
    runs = noted(stack)
    assert (runs["pattern"], runs["path"], runs["kind"]) == ("ecs-task-processor", "Shop/Orders", "workflow")
    assert runs["failureQueue"].startswith("OrdersFailureQueue")
    assert runs["logGroup"].startswith("OrdersLogs")
    assert counts(runs) == {"deadLetterQueues": 2, "schedules": 1, "rules": 1, "queues": 1}
    assert runs["queues"][0].startswith("OrdersQueue1")


def test_triggers_that_are_added_later_are_named_too() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    made = processor(stack, triggers=EVERY)
    for trigger in EVERY:
        made.add_trigger(trigger)
    assert counts(noted(stack)) == {"deadLetterQueues": 3, "schedules": 2, "rules": 2, "queues": 2}


def test_what_nobody_starts_has_none() -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    processor(stack, concurrency=Concurrency())
    assert counts(noted(stack)) == {"deadLetterQueues": 1}
    kinds = [each["Type"] for each in synth_template(stack)["Resources"].values()]
    assert kinds.count("AWS::StepFunctions::StateMachine") == 2


def test_a_queue_that_is_brought_is_named_in_its_own_stack_only() -> None:
    app = cdk.App()
    stack, other = cdk.Stack(app, "Shop"), cdk.Stack(app, "Other")
    here, there = sqs.Queue(stack, "Own"), sqs.Queue(other, "Theirs")
    processor(stack, triggers=[QueueTrigger(queue=here), QueueTrigger(queue=there)])
    assert noted(stack)["queues"] == [stack.get_logical_id(here.node.default_child)]
