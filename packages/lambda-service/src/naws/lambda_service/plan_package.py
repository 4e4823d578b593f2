"""What is in a package: its size, its files, and the machine and interpreter of its shared objects. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from naws.lambda_service.plan_code import Target
from naws.lambda_service.plan_sources import Source

_MACHINES = {0x3E: "x86_64", 0xB7: "aarch64"}
"""Values of `e_machine` in the header of an ELF file."""
_ELF, _LITTLE = b"\x7fELF", 1
_BYTE_ORDER, _MACHINE = 5, slice(18, 20)
_CPYTHON = re.compile(r"\.cpython-(\d)(\d+)[a-z]*-[\w-]+\.so$")
_SHARED_OBJECT = re.compile(r"\.so(\.\d+)*$")


@dataclass(frozen=True)
class SharedObject:
    """A compiled file of a package.

    Attributes:
        name: its path in the package.
        machine: the machine that it was compiled for, such as `aarch64`; empty when it is no ELF file.
        python: the version of CPython that can load it; empty when its name says none.
    """

    name: str
    machine: str
    python: str


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package that is packed.

    Attributes:
        archive: the file that is deployed.
        target: what it was packed for.
        size: bytes of its files, unzipped.
        files: how many they are.
        shared_objects: the compiled ones.
        path: the field that its code was given in.
    """

    archive: Path
    target: Target
    size: int
    files: int
    shared_objects: tuple[SharedObject, ...]
    path: str = "code"


def shared_objects_in(sources: Iterable[Source]) -> tuple[SharedObject, ...]:
    """The shared objects among some files, with what their first bytes and their names tell."""
    return tuple(_seen(each) for each in sources if _SHARED_OBJECT.search(each.name))


def _seen(source: Source) -> SharedObject:
    version = _CPYTHON.search(source.name)
    return SharedObject(source.name, _machine(source.file), f"{version[1]}.{version[2]}" if version else "")


def _machine(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(_MACHINE.stop)
    if len(head) < _MACHINE.stop or not head.startswith(_ELF):
        return ""
    number = int.from_bytes(head[_MACHINE], "little" if head[_BYTE_ORDER] == _LITTLE else "big")
    return _MACHINES.get(number, f"machine {number:#x}")
