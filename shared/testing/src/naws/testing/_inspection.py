"""Looking at code without running it, and at an import from outside."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import os
import subprocess
import sys
import textwrap
import types
import typing
from pathlib import Path
from typing import Any

_AUDITED_IMPORT = """
import json, sys
import aws_cdk  # starts Node and fills its caches, which no pattern can help
traces = []
def audit(event, arguments):
    if event in ("socket.connect", "subprocess.Popen", "os.system"):
        traces.append(f"{event} {arguments[0]}")
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        traces.append(f"write {arguments[0]}")
sys.addaudithook(audit)
__import__(sys.argv[1])
print(json.dumps(traces))
"""


def undocumented_fields(props: type[Any]) -> list[str]:
    """Fields of a dataclass without a docstring below them, inherited ones included."""
    described = {name for owner in props.__mro__ if dataclasses.is_dataclass(owner) for name in _described(owner)}
    return [field.name for field in dataclasses.fields(props) if field.name not in described]


def scalar_fields(props: type[Any]) -> dict[str, type[Any]]:
    """Fields that take text or a number, alone or as an alternative to None; Literal fields take neither."""
    hints = typing.get_type_hints(props)
    kinds = {field.name: _scalar(hints[field.name]) for field in dataclasses.fields(props)}
    return {name: kind for name, kind in kinds.items() if kind is not None}


def import_traces(package: str, folder: Path) -> list[str]:
    """Import `package` in an empty folder and environment; return what it printed, wrote, started or connected to."""
    home = {name: os.environ[name] for name in ("HOME", "PATH", "JSII_NODE") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", _AUDITED_IMPORT, package],
        cwd=folder,
        env={**home, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        return [done.stderr]
    *printed, traces = done.stdout.splitlines()
    return [*json.loads(traces), *printed, *done.stderr.splitlines(), *(str(path) for path in folder.iterdir())]


def _described(owner: type[Any]) -> list[str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - tells the type checker what a class's source is
    return [
        statement.target.id
        for statement, following in zip(body.body, body.body[1:], strict=False)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
        and following.value.value.strip()
    ]


def _scalar(hint: Any) -> type[Any] | None:
    union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    choices = set(typing.get_args(hint)) - {type(None)} if union else {hint}
    return next((kind for kind in (str, int, float) if choices == {kind}), None)
