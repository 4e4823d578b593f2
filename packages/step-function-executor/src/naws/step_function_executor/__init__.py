"""step-function-executor: a workflow of other patterns and services of AWS, checked whole before it is deployed."""

from naws.core import (
    Alarms,
    BucketBinding,
    Conventions,
    EventBusBinding,
    EventTrigger,
    FunctionBinding,
    Issue,
    Needs,
    NoAlarms,
    ParameterBinding,
    PatternContext,
    PatternValidationError,
    QueryBinding,
    QueueBinding,
    QueueTrigger,
    RawBinding,
    ScheduleTrigger,
    TableBinding,
    TopicBinding,
    WorkflowBinding,
)
from naws.core.authoring import PatternInfo
from naws.step_function_executor.checks import RULES
from naws.step_function_executor.construct import StepFunctionExecutor
from naws.step_function_executor.props import AslFile, StepFunctionExecutorProps
from naws.step_function_executor.retry import RETRY_AWS
from naws.step_function_executor.stack import StepFunctionExecutorStack

PATTERN = PatternInfo(
    name=StepFunctionExecutor.pattern_name,
    construct=StepFunctionExecutor,
    props=StepFunctionExecutorProps,
    stack=StepFunctionExecutorStack,
    rules=RULES,
)
"""Its description, under the entry point group `naws.patterns`."""

__all__ = [
    "RETRY_AWS",
    "Alarms",
    "AslFile",
    "BucketBinding",
    "Conventions",
    "EventBusBinding",
    "EventTrigger",
    "FunctionBinding",
    "Issue",
    "Needs",
    "NoAlarms",
    "ParameterBinding",
    "PatternContext",
    "PatternValidationError",
    "QueryBinding",
    "QueueBinding",
    "QueueTrigger",
    "RawBinding",
    "ScheduleTrigger",
    "StepFunctionExecutor",
    "StepFunctionExecutorProps",
    "StepFunctionExecutorStack",
    "TableBinding",
    "TopicBinding",
    "WorkflowBinding",
]
