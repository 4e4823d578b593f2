"""Names that a module hands on and loads when they are asked for, so that importing it costs nothing."""

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def names_of(module: str, file: str) -> tuple[Callable[[str], Any], list[str]]:
    """The `__getattr__` and the `__all__` with which a module has the names that the `.pyi` beside it imports.

    Args:
        module: its `__name__`.
        file: its `__file__`.
    """
    listed = ast.parse(Path(file).with_suffix(".pyi").read_text("utf-8")).body
    imports = [each for each in listed if isinstance(each, ast.ImportFrom)]
    origin = {alias.name: str(each.module) for each in imports for alias in each.names}

    def load(name: str) -> Any:
        if name not in origin:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        found = import_module(origin[name])
        return getattr(found, name) if hasattr(found, name) else import_module(f"{origin[name]}.{name}")

    return load, sorted(origin)
