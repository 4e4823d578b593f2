"""Shows what goes wrong with services as it happens: tasks that end or are unhealthy, deployments that fail."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from naws.cli import console

if TYPE_CHECKING:
    from naws.cli.embedded import ServiceEvent


class LiveServices:
    """Prints what went wrong since the last look, and what the tasks of a deployment wrote last, once."""

    def __init__(self, events: "Callable[[], list[ServiceEvent]]") -> None:
        """Begin with nothing seen yet.

        Args:
            events: Answers what went wrong until now.
        """
        self._events = events
        self._seen: set[tuple[str, str, str]] = set()
        self._shown: set[str] = set()

    def look(self) -> None:
        """Print what is new."""
        for event in self._events():
            key = (event.deployment, event.task, event.what)
            if key not in self._seen:
                self._seen.add(key)
                self._show(event)

    def _show(self, event: "ServiceEvent") -> None:
        code = "" if event.exit_code is None else f"exit {event.exit_code}"
        parts = (f"{'service':<8}", event.service, event.task, event.reason, code)
        text = "  ".join(part for part in parts if part)
        console.event(event.what, "red", datetime.fromtimestamp(event.at, UTC), text)
        if event.lines and event.deployment not in self._shown:
            self._shown.add(event.deployment)
            for line in event.lines:
                console.line(f"          | {line}", style="dim")
