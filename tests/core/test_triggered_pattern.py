"""A pattern of a few lines: what is here of triggers, alarms and additions, the core gives to every pattern."""

from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_stepfunctions as sfn

from naws.core.alarms import NoAlarms
from naws.core.build.alarms import Metric
from naws.core.build.starting_roles import StateMachineTarget
from naws.core.checks import triggers
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.issues import PatternValidationError
from naws.core.pattern.triggered import TriggeredPattern
from naws.core.planned_triggers import STATE_MACHINE_INPUT, LargestInput
from naws.core.plans.given import key_given, of_triggers
from naws.core.plans.operations import plan_operations
from naws.core.plans.pattern import TriggeredPlan
from naws.core.plans.triggers import plan_triggers
from naws.core.props import Operated, Triggered
from naws.core.rule import Check
from naws.core.rules.owners import ENCRYPTION_KEY_RULES, GIVEN_RULES
from naws.core.rules.types import declared_type
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger, Trigger
from naws.core.type_checks import check_types
from naws.core.validation import bind, of
from naws.testing.synth import cdk_app, synth_template


@dataclass(frozen=True, kw_only=True)
class EchoProps(Triggered, Operated):
    """Nothing of its own."""


CHECKS: tuple[Check[TriggeredPlan], ...] = (
    declared_type.on(lambda plan: plan.mismatches),
    *of(lambda plan: plan.triggers, triggers.TRIGGER_CHECKS),
    *bind(lambda plan: plan.given, GIVEN_RULES),
    *bind(lambda plan: () if plan.key is None else (plan.key,), ENCRYPTION_KEY_RULES),
)


class Echo(TriggeredPattern):
    """A state machine that passes on what starts it."""

    pattern_name = "echo"
    checks = CHECKS
    takes = STATE_MACHINE_INPUT

    @classmethod
    def resolve(cls, props: EchoProps, context: PatternContext) -> TriggeredPlan:
        props, mismatches = check_types(props)
        planned = plan_triggers(props.triggers, context, takes=cls.takes)
        return TriggeredPlan(
            props=props,
            context=context,
            mismatches=mismatches,
            triggers=planned,
            operations=plan_operations(props, context, 60),
            given=tuple(of_triggers(planned, context.home)),
            key=key_given(props, context),
        )

    def _build(self, plan: TriggeredPlan) -> cdk.CfnResource:
        self._build_dead_letters(plan)
        body = sfn.DefinitionBody.from_chainable(sfn.Pass(self, "Pass"))
        machine = sfn.StateMachine(self, "Machine", definition_body=body)
        done = Metric(
            namespace="AWS/States",
            name="ExecutionsSucceeded",
            dimensions={"StateMachineArn": machine.state_machine_arn},
        )
        self._build_alarms(plan, StateMachineTarget(arn=machine.state_machine_arn), lambda _: done)
        resource = cast("cdk.CfnResource", machine.node.default_child)
        self._build_triggers(plan, resource)
        return resource


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Stack")


EACH: tuple[Trigger, ...] = (
    ScheduleTrigger("rate(1 hour)"),
    EventTrigger(events.EventPattern(source=["app"])),
    QueueTrigger(),
)


def of_type(stack: cdk.Stack, kind: str) -> dict[str, dict[str, Any]]:
    found = synth_template(stack)["Resources"].items()
    return {name: each for name, each in found if each["Type"] == f"AWS::{kind}"}


def test_each_kind_of_trigger_starts_it_whenever_it_comes(stack: cdk.Stack) -> None:
    first, later = Echo(stack, "First", EchoProps(triggers=EACH)), Echo(stack, "Later", EchoProps())
    for trigger in EACH:
        later.add_trigger(trigger)

    for made in (first, later):
        assert [len(each) for each in (made.schedules, made.rules, made.queues)] == [1, 1, 1]
    schedules, pipes = of_type(stack, "Scheduler::Schedule"), of_type(stack, "Pipes::Pipe")
    machines = of_type(stack, "StepFunctions::StateMachine")
    targets = [each["Properties"]["Target"]["Arn"] for each in schedules.values()]
    assert targets == [each["Properties"]["Target"] for each in pipes.values()] == [{"Ref": name} for name in machines]
    for name, machine in machines.items():
        noted, pattern = machine["Metadata"]["naws:runs"], name.partition("Machine")[0]
        assert noted["path"] == f"Stack/{pattern}"
        assert [len(noted[kind]) for kind in ("schedules", "rules", "queues", "deadLetterQueues")] == [1, 1, 1, 2]
        assert all(each.startswith(pattern) for each in noted["queues"] + noted["schedules"])
    outputs = sorted(name for name in synth_template(stack)["Outputs"] if "Url" in name)
    assert [name[:14] for name in outputs] == ["FirstQueue1Url", "LaterQueue1Url"]


def test_what_cannot_start_it_is_kept_and_has_an_alarm(stack: cdk.Stack) -> None:
    made = Echo(stack, "Echo", EchoProps(triggers=EACH))
    made.add_trigger(QueueTrigger())

    alarms = of_type(stack, "CloudWatch::Alarm")
    assert len(made.alarms) == len(alarms) == 4
    assert made.alarm_topic is not None
    (start,) = (each["Properties"] for name, each in alarms.items() if "CouldNotStart" in name)
    queues = [each["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for each in start["Metrics"][1:]]
    assert len(queues) == 3
    assert queues[0] == stack.resolve(made.dead_letter_queue.queue_name)


def test_without_alarms_the_reason_is_in_the_template(stack: cdk.Stack) -> None:
    made = Echo(stack, "Echo", EchoProps(triggers=EACH, alarms=NoAlarms(reason="a test")))

    assert (made.alarms, made.alarm_topic) == ((), None)
    (machine,) = of_type(stack, "StepFunctions::StateMachine").values()
    assert machine["Metadata"]["naws:acknowledged"] == {"NoAlarms": "a test"}


@pytest.mark.parametrize(
    ("trigger", "code", "path"),
    [
        (ScheduleTrigger("every night"), "NAWS-SCHED-001", "trigger.expression"),
        ("@daily", "NAWS-TYPE-001", "trigger"),
        (ScheduleTrigger("@daily", name="taken"), "NAWS-NAME-002", "trigger.name"),
    ],
)
def test_what_is_added_is_held_to_the_same_rules(trigger: Any, code: str, path: str, stack: cdk.Stack) -> None:
    made = Echo(stack, "Echo", EchoProps())
    made.add_trigger(ScheduleTrigger("@daily", name="taken"))
    before = len(made.node.find_all())

    with pytest.raises(PatternValidationError) as refused:
        made.add_trigger(trigger)

    assert [(issue.code, issue.path) for issue in refused.value.issues] == [(code, path)]
    assert len(made.node.find_all()) == before
    made.add_trigger(ScheduleTrigger("@hourly"))
    assert len(made.schedules) == 2


class Short(Echo):
    """One whose target takes little."""

    takes = LargestInput(size=2_000, why="which the target takes", source="https://docs.aws.amazon.com/a-target")


def test_what_is_added_is_held_to_what_the_target_takes(stack: cdk.Stack) -> None:
    made = Short(stack, "Echo", EchoProps())
    made.add_trigger(QueueTrigger(max_message_size=2_000))

    with pytest.raises(PatternValidationError) as refused:
        made.add_trigger(QueueTrigger(max_message_size=2_001))

    found = [(issue.code, issue.path) for issue in refused.value.issues]
    assert found == [("NAWS-QUEUE-005", "trigger.max_message_size")]


def test_every_role_has_the_conventions_boundary(stack: cdk.Stack) -> None:
    Conventions(permissions_boundary="bounds").apply(stack)
    Echo(stack, "Echo", EchoProps()).add_trigger(QueueTrigger())

    roles = of_type(stack, "IAM::Role").values()
    assert len(roles) == 2
    assert all(str(each["Properties"]["PermissionsBoundary"]).endswith(":policy/bounds']]}") for each in roles)
