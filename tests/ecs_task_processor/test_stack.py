"""The ready stack: all that is wrong with any of its processors is reported before there is a stack."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from constructs import Construct

from naws.core.issues import Issue
from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    EventTrigger,
    NewVpc,
    PatternValidationError,
    ScheduleTrigger,
    VpcLookup,
)

ENV = cdk.Environment(account="123456789012", region="eu-central-1")


def props(**given: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry("busybox:1.36"), **given)


def refusal(processors: object, scope: cdk.Stage | None = None, **given: Any) -> PatternValidationError:
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessorStack(scope or cdk.App(), "Reports", processors=processors, **given)  # type: ignore[arg-type]
    return refused.value


def paths(issues: tuple[Issue, ...]) -> list[tuple[str, str]]:
    return [(issue.code, issue.path) for issue in issues]


def test_every_processor_is_judged_and_the_app_stays_usable() -> None:
    app = cdk.App()
    error = refusal({"A": props(cpu=1), "B": props(cpu=2, user="root"), "C": props()}, app)

    assert error.where == "Reports"
    assert paths(error.issues) == [
        ("NAWS-SIZE-001", 'processors["A"].cpu'),
        ("NAWS-SIZE-001", 'processors["B"].cpu'),
        ("NAWS-TASK-007", 'processors["B"].user'),
    ]
    assert app.node.children == []
    assert set(EcsTaskProcessorStack(app, "Reports", processors={"A": props(), "B": props()}).processors) == {"A", "B"}


def test_a_name_that_another_trigger_is_given_by_convention_is_reported() -> None:
    triggers = [ScheduleTrigger("@daily", name="sales-A-schedule-2"), ScheduleTrigger("@hourly")]
    named = Conventions(name_prefix="sales")
    error = refusal({"A": props(triggers=triggers)}, conventions=named)
    assert paths(error.issues) == [("NAWS-NAME-002", "triggers[1].name")]
    other = ScheduleTrigger("@daily", name="sales-A-schedule-1")
    error = refusal({"A": props(triggers=[ScheduleTrigger("@daily")]), "B": props(triggers=[other])}, conventions=named)
    assert paths(error.issues) == [("NAWS-NAME-002", 'processors["B"].triggers[0].name')]
    assert EcsTaskProcessorStack(cdk.App(), "Reports", processors={"A": props(triggers=triggers)})


def test_ids_that_cdk_makes_one_are_reported_all_at_once() -> None:
    error = refusal({"a/b": props(), "a--b": props(), "c/d/e": props(), "c--d/e": props(), "f": props()})
    assert paths(error.issues) == [
        ("NAWS-NAME-010", 'processors["a--b"]'),
        ("NAWS-NAME-010", 'processors["c--d/e"]'),
    ]
    assert error.issues[0].remedy == '"a--b-2": EcsTaskProcessorProps(…)'


def test_one_processor_alone_is_reported_as_it_would_be_without_the_stack() -> None:
    error = refusal({"A": props(cpu=1), "B": props()})
    assert error.where == "Reports/A"
    assert paths(error.issues) == [("NAWS-SIZE-001", "cpu")]


def test_what_all_share_is_reported_once() -> None:
    error = refusal({"A": props(), "B": props()}, conventions=Conventions(owner="a#b"))
    assert paths(error.issues) == [("NAWS-TAG-002", "Conventions.owner")]


def test_processors_that_want_different_vpcs_are_reported() -> None:
    error = refusal({"A": props(), "B": props(vpc=NewVpc(max_azs=3))})
    assert error.where == "Reports/B"
    assert paths(error.issues) == [("NAWS-NET-019", "vpc")]


@pytest.mark.parametrize("env", [ENV, {"account": "123456789012", "region": "eu-central-1"}], ids=["struct", "dict"])
def test_the_environment_is_foreseen(env: Any) -> None:
    looked_up = {"A": props(vpc=VpcLookup.by_name("main"))}

    assert paths(refusal(looked_up).issues) == [("NAWS-NET-001", "vpc")]
    assert paths(refusal(looked_up, env={"account": "123456789012"}).issues) == [("NAWS-NET-001", "vpc")]
    assert EcsTaskProcessorStack(cdk.App(), "Reports", processors=looked_up, env=env).processors
    stage = cdk.Stage(cdk.App(), "Prod", env=ENV)
    assert EcsTaskProcessorStack(stage, "Reports", processors=looked_up).processors


@pytest.mark.parametrize(
    ("processors", "path"),
    [
        ([props()], "processors"),
        (props(), "processors"),
        (None, "processors"),
        ({"A": {"cpu": 256}}, 'processors["A"]'),
        ({"A": EcsTaskProcessorProps}, 'processors["A"]'),
        ({1: props()}, "processors[1]"),
    ],
    ids=["list", "props", "none", "dict", "class", "number"],
)
def test_what_is_no_dict_of_processors_is_reported(processors: object, path: str) -> None:
    assert paths(refusal(processors).issues) == [("NAWS-TYPE-001", path)]


@pytest.mark.parametrize(
    ("processors", "path"), [({}, "processors"), ({"": props()}, 'processors[""]')], ids=["none", "unnamed"]
)
def test_processors_have_ids(processors: object, path: str) -> None:
    assert paths(refusal(processors).issues) == [("NAWS-NAME-005", path)]


@pytest.mark.parametrize(
    "shared", ["NawsVpc", "NawsCluster", "NawsAlarms", "NawsAlarmsKey", "NawsPayloads", "NawsPayloadsDestroy"]
)
def test_the_ids_of_what_a_stack_shares_are_no_processors(shared: str) -> None:
    assert paths(refusal({shared: props()}).issues) == [("NAWS-NAME-006", "construct_id")]

    stack = cdk.Stack(cdk.App(), "Reports")
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(stack, shared, props())
    assert paths(refused.value.issues) == [("NAWS-NAME-006", "construct_id")]
    assert EcsTaskProcessor(Construct(stack, "Nightly"), shared, props()).node.id == shared


def _named(name: str) -> EcsTaskProcessorProps:
    pattern = events.EventPattern(source=["shop"])
    return props(triggers=[EventTrigger(pattern, name=name), ScheduleTrigger("@daily", name=name)])


def _on(name: str, bus: events.IEventBus | None = None) -> EcsTaskProcessorProps:
    return props(triggers=[EventTrigger(events.EventPattern(source=["shop"]), name=name, event_bus=bus)])


def test_no_two_processors_have_one_name_for_two_rules_or_two_schedules() -> None:
    error = refusal({"A": _named("orders"), "B": _named("orders"), "C": props(cpu=1)})
    assert error.where == "Reports"
    assert sorted(paths(error.issues)) == [
        ("NAWS-NAME-002", 'processors["B"].triggers[0].name'),
        ("NAWS-NAME-002", 'processors["B"].triggers[1].name'),
        ("NAWS-SIZE-001", 'processors["C"].cpu'),
    ]


def test_rules_of_two_buses_may_have_one_name() -> None:
    bus = events.EventBus(cdk.Stack(cdk.App(), "Buses"), "Shop")
    processors = {"A": _on("orders"), "B": _on("orders", bus)}
    assert set(EcsTaskProcessorStack(cdk.App(), "Reports", processors=processors).processors) == {"A", "B"}


def test_conventions_of_the_wrong_type_are_reported() -> None:
    assert paths(refusal({"A": props()}, conventions={"owner": "x"}).issues) == [("NAWS-TYPE-001", "conventions")]
    wrong = Conventions(owner=5)  # type: ignore[arg-type]
    assert paths(refusal({"A": props()}, conventions=wrong).issues) == [("NAWS-TYPE-001", "Conventions.owner")]


@pytest.mark.parametrize(("word", "suggested"), [("processor", "processors"), ("descripton", "description")])
def test_an_unknown_argument_is_answered_with_the_one_that_is_suggested(word: str, suggested: str) -> None:
    with pytest.raises(TypeError, match=f"EcsTaskProcessorStack has no argument '{word}': did you mean {suggested}"):
        EcsTaskProcessorStack(cdk.App(), "Reports", **{word: {}})  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"cpu": 256}, None, EcsTaskProcessorProps], ids=["dict", "none", "class"])
def test_a_processor_of_anything_but_props_is_reported(given: Any) -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(stack, "Nightly", given)
    assert paths(refused.value.issues) == [("NAWS-TYPE-001", "props")]
    assert stack.node.children == []
