"""The child process of the embedded AWS with a fake task engine, and without PostgreSQL."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from fake_docker import FakeDocker

from naws.cli.embedded.__main__ import run
from naws.cli.embedded.postgres import programs

programs._places = lambda: iter(())


def install(_engine: Any, state_dir: Any) -> None:
    from ministack.services import ecs  # noqa: PLC0415  # after the settings are in place

    ecs._docker = FakeDocker(state_dir)


run(sys.argv[1:], install)
