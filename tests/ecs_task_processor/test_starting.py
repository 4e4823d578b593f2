"""What starts runs: with one role for each service, and not before a run may do what it does."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, EventTrigger, FanOut, QueueTrigger
from naws.ecs_task_processor import ScheduleTrigger as Schedule
from naws.testing import synth_template

STARTERS = {"AWS::Scheduler::Schedule", "AWS::Events::Rule", "AWS::Pipes::Pipe"}
SERVICES = {"scheduler.amazonaws.com", "events.amazonaws.com", "pipes.amazonaws.com"}
LONGEST_POLICIES = 10_240
"""Characters of all inline policies of a role. Source: IAM quotas."""


def template(times: int, **more: Any) -> dict[str, Any]:
    """A processor with so many triggers of each kind."""
    stack = cdk.Stack(cdk.App(), "Reports")
    event = EventTrigger(events.EventPattern(source=["shop"]))
    triggers = [each for _ in range(times) for each in (Schedule("@daily"), event, QueueTrigger())]
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image, triggers=triggers[:-1], **more))
    processor.add_trigger(triggers[-1])
    return synth_template(stack)


def starting(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources that start runs; the status rule starts none."""
    for name, part in made["Resources"].items():
        if part["Type"] in STARTERS and "StateMachine" in json.dumps(part["Properties"].get("EventPattern", {})):
            continue
        if part["Type"] in STARTERS:
            yield name, part


def starting_roles(made: dict[str, Any]) -> dict[str, str]:
    """The logical id of each role by the service that takes it."""
    found: dict[str, str] = {}
    for name, part in made["Resources"].items():
        if part["Type"] == "AWS::IAM::Role":
            (statement,) = part["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            service = statement["Principal"]["Service"]
            if service in SERVICES:
                assert service not in found
                assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
                found[service] = name
    return found


def policies(made: dict[str, Any], role: str) -> dict[str, dict[str, Any]]:
    """The policies of a role by the logical id of what is made with them: a policy, or the role itself."""
    own = made["Resources"][role]["Properties"].get("Policies", ())
    attached = {
        name: part["Properties"]["PolicyDocument"]
        for name, part in made["Resources"].items()
        if part["Type"] == "AWS::IAM::Policy" and {"Ref": role} in part["Properties"]["Roles"]
    }
    return attached | ({role: own[0]["PolicyDocument"]} if own else {})


@pytest.mark.parametrize("times", [1, 3])
def test_each_service_has_one_role_whatever_it_starts(times: int) -> None:
    made = template(times)
    assert set(starting_roles(made)) == SERVICES
    assert len(list(starting(made))) == 3 * times


def test_a_role_says_no_more_for_more_triggers() -> None:
    few, many = template(1), template(20)
    for service, role in starting_roles(few).items():
        (before,), (after,) = policies(few, role).values(), policies(many, role).values()
        assert len(before["Statement"]) == len(after["Statement"]), service
        assert len(json.dumps(after)) < LONGEST_POLICIES, service


@pytest.mark.parametrize("more", [{}, {"fan_out": FanOut("$.items")}], ids=["one", "many"])
def test_nothing_starts_a_run_before_it_may_do_what_it_does(more: dict[str, Any]) -> None:
    made = template(2, **more)
    roles = starting_roles(made).values()
    allowed = {name for role in (*roles, *workflow_role(made)) for name in policies(made, role)}
    assert sum("StateMachine" in name for name in allowed) == 1  # the one that names the machine

    for name, part in starting(made):
        waits_for = reached(made, part)
        missing = {each for each in allowed if each not in waits_for and not belongs_to_others(each, part)}
        assert missing == set(), name


def workflow_role(made: dict[str, Any]) -> Iterator[str]:
    return (name for name in made["Resources"] if name.startswith("NightlyWorkflowRole") and "Default" not in name)


def belongs_to_others(policy: str, part: dict[str, Any]) -> bool:
    """Whether a policy is that of another service's starting role."""
    kinds: dict[str, Callable[[str], bool]] = {
        "AWS::Scheduler::Schedule": lambda name: "EventsRole" in name or "PipesRole" in name,
        "AWS::Events::Rule": lambda name: "SchedulerRole" in name or "PipesRole" in name,
        "AWS::Pipes::Pipe": lambda name: "SchedulerRole" in name or "EventsRole" in name,
    }
    return kinds[part["Type"]](policy)


def reached(made: dict[str, Any], part: dict[str, Any]) -> set[str]:
    """Everything that CloudFormation makes before it."""
    found: set[str] = set()
    todo = list(needed(part))
    while todo:
        name = todo.pop()
        if name not in found and name in made["Resources"]:
            found.add(name)
            todo += needed(made["Resources"][name])
    return found


def needed(part: Any) -> Iterator[str]:
    match part:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            more = part.get("DependsOn", [])
            yield from [more] if isinstance(more, str) else more
            yield from (name for key, each in part.items() if key != "DependsOn" for name in needed(each))
        case list():
            yield from (name for each in part for name in needed(each))
        case _:
            pass
