"""lambda-service: labels what a schedule, an event or a queue message brings."""

from naws.core import (
    Alarms,
    Conventions,
    EventTrigger,
    Issue,
    NoAlarms,
    PatternValidationError,
    QueueTrigger,
    ScheduleTrigger,
)
from naws.core.authoring import PatternInfo
from naws.lambda_service.checks import RULES
from naws.lambda_service.construct import LambdaService
from naws.lambda_service.props import LambdaServiceProps
from naws.lambda_service.stack import LambdaServiceStack

PATTERN = PatternInfo(
    name=LambdaService.pattern_name,
    construct=LambdaService,
    props=LambdaServiceProps,
    stack=LambdaServiceStack,
    rules=RULES,
)
"""Its description, under the entry point group `naws.patterns`."""

__all__ = [
    "Alarms",
    "Conventions",
    "EventTrigger",
    "Issue",
    "LambdaService",
    "LambdaServiceProps",
    "LambdaServiceStack",
    "NoAlarms",
    "PatternValidationError",
    "QueueTrigger",
    "ScheduleTrigger",
]
