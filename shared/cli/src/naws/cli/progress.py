"""Shows how a deployment goes on: one changing line on a terminal, a line per milestone elsewhere."""

import time
from typing import Any, Self

from rich.markup import escape
from rich.status import Status

from naws.cli import console
from naws.cli.assembly import StackArtifact
from naws.cli.stacks import EmbeddedStack
from naws.cli.words import counted, duration


class Progress:
    """Shows people how a deployment, and the steps around it, go on."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._began = time.monotonic()
        self._done: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def step(self, text: str) -> None:
        """Begin a step that takes a while."""
        self._began = time.monotonic()
        self._stop()
        if console.out.is_terminal:
            self._status = console.out.status(escape(text), spinner="dots")
            self._status.start()
        else:
            console.line(f"{text} …")

    def finished(self, text: str) -> None:
        """Print that the current step is done, and how long it took."""
        self._stop()
        took = duration(time.monotonic() - self._began)
        console.out.print(f"[green]✓[/green] {escape(text)} [dim]({took})[/dim]")

    def update(self, text: str) -> None:
        """Change the text of the current step; only a terminal shows it."""
        if self._status:
            self._status.update(escape(text))

    def stack_started(self, stack: StackArtifact) -> None:
        """Begin the deployment of a stack."""
        self._done = set()
        self.step(f"Deploying {stack.display_name}")

    def build_step(self, text: str) -> None:
        """Show a step of an image's build."""
        if self._status:
            self.update(text)
        else:
            console.line(f"  {text}")

    def stack_event(self, stack: StackArtifact, event: dict[str, Any]) -> None:
        """Show that a resource of the stack has changed, by an event of DescribeStackEvents."""
        logical_id = event["LogicalResourceId"]
        if event["ResourceStatus"].endswith("_COMPLETE"):
            self._done.add(logical_id)
        total = len(stack.template.get("Resources", {}))
        done = len(self._done - {stack.name})
        named = f"{logical_id} ({event['ResourceType']})"
        self.update(f"Deploying {stack.display_name}: {done} of {total} resources, {named}")

    def stack_deployed(self, stack: EmbeddedStack) -> None:
        """Print that the stack is deployed, with its number of resources."""
        self.finished(f"{stack.artifact.display_name} deployed: {counted(len(stack.resources), 'resource')}")

    def note(self, text: str) -> None:
        """Print a note; the current step goes on."""
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
