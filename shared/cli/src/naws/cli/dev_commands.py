"""Whether each `dev_command` has what it runs, before anything is deployed: else its first run would fail."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from naws.cli.assembly import StackArtifact
from naws.cli.engine.programs import executable, program_path, programs
from naws.cli.engine.scripts import named
from naws.cli.errors import CliError
from naws.core.spelling import nearest

_MODULES = (".py", ".pyc", ".so")


def check_dev_commands(stack: StackArtifact, directory: Path) -> None:
    """Look for the program of each `dev_command`, and for the script or the module that it runs.

    Args:
        stack: The stack.
        directory: The app's, in which tasks start.

    Raises:
        CliError: One is not there, with what comes closest.
    """
    for logical_id, container, command in stack.dev_commands:
        path = stack.paths.get(logical_id, logical_id).strip("/").removesuffix("/Resource")
        _Check(f"The dev_command of {path} ({container})", command, directory).check()


@dataclass(frozen=True)
class _Check:
    subject: str
    command: Sequence[str]
    directory: Path

    def check(self) -> None:
        path = program_path(os.environ.get("PATH", os.defpath))
        program = self.command[0] if self.command else ""
        found = executable(program, path, str(self.directory))
        if not found:
            title = f"{self.subject} cannot be started: {program!r} is not an executable."
            hint = "It is looked for on PATH and in the app's folder."
            raise CliError(title, self._near(0, nearest(program, programs(path))) or hint)
        what = named(self.command)
        if what and what.kind == "script":
            self._script(what.at, path)
        elif what and what.own:
            self._module(what.at, path)
        elif what and what.beside:
            self._module_beside(what.at)

    def _script(self, at: int, path: str) -> None:
        text = self.command[at]
        script = Path(self.directory, text)
        # A shell looks for it on PATH, too.
        if script.exists() or ("/" not in text and any(Path(each, text).exists() for each in path.split(os.pathsep))):
            return
        beside = script.parent if script.parent.is_dir() else self.directory
        found = {each.stem: each for each in beside.glob(f"*{script.suffix}")}
        near = found.get(nearest(script.stem, found))
        mended = os.path.relpath(near, self.directory) if near else ""
        title = f"{self.subject} cannot run: there is no {text} in {self.directory}."
        raise CliError(title, self._near(at, mended) or "Tasks start there.")

    def _module(self, at: int, path: str) -> None:
        """A module of the folder, or one that the interpreter has which runs naws: of another nobody can know."""
        python = next(executable(each, path, str(self.directory)) for each in self.command if _is_python(each))
        first, *others = self.command[at].split(".")
        if python is None or Path(python).parent != Path(sys.executable).parent or not first.isidentifier():
            return
        folder = self.directory
        if not _has(folder, first) and find_spec(first):
            return
        for number, name in enumerate((first, *others)):
            if not _has(folder, name):
                near = nearest(name, [*_modules(folder)])
                parts = [first, *others]
                mended = ".".join([*parts[:number], near, *parts[number + 1 :]]) if near else ""
                title = f"{self.subject} cannot run: there is no module {self.command[at]} in {self.directory}."
                raise CliError(title, self._near(at, mended) or "Tasks start there; it is not installed, either.")
            folder /= name

    def _module_beside(self, at: int) -> None:
        """A module of another tool's environment, of which nobody can know but what is in the folder that it starts in.

        A package there hides every other of its name; of another name only letters that changed places are a typo.
        """
        first, *others = self.command[at].split(".")
        packages = {name for name in _modules(self.directory) if (self.directory / name / "__init__.py").is_file()}
        if first in packages and others and not _has(self.directory / first, others[0]):
            mended = nearest(others[0], [*_modules(self.directory / first)])
            parts = [first, mended, *others[1:]] if mended else []
        elif not _has(self.directory, first) and not find_spec(first):
            turned = [name for name in _modules(self.directory) if sorted(name) == sorted(first)]
            parts = [turned[0], *others] if turned else []
        else:
            return
        if parts:
            title = f"{self.subject} cannot run: there is no module {self.command[at]} in {self.directory}."
            raise CliError(title, self._near(at, ".".join(parts)))

    def _near(self, at: int, text: str) -> str:
        mended = [*self.command[:at], text, *self.command[at + 1 :]]
        return f"Did you mean dev_command={mended!r}?" if text else ""


def _is_python(text: str) -> bool:
    return Path(text).name.startswith(("python", "pypy"))


def _has(folder: Path, name: str) -> bool:
    return (folder / name).is_dir() or any(each.suffix in _MODULES for each in folder.glob(f"{name}.*"))


def _modules(folder: Path) -> set[str]:
    packages = (each.name for each in folder.iterdir() if each.is_dir() and any(each.glob("*.py")))
    return {*packages, *(each.stem for each in folder.glob("*.py"))}
