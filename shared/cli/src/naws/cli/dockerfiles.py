"""What an image's Dockerfile runs, as a command of the app's folder: the `dev_command` that is proposed for it."""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.core.dockerfiles import instructions

_ELSEWHERE = frozenset(("cdk.out", "node_modules"))
_NOTHING: Mapping[str, Any] = {}


def proposed_command(stack: StackArtifact, container: Mapping[str, Any], app_directory: Path) -> list[str]:
    """The command of a container's image with its files named from the app's folder.

    Returns:
        Nothing where the image is none of the app's folders, or its Dockerfile names no program.
    """
    image = json.dumps(container.get("Image", ""))
    source = next((one["source"] for key, one in stack.assets["dockerImages"].items() if key in image), _NOTHING)
    if "directory" not in source:
        return []
    copy, name = stack.directory / source["directory"], source.get("dockerFile") or "Dockerfile"
    text = _text(copy / name)
    workdir, words = _read(text)
    words = [*(container.get("EntryPoint") or ()), *(container.get("Command") or ())] or words
    folder = _original(app_directory, name, text) if words else ""
    return [_named(str(word), workdir, copy, folder) for word in words]


def _text(file: Path) -> str:
    """Empty where it is not there, or cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _read(text: str) -> tuple[str, list[str]]:
    """The working directory of the last stage, and its program with arguments."""
    workdir, found = "/", dict[str, list[str]]()
    for name, rest in instructions(text):
        if name == "FROM":
            workdir, found = "/", {}
        elif name == "WORKDIR":
            workdir = rest
        elif name in {"ENTRYPOINT", "CMD"}:
            found[name] = _words(rest)
    return workdir, [*found.get("ENTRYPOINT", ()), *found.get("CMD", ())]


def _words(rest: str) -> list[str]:
    try:
        return [str(word) for word in json.loads(rest)]
    except (ValueError, TypeError):
        pass
    try:
        return shlex.split(rest)
    except ValueError:
        return []


def _original(app_directory: Path, name: str, text: str) -> str:
    """The folder of the app that was copied into the assembly; the app's own where no other has this Dockerfile."""
    for folder, below, _ in os.walk(app_directory):
        below[:] = sorted(each for each in below if each not in _ELSEWHERE and not each.startswith("."))
        if _text(Path(folder, name)) == text:
            return Path(folder).relative_to(app_directory).as_posix()
    return "."


def _named(word: str, workdir: str, copy: Path, folder: str) -> str:
    inside = word.removeprefix(workdir.rstrip("/") + "/").removeprefix("./")
    if inside and not inside.startswith(("/", "..")) and (copy / inside).is_file():
        return inside if folder == "." else f"{folder}/{inside}"
    return word
