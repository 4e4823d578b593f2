"""ecs-task-processor: a container that runs once from a trigger, does its data work and terminates."""

from naws.core.alarms import Alarms, NoAlarms
from naws.core.bindings import BucketBinding, Mount, Needs, RawBinding, Reach, SecretBinding, SecretValue
from naws.core.containers import Sidecar
from naws.core.context import PatternContext
from naws.core.conventions import Conventions
from naws.core.issues import Issue, PatternValidationError
from naws.core.network import Egress, NewVpc, VpcLookup
from naws.core.pattern.info import PatternInfo
from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger
from naws.ecs_task_processor.checks import RULES
from naws.ecs_task_processor.construct import EcsTaskProcessor
from naws.ecs_task_processor.props import (
    Concurrency,
    EcsTaskProcessorProps,
    FanOut,
    MemoryGrowth,
    ObjectsUnder,
    RetryPolicy,
    RowsOf,
)
from naws.ecs_task_processor.stack import EcsTaskProcessorStack

PATTERN = PatternInfo(
    name=EcsTaskProcessor.pattern_name,
    construct=EcsTaskProcessor,
    props=EcsTaskProcessorProps,
    stack=EcsTaskProcessorStack,
    rules=RULES,
)
"""Its description, under the entry point group `naws.patterns`."""

__all__ = [
    "Alarms",
    "BucketBinding",
    "Concurrency",
    "Conventions",
    "EcsTaskProcessor",
    "EcsTaskProcessorProps",
    "EcsTaskProcessorStack",
    "Egress",
    "EventTrigger",
    "FanOut",
    "Issue",
    "MemoryGrowth",
    "Mount",
    "Needs",
    "NewVpc",
    "NoAlarms",
    "ObjectsUnder",
    "PatternContext",
    "PatternValidationError",
    "QueueTrigger",
    "RawBinding",
    "Reach",
    "RetryPolicy",
    "RowsOf",
    "ScheduleTrigger",
    "SecretBinding",
    "SecretValue",
    "Sidecar",
    "VpcLookup",
]
