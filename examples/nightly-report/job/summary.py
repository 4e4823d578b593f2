"""The totals as data (for programs) and as a CSV (for spreadsheets). Money is in euro cents, always."""

import csv
import io
from typing import Any

from .aggregate import GROSS, REFUNDS, SALES, UNITS, Aggregate
from .parameters import Parameters

TOP_SHOPS = 10
Figures = dict[str, int]


def summarize(parameters: Parameters, aggregate: Aggregate, objects: int) -> dict[str, Any]:
    """Everything that the page shows, without a time or an attempt: the same run always gives the same bytes."""
    days = {name: _figures(totals) for name, totals in sorted(aggregate.days.totals().items())}
    shops = _ranked(aggregate.shops.totals())
    return {
        "run": parameters.run,
        "trigger": parameters.trigger,
        "title": parameters.title,
        "filters": parameters.filters,
        "objects": objects,
        "rows": {"read": aggregate.read, "malformed": aggregate.malformed, "filtered": aggregate.filtered},
        "totals": {field: sum(day[field] for day in days.values()) for field in _figures([0, 0, 0, 0])},
        "rates": {currency: str(euros) for currency, euros in aggregate.rates.items()},
        "sale_percentiles_cents": {f"p{share}": _percentile(aggregate, share) for share in (50, 90, 99)},
        "by_day": days,
        "by_region": _ranked(aggregate.regions.totals()),
        "by_category": _ranked(aggregate.categories.totals()),
        "top_shops": dict(list(shops.items())[:TOP_SHOPS]),
        "shops": len(shops),
    }


def table(summary: dict[str, Any]) -> str:
    """The groups as one long CSV: dimension, name, then the figures."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["dimension", "name", *summary["totals"]])
    writer.writerow(["all", summary["title"], *summary["totals"].values()])
    for dimension in ("by_day", "by_region", "by_category", "top_shops"):
        label = dimension.removeprefix("by_").removeprefix("top_").removesuffix("s")
        writer.writerows([label, name, *figures.values()] for name, figures in summary[dimension].items())
    return out.getvalue()


def _figures(totals: list[int]) -> Figures:
    return {
        "sales": totals[SALES],
        "units": totals[UNITS],
        "gross_cents": totals[GROSS],
        "refunds_cents": totals[REFUNDS],
        "net_cents": totals[GROSS] - totals[REFUNDS],
    }


def _ranked(groups: dict[str, list[int]]) -> dict[str, Figures]:
    figures = {name: _figures(totals) for name, totals in groups.items()}
    return dict(sorted(figures.items(), key=lambda item: (-item[1]["net_cents"], item[0])))


def _percentile(aggregate: Aggregate, share: int) -> int:
    """The middle of the histogram's bucket that holds the percentile: right to half a euro."""
    wanted = -(-sum(aggregate.sale_euros) * share // 100)
    seen = 0
    for euros, sales in enumerate(aggregate.sale_euros):
        seen += sales
        if seen >= wanted:
            return euros * 100 + 50
    return 0
