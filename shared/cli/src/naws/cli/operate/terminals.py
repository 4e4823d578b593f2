"""The terminal of a session of the embedded AWS: its command starts in the task's container, or beside its process."""

import contextlib
import fcntl
import json
import os
import pty
import select
import shlex
import signal
import struct
import sys
import termios
import tty
import urllib.request
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

_LOOK_SECONDS = 0.2
_AT_ONCE = 65536
_NOT_FOUND = 127
_ROOT = "0"
"""As on AWS, whoever the container's program is."""


class _NotStartedError(Exception):
    """The command was not started; the text is the reason."""


@dataclass(frozen=True)
class _Program:
    """What runs in the task.

    Attributes:
        terminal: File descriptor of its terminal's other end.
        resize: Gives the terminal so many lines and columns.
        ended: Whether it is over, or its task is.
    """

    terminal: int
    resize: Callable[[int, int], None]
    ended: Callable[[], bool]


def open_session(session: Mapping[str, str]) -> None:
    """Start the command of a session and be its terminal until one of them ends; prints what AWS's plugin does.

    Args:
        session: As ExecuteCommand of the embedded AWS answers it.
    """
    opener, name = urllib.request.build_opener(urllib.request.ProxyHandler({})), session["sessionId"]
    with opener.open(f"{session['streamUrl']}/{session['tokenValue']}") as answer:
        place: dict[str, Any] = json.loads(answer.read())
    sys.stdout.write(f"\nStarting session with SessionId: {name}\n")
    sys.stdout.flush()
    outcome = f"Exiting session with sessionId: {name}."
    try:
        # As the agent of ECS does: no shell reads it. Source: amazon-ssm-agent, agent/session/shell/shell_unix.go
        command = shlex.split(place["command"]) or ["sh"]
        with _in_container(command, place) if "container" in place else _in_folder(command, place) as program:
            _be_terminal_of(program)
    except (_NotStartedError, ValueError) as error:
        outcome = f"SessionId: {name} : Unable to start command: {error}"
    sys.stdout.write(f"\n\n{outcome}\n\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _in_container(command: list[str], place: Mapping[str, Any]) -> Generator[_Program]:
    import docker  # noqa: PLC0415  # part of the extra naws-cli[local]
    from docker.errors import APIError  # noqa: PLC0415  # as above

    with contextlib.closing(docker.DockerClient(base_url=place["engine"])) as client:
        api: Any = client.api
        try:
            made = api.exec_create(
                place["container"], command, stdin=True, tty=True, user=_ROOT, environment=place["environment"]
            )
            stream = api.exec_start(made["Id"], tty=True, socket=True)
        except APIError as error:
            raise _NotStartedError(error.explanation) from error

        def resize(lines: int, columns: int) -> None:
            with contextlib.suppress(APIError):  # it is over already
                api.exec_resize(made["Id"], height=lines, width=columns)

        sys.stdout.buffer.write(_already_read(stream))
        sys.stdout.flush()
        yield _Program(stream.fileno(), resize, lambda: False)


def _already_read(stream: Any) -> bytes:
    """What the engine sent right after its answer's head, with which docker-py has read it."""
    stream._sock.settimeout(0)  # noqa: SLF001  # docker-py gives the socket without its buffer
    read = stream._response.raw._fp.fp.peek()  # noqa: SLF001  # as above
    stream._sock.settimeout(None)  # noqa: SLF001  # as above
    return read


@contextlib.contextmanager
def _in_folder(command: list[str], place: Mapping[str, Any]) -> Generator[_Program]:
    child, terminal = pty.fork()
    if child == 0:
        _become(command, place["directory"], place["environment"])
    over: list[int] = []

    def ended() -> bool:
        if not over and os.waitpid(child, os.WNOHANG)[0]:
            over.append(child)
        return bool(over) or not _runs(place["supervisor"])

    def resize(lines: int, columns: int) -> None:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    try:
        yield _Program(terminal, resize, ended)
    finally:
        os.close(terminal)
        if not over:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _become(command: list[str], directory: str, environment: Mapping[str, str]) -> NoReturn:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and what is ignored is inherited
    try:
        os.chdir(directory)
        os.execvpe(command[0], command, environment)  # noqa: S606  # the user's own command
    except OSError as error:
        os.write(sys.stderr.fileno(), f"{command[0]} was not started: {error.strerror}\n".encode())
    os._exit(_NOT_FOUND)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _be_terminal_of(program: _Program) -> None:
    here, size = sys.stdin.fileno(), (0, 0)
    modes = termios.tcgetattr(here)
    before = [(number, signal.signal(number, _leave)) for number in (signal.SIGTERM, signal.SIGHUP)]
    try:
        tty.setraw(here)
        while True:
            if size != (now := tuple(os.get_terminal_size(here))[::-1]):
                size = now
                program.resize(*size)
            ready = select.select([here, program.terminal], [], [], _LOOK_SECONDS)[0]
            if program.terminal in ready and not _pass_on(program.terminal, sys.stdout.fileno()):
                return
            if here in ready and not _pass_on(here, program.terminal):
                return
            if not ready and program.ended():
                return
    finally:
        with contextlib.suppress(termios.error):  # of a terminal that is gone
            termios.tcsetattr(here, termios.TCSADRAIN, modes)
        for number, handler in before:
            signal.signal(number, handler)


def _leave(number: int, _: object) -> NoReturn:
    """End as the signal would, but leave the terminal as it was, and nothing running."""
    raise SystemExit(128 + number)


def _pass_on(source: int, to: int) -> bool:
    """Pass on what can be read; False at the end of either."""
    try:
        data = os.read(source, _AT_ONCE)
        left = data
        while left:
            left = left[os.write(to, left) :]
    except OSError:  # of a terminal whose other end is closed
        return False
    return bool(data)
