import re

import pytest

from naws.core.naming import LIMITS, fitting, physical_name, shortened


def test_without_a_prefix_cloudformation_names() -> None:
    assert physical_name(None, "Nightly", "failures", "queue") is None


def test_with_a_prefix_the_parts_are_joined() -> None:
    assert physical_name("reports-prod", "Nightly", "failures", "queue") == "reports-prod-Nightly-failures"
    assert physical_name("reports-prod", "Nightly", "", "state-machine") == "reports-prod-Nightly"


@pytest.mark.parametrize("kind", LIMITS)
def test_a_long_name_is_shortened_by_hash_and_never_cut(kind: str) -> None:
    one = physical_name("p" * 300, "x" * 300, "one", kind)
    two = physical_name("p" * 300, "x" * 300, "two", kind)
    assert one != two
    assert one is not None
    assert len(one) <= LIMITS[kind]


def test_illegal_characters_give_way() -> None:
    assert shortened("Stage/Stack/My Nightly", 80) == "Stage-Stack-My-Nightly"


def test_names_that_differ_only_in_illegal_characters_stay_different_when_shortened() -> None:
    assert shortened("a/" * 50, 64) != shortened("a." * 50, 64)


def test_a_name_that_fits_keeps_every_character() -> None:
    assert fitting("Reports/My nightly.", 19) == "Reports/My nightly."
    assert len(fitting("Reports/My nightly.", 18)) == 18


def test_longer_names_stay_different() -> None:
    assert fitting("a/" * 200 + "x", 255) != fitting("a/" * 200 + "y", 255)


IDS = [
    "daily-sales", "daily_sales", "daily sales", "daily/sales", "daily.sales", "-daily-sales", "daily-sales-",
    "dailysales",
    "日報", "月報", "\ud800", "\ud801", "отчёт", "отчет", "täglich", "taglich", "t-glich",
    "daily-sales-queue-1", "daily-sales-queue-11",
]  # fmt: skip
PURPOSES = ["", "failures", "dead-letters", "queue-1", "queue-1-dead-letters", "queue-11", "queue-11-dead-letters"]


@pytest.mark.parametrize("kind", LIMITS)
def test_two_ids_stay_two_names_in_whatever_script(kind: str) -> None:
    named = {(each, purpose): physical_name("p", each, purpose, kind) for each in IDS for purpose in PURPOSES}
    assert len(set(named.values())) == len(named)
    assert [name for name in named.values() if name is None or not re.fullmatch(r"[A-Za-z0-9_-]+", name)] == []
    assert max(len(name or "") for name in named.values()) <= LIMITS[kind]


def test_an_id_of_legal_characters_is_the_name() -> None:
    assert physical_name("p", "daily_sales-2", "queue-1", "queue") == "p-daily_sales-2-queue-1"
