"""An execution environment: one process that runs a function's handler, one invocation at a time.

Sources: AWS Lambda Developer Guide, 'Understanding the Lambda execution environment lifecycle', 'Defined runtime
environment variables'; payloads of errors as recorded on AWS on 2025-11-24 in localstack/localstack,
tests/aws/services/lambda_/test_lambda.snapshot.json.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from naws.cli.embedded.functions.api import RESPONSE_LIMIT_BYTES, NextInvocation, Report, RuntimeApi
from naws.cli.embedded.functions.folders import CLIENT, SDK, linked
from naws.cli.embedded.functions.output import Line, Output

INIT_LIMIT_SECONDS = 10.0
TIMED_OUT, EXITED, TOO_LARGE = "Sandbox.Timedout", "Runtime.ExitError", "Function.ResponseSizeTooLarge"
_PROGRAM = str(Path(__file__).with_name("client.py"))


@dataclass(frozen=True, kw_only=True)
class Function:
    """A version of a function, as much of it as an environment depends on: equal ones share their environments.

    Attributes:
        arn: Without a qualifier.
        package: Folder of its unpacked code.
        layer: Folder of its unpacked layers; None when it has none.
        variables: Its own, as pairs.
        log_level: Of application logs in JSON; empty for text.
        initialization: ``on-demand`` or ``snap-start``.
    """

    arn: str
    name: str
    version: str
    runtime: str
    handler: str
    role: str
    timeout: int
    memory_size: int
    package: Path
    layer: Path | None
    variables: tuple[tuple[str, str], ...]
    log_group: str
    log_level: str
    initialization: str = "on-demand"


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One request to run the handler.

    Attributes:
        arn: As it was invoked, such as with an alias.
        payload: The event as JSON.
        trace: Value of ``_X_AMZN_TRACE_ID``.
    """

    request_id: str
    arn: str
    payload: bytes
    trace: str


@dataclass(frozen=True, kw_only=True)
class Init:
    """One try to begin: the module of the handler is imported in it.

    Attributes:
        phase: ``init``; ``invoke`` when the first failed, and it is tried again within the invocation.
        error_type: Empty when it went well.
        payload: What the invocation answers when this was the last try.
    """

    phase: str
    at: int
    milliseconds: float
    lines: list[Line]
    error_type: str = ""
    payload: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an invocation.

    Attributes:
        payload: JSON of the result, or of the error.
        error_type: Empty when the handler returned.
        at: When the invocation began, in milliseconds since the epoch.
        inits: None when the environment was warm.
        lines: What was written during the invocation.
        memory: Megabytes that the process used at most; 0 where the system does not say.
    """

    payload: bytes
    error_type: str
    at: int
    milliseconds: float
    inits: list[Init]
    lines: list[Line]
    memory: int

    @property
    def late_init(self) -> bool:
        """Whether the init took longer than Lambda lets it, and was tried again within the invocation."""
        return any(init.phase == "init" and init.error_type == TIMED_OUT for init in self.inits)


class Environment:
    """A process for a function, begun at its first invocation and again after it ended.

    Attributes:
        log_stream: The log stream of everything it writes.
    """

    def __init__(
        self, function: Function, keys: Mapping[str, str], *, endpoint_url: str, on_end: Callable[[], None]
    ) -> None:
        self.function = function
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        self._given = {**keys, "AWS_ENDPOINT_URL": endpoint_url}
        self._on_end = on_end
        self._process: _Process | None = None

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run the handler, after a cold start when there is no process."""
        inits: list[Init] = []
        process = self._process
        if process is None or process.next_report(INIT_LIMIT_SECONDS).kind != "ready":
            inits.append(self._begin("init", INIT_LIMIT_SECONDS, invocation))
        began, at = time.monotonic(), _now()
        deadline = began + self.function.timeout
        lines: list[Line] = []
        if inits and inits[-1].error_type:  # Lambda tries once more, within the function's timeout
            inits.append(self._begin("invoke", self.function.timeout, invocation))
        if inits and inits[-1].error_type:
            payload, error_type, memory = inits[-1].payload, inits[-1].error_type, 0
        else:
            report = self._run(invocation, deadline)
            payload, error_type = report.body, report.error_type
            lines, memory = self._ended(report)
        elapsed = min(time.monotonic() - began, self.function.timeout)
        return Outcome(
            payload=payload,
            error_type=error_type,
            at=at,
            milliseconds=elapsed * 1000,
            inits=inits,
            lines=lines,
            memory=memory,
        )

    def end(self) -> None:
        """Kill the process; the keys it had are void."""
        self._kill()
        self._on_end()

    def _begin(self, phase: str, limit: float, invocation: Invocation) -> Init:
        self._kill()
        began, at = time.monotonic(), _now()
        self._process = process = _Process(self.function, self._variables())
        report = process.next_report(limit)
        payload, error_type = report.body, report.error_type
        if report.kind == "timeout":
            payload, error_type = _timed_out(invocation, self.function.timeout), TIMED_OUT
        elif report.kind == "exit":
            payload, error_type = _exited(invocation, process.reason()), EXITED
        lines = process.output.take()
        if error_type:
            self._kill()
        return Init(
            phase=phase,
            at=at,
            milliseconds=(time.monotonic() - began) * 1000,
            lines=lines,
            error_type=error_type,
            payload=payload,
        )

    def _run(self, invocation: Invocation, deadline: float) -> Report:
        """The report of the invocation, with the payload and type of an error."""
        process = self._process
        assert process is not None  # noqa: S101  # for the type: it has begun
        left = deadline - time.monotonic()
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(_now() + int(left * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": invocation.trace,
        }
        process.api.waiting.put(NextInvocation(headers, invocation.payload))
        report = process.next_report(left)
        if report.kind == "timeout":
            return Report("timeout", _timed_out(invocation, self.function.timeout), TIMED_OUT)
        if report.kind == "exit":
            return Report("exit", _exited(invocation, process.reason()), EXITED)
        if report.kind == "too-large":
            text = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
            return Report("too-large", _error(TOO_LARGE, text), TOO_LARGE)
        if report.kind == "error":
            named = json.loads(report.body or b"{}").get("errorType")
            return Report("error", report.body, str(named or report.error_type or "Error"))
        return report

    def _ended(self, report: Report) -> tuple[list[Line], int]:
        process = self._process
        assert process is not None  # noqa: S101  # as above
        lines, memory = process.output.take(), process.memory()
        if report.kind in {"timeout", "exit"}:
            self._kill()
        return lines, memory

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _variables(self) -> dict[str, str]:
        function, region = self.function, self.function.arn.split(":")[3]
        level = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": function.log_level}
        return {
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": f"{f'{function.layer}/bin:' if function.layer else ''}/usr/local/bin:/usr/bin:/bin",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
            **dict(function.variables),
            "_HANDLER": function.handler,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": function.initialization,
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_REGION": region,
            "LAMBDA_RUNTIME_DIR": str(linked(CLIENT)),
            "LAMBDA_TASK_ROOT": str(function.package),
            **(level if function.log_level else {}),
            # Not on AWS, where there is no home: what the user of this machine set up must not be read.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **self._given,
        }


class _Process:
    """A process of AWS's runtime client, its Runtime API and its output."""

    def __init__(self, function: Function, variables: Mapping[str, str]) -> None:
        self.api, self.output = RuntimeApi(), Output()
        lifeline, self._lifeline = os.pipe()
        layer = str(function.layer or "")
        paths = [str(function.package), layer, str(linked(CLIENT)), str(linked(SDK))]
        given = {
            **variables,
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "_LAMBDA_TELEMETRY_LOG_FD": str(self.output.writer),
        }
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", _PROGRAM, function.handler, str(lifeline), *paths],
            stdin=subprocess.DEVNULL,
            stdout=self.output.writer,
            stderr=self.output.writer,
            cwd=function.package,
            env=given,
            pass_fds=[lifeline, self.output.writer],
            start_new_session=True,  # what the handler starts ends with it
        )
        os.close(lifeline)
        self.output.follow()
        threading.Thread(target=self._watch, daemon=True).start()

    def next_report(self, seconds: float) -> Report:
        """What the process reports next; ``timeout`` when it is nothing in this time."""
        try:
            return self.api.reports.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            return Report("timeout")

    def reason(self) -> str:
        """Why it ended, in AWS's words."""
        status = self._child.wait()
        if status < 0:
            return f"Runtime exited with error: signal: {str(signal.strsignal(-status)).lower()}"
        return f"Runtime exited {f'with error: exit status {status}' if status else 'without providing a reason'}"

    def memory(self) -> int:
        """Megabytes used at most; 0 where the system does not say."""
        with contextlib.suppress(OSError, IndexError):
            text = Path(f"/proc/{self._child.pid}/status").read_text()
            return int(text.partition("VmHWM:")[2].split()[0]) // 1024
        return 0

    def kill(self) -> None:
        """End it and what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        os.close(self._lifeline)
        self.output.close()
        self.api.close()

    def _watch(self) -> None:
        self._child.wait()
        self.api.reports.put(Report("exit"))


def _now() -> int:
    return int(time.time() * 1000)


def _error(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":")).encode()


def _timed_out(invocation: Invocation, timeout: int) -> bytes:
    text = f"RequestId: {invocation.request_id} Error: Task timed out after {timeout:.2f} seconds"
    return _error(TIMED_OUT, text)


def _exited(invocation: Invocation, reason: str) -> bytes:
    return _error(EXITED, f"RequestId: {invocation.request_id} Error: {reason}")
