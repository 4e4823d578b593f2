"""How much memory the embedded AWS takes while it does something."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MEBIBYTE = 2**20


def peak(pid: int, work: Callable[[], Any]) -> int:
    """The most memory that a process and those that it started have together while something is done, in bytes."""
    most, done = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, sum(_resident(each) for each in _started(pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return most


def _started(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = [
            int(each)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for each in (task / "children").read_text().split()
        ]
    except OSError:  # it ended just now
        return
    for each in children:
        yield from _started(each)


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(each.split()[1]) * 1024 for each in lines if each.startswith("VmRSS"))
