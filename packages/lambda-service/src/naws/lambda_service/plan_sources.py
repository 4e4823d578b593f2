"""The files of a folder that are packed, and what is seen in them. Pure: it reads, and runs nothing."""

import ast
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath

from naws.core.authoring import is_secret_file, may_be_key

_LEFT_OUT = (
    *(".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "cdk.out", ".idea", ".vscode"),
    *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "*.py[co]", ".coverage", ".DS_Store"),
    *("*.egg-info", ".gitignore", ".python-version"),
)
_LEFT_OUT_AT_THE_TOP = ("tests", "conftest.py", "pyproject.toml", "uv.lock", "requirements*.txt", "requirements*.in")
"""Deeper down these may be what a package is made of."""
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----")
_OF_THE_RUNTIME = (
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"),
    *("awslambdaric", "snapshot_restore_py", "runtime_support", "bootstrap"),
)
"""boto3 and what it needs, and Lambda's own."""
_EXECUTABLE = 0o100
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Source:
    """A file that is packed.

    Attributes:
        name: its path in the package, with `/`.
        file: where it is.
    """

    name: str
    file: Path

    @property
    def mode(self) -> int:
        """The permissions that it is packed with, whatever the host's umask is."""
        return 0o755 if self.file.stat().st_mode & _EXECUTABLE else 0o644

    @property
    def is_readable(self) -> bool:
        """Whether it is a file that may be read: no link to nothing, no pipe."""
        return self.file.is_file() and os.access(self.file, os.R_OK)

    @property
    def digest(self) -> str:
        """The SHA-256 of its content."""
        found = hashlib.sha256()
        with self.file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                found.update(block)
        return found.hexdigest()

    @property
    def is_secret(self) -> bool:
        """Whether it is a credential, by its name or because it is a private key."""
        name = PurePosixPath(self.name).name
        return is_secret_file(name) or (may_be_key(name) and bool(_PRIVATE_KEY.search(self.file.read_bytes())))


def files_in(folder: Path, exclude: Sequence[str] = (), *, without: Sequence[str] = _LEFT_OUT) -> tuple[Source, ...]:
    """The files in a folder that nothing leaves out and that can be read, in the order of their names.

    Args:
        folder: the folder; links in it are followed.
        exclude: patterns of paths, or of names at any depth. Omitted: none.
        without: patterns of names that are left out at any depth. Omitted: what no function needs.
    """
    return tuple(each for each in _entries_in(folder, exclude, without) if each.is_readable)


def _entries_in(folder: Path, exclude: Sequence[str], without: Sequence[str]) -> tuple[Source, ...]:
    """Also what is no file, such as a link to nothing.

    Args:
        folder: the folder.
        exclude: patterns of paths, or of names at any depth.
        without: patterns of names that are left out at any depth.
    """
    found: list[Source] = []
    seen = {folder.resolve()}

    def closed(error: OSError) -> None:
        place = Path(error.filename)
        found.append(Source(place.relative_to(folder).as_posix(), place))

    for top, folders, files in os.walk(folder, followlinks=True, onerror=closed):
        here = Path(top)
        names = {name: (here / name).relative_to(folder).as_posix() for name in (*folders, *files)}
        kept = {name for name, path in names.items() if not _matches(name, without) and not _excluded(path, exclude)}
        # A link to a folder above would never end.
        folders[:] = [name for name in folders if name in kept and _first_seen(here / name, seen)]
        found += [Source(names[name], here / name) for name in files if name in kept]
    return tuple(sorted(found, key=lambda each: each.name))


def entries_in(folder: Path, exclude: Sequence[str]) -> tuple[Source, ...]:
    """The files of a folder that a user's package is made of, and what would be one of them but has no content."""
    if not folder.is_dir():
        return ()
    return _entries_in(folder, (*exclude, *(f"/{name}" for name in _LEFT_OUT_AT_THE_TOP)), _LEFT_OUT)


def sources_in(folder: Path, exclude: Sequence[str]) -> tuple[Source, ...]:
    """The files alone."""
    return tuple(each for each in entries_in(folder, exclude) if each.is_readable)


def _first_seen(folder: Path, seen: set[Path]) -> bool:
    if not folder.is_symlink():
        return True
    target = folder.resolve()
    new = target not in seen and not any(target in each.parents for each in (folder, *seen))
    seen.add(target)
    return new


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _excluded(path: str, exclude: Sequence[str]) -> bool:
    name = PurePosixPath(path).name
    return any(fnmatchcase(path if "/" in each else name, each.strip("/")) for each in exclude)


@dataclass(frozen=True)
class Handler:
    """A handler, looked up in sources: what Lambda imports, and the name that it takes from there.

    Attributes:
        module: the module's path in the package, without its ending: `app`, or `orders/app`.
        function: the name in it.
        sources: the files of the package.
    """

    module: str
    function: str
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, handler: str, sources: tuple[Source, ...]) -> "Handler":
        """Read one as Lambda does: up to the last dot is the module, whose dots and slashes mean the same."""
        module, _, function = handler.rpartition(".")
        return cls(module.replace(".", "/"), function, sources)

    @cached_property
    def file(self) -> Source | None:
        """The module's file; None when there is none."""
        names = (f"{self.module}.py", f"{self.module}/__init__.py")
        return next((each for name in names for each in self.sources if each.name == name), None)

    @property
    def is_compiled(self) -> bool:
        """Whether the module is a shared object, which cannot be read."""
        return any(each.name.startswith(f"{self.module}.") and each.name.endswith(".so") for each in self.sources)

    @cached_property
    def problem(self) -> str:
        """Why its module cannot be read as Python; empty when it can."""
        try:
            self._names()
        except (SyntaxError, ValueError) as error:
            return str(error)
        return ""

    @property
    def is_defined(self) -> bool:
        """Whether the module binds the name; what cannot be seen, as after `import *`, counts as bound."""
        bound = self._names()
        return self.function in bound or not bound.isdisjoint({"*", "__getattr__"})

    def missing(self) -> Iterator[str]:
        """What it imports from nowhere: neither Python, nor the runtime, nor the sources have it.

        Only what is always imported counts: at the top of its module, and of those of the sources that it imports.
        """
        ahead, seen = [self.module], set[str]()
        known = {*sys.stdlib_module_names, *_OF_THE_RUNTIME, *(re.split("[./]", each.name)[0] for each in self.sources)}
        while ahead:
            module = ahead.pop()
            found = replace(self, module=module)
            if module in seen or found.file is None or found.problem:
                continue
            seen.add(module)
            imported = [*_imported(ast.parse(found.file.file.read_bytes()).body)]
            ahead += [name.replace(".", "/") for name in imported]
            yield from (name for name in (each.split(".")[0] for each in imported) if name not in known)

    def _names(self) -> set[str]:
        if self.file is None:
            return set()
        return set(bound(ast.parse(self.file.file.read_bytes()).body))

    def others(self) -> Iterator[str]:
        """Handlers that the sources do have: functions at the top of the folder that take an event and a context."""
        for each in self.sources:
            if "/" not in each.name and each.name.endswith(".py"):
                yield from (f"{each.name.removesuffix('.py')}.{name}" for name in _taking_two(each.file))


def _taking_two(file: Path) -> Iterator[str]:
    try:
        body = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        if isinstance(node, ast.FunctionDef) and len(node.args.args) == 2:  # noqa: PLR2004  # event, context
            yield node.name


def _imported(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The modules that statements import; of `from a import b` also `a.b`, which may be one."""
    for node in body:
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (module, *(f"{module}.{each.name}" for each in names))
            case _:
                pass


def bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """The names that statements of a module bind, also within `if`, `try` and `with`."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (each.asname or each.name.split(".")[0] for each in names)
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                yield from bound(ast.iter_child_nodes(node))
