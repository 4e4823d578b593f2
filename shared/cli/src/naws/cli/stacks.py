"""A stack as it exists on the embedded AWS."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from naws.cli.assembly import StackArtifact
from naws.cli.aws import Aws
from naws.core.runs import Runs

Resources = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class EmbeddedStack:
    """A stack as it now exists.

    Attributes:
        artifact: What was deployed.
        aws: The account and region it is in.
        outputs: Its outputs.
        resources: Type and physical id by logical id.
    """

    artifact: StackArtifact
    aws: Aws
    outputs: dict[str, str]
    resources: Resources = field(repr=False)

    def of_type(self, resource_type: str) -> dict[str, str]:
        """Physical ids of the resources of one type, by logical id."""
        return {name: physical for name, (kind, physical) in self.resources.items() if kind == resource_type}

    @property
    def workflows(self) -> dict[str, str]:
        """The construct path of each workflow that somebody starts, by the ARN of its state machine."""
        return self._paths("workflow")

    @property
    def own_workflows(self) -> set[str]:
        """ARNs of those whose states are the user's: their executions go on where they failed."""
        return set(self._physical(name for name, runs in self.artifact.runs.items() if runs.redrive == "execution"))

    @property
    def functions(self) -> dict[str, str]:
        """The construct path of each function that somebody starts, by the ARN of its alias."""
        return self._paths("function")

    def of_runs(self, named: Callable[[Runs], Iterable[str]]) -> list[str]:
        """Physical ids of resources that the patterns name, such as `lambda runs: runs.queues`; each once, in order."""
        return self._physical(dict.fromkeys(name for runs in self.artifact.runs.values() for name in named(runs)))

    def _paths(self, kind: str) -> dict[str, str]:
        paths = {name: runs.path for name, runs in self.artifact.runs.items() if runs.kind == kind}
        return {self.resources[name][1]: path for name, path in paths.items() if name in self.resources}

    def _physical(self, logical_ids: Iterable[str]) -> list[str]:
        """Physical ids of resources; one that a condition of the template leaves out has none."""
        return [self.resources[name][1] for name in logical_ids if name in self.resources]
