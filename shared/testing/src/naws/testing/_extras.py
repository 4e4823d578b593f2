"""Optional dependencies, imported when they are needed."""

from __future__ import annotations

import importlib
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
        distribution = module.partition(".")[0]
        raise MissingExtraError(
            f"{distribution} is not installed; it comes with: uv add --dev 'naws-testing[checkers]'"
        ) from error
