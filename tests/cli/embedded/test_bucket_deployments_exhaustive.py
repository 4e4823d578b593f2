"""What deployments of files cost, and the AWS CLI's own opinion of what they write."""

import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import pytest

from tests.cli.embedded.memory import MEBIBYTE, peak
from tests.cli.embedded.sites import Deployments, archive

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

PROGRAM = "import mimetypes, runpy; mimetypes.knownfiles = []; runpy.run_module('awscli', run_name='__main__')"
"""The AWS CLI without this machine's own lists of types."""
NAMES = [
    "a.css",
    "a.css.br",
    "a.css.gz",
    "b/c.html",
    "b/c.woff2",
    "b/.hidden",
    "b/x.tar.gz",
    "c[1].svg",
    "d e.png",
    "LICENSE",
    "m.webmanifest",
]
FILTERS: list[tuple[list[str], list[str]]] = [
    ([], []),
    (["*"], ["b/*", "*.css"]),
    (["b*", "/a.css"], ["b/?.html"]),
    (["c[[]1].*", "[!a]*"], ["**/c.*", "LICENSE"]),
    (["./a.css", "a.css*"], [""]),
]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_site_of_200_megabytes_costs_little_memory(bench: Any) -> None:
    deployments = Deployments(bench)
    empty = deployments.properties({"index.html": ""})
    files: dict[str, bytes | str] = {f"{number}.bin": os.urandom(200_000) for number in range(1000)}
    large = deployments.properties(files)
    before = peak(bench.aws.pid, lambda: deployments.slow_stack(empty))
    began = time.monotonic()
    after = peak(bench.aws.pid, lambda: deployments.slow_stack(large))
    taken = time.monotonic() - began
    assert len(deployments.objects()) == len(files)
    assert after - before < 100 * MEBIBYTE, f"{(after - before) / MEBIBYTE:.0f} MiB more in {taken:.0f} s"


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The AWS CLI of the layer that CDK's handler has."""
    package = resources.files(import_module("aws_cdk.asset_awscli_v1._jsii"))
    bundle = next(each for each in package.iterdir() if each.name.endswith(".tgz"))
    folder = tmp_path_factory.mktemp("cli")
    with bundle.open("rb") as packed, tarfile.open(fileobj=packed) as outer:
        layer: Any = outer.extractfile("package/lib/layer.zip")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            inner.extractall(folder)
    return folder / "awscli"


@pytest.mark.parametrize(("exclude", "include"), FILTERS)
def test_the_aws_cli_writes_the_same_objects(
    bench: Any, cli: Path, tmp_path: Path, exclude: list[str], include: list[str]
) -> None:
    ours, theirs = Deployments(bench), Deployments(bench)
    files: dict[str, bytes | str] = {name: name for name in NAMES}
    for each in (ours, theirs):
        for key in ("p/old.css", "p/b/old.js", "p/b/folder/", "other"):
            each.s3.put_object(Bucket=each.destination, Key=key, Body=b"" if key.endswith("/") else b"o")
    given = ours.properties(files, Exclude=exclude, Include=include, DestinationBucketKeyPrefix="p")
    assert ours.stack(given)[0]["StackStatus"] == "CREATE_COMPLETE"
    with zipfile.ZipFile(io.BytesIO(archive(files))) as packed:
        packed.extractall(tmp_path)
    filters = [w for each in exclude for w in ("--exclude", each)] + [
        w for each in include for w in ("--include", each)
    ]
    command = ["s3", "sync", "--delete", *filters, str(tmp_path), f"s3://{theirs.destination}/p"]
    environment = {**os.environ, **bench.aws.environment(), "PYTHONPATH": str(cli)}
    subprocess.run([sys.executable, "-c", PROGRAM, *command], env=environment, check=True, capture_output=True)
    assert _state(ours) == _state(theirs)


def _state(deployments: Deployments) -> dict[str, tuple[str, int]]:
    heads = {key: deployments.s3.head_object(Bucket=deployments.destination, Key=key) for key in deployments.objects()}
    return {
        key: (head["ContentType"].replace("application/octet", "binary/octet"), head["ContentLength"])
        for key, head in heads.items()
    }
