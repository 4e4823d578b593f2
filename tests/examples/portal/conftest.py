import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "portal"
VARIABLES = {
    "REPORT_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:111111111111:stateMachine:report",
    "SALES_BUCKET": "sales",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "shop",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A module of the example under a name of its own."""

    def load(path: str) -> ModuleType:
        for name, value in VARIABLES.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location(f"portal_{Path(path).stem}", EXAMPLE / path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        # Powertools looks a record's type up by its module.
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's app, run as the CDK's command does."""
    folder = tmp_path_factory.mktemp("portal")
    variables = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_VALIDATION": "true"}
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=EXAMPLE, env=variables, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("[Warning") == ended.stderr.count("NAWS-")
    return folder
