import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded import EmbeddedAws, EmbeddedAwsError, PortInUseError, server

CHILD = (sys.executable, str(Path(__file__).with_name("fake_child.py")))
pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def fake_child(monkeypatch: Any) -> None:
    monkeypatch.setattr(server, "CHILD_COMMAND", CHILD)


def gone(pid: Any) -> Any:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_taken_port_is_an_error_of_its_own(tmp_path: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"Port {port} on 127.0.0.1 is in use"):
            EmbeddedAws.start(tmp_path, port=port)


def test_two_at_once_share_nothing_and_listen_on_loopback_only(tmp_path: Any) -> None:
    with EmbeddedAws.start(tmp_path / "a") as first, EmbeddedAws.start(tmp_path / "b") as second:
        first.client("s3").create_bucket(Bucket="only-here")
        assert [b["Name"] for b in first.client("s3").list_buckets()["Buckets"]] == ["only-here"]
        assert second.client("s3").list_buckets()["Buckets"] == []
        assert first.client("sts").get_caller_identity()["Account"] == first.account_id
        addresses = socket.gethostbyname_ex(socket.gethostname())[2]
        port = int(first.endpoint_url.rpartition(":")[2])
        for address in [item for item in addresses if not item.startswith("127.")]:
            with pytest.raises(OSError, match=r".+"):
                socket.create_connection((address, port), timeout=1)
    with EmbeddedAws.start(tmp_path / "a") as again:
        assert again.client("s3").list_buckets()["Buckets"] == []


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(server, "STOP_GRACE", 0.5)
    aws = EmbeddedAws.start(tmp_path)
    os.kill(aws.pid, signal.SIGSTOP)
    aws.stop()
    assert gone(aws.pid)
    assert not aws.alive


def test_stopping_ends_what_runs(tmp_path: Any, until: Any) -> None:
    aws = EmbeddedAws.start(tmp_path)
    ecs = aws.client("ecs")
    containers = [{"name": "main", "image": "busybox", "command": ["sleep", "600"]}]
    ecs.register_task_definition(family="long", containerDefinitions=containers)
    arn = ecs.run_task(taskDefinition="long")["tasks"][0]["taskArn"]
    until(lambda: ecs.describe_tasks(tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING")
    stopped = tmp_path / "stopped.txt"
    started = time.monotonic()
    aws.stop()
    assert time.monotonic() - started < server.STOP_GRACE
    assert stopped.read_text().split() == ["143"]


def test_the_child_ends_when_the_parent_is_killed(tmp_path: Any, until: Any) -> None:
    script = textwrap.dedent(f"""
        import sys, time, pathlib
        from naws.cli.embedded import EmbeddedAws, server
        server.CHILD_COMMAND = {CHILD!r}
        print(EmbeddedAws.start(pathlib.Path({str(tmp_path)!r})).pid, flush=True)
        time.sleep(60)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: gone(child))


def test_a_child_that_ends_while_starting_is_reported_with_its_log(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(server, "CHILD_COMMAND", (sys.executable, "-c", "raise SystemExit('no such engine')"))
    with pytest.raises(EmbeddedAwsError, match=r"(?s)exit code 1.*no such engine"):
        EmbeddedAws.start(tmp_path)


def test_a_proxy_of_the_environment_is_not_asked(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with EmbeddedAws.start(tmp_path) as aws:
        assert aws.not_emulated() == []


def test_environment_reaches_this_aws_and_no_other(bench: Any) -> None:
    environment = bench.aws.environment()
    assert environment["AWS_ENDPOINT_URL"] == bench.aws.endpoint_url
    assert environment["AWS_DEFAULT_REGION"] == bench.aws.region == "us-east-1"
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    clean = {"PATH": os.environ["PATH"], **environment}
    account = subprocess.run([sys.executable, "-c", script], env=clean, capture_output=True, text=True, check=True)
    assert account.stdout.strip() == bench.aws.account_id


def test_an_unknown_control_request_is_refused(bench: Any) -> None:
    with pytest.raises(urllib.request.HTTPError) as caught:
        urllib.request.urlopen(f"{bench.aws.endpoint_url}/_naws/nothing")
    with caught.value:
        assert caught.value.code == 404
