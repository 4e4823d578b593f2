"""The metadata `naws:runs` of a resource that is started or shown: what the command line knows of a pattern.

Who lists runs, sends a message or looks for what failed reads this and knows no pattern by its name. A resource without
it, such as a state machine that only a pattern itself starts, is nobody's to start or to show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

METADATA = "naws:runs"
"""Its key among a resource's metadata."""

Kind = Literal["workflow", "function", "service", "website"]
Redrive = Literal["execution"]


@dataclass(frozen=True, kw_only=True)
class Runs:
    """How a pattern's runs are started, and where they are seen.

    All but the first three, the release and the last are resources of one stack: in its template by their logical ids;
    where a pattern notes them, by any reference to each, such as its ARN.

    Attributes:
        pattern: the pattern's name, as its distribution is called behind `naws-`.
        path: its construct path.
        kind: what the resource is that has the metadata: a `workflow` is a state machine.
        failure_queue: runs that exhausted their attempts. None: it keeps none.
        dead_letter_queues: what could not start a run.
        log_group: what the runs print. None: they have no group of their own.
        schedules: those that start runs.
        rules: those of EventBridge that start runs.
        queues: those whose messages start runs.
        function: of a website the function at the edge that holds the id of its release.
        bucket: of a website where its files are.
        release: of a website the id of the release that it shows.
        redrive: how a run that failed is put back. `execution`: its execution goes on where it failed. None: a new run
            is started with the same envelope.
    """

    pattern: str
    path: str
    kind: Kind
    failure_queue: str | None = None
    dead_letter_queues: Sequence[str] = ()
    log_group: str | None = None
    schedules: Sequence[str] = ()
    rules: Sequence[str] = ()
    queues: Sequence[str] = ()
    function: str | None = None
    bucket: str | None = None
    release: str | None = None
    redrive: Redrive | None = None

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, Any]) -> "Runs":
        """Read the metadata of a resource in a template; what a later version added is left out."""
        found = {each.name: metadata.get(_key(each.name)) for each in fields(cls)}
        return cls(**{name: value for name, value in found.items() if value is not None})

    def metadata(self) -> dict[str, Any]:
        """The metadata of a resource in a template; fields without a value are left out."""
        found = {_key(each.name): getattr(self, each.name) for each in fields(self)}
        return {key: value if isinstance(value, str) else [*value] for key, value in found.items() if value}


def _key(name: str) -> str:
    """`failureQueue` of `failure_queue`."""
    first, *rest = name.split("_")
    return "".join([first, *(word.capitalize() for word in rest)])
