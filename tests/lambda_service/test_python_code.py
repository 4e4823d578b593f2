"""What is decided of a folder of code before anything is packed: its files, its lock, its platform and its hash."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from code_folders import HANDLER, PROJECT, write
from naws.lambda_service.plan_code import CodePlan, plan_code
from naws.lambda_service.plan_locks import Lock, find_lock
from naws.lambda_service.plan_sources import sources_in
from naws.lambda_service.props_code import PythonCode

SIX = """
[[package]]
name = "six"
version = "1.17.0"
source = { registry = "https://index.example/wheels" }
wheels = [{ url = "https://files.example/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:4721", size = 11050 }]
"""
MARKUPSAFE = """
[[package]]
name = "markupsafe"
version = "3.0.3"
source = { registry = "https://index.example/wheels" }
dependencies = [{ name = "six", marker = "sys_platform == 'win32'" }]
"""
ORDERS = """
[[package]]
name = "orders"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "markupsafe" }, { name = "six" }]

[package.dev-dependencies]
dev = [{ name = "iniconfig" }]

[package.metadata]
requires-dist = [{ name = "markupsafe", specifier = ">=3.0.3,<3.1" }, { name = "six", specifier = "==1.17.0" }]
"""
DEV = '\n[[package]]\nname = "iniconfig"\nversion = "2.1.0"\nsource = { registry = "https://index.example/wheels" }\n'
LOCK = f'version = 1\nrequires-python = ">=3.11"\n{SIX}{MARKUPSAFE}{ORDERS}{DEV}'


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return write(tmp_path / "orders", {"app.py": HANDLER, "pyproject.toml": PROJECT, "uv.lock": LOCK})


def plan(folder: Path, runtime: str = "python3.14", architecture: str = "arm64", *, local: bool = False) -> CodePlan:
    return plan_code(PythonCode(str(folder)), runtime, architecture, "app.handler", local=local)


def names(folder: Path, *exclude: str) -> list[str]:
    return [each.name for each in sources_in(folder, exclude)]


def test_what_no_function_needs_is_left_out(tmp_path: Path) -> None:
    rubbish = [".git/config", ".venv/pyvenv.cfg", "a/__pycache__/b.cpython-314.pyc", "tests/test_app.py", "conftest.py"]
    rubbish += ["pyproject.toml", "uv.lock", "requirements-dev.txt", "orders.egg-info/PKG-INFO", ".DS_Store", "c.pyc"]
    kept = ["a/requirements.txt", "a/tests/data.json", "app.py", "notes.md"]
    write(tmp_path, dict.fromkeys([*rubbish, *kept], ""))
    assert names(tmp_path) == kept


@pytest.mark.parametrize(
    ("exclude", "kept"),
    [
        (("*.md",), ["app.py", "data/raw/a.csv", "docs/raw/b.csv"]),
        (("raw",), ["app.py", "docs/b.md", "notes.md"]),
        (("data/raw",), ["app.py", "docs/b.md", "docs/raw/b.csv", "notes.md"]),
        (("data/", "docs/*.md"), ["app.py", "docs/raw/b.csv", "notes.md"]),
        (("/notes.md",), ["app.py", "data/raw/a.csv", "docs/b.md", "docs/raw/b.csv"]),
    ],
)
def test_further_files_are_excluded_by_path_or_by_name(
    tmp_path: Path, exclude: tuple[str, ...], kept: list[str]
) -> None:
    write(tmp_path, dict.fromkeys(["app.py", "data/raw/a.csv", "docs/raw/b.csv", "docs/b.md", "notes.md"], ""))
    assert names(tmp_path, *exclude) == kept


def test_links_are_followed_and_never_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, {"shared/money.py": "", "orders/app.py": "", "orders/deep/b.py": ""})
    (tmp_path / "orders/shared").symlink_to(tmp_path / "shared")
    (tmp_path / "orders/deep/up").symlink_to(tmp_path / "orders")
    (tmp_path / "orders/broken").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path / "orders") == ["app.py", "deep/b.py", "shared/money.py"]


def test_the_same_files_have_the_same_hash_anywhere_and_on_any_day(tmp_path: Path) -> None:
    first = write(tmp_path / "first", {"app.py": HANDLER, "b/c.py": ""})
    second = write(tmp_path / "second", {"b/c.py": "", "app.py": HANDLER, ".git/HEAD": "", "b/__pycache__/c.pyc": "x"})
    os.utime(second / "app.py", (0, 0))
    (second / "app.py").chmod(0o600)
    assert plan(first).hash == plan(second).hash


def test_without_dependencies_neither_platform_nor_interpreter_matters(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": HANDLER})
    assert len({plan(tmp_path).hash, plan(tmp_path, "python3.12").hash, plan(tmp_path, local=True).hash}) == 1


def test_what_matters_changes_the_hash(orders: Path) -> None:
    hashes = [plan(orders).hash, plan(orders, architecture="x86_64").hash, plan(orders, "python3.13").hash]
    hashes.append(plan(orders, local=True).hash)
    for name, text in {
        "app.py": f"{HANDLER}#",
        "b.py": "",
        "uv.lock": LOCK.replace("sha256:4721", "sha256:4722"),
    }.items():
        write(orders, {name: text})
        hashes.append(plan(orders).hash)
    (orders / "b.py").chmod(0o755)
    hashes.append(plan(orders).hash)
    (orders / "b.py").rename(orders / "c.py")
    hashes.append(plan(orders).hash)
    assert len(set(hashes)) == len(hashes) == 9


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("index.example", "mirror.example"),
        ("files.example", "other.example"),
        ('"2.1.0"', '"2.2.0"'),
        ("version = 1\n", "version = 1\nrevision = 3\n"),
        (", size = 11050", ""),
    ],
)
def test_what_only_the_lock_or_a_developer_needs_does_not_change_the_hash(orders: Path, old: str, new: str) -> None:
    before = plan(orders).hash
    write(orders, {"uv.lock": LOCK.replace(old, new)})
    assert plan(orders).hash == before


def test_the_platform_is_that_of_the_runtime(orders: Path) -> None:
    assert plan(orders).target.platform == "aarch64-manylinux_2_34"
    assert plan(orders, "python3.12", "x86_64").target.platform == "x86_64-manylinux_2_34"
    assert plan(orders, "python3.11").target.platform == "aarch64-manylinux2014"
    here = plan(orders, local=True).target
    assert (here.platform, here.python) == (sysconfig.get_platform(), f"{sys.version_info[0]}.{sys.version_info[1]}")


def test_a_lock_names_what_runs_and_not_what_developers_need(orders: Path) -> None:
    lock = plan(orders).lock
    assert (lock.names, lock.project, lock.problem) == (("markupsafe", "six"), "orders", "")


def test_the_extras_of_a_dependency_are_locked_too(orders: Path) -> None:
    extra = 'dependencies = [{ name = "markupsafe", extra = ["fast"] }]'
    text = LOCK.replace('dependencies = [{ name = "markupsafe" }, { name = "six" }]', extra)
    text = text.replace("""dependencies = [{ name = "six", marker = "sys_platform == 'win32'" }]""", "")
    write(orders, {"uv.lock": text})
    assert find_lock(orders, None).names == ("markupsafe",)
    more = 'optional-dependencies = { fast = [{ name = "six" }] }'
    write(orders, {"uv.lock": text.replace('version = "3.0.3"', f'version = "3.0.3"\n{more}')})
    assert find_lock(orders, None).names == ("markupsafe", "six")


@pytest.mark.parametrize(
    ("files", "given", "problem"),
    [
        ({}, None, ""),
        ({"pyproject.toml": "[project]\nname = 'a'\n"}, None, ""),
        ({"requirements.txt": "# nothing\n"}, None, ""),
        ({"pyproject.toml": PROJECT}, None, "uv.lock beside pyproject.toml"),
        ({"pyproject.toml": "[tool.poetry.dependencies]\npython = '3'\n"}, None, ""),
        ({"pyproject.toml": "[tool.poetry.dependencies]\nsix = '1'\n"}, None, "requirements.txt beside pyproject.toml"),
        ({}, "a.lock", "a file at a.lock"),
        ({"pyproject.toml": "[project"}, None, "files that can be read: "),
        ({"pyproject.toml": PROJECT, "uv.lock": "x = ["}, None, "files that can be read: "),
        ({"pyproject.toml": PROJECT, "uv.lock": SIX}, None, 'a lock with the project "orders" of pyproject.toml'),
        ({"pyproject.toml": PROJECT.replace("<3.1", "<3.2"), "uv.lock": LOCK}, None, "a lock as new as pyproject.toml"),
        ({"pyproject.toml": PROJECT.replace(', "six==1.17.0"', ""), "uv.lock": LOCK}, None, "a lock as new as"),
        ({"pyproject.toml": PROJECT.replace(", <3.1", ",<3.1;python_version>'3'"), "uv.lock": LOCK}, None, ""),
        (
            {
                "pyproject.toml": PROJECT,
                "uv.lock": LOCK.replace('{ registry = "https://index.example/wheels" }\ndep', '{ git = "x" }\ndep'),
            },
            None,
            'wheels of a registry alone: "markupsafe"',
        ),
        ({"requirements.txt": "six==1.17.0\n"}, None, ""),
        (
            {"requirements.txt": "-i https://a\nsix==1.17.0 ; python_version > '3' \\\n  --hash=sha256:1\n"},
            None,
            "",
        ),
        ({"requirements.txt": "a @ https://x/a-1-py3-none-any.whl#sha256=1\n"}, None, ""),
        ({"requirements.txt": "six>=1\n"}, None, '"==" and a version for each requirement: it has "six>=1"'),
        ({"requirements.txt": "six==1.*\n"}, None, '"==" and a version for each requirement: it has "six==1.*"'),
        ({"requirements.txt": "six\n"}, None, '"==" and a version for each requirement: it has "six"'),
        ({"requirements.txt": "-r more.txt\n"}, None, 'a file that is whole: it has "-r more.txt"'),
        ({"requirements.txt": "-e .\n"}, None, 'a file that is whole: it has "-e ."'),
        ({"requirements.txt": "./lib\n"}, None, "files that can be read: './lib' is no requirement"),
    ],
)
def test_what_is_not_locked_is_said(tmp_path: Path, files: dict[str, str], given: str | None, problem: str) -> None:
    lock = find_lock(write(tmp_path, files), None if given is None else Path(given))
    assert lock.problem.startswith(problem)
    assert bool(lock.problem) == bool(problem)
    assert lock.relock or not problem


def test_requirements_are_locked_by_the_command_that_is_offered(tmp_path: Path) -> None:
    loose = "six>=1.16  # for Python 2\nMarkupSafe==3.0.3\n"
    folder = write(tmp_path, {"app.py": HANDLER, "requirements.txt": loose})
    subprocess.run(find_lock(folder, None).relock, shell=True, check=True, capture_output=True)
    lock = find_lock(folder, None)
    assert (lock.names, lock.problem) == (("markupsafe", "six"), "")
    assert (folder / "requirements.in").read_text() == loose
    assert lock.relock.startswith("uv pip compile")  # what is wanted is in a file of its own from now on
    assert [each.name for each in plan(folder).sources] == ["app.py"]


def test_pinned_requirements_are_upgraded_by_their_names(tmp_path: Path) -> None:
    pinned = "six==1.16.0 \\\n    --hash=sha256:1\nMarkupSafe[x]==3.0.2 ; python_version > '3'\n"
    folder = write(tmp_path, {"requirements.txt": pinned})
    subprocess.run(find_lock(folder, None).upgrade, shell=True, check=True, capture_output=True)
    assert (folder / "requirements.in").read_text() == "six\nMarkupSafe[x]\n"
    assert "six==1.17" in (folder / "requirements.txt").read_text()


def test_sources_in_a_lock_are_taken_out_of_it(orders: Path) -> None:
    """Locking again would name them again."""
    path = '{ directory = "../six" }'
    write(orders, {"uv.lock": LOCK.replace('{ registry = "https://index.example/wheels" }\nwheels', f"{path}\nwheels")})
    lock = find_lock(orders, None)
    assert lock.relock == f"uv remove --project {orders} six  # and copy its modules into {orders}"


def test_a_lock_elsewhere_is_taken_when_it_is_given(orders: Path, tmp_path: Path) -> None:
    write(tmp_path / "service", {"app.py": HANDLER})
    assert find_lock(tmp_path / "service", orders / "uv.lock").names == ("markupsafe", "six")
    assert find_lock(tmp_path / "service", None) == Lock()


def test_requirements_are_the_same_in_another_form(tmp_path: Path) -> None:
    first = write(tmp_path / "a", {"requirements.txt": "six==1.17.0 \\\n    --hash=sha256:1\nMarkupSafe==3.0.3\n"})
    second = write(
        tmp_path / "b", {"requirements.txt": "# by hand\nMarkupSafe==3.0.3\nsix==1.17.0   --hash=sha256:1\n"}
    )
    assert find_lock(first, None).content == find_lock(second, None).content
    assert find_lock(first, None).names == ("markupsafe", "six")


def test_the_content_of_a_lock_is_data(orders: Path) -> None:
    edges, *packages = json.loads(find_lock(orders, None).content)
    assert edges == [{"name": "markupsafe"}, {"name": "six"}]
    assert [each[:2] for each in packages] == [["six", "1.17.0"], ["markupsafe", "3.0.3"]]
