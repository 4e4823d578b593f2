"""The contract of any pattern for this one."""

from collections.abc import Iterable
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.step_function_executor import (
    Alarms,
    AslFile,
    QueueTrigger,
    ScheduleTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
    TopicBinding,
)
from naws.testing import PatternContract

NEWS = "arn:aws:sns:us-east-1:123456789012:news"


def done(scope: Construct) -> sfn.IChainable:
    return sfn.Pass(scope, "Close").next(sfn.Succeed(scope, "Done"))


class TestStepFunctionExecutor(PatternContract):
    construct = StepFunctionExecutor

    def minimal_props(self) -> StepFunctionExecutorProps:
        return StepFunctionExecutorProps(definition=done)

    def production_props(self, scope: Construct) -> StepFunctionExecutorProps:
        return StepFunctionExecutorProps(
            definition=done,
            timeout=cdk.Duration.hours(6),
            triggers=[ScheduleTrigger("@daily"), QueueTrigger()],
            bindings=[TopicBinding(sns.Topic.from_topic_arn(scope, "News", NEWS))],
            log_level=sfn.LogLevel.ALL,
            alarms=Alarms(detail=True),
            encryption_key=kms.Key(scope, "Key", enable_key_rotation=True),
            acknowledge={
                "NAWS-ALARM-010": "its failures are seen",
                "NAWS-DATA-018": "a key of SNS encrypts it",
                "NAWS-FLOW-017": "a state to come publishes",
            },
        )

    def invalid_props(self) -> Iterable[StepFunctionExecutorProps]:
        yield StepFunctionExecutorProps(definition=done, timeout=cdk.Duration.days(400))
        yield StepFunctionExecutorProps(definition=AslFile(Path("nowhere.asl.json")))
        yield StepFunctionExecutorProps(definition=done, triggers=[ScheduleTrigger("every day")])
