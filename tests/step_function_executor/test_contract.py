"""The contract of any pattern for this one, and a test that a queue message starts it."""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from naws.step_function_executor import QueueTrigger, ScheduleTrigger, StepFunctionExecutor, StepFunctionExecutorProps
from naws.testing import PatternContract, cdk_app, synth_template


class TestStepFunctionExecutor(PatternContract):
    construct = StepFunctionExecutor

    def minimal_props(self) -> StepFunctionExecutorProps:
        return StepFunctionExecutorProps()

    def production_props(self, scope: Construct) -> StepFunctionExecutorProps:
        return StepFunctionExecutorProps(
            label="orders",
            triggers=[ScheduleTrigger("@daily"), QueueTrigger()],
            encryption_key=kms.Key(scope, "Key", enable_key_rotation=True),
        )

    def invalid_props(self) -> Iterable[StepFunctionExecutorProps]:
        yield StepFunctionExecutorProps(label="")
        yield StepFunctionExecutorProps(triggers=[ScheduleTrigger("every day")])


def test_a_queue_message_starts_a_run() -> None:
    stack = cdk.Stack(cdk_app(), "Stack")
    StepFunctionExecutor(stack, "Pattern", StepFunctionExecutorProps(triggers=[QueueTrigger()]))
    resources = synth_template(stack)["Resources"]
    (machine,) = (name for name, each in resources.items() if each["Type"] == "AWS::StepFunctions::StateMachine")
    (pipe,) = (each["Properties"] for each in resources.values() if each["Type"] == "AWS::Pipes::Pipe")
    assert pipe["Target"] == {"Ref": machine}
