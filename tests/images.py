"""Images that tests build by podman, one at a time: an image that is removed takes layers of a build beside it."""

import fcntl
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

BASE = Path(__file__).parent / "e2e" / "base_image.py"
# Soft and hard limits alike: raising a limit is refused in a machine that is a container itself.
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"]
RUN = ["run", "--rm", "--network", "none", "--read-only", "--user", "1000:1000", "--tmpfs", "/tmp", *LIMITS]
Ended = subprocess.CompletedProcess[str]


@contextmanager
def built(tag: str, *source: str) -> Generator[Callable[..., Ended]]:
    """Build an image without a network, of options and a context; what is given runs it, as nobody and read-only."""
    # crun, the usual default, cannot start containers in every machine that is a container itself; runc can.
    podman = ["podman", *(["--runtime", "runc"] if shutil.which("runc") else [])]

    def run(*arguments: str, shell: str = "") -> Ended:
        entry = ["--entrypoint", "sh", tag, "-c", shell] if shell else [tag]
        return _run([*podman, *RUN, *arguments, *entry])

    with (Path(tempfile.gettempdir()) / "naws-tests-podman.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([sys.executable, BASE], check=True)
        made = _run([*podman, "build", "--network", "none", "--tag", tag, *source])
        assert made.returncode == 0, made.stderr
        try:
            yield run
        finally:
            _run([*podman, "rmi", "--force", tag])


def _run(command: list[str]) -> Ended:
    return subprocess.run(command, capture_output=True, text=True, check=False)
