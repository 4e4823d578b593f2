import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded import faults
from naws.cli.embedded.departures import _MODULES, departures, install_all, patching, services

FOLDER = Path(patching.__file__).parent
MODULES = sorted({*FOLDER.glob("*.py"), Path(faults.__file__)})
PATCHES = {"wrap", "replace", "before", "check_requests"}


def test_ministack_is_the_pinned_version() -> None:
    assert metadata.version("ministack") == patching.MINISTACK_VERSION == "1.5.33"


def test_another_version_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(patching, "MINISTACK_VERSION", "1.5.32")
    with pytest.raises(patching.PatchingError, match=r"1\.5\.33 is installed; the departures are written for 1\.5\.32"):
        install_all()


def names_of_ministack(path: Path) -> Iterator[tuple[str, str]]:
    """Every name of a module of MiniStack that a file uses or replaces, as the module's and its own."""
    tree = ast.parse(path.read_text())
    known = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == services.__name__
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            yield node.value.id, node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"patch", *PATCHES}:
            module, names = node.args[1:3] if node.func.id == "patch" else node.args[:2]
            for name in ast.walk(names):
                if isinstance(module, ast.Name) and module.id in known and isinstance(name, ast.Constant):
                    yield module.id, name.value


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_departures_use_of_ministack_exists(path: Path) -> None:
    assert [found for found in names_of_ministack(path) if not hasattr(getattr(services, found[0]), found[1])] == []


def test_the_names_are_found() -> None:
    found = {name for path in MODULES for name in names_of_ministack(path)}
    assert {("ecs", "_run_task"), ("s3", "_get_object"), ("evaluator", "enforce"), ("states", "_executions")} <= found
    assert len(found) > 300


def test_a_name_that_ministack_lost_is_reported() -> None:
    for patch in (patching.replace, patching.wrap, patching.before):
        with pytest.raises(patching.PatchingError, match=r"ministack\.services\.ecs has no _gone"):
            patch(services.ecs, "_gone", lambda: None)


@pytest.mark.parametrize(
    ("name", "line"), [("_list_clusters", "gone = 1"), ("_gone", "return"), ("_list_clusters", "\n")]
)
def test_a_line_that_ministack_lost_or_has_twice_is_reported(name: str, line: str) -> None:
    with pytest.raises(patching.PatchingError, match=rf"ecs\.{name} has not one "):
        patching.edit(services.ecs, name, (line, "pass"), names={})


@pytest.mark.parametrize("item", departures(), ids=lambda item: item.install.__name__)
def test_a_departure_says_what_aws_does_and_where_that_is_written(item: Any) -> None:
    assert item.install.__doc__
    assert item.source


def test_every_departure_function_is_registered() -> None:
    package = patching.__package__
    modules = [import_module(f"{package}.{path.stem}") for path in FOLDER.glob("*.py") if path.stem != "__init__"]
    declared = [id(v) for module in modules for v in vars(module).values() if isinstance(v, patching.Departure)]
    assert sorted(declared) == sorted(id(item) for item in departures())
    assert len(set(declared)) == len(declared)


@pytest.mark.parametrize(("group", "names"), _MODULES)
def test_a_departure_is_listed_under_what_it_corrects(group: str, names: tuple[str, ...]) -> None:
    for name in names:
        imports = [node for node in ast.walk(ast.parse((FOLDER / f"{name}.py").read_text())) if hasattr(node, "module")]
        used = {text for node in imports for text in (node.module.rpartition(".")[2], *(a.name for a in node.names))}
        assert group in used, name


def test_a_function_is_installed_once() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                assert sum("patch(" in ast.unparse(each) for each in node.decorator_list) <= 1, node.name


def test_replace_reaches_tables_of_actions() -> None:
    class Module:
        pass

    module = Module()
    module.act = lambda: "old"
    module.TABLE = {"Act": module.act}
    patching.wrap(module, "act", lambda original: f"new after {original()}")
    assert module.act() == module.TABLE["Act"]() == "new after old"


def test_the_child_starts_no_node_of_its_own() -> None:
    # aws_cdk starts a Node process when it is imported; judging definitions needs none.
    script = "import sys, naws.cli.embedded.departures; print([name for name in sys.modules if name == 'aws_cdk'])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
