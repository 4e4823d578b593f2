import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "orders-api"
VARIABLES = {
    "ORDERS_TABLE": "orders",
    "SENT_TABLE": "sent",
    "MAILS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/mails",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "shop",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """The module of a function under a name of its own: both are called app."""

    def load(folder: str) -> ModuleType:
        for name, value in VARIABLES.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location(f"orders_api_{folder}", EXAMPLE / folder / "app.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        # Powertools looks a record's type up by its module.
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module

    return load


def synthesised(folder: Path, *, local: bool = False) -> Path:
    """The example's app, run as the CDK's command does; packed for this machine when it is local."""
    context = {"naws:local-packages": True} if local else {}
    variables = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)}
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=EXAMPLE, env=variables, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesised(tmp_path_factory.mktemp("orders-api"))


@pytest.fixture(scope="session")
def shop(deploy: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The stack of both functions, deployed to the embedded AWS."""
    _, made = deploy(synthesised(tmp_path_factory.mktemp("orders-api-local"), local=True))
    return made
