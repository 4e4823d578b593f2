"""The child process: closes the departures, installs the task engine, serves MiniStack until SIGTERM."""

import asyncio
import atexit
import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from naws.cli.embedded.lifeline import exit_with_parent

InstallEngine = Callable[[Any, Path], None]


def main() -> None:
    """Run the child; arguments: listening socket, state directory, engine."""

    def install(engine: Any, state_dir: Path) -> None:
        from naws.cli import engine as engines  # noqa: PLC0415  # needs the local extra, as everything in the child

        engines.install(engine, state_dir)

    run(sys.argv[1:], install)


def run(arguments: list[str], install_engine: InstallEngine) -> None:
    """Serve on the inherited socket ``arguments[0]`` and end the process; never returns."""
    listener, state_dir, engine = int(arguments[0]), Path(arguments[1]), arguments[2]
    exit_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from naws.cli.embedded import faults  # noqa: PLC0415  # as below
    from naws.cli.embedded.departures import install_all  # noqa: PLC0415  # imports MiniStack: settings come first
    from naws.cli.embedded.departures.ecs_tasks import stop_all  # noqa: PLC0415  # as above

    install_all()
    faults.install()
    install_engine(engine, state_dir)
    try:
        asyncio.run(_serve(listener))
    finally:
        stop_all()
        atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]  # skipped by os._exit
        logging.shutdown()
        # Ordinary exit joins MiniStack's worker threads, some of which wait for tasks for hours.
        os._exit(0)


async def _serve(listener: int) -> None:
    from hypercorn import asyncio as hypercorn  # noqa: PLC0415  # part of the local extra
    from hypercorn.config import Config  # noqa: PLC0415  # as above

    from naws.cli.embedded.control import with_control  # noqa: PLC0415  # imports MiniStack

    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    config = Config()
    config.bind = [f"fd://{listener}"]
    config.graceful_timeout = 1
    config.keep_alive_timeout = 75
    config.accesslog = None
    app: Any = with_control(import_module("ministack.app").app)
    await hypercorn.serve(app, config, shutdown_trigger=stopped.wait)


if __name__ == "__main__":
    main()
