"""What is measured by hand still runs: no figure is asserted, only that each is there and compares like with like."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


# It measures a table's four variants in processes of their own, which takes longer than most files of tests.
@pytest.mark.exhaustive
def test_building_is_measured_in_each_variant() -> None:
    command = [sys.executable, str(ROOT / "benchmarks/building.py"), "--processors", "1", "--rounds", "1"]
    printed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert printed.returncode == 0, printed.stderr
    _, table, imports = re.split(r"1 processor\n|import, each .*\n", printed.stdout)
    rows = {
        name: figures.split() for name, figures in re.findall(r"^  (\w[\w ,]+?) {2,}([\d].*)$", table, re.MULTILINE)
    }
    assert list(rows) == ["this library", "by hand, Python", "by hand, JavaScript", "empty app"]
    resources = {name: int(figures[-1]) for name, figures in rows.items()}
    assert resources["this library"] > 0
    assert resources["by hand, Python"] == resources["by hand, JavaScript"] > 0
    assert resources["empty app"] == 0
    assert "are the same from Python and from JavaScript" in table
    calls = {name: figures[-5:-3] for name, figures in rows.items()}
    assert calls["by hand, JavaScript"] == ["-", "-"]
    assert calls["empty app"] == ["0", "1"]
    assert int(calls["this library"][0]) > 0
    assert int(calls["by hand, Python"][0]) > 0
    assert re.findall(r"^  ([\w.]+) +\d+\.\d+ s", imports, re.MULTILINE) == [
        "aws_cdk",
        "naws.core",
        "naws.ecs_task_processor",
    ]
