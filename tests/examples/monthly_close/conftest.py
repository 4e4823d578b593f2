import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "monthly-close"
VARIABLES = {"SALES_BUCKET": "sales", "SUMS_TABLE": "sums", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's app, synthesised as the CDK's command does, without an account, and to be run here."""
    folder = tmp_path_factory.mktemp("monthly-close")
    context = json.dumps({"naws:local-packages": True})
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=EXAMPLE,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": context},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="session")
def template(assembly: Path) -> dict[str, Any]:
    (path,) = (assembly / "assembly-Prod").glob("ProdClose*.template.json")
    return json.loads(path.read_text())


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """A program of the example, such as `jobs/load.py`, as a module."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(EXAMPLE))

    def loaded(path: str) -> ModuleType:
        if path.startswith("jobs/"):
            return importlib.import_module(path.removesuffix(".py").replace("/", "."))
        spec = importlib.util.spec_from_file_location("monthly_close_check", EXAMPLE / path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield loaded
    for name in [each for each in sys.modules if each == "jobs" or each.startswith("jobs.")]:
        del sys.modules[name]
