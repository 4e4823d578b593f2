"""A function that is invoked by hand: once, for as long as it takes, or as somebody waits."""

import contextlib
import json
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from naws.cli.accounts import Place
from naws.cli.main import app
from naws.cli.operate import started
from naws.cli.operate.deployed import Deployed
from naws.core.runs import Runs

ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:Check:live"


class Lambda:
    """What takes requests and answers none of them before it is closed, or cuts the connection."""

    def __init__(self, *, cuts=False):
        self.cuts, self.taken, self._held = cuts, 0, []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.recv(65_536)
            self.taken += 1
            if self.cuts:
                connection.close()
            else:
                self._held.append(connection)

    def close(self):
        with contextlib.suppress(OSError):  # a second time
            # Without it the thread that accepts would keep it open.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for each in self._held:
            each.close()


@pytest.fixture
def function(monkeypatch, tmp_path, request):
    monkeypatch.chdir(tmp_path)
    server = Lambda(cuts=getattr(request, "param", False))
    runs = Runs(pattern="lambda-service", path="Shop/Slow", kind="function", log_group="L")
    place = Place.of_endpoint(server.url, "111122223333", "eu-west-1")
    pattern = Deployed(place, "Shop", runs, ALIAS, {"L": "/naws/slow"})
    where = SimpleNamespace(title="here", data=dict)
    monkeypatch.setattr(started, "find_where", lambda *_: where)
    monkeypatch.setattr(started, "find_one", lambda *_: pattern)
    yield server
    server.close()


def ended(*arguments):
    result = CliRunner().invoke(app, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)["error"]


def test_its_timeout_ends_the_wait_and_not_the_function(function):
    began = time.monotonic()
    code, error = ended("run", "Shop/Slow", "--wait", "--timeout", "0.5")
    assert (code, error["title"]) == (124, "Shop/Slow has not ended within 0.5 seconds; it goes on.")
    assert error["detail"] == "naws logs Shop/Slow --follow"
    assert (function.taken, time.monotonic() - began < 30) == (1, True)


def test_no_time_at_all_is_taken_too(function):
    assert ended("run", "Shop/Slow", "--wait", "--timeout", "0")[0] == 124
    assert function.taken <= 1


@pytest.mark.parametrize("function", [True], indirect=True)
@pytest.mark.parametrize("wait", [["--wait"], []])
def test_a_connection_that_is_lost_is_no_reason_to_start_it_again(function, wait):
    code, error = ended("run", "Shop/Slow", *wait)
    assert (code, function.taken) == (124, 1)
    assert error["title"].startswith("Shop/Slow may have been invoked, and may go on: its answer was lost.")
    assert error["detail"] == "naws logs Shop/Slow --follow"


def test_without_a_connection_nothing_was_invoked(function):
    function.close()
    code, error = ended("run", "Shop/Slow", "--wait")
    assert (code, error["title"].startswith("AWS cannot be asked: ")) == (4, True)


@pytest.mark.parametrize(
    ("start", "seconds"),
    [
        (started.Start(), None),
        (started.Start(wait=True), 960),
        (started.Start(follow=True, timeout=5), 5),
        (started.Start(wait=True, timeout=4000), 960),
    ],
)
def test_it_is_waited_for_longer_than_any_function_runs(start, seconds):
    assert start.patience == seconds


def test_clients_are_as_patient_as_they_are_asked_to_be():
    place = Place.of_endpoint("http://127.0.0.1:9", "111122223333", "eu-west-1")
    patient = place.client("lambda", attempts=1, patience=960)
    assert patient.meta.config.read_timeout == 960
    assert patient.meta.config.retries["total_max_attempts"] == 1
    assert place.client("lambda", attempts=1).meta.config.read_timeout == 60
