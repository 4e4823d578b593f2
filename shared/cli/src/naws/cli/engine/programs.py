"""Where the program of a dev command is looked for."""

import os
import shutil
import sys
from pathlib import Path


def program_path(path: str) -> str:
    """The PATH of task processes. The interpreter that runs naws comes first: the app's task needs what it has.

    Args:
        path: That of this process.
    """
    return os.pathsep.join([str(Path(sys.executable).parent), path])


def executable(program: str, path: str, directory: str) -> str | None:
    """What a program's name stands for, on a path or in the app's folder; None: it cannot be started."""
    return shutil.which(program, path=os.pathsep.join([path, directory]))


def programs(path: str) -> set[str]:
    """The names of what a path has."""
    folders = (Path(each) for each in path.split(os.pathsep) if each)
    return {each.name for folder in folders if folder.is_dir() for each in folder.iterdir()}
