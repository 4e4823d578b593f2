"""Rules PKG: each is refused by its example, accepted with its fix, and mended by its remedy where that is a line."""

import os
import struct
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from code_folders import HANDLER, write, write_examples
from naws.core import Issue
from naws.core.authoring import Rule
from naws.lambda_service import LambdaService, LambdaServiceProps
from naws.lambda_service.checks_package import (
    IMPORT_CHECKS,
    PACKAGE_CHECKS,
    PACKED_RULES,
    PACKING_RULES,
    UNZIPPED,
    PackingFailure,
    machine,
)
from naws.lambda_service.plan_code import CodePlan, Target, plan_code
from naws.lambda_service.plan_package import Package, SharedObject, shared_objects_in
from naws.lambda_service.plan_sources import Source
from naws.lambda_service.props_code import PythonCode

PLANNED = {check.rule.code: check.rule for check in (*PACKAGE_CHECKS, *IMPORT_CHECKS)}
EVERY = (*PLANNED.values(), *PACKED_RULES, *PACKING_RULES)
WORDS = {"NAWS-PKG-001", "NAWS-PKG-008", "NAWS-PKG-009", "NAWS-PKG-016", "NAWS-PKG-017"}
"""Rules whose remedy is no argument: the name of a folder, or a command."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_examples(tmp_path)
    return tmp_path


def given(text: str) -> dict[str, Any]:
    return eval(f"dict({text})", {"PythonCode": PythonCode, "lambda_": lambda_})


def planned(
    code: PythonCode, runtime: lambda_.Runtime = lambda_.Runtime.PYTHON_3_14, handler: str = "app.handler"
) -> CodePlan:
    return plan_code(code, runtime.name, "arm64", handler)


def issues(code: PythonCode, **more: Any) -> list[Issue]:
    plan = planned(code, **more)
    return [issue for check in (*PACKAGE_CHECKS, *IMPORT_CHECKS) for issue in check.run(plan)]


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.code)
def test_a_rule_says_what_it_is(rule: Rule[Any]) -> None:
    assert rule.title
    assert rule.why
    assert rule.source.startswith("https://")
    assert rule.example
    assert rule.fix != rule.example


def test_each_code_is_one_rule() -> None:
    assert sorted(rule.code for rule in EVERY) == [f"NAWS-PKG-{number:03}" for number in range(1, 20)]


@pytest.mark.parametrize("rule", PLANNED.values(), ids=PLANNED)
def test_the_example_breaks_the_rule_and_the_fix_does_not(rule: Rule[Any]) -> None:
    assert rule.code in {issue.code for issue in issues(**given(rule.example))}
    assert issues(**given(rule.fix)) == []


@pytest.mark.parametrize("rule", [rule for code, rule in PLANNED.items() if code not in WORDS], ids=lambda r: r.code)
def test_the_remedy_mends_it(rule: Rule[Any]) -> None:
    props = given(rule.example)
    first = next(issue for issue in issues(**props) if issue.code == rule.code)
    assert issues(**{**props, **given(first.remedy.splitlines()[0])}) == []


def expected(code: PythonCode, **more: Any) -> dict[str, str]:
    return {issue.code: issue.expected for issue in issues(code, **more)}


def test_a_folder_without_files_has_nothing_to_pack(here: Path) -> None:
    write(here, {"empty/.git/config": ""})
    assert expected(PythonCode("empty"))["NAWS-PKG-001"] == "a folder with files to pack"


def test_no_folder_is_not_the_one_that_the_app_runs_in(here: Path) -> None:
    write(here, {"app.py": HANDLER, ".env": "PASSWORD=hunter2\n", "pyproject.toml": "[project"})
    assert expected(PythonCode("")) == expected(PythonCode(" ")) == {"NAWS-PKG-001": "a folder that is there"}
    assert list(expected(PythonCode("."))) == ["NAWS-PKG-010", "NAWS-PKG-018", "NAWS-PKG-008"]


@pytest.mark.parametrize(
    ("text", "handler"),
    [
        ("handler = lambda event, context: 1", "app.handler"),
        ("from orders.api import handler", "app.handler"),
        ("import orders.api as handler", "app.handler"),
        ("from orders.api import *", "app.handler"),
        ("try:\n    from fast import handler\nexcept ImportError:\n    handler = None", "app.handler"),
        ("async def handler(event, context): ...", "app.handler"),
        ("handler: object = Mangum(app)", "app.handler"),
        ("def __getattr__(name): ...", "app.handler"),
        ("a, (handler, b) = make()", "app.handler"),
        ("def other(event, context): ...", "${Token[TOKEN.1]}"),
    ],
)
def test_a_name_that_the_module_binds_is_defined(here: Path, text: str, handler: str) -> None:
    write(here, {"some/app.py": text, "some/orders/api.py": ""})
    assert issues(PythonCode("some"), handler=handler) == []


@pytest.mark.parametrize(
    ("files", "handler", "what"),
    [
        ({"app.py": HANDLER}, "main.handler", "main.py in some"),
        ({"app.py": "def main(event, context):\n    def handler(): ..."}, "app.handler", '"handler" defined in app.py'),
        ({"orders/api.py": ""}, "orders/api.handler", '"handler" defined in orders/api.py'),
        ({"orders/api.py": ""}, "orders.api.main", '"main" defined in orders/api.py'),
        ({"orders/__init__.py": ""}, "orders.main", '"main" defined in orders/__init__.py'),
    ],
)
def test_a_handler_that_is_not_there_is_found(here: Path, files: dict[str, str], handler: str, what: str) -> None:
    write(here / "some", files)
    assert expected(PythonCode("some"), handler=handler) == {"NAWS-PKG-002": what}


def test_a_handler_in_a_folder_is_found(here: Path) -> None:
    write(here, {"some/orders/api.py": HANDLER})
    assert issues(PythonCode("some"), handler="orders/api.handler") == []
    assert issues(PythonCode("some"), handler="orders.api.handler") == []


def test_a_compiled_handler_passes(here: Path) -> None:
    write(here, {"some/app.cpython-314-aarch64-linux-gnu.so": ""})
    assert issues(PythonCode("some")) == []


def test_a_module_with_an_error_is_found_unless_the_syntax_may_be_newer(here: Path) -> None:
    write(here, {"some/app.py": "def handler(event, context:"})
    now = lambda_.Runtime.PYTHON_3_11
    assert "'(' was never closed" in expected(PythonCode("some"), runtime=now)["NAWS-PKG-002"]
    assert issues(PythonCode("some"), runtime=lambda_.Runtime("python3.99")) == []


def test_every_secret_is_named_and_what_is_public_passes(here: Path) -> None:
    key = f"-----BEGIN EC {'PRIVATE'} KEY-----\nabc"  # in parts: no file here looks as if it held one
    files = {"conf/server.pem": key, "id_rsa": "", "conf/ca.pem": "-----BEGIN CERTIFICATE-----", ".env.example": ""}
    write(here / "some", {"app.py": HANDLER, **files})
    (issue,) = issues(PythonCode("some", exclude=["*.md"]))
    assert issue.expected == "no credentials: it has conf/server.pem, id_rsa"
    assert issue.remedy == 'code=PythonCode("some", exclude=["*.md", "conf/server.pem", "id_rsa"])'


def test_botocore_without_boto3_is_half_of_it(here: Path) -> None:
    write(here, {"some/app.py": HANDLER, "some/requirements.txt": "botocore==1.40.0\n"})
    assert list(expected(PythonCode("some"))) == ["NAWS-PKG-009"]
    write(here, {"some/requirements.txt": "botocore==1.40.0\nboto3==1.40.0\n"})
    assert issues(PythonCode("some")) == []


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"app.py": "import requests"}, "requests"),
        ({"app.py": "import os, yaml.nodes as nodes"}, "yaml"),
        ({"app.py": "from pydantic import BaseModel"}, "pydantic"),
        ({"app.py": "import orders.api", "orders/api.py": "import requests"}, "requests"),
        ({"app.py": "from orders import api", "orders/api.py": "import requests"}, "requests"),
        ({"app.py": "import os, json, boto3, botocore.config, urllib3"}, ""),
        ({"app.py": "from . import requests\nfrom .a import b"}, ""),
        ({"app.py": "import requests", "requests/__init__.py": ""}, ""),
        ({"app.py": "import fast", "fast.cpython-314-aarch64-linux-gnu.so": ""}, ""),
        ({"app.py": "try:\n    import requests\nexcept ImportError: ..."}, ""),
        ({"app.py": "if TYPE_CHECKING:\n    import mypy"}, ""),
        ({"app.py": "def late():\n    import requests"}, ""),
        ({"app.py": "", "scripts/load.py": "import requests"}, ""),
        ({"app.py": "import a", "a.py": "import app\nimport broken", "broken.py": "def"}, ""),
        ({"app.py": "import requests", "requirements.txt": "requests==2.32.5"}, ""),
    ],
)
def test_an_import_that_nothing_brings_is_found(here: Path, files: dict[str, str], missing: str) -> None:
    write(here / "some", {**files, "app.py": f"{files['app.py']}\n{HANDLER}"})
    found = {issue.code: issue for issue in issues(PythonCode("some"))}
    assert list(found) == (["NAWS-PKG-016"] if missing else [])
    assert not missing or f"import {missing}" in found["NAWS-PKG-016"].expected


def test_an_import_may_be_brought_by_a_layer(here: Path) -> None:
    write(here, {"some/app.py": f"import requests\n{HANDLER}"})

    def warnings(**more: Any) -> str:
        stack = cdk.Stack(cdk.App(), "Shop")
        arn = "arn:aws:lambda:eu-central-1:123456789012:layer:requests:1"
        layers = [lambda_.LayerVersion.from_layer_version_arn(stack, "Layer", arn)] if more else []
        made = LambdaService(stack, "Orders", LambdaServiceProps(code=PythonCode("some"), layers=layers))
        return "".join(str(each.data) for each in made.node.metadata)

    assert "uv init --bare some && uv add --project some requests" in warnings()
    assert "NAWS-PKG-016" not in warnings(layered=True)


def package(**more: Any) -> Package:
    target = Target(architecture="arm64", python="3.14")
    basis = {"archive": Path("package.zip"), "target": target, "size": 1, "files": 1, "shared_objects": ()}
    return Package(**{**basis, **more})


def of_package(**more: Any) -> dict[str, str]:
    return {issue.code: issue.value for rule in PACKED_RULES for issue in rule.issues(package(**more))}


RIGHT = SharedObject("a/_fast.cpython-314-aarch64-linux-gnu.so", "aarch64", "3.14")
OTHER = SharedObject("a/_fast.cpython-312-aarch64-linux-gnu.so", "aarch64", "3.12")


def test_the_size_of_a_package_has_a_limit_and_an_advice() -> None:
    assert of_package(size=UNZIPPED, files=1000) == {"NAWS-PKG-004": "1,000 files, 262 MB"}
    assert of_package(size=UNZIPPED + 1) == {"NAWS-PKG-003": "262,144,001 bytes"}
    assert of_package(files=1001) == {"NAWS-PKG-004": "1,001 files, 0 MB"}
    assert of_package(size=200_000_000, files=1000) == {}


def test_a_shared_object_of_another_machine_is_found() -> None:
    wrong = (SharedObject("lib/x.so", "x86_64", ""), SharedObject("lib/y.so.1", "x86_64", ""))
    assert of_package(shared_objects=(RIGHT, *wrong)) == {"NAWS-PKG-005": "lib/x.so for x86_64 and 1 more"}
    assert of_package(shared_objects=(RIGHT, SharedObject("lib/note.so", "", ""))) == {}
    local = Target(architecture="arm64", python="3.14", local=True)
    assert of_package(shared_objects=wrong, target=local) == {}


def test_the_machine_of_all_shared_objects_may_be_the_functions() -> None:
    def remedy(*found: SharedObject) -> str:
        return next(issue.remedy for issue in machine.issues(package(shared_objects=found)))

    wrong = SharedObject("lib/x.so", "x86_64", "")
    assert remedy(wrong) == 'architecture=lambda_.Architecture.X86_64\nexclude=["lib/x.so"]'
    assert remedy(wrong, RIGHT) == remedy(SharedObject("lib/x.so", "machine 0x16", "")) == 'exclude=["lib/x.so"]'


def test_a_shared_object_of_another_python_is_found() -> None:
    assert of_package(shared_objects=(OTHER,)) == {"NAWS-PKG-006": OTHER.name}
    assert of_package(shared_objects=(OTHER, RIGHT)) == {}
    assert of_package(shared_objects=(SharedObject("a/_fast.abi3.so", "aarch64", ""),)) == {}


@pytest.mark.parametrize(
    ("name", "head", "seen"),
    [
        ("a.cpython-314-aarch64-linux-gnu.so", (1, "<", 0xB7), ("aarch64", "3.14")),
        ("a.cpython-39-x86_64-linux-gnu.so", (1, "<", 0x3E), ("x86_64", "3.9")),
        ("a.cpython-314t-x86_64-linux-gnu.so", (1, "<", 0x3E), ("x86_64", "3.14")),
        ("a.libs/libz-1a2b.so.1.2", (2, ">", 0x16), ("machine 0x16", "")),
        ("a.abi3.so", None, ("", "")),
    ],
)
def test_the_header_of_a_shared_object_tells_its_machine(
    tmp_path: Path, name: str, head: tuple[int, str, int] | None, seen: tuple[str, str]
) -> None:
    file = tmp_path / "file"
    content = (
        b"text" if head is None else b"\x7fELF\x02" + bytes([head[0]]) + struct.pack(f"{head[1]}10xHH", 3, head[2])
    )
    file.write_bytes(content)
    (found,) = shared_objects_in([Source(name, file), Source("readme.txt", file)])
    assert (found.machine, found.python) == seen


@pytest.mark.parametrize("rule", PACKING_RULES, ids=lambda rule: rule.code)
def test_a_failure_to_pack_has_the_reason_of_uv(rule: Rule[PackingFailure]) -> None:
    failure = PackingFailure(plan=planned(PythonCode("orders")), expected="wheels", reason="No such.", remedy="uv lock")
    (issue,) = rule.issues(failure)
    assert (issue.level, issue.path, issue.value) == ("limit", "code", 'PythonCode("orders")')
    assert (issue.expected, issue.remedy) == ("wheels; uv: No such.", "uv lock")


def test_what_has_no_content_is_named(here: Path) -> None:
    folder = write(here / "some", {"app.py": HANDLER})
    os.mkfifo(folder / "pipe")
    (folder / "gone").symlink_to(here / "nowhere")
    (issue,) = issues(PythonCode("some"))
    assert issue.expected == "files: it has gone, which is a link to nothing and 1 more"
    assert issues(**given(issue.remedy)) == []


def test_a_link_that_leads_out_of_the_folder_is_named_once_with_what_it_is(here: Path) -> None:
    write(here, {"shared/a.py": "", "shared/b.py": "", "some/app.py": HANDLER})
    (here / "some/lib").symlink_to(here / "shared")
    (here / "some/same.py").symlink_to("app.py")
    (issue,) = issues(PythonCode("some"))
    assert (issue.code, issue.expected) == (
        "NAWS-PKG-019",
        f"links within it: lib/a.py is {here}/shared/a.py and 1 more",
    )


@pytest.mark.parametrize(
    ("name", "exclude", "why"),
    [("conftest", [], "the list of what no function needs"), ("app", ["app.py"], "exclude")],
)
def test_a_handler_that_is_left_out_is_said_to_be(here: Path, name: str, exclude: list[str], why: str) -> None:
    write(here / "some", {f"{name}.py": HANDLER, "other.py": HANDLER})
    found = expected(PythonCode("some", exclude=exclude), handler=f"{name}.handler")
    assert found == {"NAWS-PKG-002": f"{name}.py in the package: {why} leaves it out"}


def test_what_requirements_hide_is_named_and_what_they_have_is_not(here: Path) -> None:
    assert expected(PythonCode("half")) == {
        "NAWS-PKG-017": "certifi in requirements.txt, which alone is packed, since pyproject.toml has it; or a uv.lock"
    }
    poetry = '[tool.poetry.dependencies]\npython = "*"\nIdna = "*"\n'
    write(here / "half", {"pyproject.toml": poetry})
    assert issues(PythonCode("half")) == []


@pytest.mark.parametrize(
    ("lock", "remedy"),
    [
        ("nope.txt", "uv pip compile --universal --generate-hashes -o nope.txt nope.in"),
        ("nope/uv.lock", "uv lock --project nope"),
        (".", 'code=PythonCode("some")'),
        ("some/app.py", 'code=PythonCode("some")'),
        ("nope", 'code=PythonCode("some")'),
    ],
)
def test_a_wrong_lock_has_a_remedy_that_writes_over_nothing(here: Path, lock: str, remedy: str) -> None:
    write(here / "some", {"app.py": HANDLER})
    (issue,) = (each for each in issues(PythonCode("some", lock=lock)) if each.code == "NAWS-PKG-008")
    assert issue.remedy == remedy


def test_requirements_with_a_mark_of_their_order_of_bytes_are_read(here: Path) -> None:
    folder = write(here / "some", {"app.py": HANDLER})
    (folder / "requirements.txt").write_bytes(b"\xef\xbb\xbfidna==3.10\n")
    assert planned(PythonCode("some")).lock.names == ("idna",)
    assert issues(PythonCode("some")) == []
    (folder / "requirements.txt").write_bytes("idna==3.10\n".encode("utf-16"))
    (issue,) = issues(PythonCode("some"))
    assert issue.remedy.startswith("uv pip compile")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("idna==3.10\nidna==3.9\n", 'one version of each requirement: it has "idna==3.10" and "idna==3.9"'),
        ("idna==3.10\nIDNA==3.10\n", ""),
        ("idna==3.10 ; python_version >= '3.9'\nidna==3.9 ; python_version < '3.9'\n", ""),
    ],
)
def test_a_requirement_is_there_in_one_version(here: Path, lines: str, problem: str) -> None:
    write(here / "some", {"app.py": HANDLER, "requirements.txt": lines})
    assert planned(PythonCode("some")).lock.problem == problem
