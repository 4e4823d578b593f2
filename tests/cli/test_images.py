import gc
import shutil
import uuid
import warnings
from pathlib import Path

import docker
import pytest

from naws.cli.assembly import read_stacks
from naws.cli.destinations import Target
from naws.cli.engine import choose
from naws.cli.errors import CliError
from naws.cli.images import build_images

BUSYBOX = Path("/bin/busybox")
TARGET = Target("111122223333", "eu-west-1")


@pytest.fixture
def said():
    return []


@pytest.fixture
def build(assembly, said):
    def run(dockerfile, **source):
        tag = uuid.uuid4().hex
        context = assembly.directory / "asset.image"
        context.mkdir(parents=True)
        (context / "Dockerfile").write_text(dockerfile)
        if BUSYBOX.exists():
            shutil.copy(BUSYBOX, context / "busybox")
        names = {"repositoryName": "cdk-${AWS::AccountId}-${AWS::Region}", "imageTag": tag}
        places = {"here": names, "there": {**names, "region": "us-west-2"}}
        image = {"source": {"directory": "asset.image", **source}, "destinations": places, "displayName": "Task/Image"}
        (stack,) = read_stacks(assembly.stack("R", {"Resources": {}}, images={"hash": image}))
        return build_images(stack, choose("container").url, TARGET, said.append), tag

    return run


@pytest.mark.container
def test_an_image_is_built_under_every_name_that_task_definitions_use(build, said):
    text = "FROM scratch AS base\nCOPY busybox /bin/sh\nFROM base AS job\nARG WORD\nENV WORD=$WORD\nFROM job AS other\n"
    count, tag = build(text, dockerBuildArgs={"WORD": "given"}, dockerBuildTarget="job")
    client = docker.DockerClient(base_url=choose("container").url)
    try:
        here, there = (
            client.images.get(f"111122223333.dkr.ecr.{region}.amazonaws.com/cdk-111122223333-eu-west-1:{tag}")
            for region in ("eu-west-1", "us-west-2")
        )
        assert (count, here.id) == (1, there.id)
        assert "WORD=given" in here.attrs["Config"]["Env"]
        client.images.remove(here.id, force=True)
    finally:
        client.close()
    assert said[0] == "Task/Image: building"
    assert any("FROM scratch" in line for line in said)


@pytest.mark.container
def test_a_build_that_fails_shows_the_end_of_its_output(build):
    with pytest.raises(CliError, match="The image Task/Image was not built") as caught:
        build("FROM scratch\nCOPY busybox /bin/sh\nRUN echo first; echo broken >&2; exit 7\n")
    assert "RUN echo first" in caught.value.detail
    assert "7" in caught.value.detail.splitlines()[-1]
    # A connection that is still open is told when it is collected, and a warning fails the test.
    cycle = [caught]
    cycle.append(cycle)
    del caught, cycle
    gc.collect()


def test_an_engine_that_is_gone_is_told(assembly):
    image = {"source": {"directory": "."}, "destinations": {}}
    (stack,) = read_stacks(assembly.stack("R", {"Resources": {}}, images={"hash": image}))
    with warnings.catch_warnings():
        # The Docker SDK leaves its connection pool open when it cannot connect.
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(CliError, match="container engine"):
            build_images(stack, "tcp://127.0.0.1:9", TARGET, print)
        gc.collect()


def test_without_image_assets_no_engine_is_needed(assembly):
    (stack,) = read_stacks(assembly.stack("R", {"Resources": {}}))
    assert build_images(stack, "unix:///nowhere.sock", TARGET, print) == 0
