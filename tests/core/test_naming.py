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
