"""The assembly of an app for commands that only look: one that is there, or made for the moment and left undeployed."""

import contextlib
import tempfile
from collections.abc import Generator
from pathlib import Path

from naws.cli.assembly import StackArtifact, read_stacks
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.synth import find_app, run_app


@contextlib.contextmanager
def stacks_of(target: Path, command: str | None) -> Generator[list[StackArtifact]]:
    """The stacks of an app, of its stages too.

    What the app looks up has CDK's stand-ins, where `cdk.context.json` has no answer.

    Args:
        target: A Python file, a folder with `cdk.json` or `app.py`, or what `cdk synth` wrote.
        command: A shell command instead of the one of `target`.

    Raises:
        CliError: There is no app, it fails, or it has no stack.
    """
    if (target / "manifest.json").is_file():
        yield _some(read_stacks(target), target)
        return
    app = find_app(target, command)
    with tempfile.TemporaryDirectory(prefix="naws-assembly-") as scratch:
        output = Path(scratch) / "cdk.out"
        run_app(app, output, app.context, {})
        yield _some(read_stacks(output), target)


def _some(stacks: list[StackArtifact], target: Path) -> list[StackArtifact]:
    if not stacks:
        raise CliError(f"{target} has no stack.", code=NOT_FOUND)
    return stacks
