"""Ctrl-C in the middle of many: nothing is lost, nothing is done twice, and the same command goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-c", "from naws.cli.main import app; app()"]


@pytest.fixture
def started(embedded, tmp_path):
    """Starts a command as a process; its output is read from files, as a shell would redirect it."""
    running = []

    def start(*arguments):
        environment = os.environ | embedded.environment() | {"NO_PROXY": "127.0.0.1"}
        with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
            process = subprocess.Popen(
                [*COMMAND, *arguments], stdout=out, stderr=err, stdin=subprocess.DEVNULL, cwd=tmp_path, env=environment
            )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


def accepted(tmp_path):
    files = [*(tmp_path / ".naws" / "redrive").glob("*.jsonl")]
    return sum('"accepted"' in line for file in files for line in file.read_text().splitlines())


@pytest.mark.parametrize(("count", "patience"), [(300, 120), pytest.param(3_000, 600, marks=pytest.mark.exhaustive)])
def test_ctrl_c_loses_nothing_and_the_same_command_goes_on(bench, started, tmp_path, count, patience):
    bench.keep_many(count)
    arguments = ("redrive", bench.name, "--yes", "--json", "--rate", "1000")
    begun = started(*arguments)
    deadline = time.monotonic() + patience
    while accepted(tmp_path) < count // 3:
        assert begun.poll() is None, (tmp_path / "err").read_text()
        assert time.monotonic() < deadline
        time.sleep(count / 30_000)
    begun.send_signal(signal.SIGINT)
    assert begun.wait(60) == 130
    document = json.loads((tmp_path / "out").read_text())
    assert document["interrupted"]
    before = accepted(tmp_path)
    assert count // 3 <= before < count
    assert bench.left() == (count - before, 0)

    again = started(*arguments)
    assert again.wait(patience) == 0, (tmp_path / "err").read_text()
    assert bench.left() == (0, 0)
    ids = Counter(given["id"] for given in bench.inputs())
    assert len(ids) == count
    assert set(ids.values()) == {1}
    assert (count < 1000) or " messages" in (tmp_path / "err").read_text()  # how far it is


def test_a_kill_between_the_start_and_the_end_of_its_message_starts_nothing_twice(bench, started, tmp_path):
    bench.keep_many(60)
    arguments = ("redrive", bench.name, "--yes", "--json", "--rate", "1000")
    begun = started(*arguments)
    deadline = time.monotonic() + 60
    while accepted(tmp_path) < 20:
        assert begun.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    begun.kill()
    begun.wait()
    # What it had received is hidden for five minutes: the rest goes on at once, and that later.
    assert sum(bench.left()) >= 60 - accepted(tmp_path)
    code = started(*arguments).wait(60)
    visible, hidden = bench.left()
    assert (code, json.loads((tmp_path / "out").read_text())["hidden"]) == (5 if hidden else 0, hidden)
    assert visible == 0
    assert len(bench.executions()) + hidden >= 60
    assert {Counter(given["id"] for given in bench.inputs()).most_common(1)[0][1]} == {1}


def test_ctrl_c_while_the_queues_are_read_changes_nothing(bench, started, tmp_path):
    bench.keep_many(2000)
    begun = started("failures", bench.name, "--json")
    deadline = time.monotonic() + 60
    while bench.left()[1] < 100:
        assert begun.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    begun.send_signal(signal.SIGINT)
    assert begun.wait(60) == 130
    document = json.loads((tmp_path / "out").read_text())
    assert document["error"]["title"] == "Interrupted: nothing was changed."
    assert bench.left() == (2000, 0)
