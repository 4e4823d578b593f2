"""The core and a pattern are installed where nothing else is, and build the README's stack there."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIVE_LINES = ROOT / "examples/snippets/five_lines.py"

pytestmark = pytest.mark.e2e


def _run(command: list[str], cwd: Path = ROOT) -> str:
    uv_free = {
        name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}
    }
    # The CDK needs Node.js, which is no Python requirement; the workspace's is as good as any.
    uv_free["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    result = subprocess.run(command, cwd=cwd, env=uv_free, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    assert shutil.which("uv"), "uv builds the wheels: pip install uv"
    folder = tmp_path_factory.mktemp("wheels")
    for package in ("naws-core", "naws-ecs-task-processor"):
        _run(["uv", "build", "--quiet", "--wheel", "--package", package, "--out-dir", str(folder)])
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment that holds the two wheels and what they require."""
    environment = tmp_path_factory.mktemp("empty") / "venv"
    _run(["uv", "venv", "--quiet", "--python", sys.executable, str(environment)])
    interpreter = str(environment / "bin/python")
    _run(["uv", "pip", "install", "--quiet", "--python", interpreter, *map(str, wheels)])
    return interpreter


def test_wheels_hold_the_types_and_leave_the_namespace_open(wheels: list[Path]) -> None:
    assert [wheel.name.split("-")[0] for wheel in wheels] == ["naws_core", "naws_ecs_task_processor"]
    for wheel in wheels:
        names = zipfile.ZipFile(wheel).namelist()
        package = wheel.name.split("-")[0].removeprefix("naws_")
        assert f"naws/{package}/py.typed" in names
        assert "naws/__init__.py" not in names
        (licence,) = [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
        assert zipfile.ZipFile(wheel).read(licence) == (ROOT / "LICENSE").read_bytes()
        assert {name.split("/")[0] for name in names} == {"naws", ".".join((wheel.stem.split("-py3")[0], "dist-info"))}


@pytest.mark.parametrize("package", ["naws-core", "naws-testing", "naws-cli", "naws-ecs-task-processor"])
def test_a_wheel_built_from_the_source_distribution_has_the_licence(package: str, tmp_path: Path) -> None:
    # Without --wheel uv builds the wheel from the source distribution, as others do who get only that.
    _run(["uv", "build", "--quiet", "--package", package, "--out-dir", str(tmp_path)])
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_no_sibling_and_no_tool_comes_along(python: str) -> None:
    listed = json.loads(_run(["uv", "pip", "list", "--format", "json", "--python", python]))
    names = {entry["name"] for entry in listed}
    assert {name for name in names if name.startswith("naws")} == {"naws-core", "naws-ecs-task-processor"}
    assert names.isdisjoint({"boto3", "botocore", "ministack", "moto", "typer", "rich", "pytest", "syrupy", "pydantic"})
    asked = "import importlib.util as u; print([n for n in ('naws.cli', 'naws.testing') if u.find_spec(n)])"
    assert _run([python, "-I", "-c", asked]).strip() == "[]"


def test_five_lines_synthesise_there(python: str, tmp_path: Path) -> None:
    shutil.copytree(FIVE_LINES.parent / "job", tmp_path / "job")
    app = shutil.copy(FIVE_LINES, tmp_path / "app.py")
    app.write_text(app.read_text().replace("cdk.App()", 'cdk.App(outdir="cdk.out")'))
    _run([python, "-I", "app.py"], cwd=tmp_path)
    template = json.loads((tmp_path / "cdk.out/Reports.template.json").read_text())
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert {"AWS::StepFunctions::StateMachine", "AWS::ECS::TaskDefinition", "AWS::Scheduler::Schedule"} <= kinds
