"""Who may import whom, read from the syntax tree: the same law for every pattern, whatever it is called."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import naws.core.authoring

ROOT = Path(__file__).parents[2]
SOURCES = {path: path.parent.name for path in sorted(ROOT.glob("packages/*/src/naws/*")) if path.is_dir()}
MODULES = sorted(path for folder in ("packages", "shared") for path in (ROOT / folder).glob("*/src/naws/**/*.py"))
RUN_BY_LAMBDA = [path for path in MODULES if path.parent.name == "publisher"]
ROOMS = {"props": 0, "plan": 1, "checks": 2, "construct": 4, "stack": 5, "__init__": 6}
BUILDERS = 3
# Pure data that builders make real; checks may ask it for its limits.
PURE = 2
CORE = Path(str(naws.core.__file__)).parent
FOLDERS_OF_CORE = ("schedules", "bindings", "rules", "plans", "checks", "build", "pattern", "data")
# Reading one of these while a module is imported would make the import depend on where it happens.
SURROUNDINGS = {
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.getcwd",
    "Path.cwd",
    "Path.home",
    "pathlib.Path.cwd",
    "pathlib.Path.home",
    "Path().resolve",
    "socket.socket",
    "socket.create_connection",
    "urllib.request.urlopen",
    "boto3.client",
    "boto3.resource",
    "boto3.Session",
    "requests.get",
    "docker.from_env",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _package(path: Path) -> str:
    """`core` for naws.core."""
    return path.relative_to(ROOT).parts[4]


@cache
def _imports(path: Path) -> Sequence[str]:
    return [*_imported(path)]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                # `from naws.x import y` may name the module naws.x.y.
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                yield "a relative import"
            case _:
                pass


def _room(module: str) -> int:
    """Where a module of a pattern stands; a room that grew is several: `checks` and `_checks_network`."""
    name = module if module in ROOMS else module.strip("_").split("_")[0]
    return PURE if name in {"workflow", "checks"} else ROOMS.get(name, BUILDERS)


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_neither_core_nor_the_command_line_names_a_pattern(folder: Path) -> None:
    names = (folder.name, folder.name.replace("_", "-"), "".join(map(str.capitalize, folder.name.split("_"))))
    shared = [path for path in MODULES if path.is_relative_to(ROOT / "shared") and _package(path) in ("core", "cli")]
    assert [
        f"{_name(path)}: {name}" for path in shared for name in names if re.search(rf"{name}(?!s)", path.read_text())
    ] == []


def test_no_relative_imports() -> None:
    assert [_name(path) for path in MODULES if "a relative import" in _imports(path)] == []


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_data_walks_through_a_pattern_in_one_direction(folder: Path) -> None:
    own = f"naws.{folder.name}."
    edges: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        used = {name.removeprefix(own).split(".")[0] for name in _imports(path) if name.startswith(own)}
        edges.setdefault(room, set()).update(used - {room})
    wrong = [f"{room} imports {other}" for room, used in edges.items() for other in used if _room(other) > _room(room)]
    assert wrong == []
    assert _cycle(edges) is None


def _cycle(edges: dict[str, set[str]]) -> str | None:
    """A module that imports itself by way of others, if there is one."""
    for start, used in edges.items():
        reached: set[str] = set()
        ahead = list(used)
        while ahead:
            here = ahead.pop()
            if here not in reached:
                reached.add(here)
                ahead += edges.get(here, set())
        if start in reached:
            return start
    return None


def test_a_cycle_would_be_found() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == "a"
    assert _cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


@pytest.mark.parametrize("folder", SOURCES, ids=lambda folder: folder.name)
def test_a_pattern_has_every_room(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.py")} >= ROOMS.keys()


def test_a_distribution_imports_itself_and_the_core() -> None:
    wrong = [
        f"{_name(path)}: {name}"
        for path in MODULES
        for name in _imports(path)
        if name.startswith("naws.") and name.split(".")[1] not in {"core", _package(path)}
    ]
    assert wrong == []


def test_a_pattern_imports_what_is_public() -> None:
    patterns = [path for folder in SOURCES for path in folder.rglob("*.py")]
    taken = [(path, name) for path in patterns for name in _imports(path) if name.startswith("naws.core")]
    assert taken != []
    public = {f"naws.core.{name}" for name in naws.core.__all__}
    public |= {f"naws.core.authoring.{name}" for name in naws.core.authoring.__all__}
    assert [f"{_name(path)}: {name}" for path, name in taken if name not in public] == []


@pytest.mark.parametrize("tier", [naws.core, naws.core.authoring], ids=lambda tier: tier.__name__)
def test_what_is_public_is_there(tier: ModuleType) -> None:
    assert [name for name in tier.__all__ if getattr(tier, name, None) is None] == []
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        tier.nothing_of_the_kind  # noqa: B018


def test_nothing_is_public_twice() -> None:
    assert set(naws.core.__all__) & set(naws.core.authoring.__all__) == set()


def test_a_folder_of_core_imports_from_those_before_it() -> None:
    folders = {path.name for path in CORE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*FOLDERS_OF_CORE}
    wrong = [
        f"{path.relative_to(CORE)}: {each}"
        for path in CORE.rglob("*.py")
        for each in _imports(path)
        if (folder := each.removeprefix("naws.core.").split(".")[0]) in folders
        if FOLDERS_OF_CORE.index(folder) > FOLDERS_OF_CORE.index(_folder(path))
    ]
    assert wrong == []


def _folder(path: Path) -> str:
    """The folder of core that a module is in; one beside the folders may ask a rule, and no plan."""
    first, *others = path.relative_to(CORE).parts
    return first if others else "rules"


@pytest.mark.parametrize("package", ["core", "testing", "cli"])
def test_no_module_imports_itself_by_way_of_others(package: str) -> None:
    modules = {_module(path): path for path in MODULES if _package(path) == package}
    edges = {name: {_of(used, modules) for used in _imports(path)} & modules.keys() for name, path in modules.items()}
    assert _cycle(edges) is None


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[3:]).removesuffix(".__init__")


def _of(name: str, modules: Mapping[str, Path]) -> str:
    """The module that an import names, or takes a name from."""
    return name if name in modules else name.rpartition(".")[0]


def test_what_users_install_imports_only_the_cdk() -> None:
    known = {"aws_cdk", "constructs", "jsii", "naws", *sys.stdlib_module_names}
    installed = [path for path in MODULES if _package(path) not in {"cli", "testing"} and path not in RUN_BY_LAMBDA]
    assert installed
    assert [f"{_name(p)}: {name}" for p in installed for name in _imports(p) if name.split(".")[0] not in known] == []
    # What Lambda runs finds boto3 there, and is never imported here.
    there = known | {"boto3", "botocore"}
    assert {name.split(".")[0] for path in RUN_BY_LAMBDA for name in _imports(path)} <= there - {"naws"}


def test_importing_reads_no_surroundings() -> None:
    read = {_name(path): set(_read_at_import(ast.parse(path.read_text()))) & SURROUNDINGS for path in MODULES}
    assert {name: found for name, found in read.items() if found} == {}


def _read_at_import(node: ast.AST) -> Iterator[str]:
    """Every dotted name outside function bodies; defaults and decorators run at import and count."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)):
                yield ast.unparse(part)
                yield from _read_at_import(part)
        elif not isinstance(child, ast.Lambda):
            if isinstance(child, ast.Attribute):
                yield ast.unparse(child)
            yield from _read_at_import(child)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os\nHOME = os.environ['HOME']", "os.environ"),
        ("from pathlib import Path\nclass A:\n    here = Path.cwd()", "Path.cwd"),
        ("import os\ndef f(where=os.getcwd()): ...", "os.getcwd"),
    ],
)
def test_reading_at_import_would_be_found(source: str, name: str) -> None:
    assert name in set(_read_at_import(ast.parse(source)))


def test_reading_when_called_is_allowed() -> None:
    assert not set(_read_at_import(ast.parse("import os\ndef f(): return os.environ['HOME']")))
