"""One task container as a child process, with the surface of a docker-py container that MiniStack uses."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from naws.cli.engine.environment import session_environment
from naws.cli.engine.health import LONGEST_OUTPUT, CheckResult, HealthCheck, too_late

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_KILLED = 137
_NOT_FOUND = 127
_SIGNALLED = 128
_FOLLOW_SECONDS = 0.1


class ProcessContainer:
    """A running or finished task process.

    Attributes:
        id: Random, like Docker's.
        name: The name that MiniStack gave it.
        labels: The labels that MiniStack gave it.
        attrs: What `docker inspect` would say, as far as MiniStack reads it.
    """

    def __init__(self, name: str, labels: Mapping[str, str], image: str, root: Path) -> None:
        self.id = secrets.token_hex(32)
        self.short_id = self.id[:12]
        self.name = name
        self.labels = dict(labels)
        self.log_file = root / f"{name}-{self.short_id}.log"
        self.attrs: dict[str, Any] = {
            "Id": self.id,
            "Created": _now(),
            "Config": {"Image": image, "Labels": self.labels},
            "NetworkSettings": {"Networks": {}},
            "State": {"Status": "created", "Running": False, "ExitCode": 0, "OOMKilled": False, "FinishedAt": ""},
        }
        self._scratch = root / f"{name}-{self.short_id}"
        self._ended = threading.Event()
        self._supervisor: subprocess.Popen[str] | None = None
        self._check: subprocess.Popen[bytes] | None = None
        self._directory, self._environment = "", dict[str, str]()

    @property
    def status(self) -> str:
        """`created`, `running` or `exited`."""
        return self.attrs["State"]["Status"]

    def start(
        self,
        command: list[str],
        environment: Mapping[str, str],
        directory: str,
        memory_bytes: int,
        mounts: Collection[str] = (),
    ) -> None:
        """Start the command under a supervisor.

        Args:
            command: An executable that exists, and its arguments.
            environment: All of its variables.
            directory: Where it runs.
            memory_bytes: Resident memory at which it is killed; 0 for no limit.
            mounts: Where the container has writable memory; a `HOME` in one of them, and `TMPDIR` for `/tmp`, is a
                directory that goes with the task. Without a `HOME` it is `/`, as for a user that no image knows.
        """
        self._scratch.mkdir(parents=True)
        self._directory = directory
        self._environment = {
            **({"TMPDIR": str(self._scratch)} if "/tmp" in mounts else {}),  # noqa: S108  # the container's mount
            **environment,
            "HOME": self._home(environment.get("HOME", "/"), mounts),
        }
        self._supervisor = subprocess.Popen(
            [sys.executable, "-I", str(_SUPERVISOR), str(self.log_file), str(memory_bytes), *command],
            cwd=directory,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # The terminal's Ctrl-C must reach the server only, which then ends its tasks in order.
            start_new_session=True,
        )
        started = {"Status": "running", "Running": True, "StartedAt": _now(), "SupervisorPid": self._supervisor.pid}
        self.attrs["State"] |= started
        threading.Thread(target=self._await_end, args=(self._supervisor,), daemon=True).start()

    def _home(self, given: str, mounts: Collection[str]) -> str:
        """The `HOME` of a container as it is on this machine."""
        for mount in mounts:
            if PurePosixPath(given).is_relative_to(mount):
                home = self._scratch / PurePosixPath(given).relative_to(mount)
                home.mkdir(parents=True, exist_ok=True)
                return str(home)
        return given

    def start_nothing(self, note: str) -> None:
        """Be over at once, successfully, with a note in the log."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.write_text(f"{note}\n")
        self._end({"ExitCode": 0})

    def _await_end(self, supervisor: "subprocess.Popen[str]") -> None:
        report = supervisor.stdout.read() if supervisor.stdout else ""
        supervisor.wait()
        for pipe in filter(None, (supervisor.stdin, supervisor.stdout)):
            # Signals may still sit in the buffer.
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        # A supervisor that was killed itself says nothing.
        self._end(json.loads(report) if report else {"ExitCode": _KILLED})

    def run_check(self, check: HealthCheck) -> CheckResult:
        """Make a health check where the task runs, with its environment; it ends with the task at the latest."""
        try:
            running = self._check = subprocess.Popen(
                check.command,
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return CheckResult(_NOT_FOUND, str(error))
        with running:
            try:
                if self._ended.is_set():
                    self._kill_check()
                output, _ = running.communicate(timeout=check.timeout)
            except subprocess.TimeoutExpired:
                return too_late(check.timeout)
            finally:
                # It, or what it left behind.
                self._kill_check()
                self._check = None
        code = running.returncode
        text = output[:LONGEST_OUTPUT].decode(errors="replace")
        return CheckResult(code if code >= 0 else _SIGNALLED - code, text)

    def place_of_session(self) -> dict[str, Any]:
        """Where a command of a session runs: in the folder and environment of the task, as long as its supervisor."""
        pid = self._supervisor.pid if self._supervisor else 0
        environment = session_environment(self._environment)
        return {"directory": self._directory, "environment": self._environment | environment, "supervisor": pid}

    def _kill_check(self) -> None:
        if running := self._check:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(running.pid, signal.SIGKILL)

    def _end(self, outcome: Mapping[str, Any]) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)
        self.attrs["State"] |= {"Status": "exited", "Running": False, "FinishedAt": _now(), **outcome}
        self._ended.set()
        self._kill_check()

    def reload(self) -> None:
        """Nothing to do: the state is always current."""

    def wait(self, timeout: float | None = None, **_: object) -> dict[str, Any]:
        """Wait for the end; `StatusCode` is the exit code."""
        if not self._ended.wait(timeout):
            raise TimeoutError(f"{self.name} still runs after {timeout} s")
        return {"StatusCode": self.attrs["State"]["ExitCode"], "Error": None}

    def kill(self, signal: str | int = "SIGKILL") -> None:
        """Send a signal to the task's process group."""
        self._send(signal)

    def stop(self, timeout: float = 10, **_: object) -> None:
        """SIGTERM, then SIGKILL after `timeout` seconds."""
        self._send("SIGTERM")
        if not self._ended.wait(timeout):
            self._send("SIGKILL")
            self._ended.wait()

    def remove(self, *, force: bool = False, **_: object) -> None:
        """Forget a task that is over; `force` ends it first."""
        if force and self.status == "running":
            self._send("SIGKILL")
            self._ended.wait()
        if self.status == "running":
            raise RuntimeError(f"{self.name} still runs")

    def _send(self, number: str | int) -> None:
        name = signal.Signals(number).name if isinstance(number, int) else number
        pipe = self._supervisor.stdin if self._supervisor else None
        if pipe and not self._ended.is_set():
            with contextlib.suppress(BrokenPipeError, ValueError):
                pipe.write(f"{name}\n")
                pipe.flush()

    def logs(
        self, *, stream: bool = False, follow: bool = False, tail: int | str = "all", **_: object
    ) -> bytes | Iterator[bytes]:
        """Output of the task, stdout and stderr together; `stream` yields whole lines as they come."""
        if stream:
            return self._lines(follow=follow)
        lines = self.log_file.read_bytes().splitlines(keepends=True) if self.log_file.exists() else []
        return b"".join(lines if tail == "all" else lines[-int(tail) :])

    def _lines(self, *, follow: bool) -> Iterator[bytes]:
        while follow and not self.log_file.exists() and not self._ended.is_set():
            time.sleep(_FOLLOW_SECONDS)
        if not self.log_file.exists():
            return
        with self.log_file.open("rb") as log:
            partial = b""
            while True:
                # Asked before reading: what was written before the end is then still read.
                over = self._ended.is_set() or not follow
                partial += log.read()
                *whole, partial = partial.split(b"\n")
                yield from (line + b"\n" for line in whole)
                if over:
                    break
                time.sleep(_FOLLOW_SECONDS)
            if partial:
                yield partial


def _now() -> str:
    return datetime.now(UTC).isoformat()
