"""The images of the example, by podman."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Soft and hard limits alike: raising a limit is refused in a machine that is a container itself.
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
RUN = ["run", "--rm", "--network", "none", "--read-only", "--user", "1000:1000", "--tmpfs", "/tmp", *LIMITS]
ASKING = (
    "python -m prices & python -c 'import time, urllib.request\n"
    "for _ in range(100):\n"
    "    time.sleep(0.1)\n"
    '    try: print(urllib.request.urlopen("http://127.0.0.1:8080/prices?ids=lamp").read().decode()); break\n'
    "    except OSError: pass\n'; kill -TERM $!; wait $!"
)


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.container
@pytest.mark.skipif(shutil.which("podman") is None, reason="no podman: the services are tested as processes")
@pytest.mark.parametrize("service", ["catalogue", "prices"])
def test_an_image_builds_offline_and_has_its_program_read_only_as_nobody(service: str, assembly: Path) -> None:
    # crun, the usual default, cannot start containers in every machine that is a container itself; runc can.
    podman = ["podman", *(["--runtime", "runc"] if shutil.which("runc") else [])]
    tag = f"localhost/catalogue-test-{service}:{os.getpid()}"
    subprocess.run([sys.executable, ROOT / "tests/e2e/base_image.py"], check=True)
    (context,) = (each for each in assembly.glob("asset.*") if (each / service).is_dir())
    dockerfile = str(context / service / "Dockerfile")
    built = _run([*podman, "build", "--network", "none", "--tag", tag, "--file", dockerfile, str(context)])
    assert built.returncode == 0, built.stderr
    try:
        listed = _run([*podman, *RUN, "--entrypoint", "sh", tag, "-c", "echo * && : > /tmp/x && : > x"])
        assert set(listed.stdout.split()) >= {service, "serving.py"}
        assert "Read-only file system" in listed.stderr
        assert "/tmp" not in listed.stderr
        if service == "prices":
            ended = _run([*podman, *RUN, "--entrypoint", "sh", tag, "-c", ASKING])
            assert ended.returncode == 0, ended.stderr
            assert '{"prices": {"lamp": 4900}}' in ended.stdout
            assert '"message": "ended"' in ended.stdout
    finally:
        _run([*podman, "rmi", "--force", tag])
