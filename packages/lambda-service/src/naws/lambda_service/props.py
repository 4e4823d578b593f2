"""The props, which the user gives."""

from dataclasses import dataclass

from naws.core.authoring import Operated, Triggered


@dataclass(frozen=True, kw_only=True)
class LambdaServiceProps(Triggered, Operated):
    """Labels what its triggers bring."""

    label: str = "new"
    """The label of each run, of 1 to 99 characters."""
