from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from nightly_report_job import aggregate as module
from nightly_report_job.aggregate import HEADER, Aggregate
from nightly_report_job.parameters import Parameters
from nightly_report_job.problems import BadDataError

RATES = {"EUR": Decimal(1), "CHF": Decimal("1.0625"), "GBP": Decimal("1.1713")}
GOOD = "2025-01-01,Shop,Region,Books,2,1.50,EUR,false"


def add(*rows: str, **filters: Any) -> Aggregate:
    made = Aggregate(Parameters(bucket="b", table="t", prefix="p", run="r", trigger="manual", **filters), RATES)
    for _ in made.add("x.csv", StringIO("".join(line + "\n" for line in (HEADER, *rows)), newline="")):
        pass
    return made


def test_every_currency_is_rounded_to_euro_cents_a_unit() -> None:
    rows = [GOOD.replace("EUR", currency) for currency in ("EUR", "CHF", "GBP")]
    # 1.50 CHF = 159.375 cents, 1.50 GBP = 175.695 cents
    assert add(*rows).days.totals() == {"2025-01-01": [3, 6, 2 * (150 + 159 + 176), 0]}


def test_a_returned_sale_counts_as_gross_and_refund() -> None:
    assert add(GOOD, GOOD.replace("false", "true")).shops.totals() == {"Shop": [2, 4, 600, 300]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2025-01-01", "2025-02-29"),
        ("2025-01-01", "20250101"),
        ("Shop", ""),
        ("Shop", "Sh\x00op"),
        ("Shop", "Sh\ufffdp"),
        ("Shop", '"Sh\nop"'),
        (",2,", ",0,"),
        (",2,", ",-1,"),
        (",2,", ",1e3,"),
        (",2,", ",\u0663,"),
        ("1.50", "1,50"),
        ("1.50", "1.5"),
        ("EUR", "USD"),
        ("false", "False"),
        (",false", ""),
        (",false", ",false,x"),
        ("Shop", "x" * 5_000),
    ],
)
def test_malformed_row_is_counted_not_added(old: str, new: str) -> None:
    made = add(GOOD, GOOD.replace(old, new), GOOD)
    assert made.malformed == made.read - 2
    assert made.malformed == 1 + new.count("\n")
    assert made.shops.totals() == {"Shop": [2, 4, 600, 0]}
    assert made.examples[0].startswith("x.csv line ")


def test_every_row_that_an_unclosed_quote_swallows_is_malformed() -> None:
    made = add(GOOD, GOOD.replace("Shop", '"Shop'), *[GOOD] * 500)
    assert made.read == 502
    assert made.shops.totals()["Shop"][0] + made.malformed == 502
    assert made.malformed > 50


def test_filters_leave_rows_out_by_region_days_and_shops() -> None:
    rows = [GOOD, GOOD.replace("Region", "Other"), GOOD.replace("-01,", "-09,"), GOOD.replace("Shop", "Else")]
    made = add(*rows, region="Region", first="2025-01-01", last="2025-01-08", shops=frozenset(["Shop"]))
    assert (made.read, made.filtered, made.malformed) == (4, 3, 0)
    assert made.regions.totals() == {"Region": [1, 2, 300, 0]}


def test_too_many_different_names_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.LIMITS, "shop", 3)
    with pytest.raises(BadDataError, match="more than 3 values of shop"):
        add(*(GOOD.replace("Shop", f"Shop {number}") for number in range(4)))


def test_cached_prices_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CACHED_PRICES", 10)
    prices = module.Prices(Decimal(1))
    assert [prices[f"{euros}.00"] for euros in range(25)] == [euros * 100 for euros in range(25)]
    assert len(prices) <= 10


def test_a_chunk_boundary_loses_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    assert add(*[GOOD] * 5).days.totals()["2025-01-01"][0] == 5
