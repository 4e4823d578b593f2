"""Make a year of sales with a fixed seed, and what a report about them must say.

The totals are counted here while the rows are drawn, with code and rates of their own: they check the job, so they
must not share its mistakes.
"""

import argparse
import gzip
import json
import random
from array import array
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import TextIOWrapper
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TextIO, TypedDict

HEADER = "date,shop,region,category,quantity,unit_price,currency,returned\n"
YEAR = 2025
REGIONS = {
    "Bayern": ("EUR", 19), "Bretagne": ("EUR", 9), "Catalunya": ("EUR", 12), "Lombardia": ("EUR", 14),
    "London": ("GBP", 16), "Noord-Holland": ("EUR", 13), "Scotland": ("GBP", 7), "Zürich": ("CHF", 10),
}  # fmt: skip
CATEGORIES = {
    "Books": (800, 4_500), "Coffee and tea": (450, 3_200), "Garden": (1_200, 28_000), "Home": (900, 60_000),
    "Outdoor": (2_500, 75_000), "Shoes": (3_900, 19_000), "Sports": (1_500, 48_000), "Toys": (600, 12_000),
}  # fmt: skip
EUROS = {"CHF": Decimal("1.0625"), "EUR": Decimal(1), "GBP": Decimal("1.1713")}
RATES = f"rates-{YEAR}.csv"
RETURN_RATE = 0.06
SHOPS_PER_REGION = 15
PRODUCTS_PER_CATEGORY = 60
GZIP_EVERY = 4
RUSH = date(YEAR, 12, 1), date(YEAR, 12, 23)


class Totals(TypedDict):
    """Money is in euro cents."""

    sales: int
    units: int
    gross_cents: int
    refunds_cents: int
    net_cents: int


class Expected(TypedDict):
    """What a report about all files must say; ``by_file`` serves reports about one object."""

    rows: int
    files: list[str]
    rates: dict[str, str]
    totals: Totals
    by_day: dict[str, Totals]
    by_region: dict[str, Totals]
    by_category: dict[str, Totals]
    by_shop: dict[str, Totals]
    by_file: dict[str, Totals]
    sale_percentiles_cents: dict[str, int]


class _Market:
    """Who sells what at which price: drawn once, then every row picks from it."""

    def __init__(self, draw: random.Random) -> None:
        self.shops = [
            (f"{region} {number + 1:02}", region, currency)
            for region, (currency, _) in REGIONS.items()
            for number in range(SHOPS_PER_REGION)
        ]
        self.shop_weights = [REGIONS[region][1] * draw.uniform(0.4, 2) for _, region, _ in self.shops]
        self.products: list[tuple[str, dict[str, tuple[str, int]]]] = []
        for category, (cheap, dear) in CATEGORIES.items():
            for _ in range(PRODUCTS_PER_CATEGORY):
                cents = round(draw.triangular(cheap, dear, cheap * 2))
                self.products.append((category, {currency: _price(cents, currency) for currency in EUROS}))
        self.product_weights = [draw.uniform(0.3, 1) for _ in self.products]


class _Ledger:
    """The totals, counted while rows are drawn: [sales, units, gross, refunds] by name."""

    def __init__(self) -> None:
        self.by_day: dict[str, list[int]] = {}
        self.by_region = {region: [0, 0, 0, 0] for region in REGIONS}
        self.by_category = {category: [0, 0, 0, 0] for category in CATEGORIES}
        self.by_shop: dict[str, list[int]] = {}
        self.by_file: dict[str, list[int]] = {}
        self.values = array("q")

    def expected(self) -> Expected:
        values = sorted(self.values)
        percentiles = {f"p{share}": values[-(-len(values) * share // 100) - 1] for share in (50, 90, 99)}
        return {
            "rows": len(values),
            "files": list(self.by_file),
            "rates": {currency: str(euros) for currency, euros in EUROS.items()},
            "totals": _totals([sum(column) for column in zip(*self.by_file.values(), strict=True)]),
            "by_day": _named(self.by_day),
            "by_region": _named(self.by_region),
            "by_category": _named(self.by_category),
            "by_shop": _named(self.by_shop),
            "by_file": _named(self.by_file),
            "sale_percentiles_cents": percentiles,
        }


def generate(directory: Path, rows: int = 1_000_000, files: int = 12, seed: int = 20_260_101) -> Expected:
    """Write ``files`` CSVs, the rates and expected.json; every fourth CSV is gzip. One seed, one content."""
    draw = random.Random(seed)  # noqa: S311 - data, not secrets
    market, ledger = _Market(draw), _Ledger()
    days = _rows_by_day(rows, draw)
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        suffix = ".csv.gz" if number % GZIP_EVERY == GZIP_EVERY - 1 else ".csv"
        path = directory / f"sales-{YEAR}-{number + 1:02}{suffix}"
        in_file = ledger.by_file[path.name] = [0, 0, 0, 0]
        with _create(path) as out:
            out.write(HEADER)
            for day, count in days[number * len(days) // files : (number + 1) * len(days) // files]:
                out.writelines(_sales(day, count, market, ledger, draw))
                for place, figure in enumerate(ledger.by_day[day]):
                    in_file[place] += figure
    rates = "".join(f"{currency},{euros}\n" for currency, euros in EUROS.items())
    (directory / RATES).write_text(f"currency,euros\n{rates}", encoding="utf-8")
    expected = ledger.expected()
    (directory / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")
    return expected


def _sales(day: str, count: int, market: _Market, ledger: _Ledger, draw: random.Random) -> Iterator[str]:
    in_day = ledger.by_day[day] = [0, 0, 0, 0]
    shops = draw.choices(market.shops, market.shop_weights, k=count)
    products = draw.choices(market.products, market.product_weights, k=count)
    quantities = draw.choices((1, 2, 3, 4, 12), (62, 22, 9, 5, 2), k=count)
    chance, keep, by_shop = draw.random, ledger.values.append, ledger.by_shop
    for (shop, region, currency), (category, prices), quantity in zip(shops, products, quantities, strict=True):
        price, cents = prices[currency]
        value = quantity * cents
        returned = chance() < RETURN_RATE
        keep(value)
        in_shop = by_shop.get(shop) or by_shop.setdefault(shop, [0, 0, 0, 0])
        for figures in (in_day, ledger.by_region[region], ledger.by_category[category], in_shop):
            figures[0] += 1
            figures[1] += quantity
            figures[2] += value
            if returned:
                figures[3] += value
        yield f"{day},{shop},{region},{category},{quantity},{price},{currency},{'true' if returned else 'false'}\n"


def _rows_by_day(rows: int, draw: random.Random) -> list[tuple[str, int]]:
    """A year with busy weekends, a quiet August, a rush before Christmas and a slow rise."""
    days = [date(YEAR, 1, 1) + timedelta(days=n) for n in range(365)]
    weights = [
        (1 + n / 1_500)
        * (1.5 if day.weekday() in (4, 5) else 1)
        * {8: 0.75, 11: 1.25}.get(day.month, 1)
        * (1.9 if RUSH[0] <= day <= RUSH[1] else 1)
        * draw.uniform(0.9, 1.1)
        for n, day in enumerate(days)
    ]
    cumulated = [round(rows * part / sum(weights)) for part in accumulate(weights)]
    counts = [upper - lower for lower, upper in pairwise([0, *cumulated[:-1], rows])]
    return [(day.isoformat(), count) for day, count in zip(days, counts, strict=True)]


def _price(cents: int, currency: str) -> tuple[str, int]:
    price = Decimal(cents).scaleb(-2)
    euro_cents = (price * EUROS[currency] * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{price:.2f}", int(euro_cents)


def _create(path: Path) -> TextIO:
    # mtime=0: the same seed must give the same bytes.
    if path.suffix == ".gz":
        return TextIOWrapper(gzip.GzipFile(path, "wb", compresslevel=1, mtime=0), encoding="utf-8", newline="")
    return path.open("w", encoding="utf-8", newline="")


def _totals(figures: list[int]) -> Totals:
    sales, units, gross, refunds = figures
    return {
        "sales": sales,
        "units": units,
        "gross_cents": gross,
        "refunds_cents": refunds,
        "net_cents": gross - refunds,
    }


def _named(groups: dict[str, list[int]]) -> dict[str, Totals]:
    return {name: _totals(figures) for name, figures in groups.items() if figures[0]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a year of sales and what a report about it must say.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20_260_101)
    made = generate(**vars(parser.parse_args()))
    print(f"{made['rows']:,} rows in {len(made['files'])} files, net {made['totals']['net_cents'] / 100:,.2f} EUR")
