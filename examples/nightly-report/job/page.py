"""The report as one HTML page without scripts, fonts or any other outside asset."""

from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .chart import bar_chart, line_chart

TEMPLATE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
MOST_BARS = 20
MILLIONS_FROM_CENTS = 1_000_000_000


def page(summary: dict[str, Any]) -> str:
    """The page for one summary; every text of the data is escaped."""
    days = list(summary["by_day"])
    filters = "".join(f" · {escape(name)}: {escape(str(value))}" for name, value in summary["filters"].items())
    return TEMPLATE.substitute(
        title=escape(summary["title"].capitalize()),
        period=f"{days[0]} to {days[-1]}",
        filters=filters,
        tiles="".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _tiles(summary).items()),
        by_day=line_chart(_net(summary["by_day"]), "Net revenue by day"),
        by_region=bar_chart(_first(_net(summary["by_region"])), "Net revenue by region"),
        by_category=bar_chart(_first(_net(summary["by_category"])), "Net revenue by category"),
        shops=_table("Shop", summary["top_shops"]),
        days=_table("Day", summary["by_day"]),
        source=_source(summary),
    )


def _tiles(summary: dict[str, Any]) -> dict[str, str]:
    totals = summary["totals"]
    return {
        "Net revenue": _euros(totals["net_cents"]),
        "Sales": f"{totals['sales']:,}",
        "Units": f"{totals['units']:,}",
        "Refunded": f"{100 * totals['refunds_cents'] / max(totals['gross_cents'], 1):.1f} %",
        "Median sale": _euros(summary["sale_percentiles_cents"]["p50"]),
    }


def _euros(cents: int) -> str:
    """Short enough for a tile."""
    return f"{cents / 100:,.0f} €" if abs(cents) < MILLIONS_FROM_CENTS else f"{cents / 100_000_000:,.2f} M€"


def _source(summary: dict[str, Any]) -> str:
    rows = summary["rows"]
    return (
        f"{rows['read']:,} rows of {summary['objects']:,} objects, {rows['malformed']:,} malformed, "
        f"{rows['filtered']:,} not asked for; {summary['shops']:,} shops. Amounts in euros at the year's book rates. "
        f"Run {escape(summary['run'])}, started by {escape(summary['trigger'])}."
    )


def _net(groups: dict[str, dict[str, int]]) -> dict[str, int]:
    return {name: figures["net_cents"] for name, figures in groups.items()}


def _first(groups: dict[str, int]) -> dict[str, int]:
    return dict(list(groups.items())[:MOST_BARS])


def _table(label: str, groups: dict[str, dict[str, int]]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in (label, "Sales", "Units", "Gross €", "Net €"))
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{figures["sales"]:,}</td><td>{figures["units"]:,}</td>'
        f"<td>{figures['gross_cents'] / 100:,.2f}</td><td>{figures['net_cents'] / 100:,.2f}</td></tr>"
        for name, figures in groups.items()
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
