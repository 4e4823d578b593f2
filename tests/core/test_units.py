import aws_cdk as cdk
import pytest

from naws.core.text import format_duration
from naws.core.tokens import has_token
from naws.core.units import Unconverted, duration, seconds, window


def test_seconds_of_a_duration_or_the_default() -> None:
    assert seconds(None, 30) == 30
    assert seconds(cdk.Duration.minutes(2), 30) == 120
    assert seconds(cdk.Duration.seconds(0), 30) == 0


def test_a_token_stays_one() -> None:
    parameter = cdk.CfnParameter(cdk.Stack(), "Seconds", type="Number")
    assert has_token(seconds(cdk.Duration.seconds(parameter.value_as_number), 30))


def test_a_token_in_another_unit_is_unknown_and_says_so() -> None:
    number = cdk.CfnParameter(cdk.Stack(), "Number", type="Number").value_as_number
    for time, unit, needed in (
        (seconds(cdk.Duration.minutes(number), 30), "minutes", "seconds"),
        (window(cdk.Duration.seconds(number)), "seconds", "minutes"),
    ):
        assert isinstance(time, Unconverted)
        assert (time.unit, time.needed) == (unit, needed)
        assert has_token(time)
    assert window(cdk.Duration.minutes(number)) == number
    assert window(cdk.Duration.minutes(2)) == 120
    assert window(None) is None


def test_back_and_forth() -> None:
    assert duration(90).to_seconds() == 90


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (120, "2 minutes"),
        (3600, "1 hour"),
        (86400, "1 day"),
        (1209600, "14 days"),
        (10**400 * 86_400, f"{10**400} days"),
        (float("inf"), "inf seconds"),
    ],
)
def test_in_words(value: float, words: str) -> None:
    assert format_duration(value) == words
