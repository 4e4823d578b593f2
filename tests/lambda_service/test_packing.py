"""Packing: what is in an archive, that it is made once, what uv is asked for, and what becomes of its refusals."""

import hashlib
import os
import stat
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from code_folders import HANDLER, write, write_locked
from naws.core import Issue, PatternValidationError
from naws.lambda_service import _packing, _uv
from naws.lambda_service._packing import CACHE_VARIABLE, lambda_code, pack
from naws.lambda_service.checks_package import PACKED_RULES
from naws.lambda_service.plan_code import LOCAL_PACKAGES, CodePlan, plan_code
from naws.lambda_service.props_code import PythonCode
from naws.testing.calls import node_calls

DEPENDENCIES = {"markupsafe/__init__.py", "six.py", "six-1.17.0.dist-info/METADATA"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_locked(tmp_path_factory.mktemp("locked") / "orders")


def plan(folder: Path, architecture: str = "arm64", *, local: bool = False) -> CodePlan:
    return plan_code(PythonCode(str(folder)), "python3.14", architecture, "app.handler", local=local)


def names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def refused(the_plan: CodePlan) -> Issue:
    with pytest.raises(PatternValidationError) as error:
        pack(the_plan, "Shop/Orders")
    assert error.value.where == "Shop/Orders"
    (issue,) = error.value.issues
    return issue


def test_a_folder_without_dependencies_needs_no_uv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_uv, "_find_uv", lambda: None)
    write(tmp_path / "a", {"app.py": HANDLER, "b/c.txt": "c", "tests/test_app.py": ""})
    package = pack(plan(tmp_path / "a"), "Shop/Orders")
    assert names(package.archive) == {"app.py", "b/c.txt"}
    assert (package.files, package.size, package.shared_objects) == (2, len(HANDLER) + 1, ())
    assert capsys.readouterr().err == ""


def test_the_same_files_become_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests: set[str] = set()
    for name, day in (("monday", 1e9), ("friday", 1.5e9)):
        write(tmp_path / name, {"b.sh": "", "app.py": HANDLER} if name == "monday" else {"app.py": HANDLER, "b.sh": ""})
        (tmp_path / name / "b.sh").chmod(0o700 if name == "monday" else 0o755)
        os.utime(tmp_path / name / "app.py", (day, day))
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / f"cache of {name}"))
        archive = pack(plan(tmp_path / name), "Shop/Orders").archive
        digests.add(hashlib.sha256(archive.read_bytes()).hexdigest())
        with zipfile.ZipFile(archive) as opened:
            assert [stat.filemode(each.external_attr >> 16) for each in opened.infolist()] == [
                "-rw-r--r--",
                "-rwxr-xr-x",
            ]
    assert len(digests) == 1


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_what_is_locked_is_packed_for_lambda(
    locked: Path, architecture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    package = pack(plan(locked, architecture), "Shop/Orders")
    machine = {"arm64": "aarch64"}.get(architecture, architecture)
    (compiled,) = package.shared_objects
    assert compiled.name == f"markupsafe/_speedups.cpython-314-{machine}-linux-gnu.so"
    assert (compiled.machine, compiled.python) == (machine, "3.14")
    assert [issue for rule in PACKED_RULES for issue in rule.issues(package)] == []
    packed = names(package.archive)
    assert packed >= {"app.py", *DEPENDENCIES}
    assert [name for name in packed if name.endswith((".pyc", "RECORD", "INSTALLER", ".lock", "pyproject.toml"))] == []
    assert [name for name in packed if "iniconfig" in name] == []
    assert capsys.readouterr().err == f"packing {locked} and its dependencies for {architecture}, python3.14\n"


def test_requirements_are_packed_for_this_machine_when_run_locally(tmp_path: Path) -> None:
    write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "markupsafe==3.0.3\n"})
    package = pack(plan(tmp_path / "a", local=True), "Shop/Orders")
    (compiled,) = package.shared_objects
    assert compiled.python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert LOCAL_PACKAGES == "naws:local-packages"


def test_what_is_in_the_cache_is_not_packed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "six==1.17.0\n"})
    asked: list[CodePlan] = []

    def install(the_plan: CodePlan, where: str, into: Path, scratch: Path) -> None:
        del where, scratch
        asked.append(the_plan)
        write(into, {"six.py": "", "bin/six": "#!/here/python", "six-1.17.0.dist-info/RECORD": "", "six/.lock": ""})

    monkeypatch.setattr(_packing, "install", install)
    first, second = (pack(plan(tmp_path / "a"), "Shop/Orders") for _ in range(2))
    assert first == second
    assert len(asked) == 1
    assert names(first.archive) == {"app.py", "six.py"}
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_second_process_that_is_first_does_no_harm(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "six==1.17.0\n"})
    the_plan = plan(tmp_path / "a")

    def install(*_: object) -> None:
        write(cache / the_plan.hash, {"seen.json": '{"size": 7, "files": 1, "shared_objects": []}', "package.zip": ""})

    monkeypatch.setattr(_packing, "install", install)
    assert pack(the_plan, "Shop/Orders").size == 7
    assert [each.name for each in cache.iterdir()] == [the_plan.hash]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_uv, "_find_uv", lambda: None)
    write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "six==1.17.0\n"})
    issue = refused(plan(tmp_path / "a"))
    assert issue.code == "NAWS-PKG-012"
    assert issue.remedy == 'pip install "naws-lambda-service[python]"'
    assert list(cache.iterdir()) == []


def test_what_nothing_uses_any_more_is_taken_away(tmp_path: Path, cache: Path) -> None:
    old = write(cache / "old", {"package.zip": ""})
    os.utime(old, (time.time() - 31 * 86_400,) * 2)
    recent = write(cache / "recent", {"package.zip": ""})
    package = pack(plan(write(tmp_path / "a", {"app.py": HANDLER})), "Shop/Orders")
    assert set(cache.iterdir()) == {recent, package.archive.parent}


def test_without_the_variable_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    package = pack(plan(write(tmp_path / "a", {"app.py": HANDLER})), "Shop/Orders")
    assert package.archive.parent.parent == tmp_path / "xdg/naws/packages"


def test_a_cache_that_cannot_be_made_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(write(tmp_path, {"file": ""}) / "file/cache"))
    issue = refused(plan(write(tmp_path / "a", {"app.py": HANDLER})))
    assert (issue.code, issue.expected) == (
        "NAWS-PKG-015",
        f"a folder for packages that can be written: {tmp_path}/file/cache; Not a directory",
    )
    assert issue.remedy.startswith(f'export {CACHE_VARIABLE}="')


def test_a_package_that_somebody_took_away_is_made_again(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", {"app.py": HANDLER})
    archive = pack(plan(folder), "Shop/Orders").archive
    content = archive.read_bytes()
    archive.unlink()
    assert pack(plan(folder), "Shop/Orders").archive.read_bytes() == content


def test_without_a_wheel_another_version_or_another_machine_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hint = "hint: Wheels are available for `six` (v1) on the following platforms: `{}`, `win_amd64`"
    missing = "error: six has no wheels with a matching platform tag\n\n"
    uv = fake_uv(tmp_path, install=missing + hint.format("manylinux_2_17_x86_64"))
    monkeypatch.setattr(_uv, "_find_uv", lambda: uv)
    folder = write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "six==1.17.0\n"})
    upgrade = plan(folder).lock.upgrade
    assert refused(plan(folder)).remedy == f"{upgrade}\narchitecture=lambda_.Architecture.X86_64"
    assert refused(plan(folder, "x86_64")).remedy == upgrade
    fake_uv(tmp_path, install=missing + hint.format("macosx_10_14_x86_64"))
    assert refused(plan(folder)).remedy == upgrade


def fake_uv(folder: Path, *, export: str = "", install: str = "", puts: Sequence[str] = ()) -> str:
    """A uv that writes an error, or that installs what is named."""
    file = folder / "fake uv"
    file.write_text(f"""#!{sys.executable}
import pathlib, sys
refusals = {{"export": {export!r}, "pip": {install!r}}}
said = refusals[sys.argv[1]]
for each in {list(puts)!r} if sys.argv[1] == "pip" else ():
    target = next(word for word in sys.argv if word.startswith("--target=")).partition("=")[2]
    pathlib.Path(target, each).mkdir(parents=True)
sys.exit(f"warning: noise\\n{{said}}\\n\\nhint: more noise" if said else 0)
""")
    file.chmod(0o755)
    return str(file)


HASH = "error: Failed to download `six==1.17.0`\n  cause: Hash mismatch for `six==1.17.0`\n\n    Expected:\n  sha256:0"
TAG = """\
  \N{MULTIPLICATION SIGN} No solution found when resolving dependencies:
  ╰─▶ Because a==1 has no wheels with a matching platform tag
      (e.g., `manylinux_2_34_aarch64`) and you require a==1, we can conclude
      that your requirements are unsatisfiable."""
SOURCE = """\
error: No solution found when resolving dependencies
  cause: Because b==2 has no usable wheels and you require b==2, your requirements are unsatisfiable.
"""
NETWORK = "error: Failed to fetch: `https://index.example/wheels/six/`\n  cause: dns error"


@pytest.mark.parametrize(
    ("said", "code", "expected"),
    [
        (HASH, "NAWS-PKG-014", "under its name; uv: Failed to download `six==1.17.0` Hash mismatch for `six==1.17.0`"),
        (TAG, "NAWS-PKG-007", "Python 3.14; uv: Because a==1 has no wheels with a matching platform tag (e.g., `m"),
        (SOURCE, "NAWS-PKG-007", "wheels for aarch64-manylinux_2_34, Python 3.14; uv: Because b==2 has no usable"),
        (NETWORK, "NAWS-PKG-013", "uv: Failed to fetch: `https://index.example/wheels/six/` dns error"),
    ],
)
def test_a_refusal_of_uv_is_an_issue_with_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: str, expected: str
) -> None:
    monkeypatch.setattr(_uv, "_find_uv", lambda: fake_uv(tmp_path, install=said))
    write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "six==1.17.0\n"})
    issue = refused(plan(tmp_path / "a"))
    assert (issue.code, issue.path, issue.level) == (code, "code", "limit")
    assert expected in issue.expected
    assert "noise" not in issue.expected


def test_a_lock_that_uv_cannot_read_is_not_locked(
    locked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = fake_uv(tmp_path, export="error: Failed to parse `uv.lock`\n  cause: Unsupported version")
    monkeypatch.setattr(_uv, "_find_uv", lambda: uv)
    issue = refused(plan(locked))
    assert issue.code == "NAWS-PKG-008"
    assert issue.expected == "a lock that uv can read; uv: Failed to parse `uv.lock` Unsupported version"
    assert issue.remedy == f"uv lock --project {locked}"


def test_what_a_requirement_needs_must_be_pinned_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    puts = ["python_dateutil-2.9.0.dist-info", "six-1.17.0.dist-info"]
    monkeypatch.setattr(_uv, "_find_uv", lambda: fake_uv(tmp_path, puts=puts))
    write(tmp_path / "a", {"app.py": HANDLER, "requirements.txt": "python-dateutil==2.9.0\n"})
    issue = refused(plan(tmp_path / "a"))
    assert (issue.code, issue.expected[-13:]) == ("NAWS-PKG-008", "it has no six")


def test_uv_on_the_path_does_without_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = tmp_path / "uv"
    here.write_text("")
    here.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _uv._find_uv() != str(here)
    monkeypatch.setitem(sys.modules, "uv", None)
    assert _uv._find_uv() == str(here)
    here.unlink()
    assert _uv._find_uv() is None


def code_property(app: cdk.App, folder: Path) -> dict[str, object]:
    stack = cdk.Stack(app, "Shop")
    code, _ = lambda_code(stack, plan(folder))
    lambda_.Function(stack, "F", code=code, handler="app.handler", runtime=lambda_.Runtime.PYTHON_3_14)
    resources = app.synth().get_stack_by_name("Shop").template["Resources"]
    return next(each for each in resources.values() if each["Type"] == "AWS::Lambda::Function")["Properties"]["Code"]


def test_cdk_deploys_the_archive_under_a_hash_of_the_sources(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", {"app.py": HANDLER})
    first, second = (code_property(cdk.App(outdir=str(tmp_path / out)), folder) for out in ("one", "two"))
    assert first == second
    key = str(first["S3Key"])
    with zipfile.ZipFile(tmp_path / "one" / f"asset.{key}") as staged:
        assert staged.namelist() == ["app.py"]
    write(folder, {"app.py": f"{HANDLER}\n"})
    assert code_property(cdk.App(outdir=str(tmp_path / "three")), folder) != first


def test_nothing_is_packed_for_a_stack_that_is_not_bundled(tmp_path: Path, cache: Path) -> None:
    folder = write(tmp_path / "a", {"app.py": HANDLER})
    app = cdk.App(outdir=str(tmp_path / "out"), context={"aws:cdk:bundling-stacks": []})
    assert str(code_property(app, folder)["S3Key"]).endswith(".zip")
    assert not cache.exists()
    assert list((tmp_path / "out").glob("asset.*")) == []


def test_further_code_of_a_stack_takes_one_call_into_node(tmp_path: Path) -> None:
    stack = cdk.Stack()
    the_plan = plan(write(tmp_path / "a", {"app.py": HANDLER}))
    lambda_code(stack, the_plan)
    with node_calls() as calls:
        lambda_code(stack, the_plan)
    assert dict(calls.by_kind) == {"StaticInvokeRequest": 1}
