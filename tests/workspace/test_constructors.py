"""Only builders make constructs: everything before them is plain data, everything after them reads like a list."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs import Construct

ROOT = Path(__file__).parents[2]
CORE = ROOT / "shared/core/src/naws/core"
OTHERS = sorted(
    path
    for path in (*ROOT.glob("packages/*/src/naws/*/**/*.py"), *CORE.rglob("*.py"))
    if path.name == "__init__.py" or not any(part.startswith("_") for part in path.relative_to(ROOT).parts)
    if CORE / "build" not in path.parents
)
# Why a room that is no builder may make one; entries may only go.
ALLOWED: dict[tuple[str, str], str] = {
    ("image_inspection.py", name): "for a look, in an app that is thrown away"
    for name in ("App", "FargateTaskDefinition", "Stack")
} | {
    ("stages.py", "Stack"): "a stage is made of its stacks, each when it is asked for",
    ("given.py", "Stack"): "of no app, and empty: CDK tells an ARN only as some stack has it",
}


def _made(source: str) -> Iterator[str]:
    """The CDK constructs that a module makes, by class name."""
    tree = ast.parse(source)
    modules = _cdk_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            made = _resolve(node.func, modules)
            if isinstance(made, type) and issubclass(made, Construct):
                yield made.__name__


def _cdk_names(tree: ast.Module) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=imported):
                for alias in imported:
                    if alias.name == "aws_cdk" or alias.name.startswith("aws_cdk."):
                        names[alias.asname or alias.name.split(".")[0]] = importlib.import_module(alias.name)
            case ast.ImportFrom(module=str(module), names=imported) if module.split(".")[0] == "aws_cdk":
                for alias in imported:
                    names[alias.asname or alias.name] = _member(module, alias.name)
            case _:
                pass
    return names


def _member(module: str, name: str) -> Any:
    parent = importlib.import_module(module)
    return getattr(parent, name) if hasattr(parent, name) else importlib.import_module(f"{module}.{name}")


def _resolve(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=attribute):
            return getattr(_resolve(value, names), attribute, None)
        case _:
            return None


def test_only_builders_make_constructs() -> None:
    made = [(path.name, name) for path in OTHERS for name in _made(path.read_text())]
    assert [pair for pair in made if pair not in ALLOWED] == []


def test_every_exception_is_still_needed() -> None:
    made = {(path.name, name) for path in OTHERS for name in _made(path.read_text())}
    assert sorted(ALLOWED.keys() - made) == []


def test_builders_do_make_constructs() -> None:
    builders = [*ROOT.glob("packages/*/src/naws/*/_*.py"), *ROOT.glob("shared/core/src/naws/core/build/*.py")]
    assert {name for path in builders if path.name != "__init__.py" for name in _made(path.read_text())} >= {
        "StateMachine",
        "FargateTaskDefinition",
        "CfnOutput",
        "CfnPipe",
    }


def test_values_are_no_constructs() -> None:
    source = "import aws_cdk as cdk\nfrom aws_cdk import aws_ecs as ecs\ncdk.Duration.seconds(1)\necs.Tmpfs()"
    assert list(_made(source)) == []
    assert list(_made(source + "\ncdk.CfnOutput(1, 'Id', value='')")) == ["CfnOutput"]
