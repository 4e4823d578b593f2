"""The code of a function, decided: its files, its lock, its platform, and the hash of all that matters. Pure."""

import hashlib
import re
import sys
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from naws.lambda_service.plan_locks import Lock, find_lock
from naws.lambda_service.plan_sources import Handler, Source, entries_in, sources_in
from naws.lambda_service.props_code import PythonCode

LOCAL_PACKAGES = "naws:local-packages"
"""The context key that `naws local` sets: code is packed for this machine and this interpreter instead of Lambda's."""
_FORMAT = "1"
"""Changes when the same sources and the same lock are packed differently from here on.

The version of uv is not in the hash: what is locked has the same content whichever downloads it, and a colleague's
newer uv would make every function new.
"""
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_FIRST_ON_AMAZON_LINUX_2023 = (3, 12)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a package is made for.

    Attributes:
        architecture: Lambda's name of it, `arm64` or `x86_64`.
        python: the version of the interpreter, such as `3.14`; empty when the runtime is none of Python's.
        local: whether it is made for this machine and this interpreter.
    """

    architecture: str
    python: str
    local: bool = False

    @property
    def machine(self) -> str:
        """The machine as wheels and ELF files name it; empty when it is unknown."""
        return _MACHINES.get(self.architecture, "")

    @property
    def platform(self) -> str:
        """The newest platform whose wheels run there: glibc 2.34 of Amazon Linux 2023, before it 2.26."""
        if self.local:
            return sysconfig.get_platform()
        new = tuple(map(int, self.python.split("."))) >= _FIRST_ON_AMAZON_LINUX_2023
        return f"{self.machine}-{'manylinux_2_34' if new else 'manylinux2014'}"


@dataclass(frozen=True, kw_only=True)
class CodePlan:
    """The code of one function.

    Attributes:
        path: the field that it was given in.
        code: what was given.
        handler: the function's handler; a token passes every check.
        runtime: the name of its runtime.
        target: what it is packed for.
        sources: the files that are packed.
        unpackable: what is in their folder, and has no content that can be packed.
        lock: what its dependencies are pinned by.
        hash: changes with everything that changes the package, and with nothing else.
    """

    path: str = "code"
    code: PythonCode
    handler: str
    runtime: str
    target: Target
    sources: tuple[Source, ...]
    unpackable: tuple[Source, ...]
    lock: Lock
    hash: str

    @property
    def folder(self) -> Path:
        """The folder of the sources."""
        return Path(self.code.folder)

    def leaves_out(self, name: str) -> bool:
        """Whether what is excluded leaves out this file of the folder, which would be packed otherwise."""
        return any(each.name == name for each in sources_in(self.folder, ()))

    @cached_property
    def handler_found(self) -> Handler:
        """The handler, looked up in the sources."""
        return Handler.of(self.handler, self.sources)


def plan_code(code: PythonCode, runtime: str, architecture: str, handler: str, *, local: bool = False) -> CodePlan:
    """Decide what of a folder is packed, and for what; it reads files, and neither packs nor asks for anything.

    Args:
        code: what the user gave.
        runtime: the runtime's name, such as `python3.14`.
        architecture: the architecture's name, such as `arm64`.
        handler: the handler, such as `app.handler`.
        local: whether the context key LOCAL_PACKAGES is true. Omitted: it is packed for Lambda.
    """
    folder = Path(code.folder)
    version = re.fullmatch(r"python(\d+\.\d+)", runtime)
    python = "{}.{}".format(*sys.version_info) if local else version[1] if version else ""
    target = Target(architecture=architecture, python=python, local=local)
    # Without a name it would be the folder that the app runs in.
    named = bool(str(code.folder).strip())
    entries = entries_in(folder, [*filter(None, code.exclude)]) if named else ()
    sources = tuple(each for each in entries if each.is_readable)
    lock = Lock() if not named else find_lock(folder, None if code.lock is None else Path(code.lock))
    return CodePlan(
        code=code,
        handler=handler,
        runtime=runtime,
        target=target,
        sources=sources,
        unpackable=tuple(each for each in entries if not each.is_readable),
        lock=lock,
        hash=_hash(target, sources, lock) if python else "",
    )


def _hash(target: Target, sources: tuple[Source, ...], lock: Lock) -> str:
    """By content and order alone; without dependencies neither the platform nor the interpreter matters."""
    of_dependencies = [target.platform, target.python, lock.content] if lock.names else []
    lines = [_FORMAT, *of_dependencies, *(f"{each.name} {each.mode:o} {each.digest}" for each in sources)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
