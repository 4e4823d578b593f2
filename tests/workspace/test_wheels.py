"""The core and one pattern are installed where nothing else is, and build the stack of its page there."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "examples/snippets"
TOOLS = {"boto3", "botocore", "ministack", "moto", "typer", "rich", "pytest", "syrupy", "pydantic", "uv"}
PATTERNS = [
    "naws-ecs-service",
    "naws-ecs-task-processor",
    "naws-lambda-service",
    "naws-portal-website",
    "naws-step-function-executor",
]

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


@pytest.fixture(scope="module", params=PATTERNS)
def pattern(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def wheel_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The wheel of a package, built once."""
    assert shutil.which("uv"), "uv builds the wheels: pip install uv"

    @cache
    def wheel_of(package: str) -> Path:
        folder = tmp_path_factory.mktemp("wheels")
        _run(["uv", "build", "--quiet", "--wheel", "--package", package, "--out-dir", str(folder)])
        (wheel,) = folder.glob("*.whl")
        return wheel

    return wheel_of


@pytest.fixture(scope="module")
def wheels(pattern: str, wheel_of: Callable[[str], Path]) -> list[Path]:
    return [wheel_of("naws-core"), wheel_of(pattern)]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of an environment for all patterns, one after the other: what it has compiled stays."""
    environment = tmp_path_factory.mktemp("empty") / "venv"
    _run(["uv", "venv", "--quiet", "--python", sys.executable, str(environment)])
    return str(environment / "bin/python")


@pytest.fixture(scope="module")
def python(environment: str, wheels: list[Path]) -> str:
    """The same, holding the two wheels and what they require, and nothing else."""
    _run(["uv", "pip", "install", "--quiet", "--exact", "--python", environment, *map(str, wheels)])
    return environment


def test_wheels_hold_the_types_and_leave_the_namespace_open(wheels: list[Path], pattern: str) -> None:
    assert [wheel.name.split("-")[0] for wheel in wheels] == ["naws_core", pattern.replace("-", "_")]
    for wheel in wheels:
        names = zipfile.ZipFile(wheel).namelist()
        package = wheel.name.split("-")[0].removeprefix("naws_")
        assert f"naws/{package}/py.typed" in names
        assert "naws/__init__.py" not in names
        (licence,) = [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]
        assert zipfile.ZipFile(wheel).read(licence) == (ROOT / "LICENSE").read_bytes()
        assert {name.split("/")[0] for name in names} == {"naws", ".".join((wheel.stem.split("-py3")[0], "dist-info"))}


@pytest.mark.parametrize("package", ["naws-core", "naws-testing", "naws-cli", *PATTERNS])
def test_a_wheel_built_from_the_source_distribution_has_the_licence(package: str, tmp_path: Path) -> None:
    # Without --wheel uv builds the wheel from the source distribution, as others do who get only that.
    _run(["uv", "build", "--quiet", "--package", package, "--out-dir", str(tmp_path)])
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (licence,) = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_no_sibling_and_no_tool_comes_along(python: str, pattern: str) -> None:
    listed = json.loads(_run(["uv", "pip", "list", "--format", "json", "--python", python]))
    names = {entry["name"] for entry in listed}
    assert {name for name in names if name.startswith("naws")} == {"naws-core", pattern}
    assert names.isdisjoint(
        {"boto3", "botocore", "ministack", "moto", "typer", "rich", "pytest", "syrupy", "pydantic", "uv"}
    )
    asked = "import importlib.util as u; print([n for n in ('naws.cli', 'naws.testing') if u.find_spec(n)])"
    assert _run([python, "-I", "-c", asked]).strip() == "[]"


LINES = {
    "naws-ecs-service": ("ecs_service.py", "Shop", ["ECS::Service", "ElasticLoadBalancingV2::LoadBalancer"]),
    "naws-ecs-task-processor": ("five_lines.py", "Reports", ["StepFunctions::StateMachine", "ECS::TaskDefinition"]),
    "naws-step-function-executor": ("workflow_calls.py", "Orders", ["StepFunctions::StateMachine", "Events::Rule"]),
    "naws-portal-website": ("portal_website.py", "Portal", ["CloudFront::Distribution", "CloudFront::Function"]),
    "naws-lambda-service": ("service.py", "Shop", ["Lambda::Function", "ApiGatewayV2::Api", "SQS::Queue"]),
}


def test_five_lines_synthesise_there(python: str, pattern: str, tmp_path: Path) -> None:
    snippet, stack, kinds = LINES[pattern]
    for folder in ("api", "job", "orders", "mails", "web"):
        shutil.copytree(SNIPPETS / folder, tmp_path / folder)
    app = shutil.copy(SNIPPETS / snippet, tmp_path / "app.py")
    app.write_text(app.read_text().replace("cdk.App()", 'cdk.App(outdir="cdk.out")'))
    _run([python, "-I", "app.py"], cwd=tmp_path)
    template = json.loads((tmp_path / f"cdk.out/{stack}.template.json").read_text())
    made = {resource["Type"] for resource in template["Resources"].values()}
    assert {f"AWS::{kind}" for kind in kinds} <= made
