"""The image of the example, by podman."""

import os
import shutil
from pathlib import Path

import pytest

from tests.images import built

ROOT = Path(__file__).parents[3]


@pytest.mark.container
@pytest.mark.skipif(shutil.which("podman") is None, reason="no podman: the job is tested as a process")
def test_image_builds_offline_and_runs_read_only_as_nobody() -> None:
    with built(f"localhost/nightly-report-test:{os.getpid()}", str(ROOT / "examples/nightly-report")) as run:
        ended = run()
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        assert ended.stderr.startswith("error: SALES_BUCKET is not set")
        listed = run(shell="echo * && : > /tmp/x && : > x")
        assert listed.stdout == "job requirements.txt\n"
        assert "Read-only file system" in listed.stderr
        assert "/tmp" not in listed.stderr
