import gzip
from pathlib import Path
from typing import Any

from nightly_report_generate import generate


def rows(folder: Path, names: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for name in names:
        raw = (folder / name).read_bytes()
        text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
        found += [line.split(",") for line in text.splitlines()[1:]]
    return found


def test_one_seed_gives_one_content(tmp_path: Path) -> None:
    first = generate(tmp_path / "a", rows=500, files=4)
    assert generate(tmp_path / "b", rows=500, files=4) == first
    for name in [*first["files"], "expected.json"]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert generate(tmp_path / "c", rows=500, files=4, seed=1)["totals"] != first["totals"]


def test_counts_are_those_of_the_rows_written(tmp_path: Path) -> None:
    expected: Any = generate(tmp_path, rows=777, files=5)
    written = rows(tmp_path, expected["files"])
    assert len(written) == expected["rows"] == 777
    assert sum(int(row[4]) for row in written) == expected["totals"]["units"]
    in_euros = [row for row in written if row[2] == "Bayern"]
    gross = sum(int(row[4]) * int(row[5].replace(".", "")) for row in in_euros)
    assert gross == expected["by_region"]["Bayern"]["gross_cents"]
    assert [name.endswith(".gz") for name in expected["files"]] == [False, False, False, True, False]


def test_every_day_of_the_year_is_in_some_file(tmp_path: Path) -> None:
    expected: Any = generate(tmp_path, rows=5_000, files=7)
    assert len(expected["by_day"]) == 365
    assert sum(day["sales"] for day in expected["by_day"].values()) == 5_000
