"""The terminal of a session is given back as it was, however the session ends."""

import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time

import pytest

_PROGRAM = """
import json, os, sys
from naws.cli.operate import terminals
place = json.loads(sys.argv[1])
with terminals._in_folder(["sleep", "60"], place) as program:
    terminals._be_terminal_of(program)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(tmp_path, number):
    near, far = pty.openpty()
    place = {"directory": str(tmp_path), "environment": dict(os.environ), "supervisor": os.getpid()}
    before = termios.tcgetattr(far)
    command = [sys.executable, "-c", _PROGRAM, json.dumps(place)]
    with subprocess.Popen(command, stdin=far, stdout=far, stderr=far) as session:
        deadline = time.monotonic() + 20
        while termios.tcgetattr(far) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert termios.tcgetattr(far) != before
        session.send_signal(number)
        assert session.wait(10) == 128 + number
    assert termios.tcgetattr(far) == before
    os.close(near)
    os.close(far)
