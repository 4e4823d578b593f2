import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from docker.errors import APIError, NotFound

from naws.cli.engine import DevCommand
from naws.cli.engine.health import CheckResult, HealthCheck

LABELS = {
    "com.amazonaws.ecs.task-definition-family": "Report",
    "com.amazonaws.ecs.container-name": "main",
}
MEBIBYTE = 1024 * 1024


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return (
            Path("/proc/self").exists() is False
            and subprocess.run(["kill", "-0", str(pid)], check=False).returncode == 0
        )
    return state != "Z"


def test_exit_code_and_output_are_those_of_the_command(tasks):
    task = tasks.run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert task.wait(timeout=20) == {"StatusCode": 3, "Error": None}
    assert (task.status, task.attrs["State"]["OOMKilled"]) == ("exited", False)
    assert set(task.logs().decode().splitlines()) == {"out", "err"}
    assert task.logs(tail=1).count(b"\n") == 1


def test_it_sees_its_own_environment_and_nothing_of_ours(tasks, monkeypatch):
    monkeypatch.setenv("OUR_SECRET", "x")
    text = tasks.logged("import os; print(sorted(os.environ))", environment={"THEIRS": "1"})
    assert "THEIRS" in text
    assert "OUR_SECRET" not in text


def test_it_reaches_the_embedded_aws_in_the_region_of_its_cluster_without_keys_but_its_own(tasks):
    text = tasks.logged(
        "import os; e = os.environ; print(e['AWS_ENDPOINT_URL'], e.get('AWS_ACCESS_KEY_ID'), e['AWS_REGION'])",
        environment={"AWS_ENDPOINT_URL": "http://host.docker.internal:4711"},
    )
    assert text.split() == ["http://127.0.0.1:4711", "None", "eu-west-1"]


def test_its_own_credentials_win(tasks):
    script = "import os; print(os.environ['AWS_ACCESS_KEY_ID'])"
    assert tasks.logged(script, environment={"AWS_ACCESS_KEY_ID": "mine"}) == "mine\n"


TMP = {"tmpfs": {"/tmp": "size=64m,mode=1777"}}


def test_it_runs_in_the_apps_directory_with_a_scratch_directory_that_goes_with_it(tasks):
    text = tasks.logged("import os, tempfile; print(os.getcwd()); print(tempfile.mkdtemp())", **TMP)
    directory, scratch = text.split()
    assert Path(directory) == tasks.directory
    assert scratch.startswith(str(tasks.directory.parent / "tasks"))
    assert not Path(scratch).exists()


@pytest.mark.parametrize("home", ["/tmp", "/tmp/of/mine"])
def test_a_home_in_writable_memory_goes_with_it(tasks, home):
    script = "import pathlib; home = pathlib.Path.home(); (home / '.cache').mkdir(); print(home)"
    written = tasks.logged(script, environment={"HOME": home}, **TMP).strip()
    assert written.startswith(str(tasks.directory.parent / "tasks"))
    assert written.endswith(home.removeprefix("/tmp"))
    assert not Path(written).exists()


@pytest.mark.parametrize(("home", "seen"), [("/home/app", "/home/app"), ("/tmpfs", "/tmpfs"), (None, "/")])
def test_a_home_that_the_container_could_not_write_to_is_none_of_ours(tasks, home, seen):
    given = {} if home is None else {"HOME": home}
    script = "import os; print(os.environ['HOME'], 'TMPDIR' in os.environ)"
    assert tasks.logged(script, environment=given).split() == [seen, "False"]
    assert tasks.logged(script, environment=given, **TMP).split() == [seen, "True"]


def test_more_memory_than_the_task_has_ends_it_as_a_container_would_end(tasks):
    script = (
        "import time; block = bytearray(200 * 1024 * 1024); block[::4096] = b'x' * len(block[::4096]); time.sleep(30)"
    )
    task = tasks.run(script, mem_limit=64 * MEBIBYTE)
    assert task.wait(timeout=20)["StatusCode"] == 137
    assert task.attrs["State"]["OOMKilled"] is True


def test_memory_of_its_children_counts(tasks):
    script = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; b = bytearray(200 << 20); time.sleep(30)'])\n"
        "time.sleep(30)"
    )
    task = tasks.run(script, mem_limit=100 * MEBIBYTE)
    assert task.wait(timeout=20)["StatusCode"] == 137
    assert task.attrs["State"]["OOMKilled"] is True


def test_within_its_memory_it_is_left_alone(tasks):
    task = tasks.run("block = bytearray(16 << 20)", mem_limit=256 * MEBIBYTE)
    assert task.wait(timeout=20)["StatusCode"] == 0


def test_stop_lets_it_finish_in_order(tasks, until):
    task = tasks.run(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    until(lambda: b"ready" in task.logs())
    task.stop(timeout=20)
    assert task.wait(timeout=1)["StatusCode"] == 7


def test_stop_kills_what_does_not_listen(tasks, until):
    task = tasks.run(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    until(lambda: b"ready" in task.logs())
    task.stop(timeout=0.3)
    assert task.wait(timeout=1)["StatusCode"] == 137
    assert task.attrs["State"]["OOMKilled"] is False


def test_killed_by_a_signal_of_its_own_it_reports_it_as_a_shell_does(tasks):
    task = tasks.run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert task.wait(timeout=20)["StatusCode"] == 128 + signal.SIGSEGV


def test_what_it_leaves_behind_ends_with_it(tasks, until):
    task = tasks.run(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)"
    )
    task.wait(timeout=20)
    pid = int(task.logs())
    until(lambda: not alive(pid))


def test_a_killed_server_leaves_no_task(tmp_path, until):
    server = (
        "import sys, time; from pathlib import Path\n"
        "from naws.cli.engine.process import ProcessContainer\n"
        "task = ProcessContainer('t', {}, 'i', Path(sys.argv[1]))\n"
        "script = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'\n"
        "task.start([sys.executable, '-c', script], {}, sys.argv[1], 0)\n"
        "print(task.log_file, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", server, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        log = Path(process.stdout.readline().strip())
        until(lambda: log.exists() and log.read_text().endswith("\n"))
        pid = int(log.read_text())
        assert alive(pid)
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not alive(pid))


def test_output_can_be_followed_while_it_runs(tasks):
    task = tasks.run(
        "import sys, time; print('first', flush=True); sys.stdin.read(); time.sleep(1); print('last', end='')"
    )
    lines = task.logs(stream=True, follow=True, stdout=True, stderr=True)
    assert next(lines) == b"first\n"
    assert task.status == "running"
    assert list(lines) == [b"last"]


def test_without_a_dev_command_it_cannot_start_and_says_why(tasks):
    with pytest.raises(Exception, match="no container engine and no dev_command for Report/main"):
        tasks.client.containers.run("image", labels=LABELS)


def test_a_command_that_is_not_there_cannot_start(tasks):
    tasks.commands.add([DevCommand("Report", "main", ("no-such-program",), str(tasks.directory))])
    with pytest.raises(Exception, match="no-such-program is not an executable"):
        tasks.client.containers.run("image", labels=LABELS)


def test_a_sidecar_without_dev_command_is_over_at_once(tasks):
    tasks.commands.add([DevCommand("Report", "main", ("true",), str(tasks.directory))])
    sidecar = tasks.client.containers.run("i", labels={**LABELS, "com.amazonaws.ecs.container-name": "proxy"})
    assert sidecar.wait(timeout=1)["StatusCode"] == 0
    assert b"proxy is a sidecar without dev_command" in sidecar.logs()


def test_other_containers_than_those_of_tasks_are_refused(tasks):
    with pytest.raises(APIError, match="no container engine to run postgres"):
        tasks.client.containers.run("postgres", labels={"ministack": "rds"})


def test_tasks_are_found_by_their_id(tasks):
    task = tasks.run("import time; time.sleep(30)")
    containers = tasks.client.containers
    assert containers.get(task.id) is task
    assert containers.list() == [task]
    task.remove(force=True)
    assert (containers.list(), containers.list(all=True)) == ([], [task])
    with pytest.raises(NotFound):
        containers.get("other")


def test_a_new_command_for_a_container_replaces_the_old_one(tasks):
    for program in ("old", "new"):
        tasks.commands.add([DevCommand("F", "c", (program, "-x"), "/app")])
    tasks.commands.add([DevCommand("F", "d", ("other",), "/app")])
    assert tasks.commands.find("F", "c") == DevCommand("F", "c", ("new", "-x"), "/app")
    assert len(tasks.commands.of("F")) == 2
    assert tasks.commands.find("G", "c") is None


SLEEPS = "import time; print('ready', flush=True); time.sleep(600)"


def test_a_check_runs_where_the_task_runs_with_its_environment(tasks):
    task = tasks.run(SLEEPS, environment={"PORT": "20123"})
    script = "import os, sys; print(os.getcwd(), os.environ['PORT']); sys.exit(4)"
    result = task.run_check(HealthCheck(("python", "-c", script)))
    assert (result.exit_code, result.output) == (4, f"{tasks.directory} 20123\n")
    assert task.run_check(HealthCheck(("/bin/sh", "-c", "test $PORT = 20123"))) == CheckResult(0, "")
    missing = task.run_check(HealthCheck(("no-such-program",)))
    assert (missing.exit_code, "no-such-program" in missing.output) == (127, True)


def test_a_check_that_takes_too_long_is_killed_with_all_that_it_started(tasks, until):
    task = tasks.run(SLEEPS)
    pid_file = tasks.directory / "pid"
    command = ("/bin/sh", "-c", f"sleep 600 & echo $! > {pid_file}; wait")
    assert task.run_check(HealthCheck(command, timeout=2)) == CheckResult(-1, "Health check exceeded timeout (2s)")
    until(lambda: not alive(int(pid_file.read_text())))


def test_a_check_ends_with_its_task(tasks, until):
    task = tasks.run(SLEEPS)
    pid_file = tasks.directory / "pid"
    command = ("/bin/sh", "-c", f"echo $$ > {pid_file}; exec sleep 600")
    with ThreadPoolExecutor() as pool:
        result = pool.submit(task.run_check, HealthCheck(command, timeout=60))
        pid = int(until(lambda: pid_file.exists() and pid_file.read_text()))
        task.kill()
        assert result.result(timeout=20).exit_code == 137
    assert not alive(pid)
