import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import boto3
import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "nightly-report"
BUCKET = "sales-bucket"
AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}


def load(name: str, path: Path) -> ModuleType:
    """A module of the example under a name of its own: other examples may have a job.py too."""
    folder = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folder)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load("nightly_report_generate", EXAMPLE / "generate.py")
verify = load("nightly_report_verify", EXAMPLE / "verify.py")
load("nightly_report_job", EXAMPLE / "job" / "__init__.py")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Aws:
    """The local S3 and what a job needs to reach it."""

    endpoint: str
    s3: Any
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the platform and the deployment tell every run."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "DATA_BUCKET": BUCKET, **AWS}

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        """The job as the platform starts it: in the example's folder, told everything by its environment."""
        arguments = arguments or ("-m", "job")
        base = {"PATH": os.environ["PATH"], **self.environment}
        out, err = (self.folder / "out").open("wb"), (self.folder / "err").open("wb")
        with out, err:
            return subprocess.Popen(
                [sys.executable, "-u", *arguments], cwd=EXAMPLE, env=base | environment, stdout=out, stderr=err
            )

    def end(self, process: "subprocess.Popen[bytes]") -> Outcome:
        code = process.wait(60)
        return Outcome(code, (self.folder / "out").read_text(), (self.folder / "err").read_text())

    def run(self, *arguments: str, **environment: str) -> Outcome:
        return self.end(self.start(*arguments, **environment))

    def put(self, key: str, content: str | bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)

    def reports(self, run: str) -> dict[str, bytes]:
        """The content of what a run wrote, by file name."""
        folder = f"reports/{run}/"
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=folder).get("Contents", [])
        names = [item["Key"] for item in found]
        return {name.removeprefix(folder): self.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() for name in names}


@dataclass(frozen=True)
class Sales:
    """A generated data set: the prefix it is under, and what a report must say about it."""

    prefix: str
    expected: Any


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("aws")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ministack = shutil.which("ministack", path=str(Path(sys.executable).parent))
    assert ministack, "MiniStack is in the development group: run `uv sync`"
    environment = os.environ | {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "SERVICES": "s3"}
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen([ministack], env=environment, stdout=log, stderr=log)
    try:
        _await(port, process, folder / "ministack.log")
        endpoint = f"http://127.0.0.1:{port}"
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-central-1"}
        s3 = cast("Any", boto3).client("s3", endpoint_url=endpoint, **keys)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield Aws(endpoint, s3, folder)
        s3.close()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"MiniStack did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def upload(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Sales]:
    def make(prefix: str, **settings: int) -> Sales:
        folder = tmp_path_factory.mktemp("data")
        expected = generate.generate(folder, **settings)
        for name in expected["files"]:
            aws.put(prefix + name, (folder / name).read_bytes())
        return Sales(prefix, expected)

    return make


@pytest.fixture(scope="session")
def sales(upload: Callable[..., Sales]) -> Sales:
    """20,000 rows where the job looks when nothing else is said."""
    return upload("sales/", rows=20_000)


@pytest.fixture(scope="session")
def large(upload: Callable[..., Sales]) -> Sales:
    """One object of 16 MB."""
    return upload("large/", rows=300_000, files=1)
