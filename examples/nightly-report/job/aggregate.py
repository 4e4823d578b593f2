"""Totals of any number of rows in bounded memory.

What is kept depends on how many days, regions, categories and shops there are, each with a limit, never on how many
rows: every text is parsed once and looked up after that, which is also what makes a million rows take seconds.
"""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from .parameters import Parameters
from .problems import BadDataError
from .rates import Rates

HEADER = "date,shop,region,category,quantity,unit_price,currency,returned"
CHUNK = 10_000
MILLIONTHS = 1_000_000
LIMITS = {"day": 4_000, "region": 500, "category": 500, "shop": 10_000}
CACHED_PRICES = 50_000
HISTOGRAM_EUROS = 10_000
HISTOGRAM_CENTS = HISTOGRAM_EUROS * 100
FIELD_CHARACTERS = 4_096
EXAMPLES = 5

SALES, UNITS, GROSS, REFUNDS = range(4)


class Groups(dict[str, "list[int] | None"]):
    """Totals by name: ``[sales, units, gross, refunds]``, or None for a name that the filters leave out."""

    def __init__(self, kind: str, accepts: Callable[[str], bool]) -> None:
        super().__init__()
        self._kind, self._accepts = kind, accepts

    def __missing__(self, name: str) -> list[int] | None:
        if not name or not name.isprintable() or "\ufffd" in name:
            raise ValueError(f"{self._kind} {name!r:.60}")
        if self._kind == "day" and date.fromisoformat(name).isoformat() != name:
            raise ValueError(f"day {name!r:.60}")
        if len(self) >= LIMITS[self._kind]:
            raise BadDataError(f"more than {LIMITS[self._kind]} values of {self._kind}: this is not sales data")
        self[name] = totals = [0, 0, 0, 0] if self._accepts(name) else None
        return totals

    def totals(self) -> dict[str, list[int]]:
        """The groups that any row fell into."""
        return {name: totals for name, totals in self.items() if totals and totals[SALES]}


class Quantities(dict[str, int]):
    """Units by their text."""

    def __missing__(self, text: str) -> int:
        if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
            raise ValueError(f"quantity {text!r:.60}")
        self[text] = units = int(text)
        return units


class Prices(dict[str, int]):
    """Euro cents by the price's text in one currency."""

    def __init__(self, euros: Decimal) -> None:
        super().__init__()
        self._rate = int(euros * MILLIONTHS)

    def __missing__(self, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}\.[0-9]{2}", text):
            raise ValueError(f"unit_price {text!r:.60}")
        if len(self) >= CACHED_PRICES:
            self.clear()
        self[text] = cents = (int(text[:-3] + text[-2:]) * self._rate + MILLIONTHS // 2) // MILLIONTHS
        return cents


class Aggregate:
    """Add rows chunk by chunk, then read the totals.

    Attributes:
        sale_euros: histogram of the value of one sale, one bucket a euro, the last one open.
        read: rows seen; of these ``malformed`` could not be understood and ``filtered`` were not asked for.
        examples: the first malformed rows, for a person.
        rates: what a unit of each currency is in euros; a row in another one is malformed.
    """

    def __init__(self, parameters: Parameters, rates: Rates) -> None:
        first, last = parameters.first or "", parameters.last or "9999-99-99"
        region, shops = parameters.region, parameters.shops
        self.days = Groups("day", lambda day: first <= day <= last)
        self.regions = Groups("region", lambda name: region is None or name == region)
        self.categories = Groups("category", lambda _: True)
        self.shops = Groups("shop", lambda name: shops is None or name in shops)
        self.sale_euros = [0] * (HISTOGRAM_EUROS + 1)
        self.malformed = self.filtered = self.read = 0
        self.examples: list[str] = []
        self._quantities = Quantities()
        self.rates = rates
        self._prices = {currency: Prices(euros) for currency, euros in rates.items()}
        self._returns = {"true": True, "false": False}

    def add(self, source: str, lines: Iterator[str]) -> Iterator[int]:
        """Add one CSV, yielding the rows read so far after every chunk: the place to stop or to show progress.

        Raises:
            BadDataError: its header is not the expected one, or a limit of variety is passed.
        """
        header = next(lines, "").rstrip("\r\n")
        if header not in {"", HEADER}:
            raise BadDataError(f"{source}: the header is {header!r:.200}, expected {HEADER}")
        csv.field_size_limit(FIELD_CHARACTERS)
        reader: Any = csv.reader(lines)
        before, start = 0, self.read
        while True:
            understood = self._chunk(source, reader)
            # By lines, so that every row swallowed by an unclosed quote counts as malformed.
            lines_read, before = reader.line_num - before, reader.line_num
            if not lines_read:
                return
            self.read += lines_read
            self.malformed += lines_read - understood
            yield self.read - start

    def _chunk(self, source: str, reader: Any) -> int:
        days, regions, categories, shops = self.days, self.regions, self.categories, self.shops
        quantities, prices, returns, sale_euros = self._quantities, self._prices, self._returns, self.sale_euros
        counted = filtered = 0
        row: list[str] = []
        try:
            for row in islice(reader, CHUNK):
                try:
                    date_, shop, region, category, quantity, price, currency, returned = row
                    in_day, in_region, in_category, in_shop = (
                        days[date_],
                        regions[region],
                        categories[category],
                        shops[shop],
                    )
                    units = quantities[quantity]
                    cents = units * prices[currency][price]
                    refunds = returns[returned]
                except (ValueError, KeyError) as error:
                    self._malformed(source, reader.line_num, row, error)
                    continue
                if in_day is None or in_region is None or in_category is None or in_shop is None:
                    filtered += 1
                    continue
                counted += 1
                sale_euros[cents // 100 if cents < HISTOGRAM_CENTS else HISTOGRAM_EUROS] += 1
                for totals in (in_day, in_region, in_category, in_shop):
                    totals[0] += 1
                    totals[1] += units
                    totals[2] += cents
                    if refunds:
                        totals[3] += cents
        except csv.Error as error:
            self._malformed(source, reader.line_num, row, error)
        self.filtered += filtered
        return counted + filtered

    def _malformed(self, source: str, line: int, row: list[str], error: Exception) -> None:
        if len(self.examples) < EXAMPLES:
            why = f"not known: {error}" if isinstance(error, KeyError) else str(error)
            self.examples.append(f"{source} line {line + 1}: {why} in {','.join(row)!r:.120}")
