"""`naws local`: an app on an embedded AWS until Ctrl-C."""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from naws.cli import console, hints
from naws.cli.engine import EngineKind
from naws.cli.live import LiveRuns
from naws.cli.live_functions import LiveFunctions
from naws.cli.progress import Progress
from naws.cli.runs import RunHistory
from naws.cli.services import with_paths
from naws.cli.session import Session, session
from naws.cli.synth import App

_NO_POLICIES = "IAM policies are not evaluated (--without-policies): a missing permission shows on AWS only."


def run_local(  # noqa: PLR0913  # each is an option of the command
    app: App,
    *,
    port: int | None,
    engine: EngineKind,
    state_dir: Path,
    policies: bool = True,
    stacks: Sequence[str] = (),
) -> int:
    """Deploy the app and show its runs until we are interrupted.

    Args:
        app: What is deployed.
        stacks: Only these of its stacks, and what they depend on; empty: all.
        port, engine, state_dir, policies: As for `session`; that policies are not evaluated is noted.

    Returns:
        0: it was interrupted while the app was running.

    Raises:
        CliError: The app was not deployed, or the embedded AWS ended by itself.
        KeyboardInterrupt: It was interrupted before.
    """
    with _noted(policies=policies):
        running = _run(app, stacks, partial(session, state_dir, port=port, engine=engine, policies=policies))
        _summarise(running)
    return 0


def _run(app: App, names: Sequence[str], start: Callable[..., AbstractContextManager[Session]]) -> LiveRuns:
    running: LiveRuns | None = None
    try:
        with Progress() as progress, start() as running_session:
            stacks = running_session.deploy(app, progress, names)
            hints.show(running_session, stacks)
            functions = LiveFunctions(stacks, running_session.embedded)
            embedded = running_session.embedded
            history, artifacts = RunHistory(stacks), [stack.artifact for stack in stacks]
            running = LiveRuns(
                history,
                embedded.denials,
                functions,
                lambda: with_paths(embedded.service_events(), artifacts),
                embedded.waiting_tasks,
            )
            console.heading("Runs (Ctrl-C ends)")
            running.follow(lambda _: _ended(running_session))
    except KeyboardInterrupt:
        if running is None:
            raise
    return running


@contextmanager
def _noted(*, policies: bool) -> Generator[None]:
    """Note at the start and at the end, however it ends, that policies are not evaluated."""
    if not policies:
        console.note(_NO_POLICIES)
    try:
        yield
    finally:
        if not policies:
            console.note(_NO_POLICIES)


def _ended(running_session: Session) -> bool:
    running_session.check_alive()
    return False


def _summarise(running: LiveRuns) -> None:
    if running.last:
        console.heading("Runs")
        console.runs_table(running.last)
    if counts := running.counts():
        console.heading("Functions")
        console.out.print(console.counts_table(counts))
    if running.denied:
        console.heading("Missing permissions")
        for sentence in running.denied.values():
            console.line(sentence)
    console.line("\nStopped.")
