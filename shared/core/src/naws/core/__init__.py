"""What users of every N-AWS standard type write; a pattern re-exports what its users need.

What patterns are made of is in `naws.core.authoring`; every other module is private. A name is loaded when it is asked
for, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from naws.core.alarms import Alarms as Alarms
    from naws.core.alarms import NoAlarms as NoAlarms
    from naws.core.bindings import Binding as Binding
    from naws.core.bindings import BucketBinding as BucketBinding
    from naws.core.bindings import RawBinding as RawBinding
    from naws.core.bindings import SecretBinding as SecretBinding
    from naws.core.bindings.needs import Mount as Mount
    from naws.core.bindings.needs import Needs as Needs
    from naws.core.bindings.needs import Reach as Reach
    from naws.core.bindings.needs import SecretValue as SecretValue
    from naws.core.containers import Sidecar as Sidecar
    from naws.core.context import PatternContext as PatternContext
    from naws.core.conventions import Conventions as Conventions
    from naws.core.endpoints import HttpEndpoint as HttpEndpoint
    from naws.core.endpoints import Iam as Iam
    from naws.core.endpoints import Jwt as Jwt
    from naws.core.endpoints import Public as Public
    from naws.core.endpoints import ServiceBinding as ServiceBinding
    from naws.core.issues import Issue as Issue
    from naws.core.issues import PatternValidationError as PatternValidationError
    from naws.core.network import Egress as Egress
    from naws.core.network import NewVpc as NewVpc
    from naws.core.network import VpcLookup as VpcLookup
    from naws.core.terminal import colour_errors as colour_errors
    from naws.core.triggers import EventTrigger as EventTrigger
    from naws.core.triggers import QueueTrigger as QueueTrigger
    from naws.core.triggers import ScheduleTrigger as ScheduleTrigger
    from naws.core.triggers import Trigger as Trigger

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

__all__ = sorted(_MODULE_OF)  # noqa: PLE0605  # pyright: ignore[reportUnsupportedDunderAll]  # pyright reads the imports


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
