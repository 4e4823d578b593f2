"""Processors beside one another: names that would meet on AWS, and conventions that came too late for one."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from constructs import Construct

from naws.ecs_task_processor import (
    Conventions,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    EventTrigger,
    NewVpc,
    PatternValidationError,
    ScheduleTrigger,
)

HERE = cdk.Environment(account="123456789012", region="eu-central-1")
THERE = cdk.Environment(account="123456789012", region="eu-west-1")
OTHER = cdk.Environment(account="210987654321", region="eu-central-1")
DAY = logs.RetentionDays.ONE_DAY


def props(**more: Any) -> EcsTaskProcessorProps:
    return EcsTaskProcessorProps(image=ecs.ContainerImage.from_registry("busybox:1.36"), **more)


@pytest.fixture
def app() -> cdk.App:
    app = cdk.App()
    Conventions(name_prefix="acme", vpc=NewVpc()).apply(app)
    return app


def warnings_at_synth(app: cdk.App) -> dict[str, set[str]]:
    """The codes on names and conventions that end the synthesis, by the processor that tells them."""
    try:
        app.synth()
    except RuntimeError as error:
        found: dict[str, set[str]] = {}
        for part in str(error).split("[")[1:]:
            path = part.partition("]")[0]
            codes = {
                f"NAWS-NAME-{number}"
                for number in ("007", "008", "009", "011", "012")
                if f"NAWS-NAME-{number} " in part
            }
            if codes:
                found.setdefault(path, set()).update(codes)
        return found
    return {}


def two(app: cdk.App, first: Any, second: Any, **more: Any) -> dict[str, set[str]]:
    """A stack in each environment, and a processor of one id in each."""
    for name, env in (("North", first), ("South", second)):
        EcsTaskProcessor(cdk.Stack(app, name, env=env), "Nightly", props(**more))
    return warnings_at_synth(app)


def test_one_name_twice_in_an_account_and_region_is_reported_by_both(app: cdk.App) -> None:
    assert two(app, HERE, HERE) == {"North/Nightly": {"NAWS-NAME-008"}, "South/Nightly": {"NAWS-NAME-008"}}


@pytest.mark.parametrize(("first", "second"), [(HERE, THERE), (HERE, OTHER), (HERE, None)])
def test_elsewhere_or_where_nobody_knows_it_may_be_given_again(app: cdk.App, first: Any, second: Any) -> None:
    assert two(app, first, second) == {}


def test_two_stacks_of_one_stage_that_nobody_places_may_meet(app: cdk.App) -> None:
    assert two(app, None, None) == {"North/Nightly": {"NAWS-NAME-009"}, "South/Nightly": {"NAWS-NAME-009"}}


def test_that_they_do_not_meet_can_be_given(app: cdk.App) -> None:
    assert two(app, None, None, acknowledge={"NAWS-NAME-009": "each is deployed to an account of its own"}) == {}


def test_two_stages_that_nobody_places_are_two_environments(app: cdk.App) -> None:
    for name in ("Dev", "Prod"):
        EcsTaskProcessor(cdk.Stack(cdk.Stage(app, name), "Reports"), "Nightly", props())
    assert warnings_at_synth(app) == {}


def test_two_parents_in_one_stack_do_not_tell_names_apart(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Reports")
    for parent in ("North", "South"):
        EcsTaskProcessor(Construct(stack, parent), "Nightly", props())
    assert warnings_at_synth(app) == {f"Reports/{parent}/Nightly": {"NAWS-NAME-008"} for parent in ("North", "South")}


def test_stages_of_one_account_and_region_meet(app: cdk.App) -> None:
    for name in ("Blue", "Green"):
        EcsTaskProcessor(cdk.Stack(cdk.Stage(app, name, env=HERE), "Reports"), "Nightly", props())
    # The first stage that is synthesised ends the synthesis.
    assert warnings_at_synth(app) == {"Blue/Reports/Nightly": {"NAWS-NAME-008"}}


def test_without_a_prefix_nothing_meets() -> None:
    app = cdk.App()
    assert two(app, HERE, HERE) == {}


SHOP = events.EventPattern(source=["shop"])
NIGHT = ScheduleTrigger("@daily", name="night")
REFUND = EventTrigger(SHOP, name="night")


def one_each(first: cdk.Stack, second: cdk.Stack, triggers: tuple[Any, Any]) -> None:
    for name, stack, trigger in zip(("Nightly", "Weekly"), (first, second), triggers, strict=True):
        EcsTaskProcessor(stack, name, props(vpc=NewVpc(), triggers=[trigger]))


@pytest.mark.parametrize("trigger", [NIGHT, REFUND], ids=["schedule", "rule"])
def test_a_triggers_name_that_two_processors_of_a_stack_have_is_reported_by_both(trigger: Any) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Reports")
    one_each(stack, stack, (trigger, trigger))
    assert warnings_at_synth(app) == {"Reports/Nightly": {"NAWS-NAME-011"}, "Reports/Weekly": {"NAWS-NAME-011"}}


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (HERE, HERE, "NAWS-NAME-011"),
        (None, None, "NAWS-NAME-012"),
        (HERE, THERE, ""),
        (HERE, OTHER, ""),
        (HERE, None, ""),
    ],
)
def test_a_triggers_name_in_two_stacks(first: Any, second: Any, code: str) -> None:
    app = cdk.App()
    one_each(cdk.Stack(app, "North", env=first), cdk.Stack(app, "South", env=second), (NIGHT, NIGHT))
    assert warnings_at_synth(app) == ({"North/Nightly": {code}, "South/Weekly": {code}} if code else {})


def test_a_triggers_name_in_two_ready_stacks_is_reported_in_its_field() -> None:
    app = cdk.App()
    for name in ("North", "South"):
        unnamed = props(vpc=NewVpc(), triggers=[ScheduleTrigger("@hourly"), NIGHT])
        EcsTaskProcessorStack(app, name, processors={"Nightly": unnamed}, env=HERE)
    with pytest.raises(RuntimeError, match=r"NAWS-NAME-011 .limit.  triggers.1..name = 'night'"):
        app.synth()


def test_a_given_name_meets_one_that_the_conventions_make(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Reports")
    made = ScheduleTrigger("@daily", name="acme-Weekly-schedule-1")
    one_each(stack, stack, (made, ScheduleTrigger("@weekly")))
    assert warnings_at_synth(app) == {"Reports/Nightly": {"NAWS-NAME-011"}}


def test_a_schedule_and_a_rule_or_rules_of_two_buses_may_have_one_name() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Reports")
    orders = events.EventBus.from_event_bus_name(stack, "Orders", "orders")
    one_each(stack, stack, (NIGHT, REFUND))
    EcsTaskProcessor(stack, "Third", props(vpc=NewVpc(), triggers=[EventTrigger(SHOP, event_bus=orders, name="night")]))
    own = events.EventBus(stack, "Own")
    EcsTaskProcessor(stack, "Fourth", props(vpc=NewVpc(), triggers=[EventTrigger(SHOP, event_bus=own, name="night")]))
    assert warnings_at_synth(app) == {}


@pytest.mark.parametrize("bus", ["default", "orders", "made"])
def test_rules_of_one_bus_meet_however_the_bus_was_given(bus: str) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Reports")
    own = events.EventBus(stack, "Own")
    first = own if bus == "made" else events.EventBus.from_event_bus_name(stack, "First", bus)
    other = events.EventBus.from_event_bus_name(stack, "Second", bus)
    second = {"made": own, "default": None}.get(bus, other)
    one_each(
        stack, stack, (EventTrigger(SHOP, event_bus=first, name="x"), EventTrigger(SHOP, event_bus=second, name="x"))
    )
    assert warnings_at_synth(app) == {"Reports/Nightly": {"NAWS-NAME-011"}, "Reports/Weekly": {"NAWS-NAME-011"}}


def test_what_could_not_be_built_whole_has_no_names(app: cdk.App, tmp_path: Path) -> None:
    broken = {"Nightly": props(), "Hourly": EcsTaskProcessorProps(image=ecs.ContainerImage.from_asset(f"{tmp_path}/x"))}
    with pytest.raises(PatternValidationError, match="NAWS-TASK-015"):
        EcsTaskProcessorStack(app, "Reports", processors=broken, env=HERE)
    EcsTaskProcessorStack(app, "Reports", processors={"Nightly": props()}, env=HERE)
    assert warnings_at_synth(app) == {}


LATE: list[dict[str, Any]] = [
    {"name_prefix": "acme"},
    {"permissions_boundary": "Team"},
    {"log_retention": DAY},
    {"removal_policy": cdk.RemovalPolicy.DESTROY},
    {"vpc": NewVpc()},
    {"required_tags": ["owner"]},
]


@pytest.mark.parametrize("late", LATE, ids=lambda late: next(iter(late)))
@pytest.mark.parametrize("at", ["app", "stack"])
def test_conventions_that_came_too_late_are_reported(late: dict[str, Any], at: str) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Reports")
    EcsTaskProcessor(stack, "Nightly", props())
    Conventions(**late).apply(app if at == "app" else stack)
    with pytest.raises(RuntimeError, match=f"NAWS-NAME-007 .practice.  Conventions.{next(iter(late))} "):
        app.synth()


def test_conventions_in_time_and_those_that_become_tags_are_not_reported() -> None:
    app = cdk.App()
    Conventions(log_retention=DAY, required_tags=["owner"], owner="sales", tags={"a": "b"}, vpc=NewVpc()).apply(app)
    stage = cdk.Stage(app, "Prod")
    stack = EcsTaskProcessorStack(
        stage, "Reports", processors={"Nightly": props()}, conventions=Conventions(name_prefix="acme")
    )
    Conventions(service="reports", stage="prod", tags={"c": "d"}).apply(stage)
    Conventions(log_retention=DAY).apply(stack.processors["Nightly"])
    assert warnings_at_synth(app) == {}
