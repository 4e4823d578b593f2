"""Data sources. One verb for "this program uses that": permission, network path, and how the program finds it.

Binding (protocol)
├── BucketBinding       <NAME>_BUCKET, <NAME>_PREFIX
├── DatabaseBinding     <NAME>_HOST, _PORT, _DATABASE, _SSLMODE, _USER, _PASSWORD, _SECRET_ARN, or _RESOURCE_ARN
├── FileSystemBinding   <NAME>_PATH
├── QueryBinding        <NAME>_DATABASE, <NAME>_WORKGROUP, <NAME>_OUTPUT
├── SecretBinding       <NAME>, filled in when the program starts
└── RawBinding          whatever its Needs are
"""

from naws.core.bindings.bucket import Access, BucketBinding
from naws.core.bindings.database import DatabaseBinding
from naws.core.bindings.file_system import FileSystemBinding
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
from naws.core.bindings.query import QueryBinding
from naws.core.bindings.secret import SecretBinding

__all__ = [
    "Access",
    "Bindable",
    "Binding",
    "BucketBinding",
    "DatabaseBinding",
    "EcsTask",
    "FileSystemBinding",
    "Host",
    "HostKind",
    "Mount",
    "Needs",
    "QueryBinding",
    "RawBinding",
    "Reach",
    "SecretBinding",
    "SecretValue",
    "Source",
    "variable_name",
]
