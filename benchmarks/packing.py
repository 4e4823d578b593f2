"""How long it takes to pack a function with many dependencies, and what a synthesis takes when it is packed already.

    uv run python benchmarks/packing.py

The first row downloads, unless uv has the wheels; the second has them, and packs; the third finds the package.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from os import environ, times
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from naws.lambda_service._packing import CACHE_VARIABLE, lambda_code, pack
from naws.lambda_service.plan_code import CodePlan, plan_code
from naws.lambda_service.props_code import PythonCode
from naws.testing.calls import node_calls

NEEDED = (
    *("aws-lambda-powertools", "boto3", "pydantic", "pydantic-settings", "fastapi", "mangum", "httpx", "requests"),
    *("sqlalchemy", "psycopg[binary]", "jinja2", "pyyaml", "orjson", "cryptography", "pyjwt", "numpy", "structlog"),
    *("tenacity", "python-dateutil"),
)


def _project(folder: Path) -> None:
    dependencies = ", ".join(f'"{each}"' for each in NEEDED)
    folder.mkdir()
    (folder / "app.py").write_text("def handler(event, context):\n    return event\n")
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "orders"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = [{dependencies}]\n'
    )
    command = ["uv", "lock", "--quiet", f"--project={folder}", f"--python={sys.executable}"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _timed(what: str, call: Callable[[], object]) -> None:
    before, worked = time.perf_counter(), sum(times()[:4])
    call()
    # Beside the time, that of all processors, which other programs on the machine change less.
    print(f"  {what:<44} {time.perf_counter() - before:7.3f} s, of processors {sum(times()[:4]) - worked:6.2f} s")


def _synthesise(plan: CodePlan) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Shop")
    with node_calls() as calls:
        code, _ = lambda_code(stack, plan)
    lambda_.Function(stack, "Function", code=code, handler="app.handler", runtime=lambda_.Runtime.PYTHON_3_14)
    app.synth()
    print(f"  calls into Node for the code: {calls.count}")


def _main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "orders")
        _project(folder)

        def plan() -> CodePlan:
            return plan_code(PythonCode(str(folder)), "python3.14", "arm64", "app.handler")

        environ[CACHE_VARIABLE] = str(Path(scratch, "first"))
        print(f"{len(plan().lock.names)} dependencies; uv of the extra: {find_spec('uv') is not None}")
        _timed("plan: read the folder and its lock, hash", plan)
        _timed("pack, with what uv has to download", lambda: pack(plan(), "Shop/Orders"))
        environ[CACHE_VARIABLE] = str(Path(scratch, "second"))
        _timed("pack, with the wheels in uv's cache", lambda: pack(plan(), "Shop/Orders"))
        package = pack(plan(), "Shop/Orders")
        megabytes = f"{package.size / 1e6:.0f} MB, zipped {package.archive.stat().st_size / 1e6:.0f} MB"
        print(f"  {package.files} files, {megabytes}")
        _timed("plan and pack, with the package in the cache", lambda: pack(plan(), "Shop/Orders"))
        _synthesise(plan())  # the first app starts Node
        _timed("synthesise a stack with it", lambda: _synthesise(plan()))


if __name__ == "__main__":
    _main()
