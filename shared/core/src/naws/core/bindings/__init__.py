"""Data sources. One verb for "this program uses that": permission, network path, and how the program finds it.

Binding (protocol)
├── BucketBinding   <NAME>_BUCKET, <NAME>_PREFIX
├── SecretBinding   <NAME>, filled in when the program starts
└── RawBinding      whatever its Needs are
"""

from naws.core.bindings.bucket import Access, BucketBinding
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
from naws.core.bindings.secret import SecretBinding

__all__ = [
    "Access",
    "Bindable",
    "Binding",
    "BucketBinding",
    "EcsTask",
    "Host",
    "HostKind",
    "Mount",
    "Needs",
    "RawBinding",
    "Reach",
    "SecretBinding",
    "SecretValue",
    "Source",
    "variable_name",
]
