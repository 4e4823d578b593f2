"""What users of every N-AWS standard type write; a pattern re-exports what its users need.

What patterns are made of is in `naws.core.authoring`; every other module is private. A name is loaded when it is asked
for, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from naws.core.alarms import Alarms, NoAlarms
    from naws.core.bindings import Binding, BucketBinding, RawBinding, SecretBinding
    from naws.core.bindings.needs import Mount, Needs, Reach, SecretValue
    from naws.core.containers import Sidecar
    from naws.core.context import PatternContext
    from naws.core.conventions import Conventions
    from naws.core.endpoints import HttpEndpoint, Iam, Jwt, Public, ServiceBinding
    from naws.core.issues import Issue, PatternValidationError
    from naws.core.network import Egress, NewVpc, VpcLookup
    from naws.core.terminal import colour_errors
    from naws.core.triggers import EventTrigger, QueueTrigger, ScheduleTrigger, Trigger

_MODULES = {
    "alarms": ("Alarms", "NoAlarms"),
    "bindings": ("Binding", "BucketBinding", "RawBinding", "SecretBinding"),
    "bindings.needs": ("Mount", "Needs", "Reach", "SecretValue"),
    "containers": ("Sidecar",),
    "context": ("PatternContext",),
    "conventions": ("Conventions",),
    "endpoints": ("HttpEndpoint", "Iam", "Jwt", "Public", "ServiceBinding"),
    "issues": ("Issue", "PatternValidationError"),
    "network": ("Egress", "NewVpc", "VpcLookup"),
    "terminal": ("colour_errors",),
    "triggers": ("EventTrigger", "QueueTrigger", "ScheduleTrigger", "Trigger"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Alarms",
    "Binding",
    "BucketBinding",
    "Conventions",
    "Egress",
    "EventTrigger",
    "HttpEndpoint",
    "Iam",
    "Issue",
    "Jwt",
    "Mount",
    "Needs",
    "NewVpc",
    "NoAlarms",
    "PatternContext",
    "PatternValidationError",
    "Public",
    "QueueTrigger",
    "RawBinding",
    "Reach",
    "ScheduleTrigger",
    "SecretBinding",
    "SecretValue",
    "ServiceBinding",
    "Sidecar",
    "Trigger",
    "VpcLookup",
    "colour_errors",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
