"""What the construct exposes, grants and adds; how its failures are kept, and its runs are steps."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core import SecretValue
from naws.core.rules.asl_machine import definition_of
from naws.step_function_executor import (
    EventTrigger,
    Needs,
    PatternValidationError,
    RawBinding,
    ScheduleTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
    StepFunctionExecutorStack,
    TopicBinding,
)
from naws.testing import Returns, Throws, cdk_app, run_workflow, synth_template
from naws.testing.templates import of_type

EXPRESS = sfn.StateMachineType.EXPRESS
RULE, MACHINE, POLICY, ALARM = (
    "AWS::Events::Rule",
    "AWS::StepFunctions::StateMachine",
    "AWS::IAM::Policy",
    "AWS::CloudWatch::Alarm",
)


def done(scope: Construct) -> sfn.IChainable:
    return sfn.Succeed(scope, "Done")


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk_app(), "Month")


def executor(
    stack: cdk.Stack, construct_id: str = "Close", definition: Any = done, **given: Any
) -> StepFunctionExecutor:
    return StepFunctionExecutor(stack, construct_id, StepFunctionExecutorProps(definition=definition, **given))


def statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    return [one for each in of_type(synth_template(stack), POLICY) for one in each["PolicyDocument"]["Statement"]]


def whole(stack: cdk.Stack) -> dict[str, Any]:
    """The definition of the workflow that has the other as a step."""
    every = stack.node.find_child("Whole").node.find_all()
    (machine,) = (each for each in every if isinstance(each, sfn.CfnStateMachine))
    return dict(definition_of(machine) or {})


def test_every_end_but_success_goes_to_the_failure_queue(stack: cdk.Stack) -> None:
    executor(stack)
    (rule,) = of_type(synth_template(stack), RULE)
    before, machine, after = rule["EventPattern"]["Fn::Join"][1]
    pattern = json.loads(f"{before}arn{after}")
    assert machine["Ref"].startswith("CloseStateMachine")
    assert pattern["detail"] == {
        "stateMachineArn": ["arn"],
        "input": [{"anything-but": {"prefix": '{"trigger":"step",'}}, None, {"exists": False}],
        "status": ["FAILED", "ABORTED", "TIMED_OUT"],
    }
    (target,) = rule["Targets"]
    assert target["InputPath"] == "$.detail"
    assert target["DeadLetterConfig"]


def test_express_keeps_nothing_and_logs_everything(stack: cdk.Stack) -> None:
    made = executor(stack, state_machine_type=EXPRESS)
    template = synth_template(stack)
    assert made.failure_queue is None
    assert of_type(template, RULE) == of_type(template, "AWS::SQS::Queue") == []
    (machine,) = of_type(template, MACHINE)
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert json.loads(machine["DefinitionString"])["TimeoutSeconds"] == 300
    (alarm,) = of_type(template, ALARM)
    assert "aws logs tail" in json.dumps(alarm["AlarmDescription"])


def test_express_is_no_step(stack: cdk.Stack) -> None:
    made = executor(stack, state_machine_type=EXPRESS)
    with pytest.raises(PatternValidationError, match="NAWS-FLOW-021"):
        made.as_step(stack, "Price")
    assert stack.node.try_find_child("Price") is None


def test_a_workflow_is_a_step_of_another(stack: cdk.Stack) -> None:
    inner = executor(stack, "Load", timeout=cdk.Duration.hours(2))
    executor(stack, "Whole", inner.as_step(stack, "Load it", payload={"region": "north"}))
    (machine,) = (
        each for each in stack.node.find_child("Whole").node.find_all() if isinstance(each, sfn.CfnStateMachine)
    )
    step = dict(definition_of(machine) or {})["States"]["Load it"]
    assert step["Resource"].endswith(":states:startExecution.sync:2")
    assert step["TimeoutSeconds"] == 2 * 3600 + 60
    assert step["Arguments"]["Input"]["payload"] == {"region": "north"}
    actions = [one["Action"] for one in statements(stack)]
    assert "states:StartExecution" in actions
    assert ["states:DescribeExecution", "states:StopExecution"] in actions


def test_the_callers_run_fails_where_the_step_failed(stack: cdk.Stack) -> None:
    inner = executor(stack, "Load")
    executor(stack, "Whole", inner.as_step(stack, "Load it"))
    (machine,) = (
        each for each in stack.node.find_child("Whole").node.find_all() if isinstance(each, sfn.CfnStateMachine)
    )
    definition = definition_of(machine)
    assert definition is not None
    failed = run_workflow(definition, {}, {"Load it": [Throws("States.TaskFailed", "the end of the run")]})
    assert (failed.status, failed.error) == ("FAILED", "States.TaskFailed")
    assert run_workflow(definition, {}, {"Load it": [Returns({"Output": 1})]}).status == "SUCCEEDED"


def test_others_start_and_redrive(stack: cdk.Stack) -> None:
    made = executor(stack)
    desk = iam.Role(stack, "Desk", assumed_by=iam.AccountRootPrincipal())
    made.grant_start_execution(desk)
    made.grant_redrive_execution(desk)
    (policy,) = (each for each in of_type(synth_template(stack), POLICY) if "Desk" in json.dumps(each["Roles"]))
    assert [one["Action"] for one in policy["PolicyDocument"]["Statement"]] == [
        "states:StartExecution",
        "states:RedriveExecution",
    ]


def test_bindings_are_rights_and_nothing_else(stack: cdk.Stack) -> None:
    made = executor(stack, bindings=[TopicBinding(sns.Topic(stack, "News"))])
    made.add_binding(TopicBinding(sns.Topic(stack, "More")))
    actions = [one for one in statements(stack) if one["Action"] == "sns:Publish"]
    assert len(json.dumps(actions).split("Ref")) == 3


def test_a_workflow_fills_in_no_secret(stack: cdk.Stack) -> None:
    password = SecretValue(arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:password-a1b2c3")
    with pytest.raises(PatternValidationError, match="a workflow"):
        executor(stack, bindings=[RawBinding(Needs(secrets={"PASSWORD": password}))])


def test_a_distributed_map_may_start_its_items_before_anything_starts_a_run(stack: cdk.Stack) -> None:
    each = sfn.DistributedMap.jsonata(stack, "Each", items=sfn.ProvideItems.jsonata("{% $states.input %}"))
    executor(stack, definition=each.item_processor(sfn.Pass(stack, "One")), triggers=[ScheduleTrigger("@daily")])
    resources = synth_template(stack)["Resources"]
    (own,) = (name for name, one in resources.items() if "Items" in name)
    (role,) = (one for name, one in resources.items() if "SchedulerRole" in name)
    assert own in role["DependsOn"]
    text = json.dumps(resources[own])
    for action in ("StartExecution", "DescribeExecution", "StopExecution", "RedriveExecution"):
        assert f"states:{action}" in text


def test_a_given_role_gets_a_policy_of_this_stack(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Given", "arn:aws:iam::123456789012:role/close")
    executor(stack, role=role, bindings=[TopicBinding(sns.Topic(stack, "News"))])
    resources = synth_template(stack)["Resources"]
    assert [name for name, one in resources.items() if one["Type"] == "AWS::IAM::Role"] == []
    (machine,) = (one for one in resources.values() if one["Type"] == MACHINE)
    rights = [name for name, one in resources.items() if one["Type"] == POLICY]
    assert set(rights) <= set(machine["DependsOn"])


def test_a_key_encrypts_what_states_take_and_give(stack: cdk.Stack) -> None:
    executor(stack, encryption_key=kms.Key(stack, "Key", enable_key_rotation=True))
    template = synth_template(stack)
    (machine,) = of_type(template, MACHINE)
    assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    (use,) = [one for one in statements(stack) if one["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]]
    assert "Condition" not in use  # one on the name of the machine, which only CloudFormation knows, would meet none
    policies = [each["KeyPolicy"]["Statement"] for each in of_type(template, "AWS::KMS::Key")]
    services = [one["Principal"].get("Service") for policy in policies for one in policy]
    assert "delivery.logs.amazonaws.com" in services


def test_a_missing_run_is_noticed_where_a_schedule_is_alone(stack: cdk.Stack) -> None:
    executor(stack, triggers=[ScheduleTrigger("@daily")])
    both = [ScheduleTrigger("@daily"), EventTrigger({"source": ["shop"]})]
    executor(stack, "Other", triggers=both, acknowledge={"NAWS-ALARM-010": "seen"})
    alarms = [name for name in synth_template(stack)["Resources"] if "DidNotRun" in name]
    assert [name[:15] for name in alarms] == ["CloseDidNotRun1"]


def noted(resources: dict[str, Any]) -> dict[str, Any]:
    """How the runs of the one workflow are started, seen and put back."""
    (metadata,) = (one["Metadata"]["naws:runs"] for one in resources.values() if one["Type"] == MACHINE)
    return metadata


def test_the_metadata_name_all_that_the_command_line_needs(stack: cdk.Stack) -> None:
    executor(stack, triggers=[ScheduleTrigger("@daily")])
    resources = synth_template(stack)["Resources"]
    metadata = noted(resources)
    assert metadata["kind"] == "workflow"
    for name in ("failureQueue", "logGroup"):
        assert metadata[name] in resources


@pytest.mark.parametrize(("kind", "way"), [(sfn.StateMachineType.STANDARD, "execution"), (EXPRESS, None)])
def test_what_failed_goes_on_where_it_did_unless_it_is_express(
    stack: cdk.Stack, kind: sfn.StateMachineType, way: str | None
) -> None:
    executor(stack, state_machine_type=kind)
    assert noted(synth_template(stack)["Resources"]).get("redrive") == way


def test_a_ready_stack_is_data_alone() -> None:
    app = cdk_app()
    executors = {name: StepFunctionExecutorProps(definition=done) for name in ("Close", "Open")}
    stack = StepFunctionExecutorStack(app, "Month", executors=executors)
    assert {*stack.executors} == {"Close", "Open"}
    assert len(of_type(synth_template(stack), MACHINE)) == 2
