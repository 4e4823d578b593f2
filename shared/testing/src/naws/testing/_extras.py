"""Optional dependencies, imported when they are needed."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import Any


class MissingExtraError(ImportError):
    """A tool of the extra `naws-testing[checkers]` is not installed."""


def optional(module: str) -> Any:
    """Import `module`, a part of the extra.

    Raises:
        MissingExtraError: the module is not installed; the text has the line that installs it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # No registry has naws-testing: the wheel is one that somebody built.
        wheel = f"naws_testing-{version('naws-testing')}-py3-none-any.whl"
        raise MissingExtraError(
            f"{module.partition('.')[0]} is not installed; it comes with the extra `checkers`. `make wheels` in a "
            f"checkout makes the wheel: pip install 'dist/{wheel}[checkers]'; `uv sync` is enough there."
        ) from error
