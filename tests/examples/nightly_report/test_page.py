import re
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from nightly_report_job.aggregate import HEADER, Aggregate
from nightly_report_job.page import page
from nightly_report_job.parameters import Parameters
from nightly_report_job.summary import summarize

VOID = {"meta", "link", "br", "img", "input"}


class Checked(HTMLParser):
    """Fails on tags that do not match; collects ids and what refers to them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        self.labels += values.get("aria-labelledby", "").split()
        assert not {"href", "src", "onload"} & set(values)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def render(*rows: str, title: str = "sales") -> tuple[str, Checked]:
    parameters = Parameters(bucket="b", table="t", prefix="p", run="r", trigger="manual", title=title)
    aggregate = Aggregate(parameters, {"EUR": Decimal(1)})
    assert list(aggregate.add("x.csv", (row + "\n" for row in (HEADER, *rows))))
    text = page(summarize(parameters, aggregate, 1))
    checked = Checked()
    checked.feed(text)
    assert checked.open == []
    return text, checked


def row(day: str, shop: str = "Shop", price: str = "10.00", returned: str = "false") -> str:
    return f"{day},{shop},Region,Books,1,{price},EUR,{returned}"


YEAR: Any = [row(f"2025-{month:02}-{day:02}", price=f"{day}.00") for month in range(1, 13) for day in range(1, 29)]


def test_charts_are_inline_described_and_need_nothing_from_outside() -> None:
    text, checked = render(*YEAR)
    assert checked.seen.count("svg") == 3
    assert len(set(checked.ids)) == len(checked.ids)
    assert checked.labels
    assert set(checked.labels) <= set(checked.ids)
    assert not re.search(r"https?://|@import|url\(|<script", text)
    assert "prefers-color-scheme: dark" in text
    assert "the best day was 2025-01-28 with 28 euros" in text
    assert 'class="mean"' in text


def test_text_of_the_data_is_escaped() -> None:
    text, checked = render(row("2025-01-01", shop="<script>alert(1)</script>"), title="A & B")
    assert "script" not in checked.seen
    assert "&lt;script&gt;" in text
    assert "A &amp; b" in text


@pytest.mark.parametrize(
    "rows",
    [
        [row("2025-01-01")],
        [row("2025-01-01", price="0.00")],
        [row("2025-01-01", returned="true"), row("2025-01-02", price="999999.99")],
        [row(f"2025-01-{day:02}") for day in range(1, 32)],
    ],
    ids=["one day", "nothing earned", "uneven", "one month"],
)
def test_unusual_periods_are_drawn_inside_the_picture(rows: list[str]) -> None:
    text, _ = render(*rows)
    chart = text[text.index("<svg") : text.index("</svg>")]
    heights = [float(y) for y in re.findall(r"[ML][\d.]+,(-?[\d.]+)", chart)]
    assert heights
    assert all(0 <= y <= 320 for y in heights)
