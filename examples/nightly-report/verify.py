"""Compare a run's summary.json with what generate.py counted."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

BUCKET_CENTS = 100  # the report's percentiles come from a histogram with one bucket a euro


def check(summary: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Every difference of a report about all files, in words; empty when the report is right."""
    differences = compare("totals", summary["totals"], expected["totals"])
    differences += compare("rates", summary["rates"], expected["rates"])
    differences += compare("rows", summary["rows"], {"read": expected["rows"], "malformed": 0, "filtered": 0})
    for group in ("by_day", "by_region", "by_category"):
        differences += compare(group, summary[group], expected[group])
    ranked = sorted(expected["by_shop"].items(), key=lambda item: (-item[1]["net_cents"], item[0]))
    differences += compare("top_shops", summary["top_shops"], dict(ranked[: len(summary["top_shops"])]))
    for name, cents in expected["sale_percentiles_cents"].items():
        found = summary["sale_percentiles_cents"][name]
        if abs(found - cents) > BUCKET_CENTS:
            differences.append(f"sale_percentiles_cents.{name} is {found}, expected {cents} to within {BUCKET_CENTS}")
    return differences


def check_rows(rows: Iterable[Mapping[str, Any]], reports: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every difference between the table's items, as DynamoDB has them, and the reports' summaries, in words."""
    found = {row["run"]["S"]: {name: int(value["N"]) for name, value in row.items() if "N" in value} for row in rows}
    return compare("row", found, {report["run"]: report["totals"] for report in reports})


def compare(path: str, found: Any, expected: Any) -> list[str]:
    """The leaves in which two JSON values differ."""
    if isinstance(found, dict) and isinstance(expected, dict):
        left, right = cast("dict[str, Any]", found), cast("dict[str, Any]", expected)
        names = [*right, *(name for name in left if name not in right)]
        return [line for name in names for line in compare(f"{path}.{name}", left.get(name), right.get(name))]
    return [] if found == expected else [f"{path} is {found}, expected {expected}"]


if __name__ == "__main__":
    wrong = check(*(json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:3]))
    print("\n".join(wrong) or "the report is right")
    sys.exit(1 if wrong else 0)
