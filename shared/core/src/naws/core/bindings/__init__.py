"""Data sources. One verb for "this program uses that": permission, network path, and how the program finds it.

Binding (protocol)
├── BucketBinding       <NAME>_BUCKET, <NAME>_PREFIX
├── DatabaseBinding     <NAME>_HOST, _PORT, _DATABASE, _SSLMODE, _USER, _PASSWORD, _SECRET_ARN, or _RESOURCE_ARN
├── EventBusBinding     <NAME>_BUS
├── FileSystemBinding   <NAME>_PATH
├── FunctionBinding     <NAME>_FUNCTION
├── ParameterBinding    <NAME>, filled in when the program starts
├── QueryBinding        <NAME>_DATABASE, <NAME>_WORKGROUP, <NAME>_OUTPUT
├── QueueBinding        <NAME>_QUEUE_URL
├── SecretBinding       <NAME>, filled in when the program starts, and <NAME>_SECRET_ARN
├── TableBinding        <NAME>_TABLE
├── TopicBinding        <NAME>_TOPIC_ARN
├── WorkflowBinding     <NAME>_STATE_MACHINE_ARN
└── RawBinding          whatever its Needs are
"""

from naws.core.bindings.bucket import Access, BucketBinding
from naws.core.bindings.database import DatabaseBinding
from naws.core.bindings.event_bus import EventBusBinding
from naws.core.bindings.file_system import FileSystemBinding
from naws.core.bindings.function import FunctionBinding
from naws.core.bindings.needs import (
    Bindable,
    Binding,
    EcsTask,
    Host,
    HostKind,
    Mount,
    Needs,
    RawBinding,
    Reach,
    SecretValue,
    Source,
    variable_name,
)
from naws.core.bindings.parameter import ParameterBinding
from naws.core.bindings.query import QueryBinding
from naws.core.bindings.queue import QueueBinding
from naws.core.bindings.secret import SecretBinding
from naws.core.bindings.table import TableBinding
from naws.core.bindings.topic import TopicBinding
from naws.core.bindings.workflow import WorkflowBinding

__all__ = [
    "Access",
    "Bindable",
    "Binding",
    "BucketBinding",
    "DatabaseBinding",
    "EcsTask",
    "EventBusBinding",
    "FileSystemBinding",
    "FunctionBinding",
    "Host",
    "HostKind",
    "Mount",
    "Needs",
    "ParameterBinding",
    "QueryBinding",
    "QueueBinding",
    "RawBinding",
    "Reach",
    "SecretBinding",
    "SecretValue",
    "Source",
    "TableBinding",
    "TopicBinding",
    "WorkflowBinding",
    "variable_name",
]
