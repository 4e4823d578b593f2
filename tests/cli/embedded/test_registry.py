import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest

from naws.cli.embedded.departures import DEPARTURES, install_all, patching


def test_ministack_is_the_pinned_version() -> None:
    assert metadata.version("ministack") == patching.MINISTACK_VERSION == "1.5.33"


def test_another_version_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(patching, "MINISTACK_VERSION", "1.5.32")
    with pytest.raises(patching.PatchingError, match=r"1\.5\.33 is installed; the departures are written for 1\.5\.32"):
        install_all()


@pytest.mark.parametrize("dotted", sorted({name for item in DEPARTURES for name in item.replaces}))
def test_what_a_departure_replaces_exists(dotted: Any) -> None:
    assert patching.resolve(dotted) is not None


def test_a_name_that_ministack_lost_is_reported() -> None:
    with pytest.raises(patching.PatchingError, match=r"MiniStack has no ecs\._gone"):
        patching.resolve("ecs._gone")


@pytest.mark.parametrize("item", DEPARTURES, ids=lambda item: item.install.__name__)
def test_a_departure_says_what_aws_does_and_where_that_is_written(item: Any) -> None:
    assert item.install.__doc__
    assert item.source


def test_every_departure_function_is_registered() -> None:
    package = import_module("naws.cli.embedded.departures")
    modules = [
        import_module(f"{package.__name__}.{path.stem}")
        for path in Path(package.__file__).parent.glob("*.py")
        if path.stem != "__init__"
    ]
    declared = {id(v) for module in modules for v in vars(module).values() if isinstance(v, patching.Departure)}
    assert declared == {id(item) for item in DEPARTURES}


def test_replace_reaches_tables_of_actions() -> None:
    class Module:
        pass

    module = Module()
    module.act = lambda: "old"
    module.TABLE = {"Act": module.act}
    patching.replace(module, "act", lambda original: lambda: f"new after {original()}")
    assert module.act() == module.TABLE["Act"]() == "new after old"


def test_the_child_starts_no_node_of_its_own() -> None:
    # aws_cdk starts a Node process when it is imported; judging definitions needs none.
    script = "import sys, naws.cli.embedded.departures; print([name for name in sys.modules if name == 'aws_cdk'])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
