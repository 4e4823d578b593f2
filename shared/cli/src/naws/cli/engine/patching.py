"""Puts the chosen engine where MiniStack looks for Docker."""

import json
import os
from pathlib import Path
from typing import Any

from naws.cli.engine.choice import EngineKind, choose
from naws.cli.engine.commands import DevCommands


def install(engine: EngineKind, state_dir: Path) -> None:
    """Make MiniStack run ECS tasks on the engine; call it in MiniStack's process before it serves.

    Only ECS is given our client: without a container engine MiniStack's other services keep their own ways of doing
    without Docker.

    Args:
        engine: See `choose`.
        state_dir: Where the dev commands are read from and task directories are made.

    Raises:
        EngineError: `container` was asked for and no socket answers.
    """
    from ministack.services import ecs  # noqa: PLC0415  # part of the extra naws-cli[local]

    from naws.cli.engine.containers import ContainerClient  # noqa: PLC0415  # imports the docker SDK
    from naws.cli.engine.processes import ProcessClient  # noqa: PLC0415  # imports the docker SDK

    chosen = choose(engine)
    client: Any
    if chosen.url:
        os.environ["DOCKER_HOST"] = chosen.url
        client = ContainerClient(chosen.url, state_dir)
    else:
        client = ProcessClient(DevCommands(state_dir), state_dir / "tasks")
    ecs._docker = client  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the one client that ECS tasks use
    state_dir.mkdir(parents=True, exist_ok=True)
    (state_dir / "engine.json").write_text(json.dumps({"kind": chosen.kind, "why": chosen.why}))
