"""Real containers: these need an engine that answers, and Debian's busybox-static for an image without a registry."""

import io
import tarfile
import uuid
from pathlib import Path

import docker
import pytest

from naws.cli.engine import choose
from naws.cli.engine.containers import ContainerClient, folders_of, remove_containers
from naws.cli.engine.health import CheckResult, HealthCheck

pytestmark = pytest.mark.container

BUSYBOX = Path("/bin/busybox")
LABELS = {"com.amazonaws.ecs.cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/c"}
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def url():
    engine = choose()
    if engine.url is None or not BUSYBOX.exists():
        pytest.skip(f"{engine.why}, or no {BUSYBOX}")
    return engine.url


@pytest.fixture(scope="module")
def image(url):
    name = f"naws-test-{uuid.uuid4().hex[:8]}:1"
    files = {
        "Dockerfile": b"FROM scratch\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\nCOPY busybox /kept/program\n",
        "busybox": BUSYBOX.read_bytes(),
    }
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    context.seek(0)
    client = docker.DockerClient(base_url=url)
    client.images.build(fileobj=context, custom_context=True, tag=name)
    yield name
    client.images.remove(name, force=True)
    client.close()


@pytest.fixture
def run(url, image, tmp_path):
    client = ContainerClient(url, tmp_path)

    def start(script, **options):
        labels = {**LABELS, **options.pop("labels", {})}
        command = ["/bin/sh", "-c", script]
        return client.containers.run(
            options.pop("image", image), command=command, detach=True, labels=labels, **options
        )

    yield start
    client.close()
    remove_containers(url, tmp_path)


def test_exit_code_and_output(run):
    container = run("echo hello; exit 3")
    assert container.wait()["StatusCode"] == 3
    assert container.logs() == b"hello\n"


def test_it_is_on_the_hosts_network_in_the_region_of_its_cluster(run, embedded):
    port = embedded.endpoint_url.rsplit(":", 1)[1]
    container = run(
        "busybox wget -q -O - $AWS_ENDPOINT_URL/_naws/ready && echo; echo ${AWS_ACCESS_KEY_ID:-none} $AWS_REGION",
        environment={"AWS_ENDPOINT_URL": f"http://host.docker.internal:{port}"},
        network=None,
        extra_hosts={"host.docker.internal": "host-gateway"},
        ports={"80/tcp": 80},
    )
    assert container.wait()["StatusCode"] == 0
    assert container.logs().decode().splitlines() == ["{}", "none eu-west-1"]


def test_more_memory_than_the_task_has_kills_it_and_says_so(run):
    limit = 16 * MEBIBYTE
    container = run("x=x; while true; do x=$x$x; done", mem_limit=limit, memswap_limit=limit)
    assert container.wait()["StatusCode"] == 137
    container.reload()
    assert container.attrs["State"]["OOMKilled"] is True


def test_stop_gives_it_time_to_finish(run, until):
    container = run("trap 'exit 7' TERM; echo ready; while true; do busybox sleep 0.1; done", stop_timeout=120)
    until(lambda: b"ready" in container.logs())
    container.stop(timeout=20)
    assert container.wait()["StatusCode"] == 7


def test_its_end_is_seen_within_a_second(run, until):
    container = run("busybox sleep 1")
    assert container.status == "created"
    until(lambda: container.reload() or container.status == "running")
    until(lambda: container.reload() or container.status == "exited")


def test_an_image_for_another_architecture_is_run_as_it_is(run):
    assert run("exit 0", platform="linux/s390x").wait()["StatusCode"] == 0


def test_an_init_process_that_the_engine_may_not_have_does_not_stop_it(run):
    assert run("exit 4", init=True).wait()["StatusCode"] == 4


def test_a_mount_has_its_mode_and_hides_what_the_image_has_there(run):
    # The image has /kept with a program, which only root can write to.
    tmpfs = dict.fromkeys(("/kept", "/new"), "size=1m,mode=1777")
    container = run("echo x > /kept/x && echo y > /new/y && echo /kept/*", user="1000:1000", tmpfs=tmpfs)
    assert container.wait()["StatusCode"] == 0
    assert container.logs() == b"/kept/x\n"


def test_a_read_only_container_can_be_written_to_nowhere_but_in_its_mounts(run):
    folders = "/ /tmp /var/tmp /run /kept /run/own"
    script = f"for folder in {folders}; do echo x > $folder/x && echo $folder; done; exit 0"
    container = run(script, user="1000:1000", read_only=True, tmpfs={"/run/own": "mode=1777"})
    assert container.wait()["StatusCode"] == 0
    # Without the errors: both are written at once, and a line of one may stand in the middle of a line of the other.
    assert container.logs(stderr=False) == b"/run/own\n"


def test_the_archive_of_a_mounts_folder_ends_where_a_reader_stops():
    archive = folders_of({"/a": "mode=1777", "/b": "size=1m", "/c/d": "mode=0700"})
    with tarfile.open(fileobj=io.BytesIO(archive)) as read:
        assert [(each.name, each.mode) for each in read] == [("a", 0o1777), ("c/d", 0o700)]
    assert len(archive) == (2 + 2) * tarfile.BLOCKSIZE


def test_a_mount_without_a_mode_has_that_of_the_images_folder(run):
    assert run("echo x > /kept/x", user="1000:1000", tmpfs={"/kept": "size=1m"}).wait()["StatusCode"] == 1


def test_an_image_that_was_not_built_is_not_looked_for_in_a_registry(run):
    name = "000000000000.dkr.ecr.us-east-1.amazonaws.com/cdk-assets:none"
    with pytest.raises(Exception, match="there is no such image in the engine"):
        run("exit 0", image=name)


def test_an_image_that_cannot_be_had_is_told(run):
    with pytest.raises(Exception, match=r"localhost:9/none:1: "):
        run("exit 0", image="localhost:9/none:1")


def test_what_a_killed_server_left_is_removed_and_nothing_else(run, url, tmp_path):
    ours, client = run("busybox sleep 60"), docker.DockerClient(base_url=url)
    other = client.containers.run(ours.image, ["/bin/sh", "-c", "busybox sleep 60"], detach=True)
    try:
        remove_containers(url, tmp_path)
        left = {container.id for container in client.containers.list(all=True)}
        assert ours.id not in left
        assert other.id in left
    finally:
        other.remove(force=True)
        client.close()


def test_a_kill_of_ours_is_not_taken_for_a_lack_of_memory(run):
    container = run("busybox sleep 60", mem_limit=64 * MEBIBYTE)
    container.kill()
    assert container.wait()["StatusCode"] == 137
    container.reload()
    assert container.attrs["State"]["OOMKilled"] is False


def test_a_check_runs_in_the_container_with_its_environment(run):
    container = run("touch /ready; busybox sleep 600", environment={"PORT": "20123"}, working_dir="/kept")
    command = ("/bin/sh", "-c", "busybox pwd; echo $PORT; busybox test -f /ready || exit 4; exit 5")
    assert container.run_check(HealthCheck(command)) == CheckResult(5, "/kept\n20123\n")
    assert container.run_check(HealthCheck(("busybox", "true"))) == CheckResult(0, "")
    assert container.run_check(HealthCheck(("no-such-program",))).exit_code != 0
    container.remove(force=True)
    assert container.run_check(HealthCheck(("busybox", "true"))).exit_code != 0


def test_a_check_that_takes_too_long_is_killed(run):
    container = run("busybox sleep 600")
    result = container.run_check(HealthCheck(("busybox", "sleep", "77"), timeout=2))
    assert result == CheckResult(-1, "Health check exceeded timeout (2s)")
    list_all = "busybox cat /proc/[0-9]*/cmdline | busybox tr '\\0' ' '"
    left = container.run_check(HealthCheck(("/bin/sh", "-c", list_all)))
    assert "sleep 600" in left.output
    assert "sleep 77" not in left.output
