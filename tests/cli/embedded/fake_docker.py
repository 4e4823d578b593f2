"""A Docker client whose containers do what their command says, and which writes down how they were started.

Commands: ``exit N``, ``print TEXT…``, ``sleep SECONDS``, ``stubborn`` (ignores SIGTERM), ``oom``, ``lost`` (cannot be
read once it was stopped).
"""

import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound

from naws.cli.engine.failures import NO_ENGINE, cannot_pull


class FakeContainer:
    def __init__(self, command: Any, keywords: Any, tombs: Path) -> None:
        self._tombs = tombs
        self.id = uuid.uuid4().hex
        self.keywords = keywords
        self.labels = keywords.get("labels", {})
        self.attrs = {"State": {"OOMKilled": False}, "NetworkSettings": {"Networks": {}}}
        self._command = command
        self._ended = threading.Event()
        self._code = None
        self._output = [b"started\nhalf ", b"a line\n"]
        verb, *rest = command or ["exit", "0"]
        self._stubborn = verb == "stubborn"
        self._lost = verb == "lost"
        if verb == "exit":
            self._end_in(0.05, int(rest[0]))
        elif verb == "print":
            self._output.append(" ".join(rest).encode())
            self._end_in(0.05, 0)
        elif verb == "sleep":
            self._end_in(float(rest[0]), 0)
        elif verb == "oom":
            self.attrs["State"]["OOMKilled"] = True
            self._end_in(0.05, 0)

    def _end_in(self, seconds: Any, code: Any) -> None:
        timer = threading.Timer(seconds, self._end, args=(code,))
        timer.daemon = True
        timer.start()

    def _end(self, code: Any) -> None:
        if not self._ended.is_set():
            self._code = code
            self._ended.set()

    @property
    def status(self) -> Any:
        if self._lost and self._ended.is_set():
            raise APIError("the engine does not know any more")
        return "exited" if self._ended.is_set() else "running"

    def wait(self) -> Any:
        self._ended.wait()
        return {"StatusCode": self._code}

    def stop(self, timeout: Any = 10) -> None:
        if self._stubborn:
            time.sleep(min(timeout, 0.3))
            self._end(137)
        self._end(143)
        with self._tombs.open("a") as tombs:
            tombs.write(f"{self._code}\n")

    def remove(self, **_: Any) -> None:
        with self._tombs.with_name("removed.txt").open("a") as tombs:
            tombs.write(f"{self.keywords['name']}\n")

    def logs(self, *, stream: Any = False, **_: Any) -> Any:
        if not stream:
            return b"".join(self._output)
        return self._stream()

    def _stream(self) -> Any:
        yield from self._output
        self._ended.wait()


class FakeContainers:
    def __init__(self, journal: Any) -> None:
        self._journal = journal
        self._all = {}

    def run(self, image: Any, **keywords: Any) -> Any:
        if image.startswith("no-engine"):
            raise cannot_pull(NO_ENGINE)
        if image.startswith("missing"):
            raise ImageNotFound(f"pull access denied for {image}")
        if image.startswith("broken"):
            self._all[keywords["name"]] = FakeContainer(["sleep", "600"], keywords, self._journal.with_name("none"))
            raise APIError('exec: "nothing": executable file not found in $PATH')
        with self._journal.open("a") as journal:
            journal.write(json.dumps({"image": image, **keywords}) + "\n")
        container = FakeContainer(keywords.get("command"), keywords, self._journal.with_name("stopped.txt"))
        self._all[container.id] = container
        return container

    def get(self, name: Any) -> Any:
        if name not in self._all:
            raise NotFound(name)
        return self._all[name]

    def list(self, **_: Any) -> Any:
        return list(self._all.values())


class FakeDocker:
    def __init__(self, state_dir: Path) -> None:
        self.containers = FakeContainers(state_dir / "containers.jsonl")
