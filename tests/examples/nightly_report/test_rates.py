from decimal import Decimal

import pytest
from nightly_report_job.problems import BadDataError
from nightly_report_job.rates import parse


def read(*lines: str) -> dict[str, Decimal]:
    return parse("x.csv", iter(line + "\n" for line in lines))


def test_every_line_is_a_currency_and_what_a_unit_of_it_is_in_euros() -> None:
    assert read("currency,euros", "CHF,1.0625", "EUR,1") == {"CHF": Decimal("1.0625"), "EUR": Decimal(1)}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "the header is ''"),
        (["currency,euros"], "no rate in it"),
        (["currency,rate", "CHF,1"], "the header is 'currency,rate', expected currency,euros"),
        *((["currency,euros", "GBP,1", line], "line 3: ") for line in (
            "", "CHF", "CHF,", "CHF,x", "CHF,-1", "CHF,0.0", "CHF,1.0000001", "CHF,1,1", "chf,1", "GBP,1",
        )),
    ],
)  # fmt: skip
def test_what_is_no_rate_is_refused(lines: list[str], said: str) -> None:
    with pytest.raises(BadDataError, match=said):
        read(*lines)
