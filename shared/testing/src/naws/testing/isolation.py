"""Install a distribution as its users get it: built as a wheel, alone in an empty virtual environment. Needs uv."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 600


@dataclass(frozen=True)
class Isolated:
    """A virtual environment with nothing but the wheels it was made from and what they require."""

    python: Path
    """Its interpreter."""

    def run(self, *arguments: str) -> str:
        """Run `python *arguments` in the environment's own folder, and return what it prints.

        Raises:
            AssertionError: it ended with an error, which the text holds.
        """
        return _done([str(self.python), *arguments], self.python.parent)

    def distributions(self) -> set[str]:
        """Names of what is installed."""
        code = "from importlib.metadata import distributions as d; print(*(x.metadata['Name'] for x in d()))"
        return set(self.run("-c", code).split())


def build_wheel(project: Path, into: Path) -> Path:
    """Build the wheel of the project folder `project`; the file, in the new or empty folder `into`."""
    _uv(project, "build", "--wheel", "--out-dir", str(into), str(project))
    (wheel,) = into.glob("*.whl")
    return wheel


def install(wheels: Iterable[Path], into: Path) -> Isolated:
    """Install `wheels`, and what they require from a registry, into a new virtual environment at `into`."""
    into.mkdir(parents=True, exist_ok=True)
    _uv(into, "venv", "--quiet", "--python", sys.executable, str(into / "venv"))
    python = into / "venv" / "bin" / "python"
    _uv(into, "pip", "install", "--quiet", "--python", str(python), *(str(wheel) for wheel in wheels))
    return Isolated(python)


def _uv(folder: Path, *arguments: str) -> str:
    uv = shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv is not on PATH; see https://docs.astral.sh/uv/")
    return _done([uv, *arguments], folder)


def _done(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
