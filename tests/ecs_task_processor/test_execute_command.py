"""Sessions into a running attempt: what they need is there when they are wanted, and not when they are not."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, NewVpc, PatternValidationError
from naws.testing import Synthesis, checked_synthesis, synth_template, workflow_definitions
from naws.testing.permissions import repeated_names

CHANNELS = {f"ssmmessages:{verb}{way}Channel" for verb in ("Create", "Open") for way in ("Control", "Data")}
LOGS = {"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}
WRITABLE: dict[str, Any] = {
    "readonly_root_filesystem": False,
    "acknowledge": {"NAWS-TASK-009": "for a look into a running attempt"},
}


def build(app: cdk.App, *, wanted: bool = True, own_role: bool = False) -> cdk.Stack:
    stack = cdk.Stack(app, "Reports")
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    more: dict[str, Any] = dict(WRITABLE) if wanted else {}
    if own_role:
        more["task_role"] = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    given = EcsTaskProcessorProps(image=image, vpc=NewVpc(), enable_execute_command=wanted, **more)
    EcsTaskProcessor(stack, "Nightly", given)
    return stack


def statements(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    return [
        statement
        for part in template["Resources"].values()
        if part["Type"] == "AWS::IAM::Policy" and f'"{role}' in json.dumps(part["Properties"]["Roles"])
        for statement in part["Properties"]["PolicyDocument"]["Statement"]
    ]


def run_task(template: dict[str, Any]) -> dict[str, Any]:
    (definition,) = workflow_definitions(template).values()
    return definition["States"]["Run task"]["Arguments"]


@pytest.mark.parametrize(("own_role", "role"), [(False, "NightlyTaskRole"), (True, "Own")])
def test_the_programs_role_holds_sessions_and_logs_them_in_its_own_log_group(own_role: bool, role: str) -> None:  # noqa: FBT001  # a parameter of the test
    template = synth_template(lambda app: build(app, own_role=own_role))
    every = {str(each["Action"]): each for each in statements(template, role)}
    channels, find, sessions = (
        next(each for actions, each in every.items() if action in actions)
        for action in ("OpenDataChannel", "DescribeLogGroups", "PutLogEvents")
    )
    assert set(channels["Action"]) >= CHANNELS
    assert set(sessions["Action"]) == LOGS
    assert "NightlyLogs" in json.dumps(sessions["Resource"])
    assert find["Resource"] == "*"
    assert run_task(template)["EnableExecuteCommand"] is True
    (task,) = [part for part in template["Resources"].values() if part["Type"] == "AWS::ECS::TaskDefinition"]
    assert task["Properties"]["ContainerDefinitions"][0]["LinuxParameters"]["InitProcessEnabled"] is True


def test_nothing_of_it_is_there_when_nobody_wants_it() -> None:
    template = synth_template(lambda app: build(app, wanted=False))
    assert "ssmmessages" not in json.dumps(template)
    assert "EnableExecuteCommand" not in run_task(template)


def test_template_checks_find_nothing_without_an_answer() -> None:
    made: Synthesis = checked_synthesis(build)
    assert made.nag == []
    assert made.default_rules == []


def test_a_read_only_root_filesystem_is_reported_where_it_was_asked_for() -> None:
    image = ecs.ContainerImage.from_registry("busybox:1.36")
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(cdk.Stack(), "Nightly", EcsTaskProcessorProps(image=image, enable_execute_command=True))
    assert [(issue.code, issue.path) for issue in refused.value.issues] == [("NAWS-RUN-006", "enable_execute_command")]


def test_two_tasks_with_one_role_have_no_statement_of_one_name() -> None:
    stack = cdk.Stack(cdk.App(), "Reports")
    role: Any = iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    image = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
    for name in ("Nightly", "Weekly"):
        props = EcsTaskProcessorProps(
            image=image, vpc=NewVpc(), enable_execute_command=True, task_role=role, **WRITABLE
        )
        EcsTaskProcessor(stack, name, props)
    template = synth_template(stack)
    assert json.dumps(statements(template, "Own")).count("logs:PutLogEvents") == 2
    assert repeated_names(template) == []
