from pathlib import Path

import pytest

from naws.testing import build_wheel, install

PYPROJECT = """
[project]
name = "alone"
version = "1"

[build-system]
requires = ["hatchling>=1.27,<2"]
build-backend = "hatchling.build"
"""


def test_a_wheel_is_installed_alone(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "alone").mkdir(parents=True)
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "alone" / "__init__.py").write_text("answer = 42\n")
    isolated = install([build_wheel(project, tmp_path / "dist")], tmp_path / "environment")
    assert isolated.distributions() == {"alone"}
    assert isolated.run("-c", "import alone; print(alone.answer)") == "42\n"
    with pytest.raises(AssertionError, match="No module named 'naws'"):
        isolated.run("-c", "import naws.core")


def test_a_project_that_does_not_build_says_why(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"uv build .* ended with 2"):
        build_wheel(tmp_path, tmp_path / "dist")
