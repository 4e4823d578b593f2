"""An embedded AWS with an app deployed to it."""

import contextlib
import signal
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from naws.cli import console
from naws.cli.assembly import StackArtifact
from naws.cli.aws import Aws
from naws.cli.deploy import Deployer
from naws.cli.destinations import Target
from naws.cli.dev_commands import check_dev_commands
from naws.cli.engine import DevCommands, Engine, EngineError, EngineKind, choose
from naws.cli.errors import CliError, install_line
from naws.cli.interrupts import interrupt, signals
from naws.cli.lookups import LookUps
from naws.cli.progress import Progress
from naws.cli.running import note, noted
from naws.cli.services import path_of
from naws.cli.stacks import EmbeddedStack
from naws.cli.state import state_directory
from naws.cli.synth import App, synthesise

_ENDS_SECONDS = 5
"""So long a process may take to end whose connections have ended."""

if TYPE_CHECKING:
    from naws.cli.embedded import EmbeddedAws


def with_dependencies(stacks: list[StackArtifact], names: Sequence[str]) -> list[StackArtifact]:
    """The stacks of these names and those that they depend on, in the given order; all of them without a name.

    Raises:
        CliError: There is none of a name.
    """
    if not names:
        return stacks
    from naws.cli.subjects import choose_stacks  # noqa: PLC0415  # loads boto3

    wanted = {one.id for one in choose_stacks(stacks, names)}
    # Those that a stack depends on come before it.
    for stack in reversed(stacks):
        if stack.id in wanted:
            wanted.update(stack.artifact.get("dependencies", ()))
    return [one for one in stacks if one.id in wanted]


@dataclass(frozen=True)
class Session:
    """An embedded AWS that runs or starts, with its clients and its engine.

    Attributes:
        embedded: The child process that serves.
        aws: Clients of it.
        engine: What runs the tasks.
        state_dir: Its files.
    """

    embedded: "EmbeddedAws"
    aws: Aws
    engine: Engine
    state_dir: Path

    def deploy(self, app: App, progress: Progress, names: Sequence[str] = ()) -> list[EmbeddedStack]:
        """Synthesise and deploy the app.

        Args:
            app: It.
            progress: Shows how it goes on.
            names: Only the stacks of these names, and what they depend on; empty: all.

        Raises:
            CliError: It does not synthesise, a dev command cannot be started, or a stack was not deployed.
        """
        # The embedded AWS starts meanwhile: an app with a mistake need not wait for it.
        progress.step("Synthesising the app")
        look_ups = LookUps(self.aws, progress.note)

        def answer(missing: list[dict[str, Any]]) -> dict[str, Any]:
            self._wait()
            return look_ups.answer(missing)

        stacks = synthesise(app, self.state_dir / "cdk.out", self.embedded.environment(), answer)
        stacks = with_dependencies(stacks, names)
        progress.finished(f"Synthesised {', '.join(stack.display_name for stack in stacks)}")
        for stack in () if self.engine.url else stacks:
            for each in stack.whole:
                check_dev_commands(each, app.directory)
        progress.step("Starting the embedded AWS")
        self._wait()
        progress.finished(f"Embedded AWS at {self.embedded.endpoint_url}; {self.engine.why}")
        for annotation in [a for stack in stacks for a in stack.annotations]:
            console.note(str(annotation))
        deployer = Deployer(self.aws, self.engine, DevCommands(self.state_dir), app.directory, progress)
        began = time.time()
        try:
            deployed = deployer.deploy(stacks)
        except CliError as error:
            error.detail = "\n".join([error.detail, *self._failed_tasks(began, stacks)])
            raise
        note(self.state_dir, self.embedded.endpoint_url, [stack.aws.target for stack in deployed])
        return deployed

    def _wait(self) -> None:
        _, embedded_error = _embedded()
        try:
            self.embedded.wait_until_ready()
        except embedded_error as error:
            raise CliError("The embedded AWS cannot start.", str(error)) from error

    def _failed_tasks(self, since: float, stacks: list[StackArtifact]) -> Iterator[str]:
        """Lines about the tasks of services for which the deployment failed."""
        for failure in self.embedded.service_failures() if self.embedded.alive else ():
            if failure.at >= int(since):
                code = "" if failure.exit_code is None else f", exit code {failure.exit_code}"
                yield f"{path_of(failure.service, stacks)}: {failure.task_reason or failure.reason}{code}"
                yield from (f"  | {line}" for line in failure.lines)

    def check_alive(self) -> None:
        """Fail when the embedded AWS has ended by itself.

        Raises:
            CliError: It has.
        """
        if not self.embedded.alive:
            raise _ended(self.embedded)


@contextlib.contextmanager
def session(state_dir: Path, *, port: int | None, engine: EngineKind, policies: bool = True) -> Generator[Session]:
    """Start an embedded AWS, which need not answer yet, and end it, whatever happens, with all that runs in it.

    Args:
        state_dir: Where it keeps its files; emptied first.
        port: Its loopback port; None takes a free one.
        engine: What runs tasks.
        policies: Whether IAM policies are evaluated.

    Raises:
        CliError: It cannot start.
    """
    embedded_aws, embedded_error = _embedded()
    with state_directory(state_dir) as directory, noted(directory), signals(interrupt):
        try:
            chosen = choose(engine)
            embedded = embedded_aws.launch(directory, port=port, engine=chosen.kind, policies=policies)
        except EngineError as error:
            raise CliError("There is no container engine.", str(error)) from error
        except embedded_error as error:
            raise CliError("The embedded AWS cannot start.", str(error)) from error
        try:
            target = Target(embedded.account_id, embedded.region)
            yield Session(embedded, Aws(embedded.endpoint_url, target), chosen, directory)
        except CliError:
            raise
        except Exception as error:
            # Every client fails in its own way when the server is gone, and a moment before its process is.
            if embedded.ended_within(_ENDS_SECONDS):
                raise _ended(embedded) from error
            raise
        finally:
            with signals(signal.SIG_IGN):
                embedded.stop()
                _remove_left_containers(chosen, directory)


def _ended(embedded: "EmbeddedAws") -> CliError:
    return CliError("The embedded AWS has ended by itself.", f"Its log: {embedded.log_file}")


def _embedded() -> tuple[Any, Any]:
    if not all(find_spec(package) for package in ("docker", "ministack")):
        raise CliError("The embedded AWS is not installed.", install_line("local"))
    from naws.cli.embedded import EmbeddedAws, EmbeddedAwsError  # noqa: PLC0415  # needs the extra

    return EmbeddedAws, EmbeddedAwsError


def _remove_left_containers(engine: Engine, state_dir: Path) -> None:
    if engine.url:
        from naws.cli.engine.containers import remove_containers  # noqa: PLC0415  # imports the docker SDK

        remove_containers(engine.url, state_dir)
