import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "catalogue"


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's app, synthesised as the CDK's command does, without an account."""
    folder = tmp_path_factory.mktemp("catalogue")
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=EXAMPLE,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_VALIDATION": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return folder


@pytest.fixture(scope="session")
def serving() -> Iterator[ModuleType]:
    """The module that both services share, under the name by which they import it."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        yield importlib.import_module("serving")
    finally:
        sys.path.remove(str(EXAMPLE))
        sys.modules.pop("serving")
