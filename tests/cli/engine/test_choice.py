import http.server
import os
import socket
import socketserver
import threading

import pytest

from naws.cli.engine import EngineError, choose
from naws.cli.engine.choice import behind_a_machine, reaching_databases


class Daemon(http.server.BaseHTTPRequestHandler):
    """Answers a ping as Docker does."""

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        body = {"version": b'{"ApiVersion": "1.41"}', "info": b'{"OperatingSystem": "fedora"}'}.get(name, b"OK")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "local"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    # Sockets of this machine's own engine must not decide.
    monkeypatch.setattr("naws.cli.engine.choice._SYSTEM_SOCKETS", ())
    return tmp_path


@pytest.fixture
def listen(home):
    servers = []

    def serve(relative):
        path = home / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        server = socketserver.ThreadingUnixStreamServer(str(path), Daemon)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"unix://{path}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("place", [".docker/run/docker.sock", "run/podman/podman.sock", ".colima/default/docker.sock"])
def test_a_socket_that_answers_means_containers(listen, place):
    url = listen(place)
    chosen = choose()
    assert (chosen.kind, chosen.url) == ("container", url)


@pytest.mark.usefixtures("home")
def test_none_means_processes():
    chosen = choose()
    assert (chosen.kind, chosen.url) == ("process", None)
    assert "no container engine answers" in chosen.why


def test_processes_can_be_insisted_on(listen):
    listen(".docker/run/docker.sock")
    assert choose("process").kind == "process"


@pytest.mark.usefixtures("home")
def test_containers_can_be_insisted_on():
    with pytest.raises(EngineError, match=r"no container engine answers\. Start Docker or podman"):
        choose("container")


def test_docker_host_is_the_only_candidate_when_it_is_set(listen, home, monkeypatch):
    listen(".docker/run/docker.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/nothing.sock")
    chosen = choose()
    assert chosen.kind == "process"
    assert f"DOCKER_HOST=unix://{home}/nothing.sock does not answer" in chosen.why


def test_a_socket_that_nobody_serves_is_passed_over(listen, home):
    url = listen("run/podman/podman.sock")
    dead = home / ".docker/run/docker.sock"
    dead.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as unserved:
        unserved.bind(os.fspath(dead))
    assert choose().url == url


def test_docker_desktop_has_a_host_network_of_its_own(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    assert behind_a_machine({"OperatingSystem": "Docker Desktop"})
    assert not behind_a_machine({"OperatingSystem": "Debian GNU/Linux 12"})
    monkeypatch.setattr("sys.platform", "darwin")
    assert behind_a_machine({"OperatingSystem": "fedora"})


@pytest.mark.parametrize(("platform", "expected"), [("linux", "auto"), ("darwin", "process")])
def test_where_containers_reach_no_database_tasks_are_processes(listen, monkeypatch, platform, expected):
    listen(".docker/run/docker.sock")
    monkeypatch.setattr("sys.platform", platform)
    assert [reaching_databases(each) for each in ("auto", "container", "process")] == [expected, "container", "process"]


@pytest.mark.usefixtures("home")
def test_without_an_engine_nothing_is_asked_of_one():
    assert reaching_databases("auto") == "auto"
