import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TAG = f"localhost/nightly-report-test:{os.getpid()}"
# Soft and hard limits alike: raising a limit is refused in a machine that is a container itself.
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
RUN = ["run", "--rm", "--network", "none", "--read-only", "--user", "1000:1000", "--tmpfs", "/tmp", *LIMITS]


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.container
@pytest.mark.skipif(shutil.which("podman") is None, reason="no podman: the job is tested as a process")
def test_image_builds_offline_and_runs_read_only_as_nobody() -> None:
    # crun, the usual default, cannot start containers in every machine that is a container itself; runc can.
    podman = ["podman", *(["--runtime", "runc"] if shutil.which("runc") else [])]
    subprocess.run([sys.executable, ROOT / "tests/e2e/base_image.py"], check=True)
    build = [*podman, "build", "--network", "none", "--tag", TAG, str(ROOT / "examples/nightly-report")]
    built = _run(build)
    assert built.returncode == 0, built.stderr
    try:
        ended = _run([*podman, *RUN, TAG])
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        assert ended.stderr.startswith("error: SALES_BUCKET is not set")
        listed = _run([*podman, *RUN, "--entrypoint", "sh", TAG, "-c", "echo * && : > /tmp/x && : > x"])
        assert listed.stdout == "job requirements.txt\n"
        assert "Read-only file system" in listed.stderr
        assert "/tmp" not in listed.stderr
    finally:
        _run([*podman, "rmi", "--force", TAG])
