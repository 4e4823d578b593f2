"""Whatever the image is made of, the program and its sidecars can write to /tmp and to their home, and nowhere else.

Needs an engine that answers, and Debian's busybox-static for images without a registry.
"""

import io
import tarfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from naws.cli.aws import Aws
from naws.cli.engine import choose
from naws.cli.progress import Progress
from naws.cli.session import session
from naws.cli.synth import find_app

pytestmark = [pytest.mark.e2e, pytest.mark.container]

HERE = Path(__file__).parent
BUSYBOX = Path("/bin/busybox")
SCRIPT = """
set -e
echo "home $HOME, user $(busybox id -u)"
echo scratch > /tmp/of-the-program
busybox mkdir -p "$HOME/.cache/library"
echo cached > "$HOME/.cache/library/file"
echo hidden > "$HOME/.settings"
if (echo outside > /outside) 2> /dev/null; then echo "the root can be written"; exit 3; fi
"""
ROOT_ONLY = "root:x:0:0:root:/root:/bin/sh\n"
WITH_USER = f"{ROOT_ONLY}app:x:1000:1000:app:/home/app:/bin/sh\n"


@dataclass(frozen=True)
class Make:
    """What an image has beside the program: folders with mode and owner, files, and settings of a Dockerfile."""

    folders: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    files: dict[str, str] = field(default_factory=dict[str, str])
    changes: tuple[str, ...] = ()


MAKES = {
    "the program only": Make(),
    "an open /tmp": Make({"tmp": (0o1777, 0)}),
    "root's /tmp": Make({"tmp": (0o755, 0)}),
    "root's closed /tmp": Make({"tmp": (0o700, 0)}),
    "somebody else's /tmp": Make({"tmp": (0o700, 2000)}),
    "files in /tmp": Make({"tmp": (0o755, 0)}, {"tmp/of-the-program": "of root\n"}),
    "/tmp as a volume": Make({"tmp": (0o755, 0)}, changes=("VOLUME /tmp",)),
    "a passwd of root": Make({"root": (0o700, 0)}, {"etc/passwd": ROOT_ONLY}),
    "a passwd with the user": Make({"home/app": (0o755, 1000), "tmp": (0o1777, 0)}, {"etc/passwd": WITH_USER}),
    "a user without home": Make({}, {"etc/passwd": WITH_USER}),
    "a home of its own": Make({"srv/app": (0o755, 0)}, changes=("ENV HOME=/srv/app", "WORKDIR /srv/app")),
    "a user of its own": Make({"root": (0o700, 0)}, {"etc/passwd": WITH_USER}, ("USER app", "ENV HOME=/root")),
}
CONTAINERS = ("main", "side")


def layer(make: Make) -> bytes:
    """The file system of an image."""
    written = io.BytesIO()
    program = BUSYBOX.read_bytes()
    contents = {path: text.encode() for path, text in make.files.items()}
    with tarfile.open(fileobj=written, mode="w") as archive:
        for path, (mode, owner) in make.folders.items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
            archive.addfile(entry)
        for path, content in {**contents, "bin/busybox": program, "bin/sh": program}.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755 if path.startswith("bin/") else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


@pytest.fixture(scope="module")
def images() -> Iterator[dict[str, str]]:
    engine = choose()
    if engine.url is None or not BUSYBOX.exists():
        pytest.skip(f"{engine.why}, or no {BUSYBOX}")
    client = docker.DockerClient(base_url=engine.url)
    name = f"localhost/naws-any-{uuid.uuid4().hex[:8]}"
    tags = {make: f"{name}:{number}" for number, make in enumerate(MAKES)}
    for make, tag in tags.items():
        client.api.import_image_from_data(layer(MAKES[make]), repository=tag, changes=list(MAKES[make].changes))
    yield tags
    for tag in tags.values():
        client.images.remove(tag, force=True)
    client.close()


@pytest.fixture(scope="module")
def ended(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Any]]:
    """What became of each container of the template with each image in its place."""
    with (
        Progress() as progress,
        session(tmp_path_factory.mktemp("embedded"), port=None, engine="container") as running,
    ):
        (stack,) = running.deploy(find_app(HERE / "any_image"), progress)
        yield run_all(running.aws, stack.outputs, images)


def run_all(aws: Aws, outputs: dict[str, str], images: dict[str, str]) -> dict[tuple[str, str], Any]:
    ecs = aws.client("ecs")
    built = ecs.describe_task_definition(taskDefinition=outputs["Definition"])["taskDefinition"]
    assert [each["name"] for each in built["containerDefinitions"]] == list(CONTAINERS)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": []}}
    kept = ("taskRoleArn", "executionRoleArn", "networkMode", "cpu", "memory", "runtimePlatform")
    started: dict[str, tuple[str, str]] = {}
    for make, image in images.items():
        for container in built["containerDefinitions"]:
            alone = {**container, "essential": True, "image": image, "command": ["/bin/sh", "-c", SCRIPT]}
            registered = ecs.register_task_definition(
                family=f"any-{uuid.uuid4().hex[:8]}",
                containerDefinitions=[alone],
                requiresCompatibilities=["FARGATE"],
                **{name: built[name] for name in kept if name in built},
            )["taskDefinition"]["taskDefinitionArn"]
            (task,) = ecs.run_task(
                cluster=outputs["Cluster"],
                taskDefinition=registered,
                launchType="FARGATE",
                networkConfiguration=network,
            )["tasks"]
            started[task["taskArn"]] = (make, container["name"])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        tasks = ecs.describe_tasks(cluster=outputs["Cluster"], tasks=list(started))["tasks"]
        if all(task["lastStatus"] == "STOPPED" for task in tasks):
            return {started[task["taskArn"]]: _seen(task) for task in tasks}
        time.sleep(0.5)
    raise AssertionError("not every task has ended")


def _seen(task: Any) -> Any:
    (container,) = task["containers"]
    return container.get("exitCode"), container.get("reason"), task.get("stoppedReason")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("make", MAKES)
def test_any_image_can_write_to_tmp_and_home(ended: dict[tuple[str, str], Any], make: str, container: str) -> None:
    code, *why = ended[make, container]
    assert code == 0, why
