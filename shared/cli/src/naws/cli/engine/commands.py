"""Commands that run instead of a task's container when there is no container engine."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "dev-commands.json"


@dataclass(frozen=True)
class DevCommand:
    """The `dev_command` of one container.

    Attributes:
        family: The task definition's family.
        container: The container's name in it.
        command: What to execute, with its arguments.
        directory: The app's directory, in which it runs.
    """

    family: str
    container: str
    command: tuple[str, ...]
    directory: str


class DevCommands:
    """The dev commands of everything deployed so far, kept in the state directory.

    The deployer writes them, the server of the embedded AWS (another process) reads them at each start of a task.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / _FILE

    def find(self, family: str, container: str) -> DevCommand | None:
        """The command of one container, or None when it has none."""
        return next((c for c in self.of(family) if c.container == container), None)

    def of(self, family: str) -> list[DevCommand]:
        """The commands of one task definition family."""
        return [c for c in self._read() if c.family == family]

    def add(self, commands: list[DevCommand]) -> None:
        """Record commands; a container that has one already gets the new one."""
        new = {(c.family, c.container): c for c in [*self._read(), *commands]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps([asdict(c) for c in new.values()], indent=1))
        partial.replace(self._path)

    def _read(self) -> list[DevCommand]:
        if not self._path.exists():
            return []
        rows = json.loads(self._path.read_text())
        return [DevCommand(c["family"], c["container"], tuple(c["command"]), c["directory"]) for c in rows]
