"""The images of the example, by podman."""

import os
import shutil
from pathlib import Path

import pytest

from tests.images import built

ASKING = (
    "python -m prices & python -c 'import time, urllib.request\n"
    "for _ in range(100):\n"
    "    time.sleep(0.1)\n"
    '    try: print(urllib.request.urlopen("http://127.0.0.1:8080/prices?ids=lamp").read().decode()); break\n'
    "    except OSError: pass\n'; kill -TERM $!; wait $!"
)


@pytest.mark.container
@pytest.mark.skipif(shutil.which("podman") is None, reason="no podman: the services are tested as processes")
@pytest.mark.parametrize("service", ["catalogue", "prices"])
def test_an_image_builds_offline_and_has_its_program_read_only_as_nobody(service: str, assembly: Path) -> None:
    (context,) = (each for each in assembly.glob("asset.*") if (each / service).is_dir())
    tag, dockerfile = f"localhost/catalogue-test-{service}:{os.getpid()}", str(context / service / "Dockerfile")
    with built(tag, "--file", dockerfile, str(context)) as run:
        listed = run(shell="echo * && : > /tmp/x && : > x")
        assert set(listed.stdout.split()) >= {service, "serving.py"}
        assert "Read-only file system" in listed.stderr
        assert "/tmp" not in listed.stderr
        if service == "prices":
            ended = run(shell=ASKING)
            assert ended.returncode == 0, ended.stderr
            assert '{"prices": {"lamp": 4900}}' in ended.stdout
            assert '"message": "ended"' in ended.stdout
