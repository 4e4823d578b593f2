"""The parent's handle on the embedded AWS: one child process, its endpoint, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Self

from naws.cli.embedded.http_records import HttpRecord
from naws.cli.embedded.settings import (
    ACCESS_KEY_ID,
    ACCOUNT_ID,
    CONTROL_PREFIX,
    HOST,
    REGION,
    SECRET_ACCESS_KEY,
    Denial,
    FunctionRun,
    ServiceEvent,
    ServiceFailure,
    WaitingTask,
    child_environment,
    client_environment,
)

Engine = Literal["auto", "container", "process"]

CHILD_COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "naws.cli.embedded")
START_TIMEOUT = 60.0
STOP_GRACE = 10.0
_LOG_TAIL_LINES = 20


class EmbeddedAwsError(RuntimeError):
    """The embedded AWS did not start, ended by itself, or refused a control request."""


class PortInUseError(EmbeddedAwsError):
    """The port asked for is taken by another process."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"Port {port} on {HOST} is in use. Name another port, or none: then a free one is chosen.")


@dataclass(frozen=True, kw_only=True)
class NotEmulated:
    """A resource of a deployed stack that is recorded so that the stack deploys, but does nothing.

    Attributes:
        reason: Why, where it could be otherwise.
    """

    stack: str
    logical_id: str
    resource_type: str
    reason: str = ""


def _listen(port: int | None) -> socket.socket:
    """Bind before the child starts, so that no other process can take the port in between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port or 0))
        listener.listen()
    except OSError as error:
        listener.close()
        if port is None:
            raise EmbeddedAwsError(f"No free port on {HOST}: {error}") from error
        raise PortInUseError(port) from error
    return listener


class EmbeddedAws:
    """A running embedded AWS. Several may run at once; each has its own port and state directory.

    The child ends when ``stop`` is called, when the ``with`` block ends, and when this process ends in any way.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, log_file: Path) -> None:
        self._process = process
        self._port = port
        self.log_file = log_file

    @classmethod
    def start(
        cls,
        state_dir: Path,
        *,
        port: int | None = None,
        engine: Engine = "auto",
        app_dir: Path | None = None,
        policies: bool = True,
    ) -> Self:
        """Start the child and return when it answers.

        Args:
            state_dir, port, engine, app_dir, policies: as for `launch`.

        Raises:
            PortInUseError: the given port is taken.
            EmbeddedAwsError: the child did not answer within a minute; the text holds the end of its log.
        """
        aws = cls.launch(state_dir, port=port, engine=engine, app_dir=app_dir, policies=policies)
        try:
            aws.wait_until_ready()
        except BaseException:
            aws.stop()
            raise
        return aws

    @classmethod
    def launch(
        cls,
        state_dir: Path,
        *,
        port: int | None = None,
        engine: Engine = "auto",
        app_dir: Path | None = None,
        policies: bool = True,
    ) -> Self:
        """Start the child and return at once: what is asked of it meanwhile is answered when it is ready.

        Args:
            state_dir: where everything it writes goes (log, task files); created when missing. Nothing in it is
                read back: every start begins with an empty account.
            port: loopback port; omitted, a free one.
            engine: where tasks run: in containers, as child processes, or (``auto``) in containers when an engine
                answers.
            app_dir: the child's working directory, from which task commands are run; omitted, the current one.
            policies: whether IAM policies are evaluated; false lets everybody do everything.

        Raises:
            PortInUseError: the given port is taken.
        """
        state_dir = state_dir.resolve()
        (state_dir / "tmp").mkdir(parents=True, exist_ok=True)
        log_file = state_dir / "embedded-aws.log"
        with _listen(port) as listener, log_file.open("ab") as log:
            bound_port = int(listener.getsockname()[1])
            arguments = [str(listener.fileno()), os.fspath(state_dir), engine]
            environment = child_environment(os.environ, state_dir, bound_port, policies=policies)
            child = subprocess.Popen(
                [*CHILD_COMMAND, *arguments],
                stdin=subprocess.PIPE,  # never written: its end shows the child that this process is gone
                stdout=log,
                stderr=log,
                cwd=app_dir,
                env=environment,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C ends the parent, which then ends the child in order
            )
        return cls(child, bound_port, log_file)

    @property
    def endpoint_url(self) -> str:
        """The URL that answers every AWS API."""
        return f"http://{HOST}:{self._port}"

    @property
    def region(self) -> str:
        """The region of everything in it."""
        return REGION

    @property
    def account_id(self) -> str:
        """The account of everything in it."""
        return ACCOUNT_ID

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    def ended_within(self, seconds: float) -> bool:
        """Whether the child has ended, or does so now."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def environment(self) -> dict[str, str]:
        """Return the variables a child process needs to use this AWS and no other."""
        return client_environment(self.endpoint_url)

    def client(self, service: str) -> Any:
        """Return a boto3 client of ``service`` for this AWS."""
        # Takes a fifth of a second, and starting does not need it.
        session: Any = import_module("boto3.session").Session(
            aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY, region_name=REGION
        )
        return session.client(service, endpoint_url=self.endpoint_url)

    def fire_schedule(self, group: str, name: str) -> None:
        """Make a schedule fire now, exactly as if it were due; its own times stay as they are.

        Raises:
            EmbeddedAwsError: there is no such schedule, or it is disabled.
        """
        quoted = "/".join(urllib.parse.quote(part, safe="") for part in (group, name))
        self._control("POST", f"/schedules/{quoted}")

    def inject_fault(self, action: str, *, every: int = 0, milliseconds: int = 0) -> None:
        """Make one action misbehave from now on, to see what survives it; without a number it is mended.

        Args:
            action: `service:action` as a workflow calls it, such as ``ecs:runTask``; ``states:startExecution`` for
                what pipes, rules and schedules call; ``api`` for every request over HTTP, which is only slowed.
            every: each call of this number is throttled; omitted, none.
            milliseconds: how much later every call is answered; omitted, no later.
        """
        self._control("POST", f"/faults/{urllib.parse.quote(action, safe='')}/{every}/{milliseconds}")

    def denials(self) -> list[Denial]:
        """Return the last thousand calls that were refused for a missing permission, the oldest first."""
        return [Denial(**item) for item in self._control("GET", "/denials")]

    def service_failures(self) -> list[ServiceFailure]:
        """Return the deployments of ECS services that were not completed, the oldest first."""
        return [ServiceFailure(**item) for item in self._control("GET", "/service-failures")]

    def service_events(self) -> list[ServiceEvent]:
        """Return the last thousand failures of tasks and deployments of ECS services, the oldest first."""
        return [ServiceEvent(**item) for item in self._control("GET", "/service-events")]

    def function_runs(self) -> list[FunctionRun]:
        """Return the last thousand runs of functions, the oldest first."""
        return [FunctionRun(**item) for item in self._control("GET", "/function-runs")]

    def waiting_tasks(self) -> list[WaitingTask]:
        """Return the tasks of workflows that wait for an answer by their task token now."""
        return [WaitingTask(**item) for item in self._control("GET", "/waiting-tasks")]

    def http_requests(self) -> list[HttpRecord]:
        """Return the last thousand requests to APIs, functions, load balancers and distributions, the oldest first."""
        return [HttpRecord(**item) for item in self._control("GET", "/http-requests")]

    def not_emulated(self) -> list[NotEmulated]:
        """Return the resources of all stacks that are placeholders here."""
        return [NotEmulated(**item) for item in self._control("GET", "/not-emulated")]

    def stop(self) -> None:
        """End the child and its tasks: SIGTERM, and SIGKILL to its process group when that takes over ten seconds."""
        if self.alive:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_GRACE)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_until_ready(self) -> None:
        """Return when the child answers.

        Raises:
            EmbeddedAwsError: it did not within a minute; the text holds the end of its log.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if not self.alive:
                raise EmbeddedAwsError(
                    f"The embedded AWS ended while starting (exit code {self._process.returncode}):\n{self._log_tail()}"
                )
            try:
                self._control("GET", "/ready", timeout=2)
            except (OSError, EmbeddedAwsError):
                time.sleep(0.05)
            else:
                return
        raise EmbeddedAwsError(f"The embedded AWS did not answer within {START_TIMEOUT:.0f} s:\n{self._log_tail()}")

    def _control(self, method: str, path: str, *, timeout: float = 30) -> Any:
        request = urllib.request.Request(  # noqa: S310  # always our own loopback URL
            f"{self.endpoint_url}{CONTROL_PREFIX}{path}", method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise EmbeddedAwsError(_message(error.read())) from error

    def _log_tail(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
