"""Shows how a deployment goes on: one changing line on a terminal, a line per milestone elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.status import Status

from naws.cli import console
from naws.cli.assembly import StackArtifact
from naws.cli.cloudformation import StackEvent
from naws.cli.deploy import DeployedStack


class Progress:
    """A `deploy.Listener` that people can watch; also shows the steps around a deployment."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._began = time.monotonic()
        self._done: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def step(self, text: str) -> None:
        """Something begins that takes a while."""
        self._began = time.monotonic()
        self._stop()
        if console.out.is_terminal:
            self._status = console.out.status(escape(text), spinner="dots")
            self._status.start()
        else:
            console.line(f"{text} …")

    def finished(self, text: str) -> None:
        """What began last is done."""
        self._stop()
        took = console.duration(time.monotonic() - self._began)
        console.out.print(f"[green]✓[/green] {escape(text)} [dim]({took})[/dim]")

    def update(self, text: str) -> None:
        """How it goes on; only a terminal shows it."""
        if self._status:
            self._status.update(escape(text))

    def stack_started(self, stack: StackArtifact) -> None:
        """See `deploy.Listener`."""
        self._done = set()
        self.step(f"Deploying {stack.display_name}")

    def build_step(self, text: str) -> None:
        """See `deploy.Listener`."""
        if self._status:
            self.update(text)
        else:
            console.line(f"  {text}")

    def stack_event(self, stack: StackArtifact, event: StackEvent) -> None:
        """See `deploy.Listener`."""
        if event.status.endswith("_COMPLETE"):
            self._done.add(event.logical_id)
        total = len(stack.template.get("Resources", {}))
        done = len(self._done - {stack.name})
        self.update(f"Deploying {stack.display_name}: {done} of {total} resources, {event.logical_id} ({event.type})")

    def stack_deployed(self, stack: DeployedStack) -> None:
        """See `deploy.Listener`."""
        self.finished(f"{stack.artifact.display_name} deployed: {len(stack.resources)} resources")

    def note(self, text: str) -> None:
        """See `deploy.Listener`."""
        # The changing line and the note may be on the same terminal by different streams.
        shown = self._status
        if shown:
            shown.stop()
        console.note(text)
        if shown:
            shown.start()

    def _stop(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None
