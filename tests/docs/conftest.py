import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "examples/snippets"


@pytest.fixture(scope="session")
def fill(synthesised: dict[str, Any]) -> ModuleType:
    """docs/fill.py, which has the templates of snippets from the same synthesis as the other tests."""
    spec = importlib.util.spec_from_file_location("docs_fill", ROOT / "docs/fill.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    alone = module.templates_of
    known = {str(SNIPPETS.relative_to(ROOT) / name): made for name, made in synthesised.items()}
    module.templates_of = lambda path: [*known[path].values()] if path in known else alone(path)
    return module


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """For each snippet its templates by stack, or why there are none; one worker makes them for both."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "snippets.json"
    if not shared.exists():
        made = own / "made.json"
        made.write_text(_synthesise(tmp_path_factory.mktemp("assemblies")))
        made.replace(shared)  # whole or not at all: the other worker may look meanwhile
    return json.loads(shared.read_text())


def _synthesise(folder: Path) -> str:
    settings = {"aws:cdk:enable-path-metadata": True, "aws:cdk:version-reporting": False}  # those of docs/fill.py
    variables = {**os.environ, "TMPDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(settings)}
    variables["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    variables.pop("CDK_OUTDIR", None)
    names = [path.name for path in sorted(SNIPPETS.glob("*.py"))]
    command = [sys.executable, str(ROOT / "tests/docs/synthesise.py"), *names]
    result = subprocess.run(command, cwd=SNIPPETS, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout
