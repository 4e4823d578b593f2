"""ecs-task-processor: a container that runs once from a trigger, does its data work and terminates."""

from naws.core import (
    Alarms,
    BucketBinding,
    Conventions,
    DatabaseBinding,
    Egress,
    EventTrigger,
    FileSystemBinding,
    Issue,
    Mount,
    Needs,
    NewVpc,
    NoAlarms,
    PatternContext,
    PatternValidationError,
    QueryBinding,
    QueueTrigger,
    RawBinding,
    Reach,
    ScheduleTrigger,
    SecretBinding,
    SecretValue,
    Sidecar,
    VpcLookup,
)
from naws.core.authoring import PatternInfo
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
    "DatabaseBinding",
    "EcsTaskProcessor",
    "EcsTaskProcessorProps",
    "EcsTaskProcessorStack",
    "Egress",
    "EventTrigger",
    "FanOut",
    "FileSystemBinding",
    "Issue",
    "MemoryGrowth",
    "Mount",
    "Needs",
    "NewVpc",
    "NoAlarms",
    "ObjectsUnder",
    "PatternContext",
    "PatternValidationError",
    "QueryBinding",
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
